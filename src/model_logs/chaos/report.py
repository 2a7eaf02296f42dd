"""Reports of runs: a page for each, and the plan and report of a game day, from templates in `chaos/report`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.chaos.experiment import target_of
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from model_logs.chaos.experiment import Experiment
    from model_logs.chaos.running import Run

__all__ = ["gameday_plan", "gameday_report", "page", "record", "summary"]

_FOLLOW_UP = timedelta(days=14)


def summary(run: Run) -> dict[str, Any]:
    """Return a run as JSON takes it: what `run.json` in its folder holds."""
    content, journal = run.experiment.content, run.journal
    states = journal.get("steady_states") or {}
    return {
        "experiment": run.experiment.name,
        "title": content.get("title"),
        "description": content.get("description"),
        "service": target_of(content).get("service"),
        "model": target_of(content).get("model"),
        "blast_radius": run.experiment.blast_radius,
        "id": run.id,
        "verdict": run.verdict.word,
        "reasons": list(run.verdict.reasons),
        "start": journal.get("start"),
        "end": journal.get("end"),
        "seconds": round(run.seconds, 1),
        "answers": asdict(run.answers) if run.answers else None,
        "steps": [_step(each) for each in [*(journal.get("run") or []), *(journal.get("rollbacks") or [])]],
        "steady_state": [
            {"when": when, **_probe(probe)} for when, state in _looks(states) for probe in state.get("probes") or []
        ],
        "folder": str(run.folder),
    }


def record(run: Run) -> Path:
    """Write `run.json` into the run's folder; return it."""
    file = run.folder / "run.json"
    file.write_text(json.dumps(summary(run), indent=1, default=str) + "\n", encoding="utf-8")
    return file


def page(run: Run) -> str:
    """Return the page of a run, as HTML in one file."""
    found = summary(run)
    return _render("run.html.j2", run=found, seconds=_by_second(run), looks=_table(found["steady_state"]))


def gameday_plan(experiments: Sequence[Experiment], *, day: str, people: Sequence[str]) -> str:
    """Return the plan of a game day as Markdown: the checklist, and the experiments, smallest blast radius first."""
    rows = [
        {
            "name": each.name,
            "blast_radius": each.blast_radius,
            **{key: each.content.get(key) for key in ("title", "description")},
        }
        for each in experiments
    ]
    return _render("gameday-plan.md.j2", experiments=rows, day=day, people=people)


def gameday_report(folder: Path, *, day: str, people: Sequence[str]) -> str:
    """Return the report of a game day as Markdown, from the runs below a folder.

    Raises:
        ConfigurationError: There are none.
    """
    runs = [json.loads(file.read_bytes()) for file in sorted(folder.rglob("run.json"))]
    if not runs:
        raise ConfigurationError(
            f"{folder} holds no run.",
            next_step="Run experiments first: model-logs chaos run FILE --to " + str(folder),
        )
    runs.sort(key=lambda run: run.get("start") or "")
    ended = max((run["end"] for run in runs if run.get("end")), default=datetime.now(UTC).isoformat())
    follow_up = (datetime.fromisoformat(ended) + _FOLLOW_UP).date().isoformat()
    findings = [run for run in runs if run["verdict"] != "passed"]
    return _render("gameday-report.md.j2", runs=runs, findings=findings, day=day, people=people, follow_up=follow_up)


def _render(name: str, **values: Any) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.path("chaos/report")),
        autoescape=name.endswith(".html.j2"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)


def _looks(states: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = [("before", states["before"])] if states.get("before") else []
    found += [("during", state) for state in states.get("during") or []]
    return found + ([("after", states["after"])] if states.get("after") else [])


def _probe(probe: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": probe["activity"].get("name"),
        "tolerance": probe["activity"].get("tolerance"),
        "value": probe.get("output"),
        "met": probe.get("status") == "succeeded" and probe.get("tolerance_met") is not False,
        "at": probe.get("end"),
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": step["activity"].get("name"),
        "status": step.get("status"),
        "seconds": round(float(step.get("duration") or 0), 1),
        "output": step.get("output"),
        "start": step.get("start"),
        "end": step.get("end"),
    }


def _table(looks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each probe: its tolerance, its value before, the range during, the value after."""
    rows: dict[str, dict[str, Any]] = {}
    for look in looks:
        row = rows.setdefault(look["name"], {"tolerance": look["tolerance"], "during": [], "missed": 0})
        if look["when"] == "during":
            row["during"].append(look["value"])
            row["missed"] += not look["met"]
        else:
            row[look["when"]] = (look["value"], look["met"])
    return [{"name": name, **row} for name, row in rows.items()]


def _by_second(run: Run) -> list[dict[str, Any]]:
    """Return for each second of the load how many requests were due and how many were answered."""
    from model_logs.chaos.running import seconds_of

    file = run.folder / "answers.ndjson"
    if not file.is_file():
        return []
    steps = run.journal.get("run") or []
    begin = seconds_of(steps[0]["start"]) if steps else float("inf")
    end = seconds_of(steps[-1]["end"]) if steps else float("-inf")
    counted: dict[int, list[int]] = {}
    for line in file.read_bytes().splitlines():
        if line.endswith(b"}"):
            answer = json.loads(line)
            row = counted.setdefault(int(answer["due"]), [0, 0])
            row[0] += 1
            row[1] += str(answer["status"]).startswith("2")
    first = min(counted, default=0)
    return [
        {"second": at - first, "sent": sent, "ok": ok, "fault": begin <= at + 1 and at <= end}
        for at, (sent, ok) in sorted(counted.items())
    ]
