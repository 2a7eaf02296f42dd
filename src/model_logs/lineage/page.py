"""The HTML page of a trace or a lineage: facts, predictions and a time line; it loads nothing from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.html import render_page
from model_logs.dashboards.report.formats import ABSENT, cell
from model_logs.files.writing import write_file
from model_logs.lineage.timeline import Entry, bare, entries, outcome_entry, value_at
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.lineage.story import Lineage, Trace

__all__ = ["lineage_page", "trace_page", "write_page"]

_TEMPLATE = "story.html.j2"
# More entries are more than anybody reads; JSON has all of them.
_MOST = 500
_LONGEST = 300
_FAILURES = {"error", "timeout", "failed"}
# Heading, field (outer and inner name), unit, kind of the cell.
_COLUMNS = (
    ("Time", ("@timestamp",), "", "time"),
    ("Model", ("model_name",), "", "text"),
    ("Version", ("model_version",), "", "text"),
    ("Service", ("service", "name"), "", "text"),
    ("Request", ("request_id",), "", "text"),
    ("Status", ("status",), "", "outcome"),
    ("Latency", ("latency_ms",), "ms", "number"),
    ("Label", ("prediction_label",), "", "text"),
    ("Score", ("prediction_score",), "score", "number"),
    ("Variant", ("variant",), "", "text"),
    ("Truth", ("truth",), "", "text"),
)


def write_page(page: str, file: Path) -> None:
    """Write a page.

    Raises:
        ModelLogsError: The file cannot be written.
    """
    write_file(file, page.encode(), next_step="Name another file (--html).")


def trace_page(found: Trace) -> str:
    """Return the page of a request."""
    truths = {str(row.get("prediction_id")): row for row in found.outcomes}
    events = [*found.predictions, *found.others, *found.alerts, *found.experiments]
    for each in found.lineages:
        events += [*each.history, *each.gates, *each.drift, *([each.baseline] if each.baseline else [])]
    first = found.predictions[0] if found.predictions else {}
    truth = next(iter(found.outcomes), {})
    tiles = [
        ("status", first.get("status")),
        ("latency", cell(first["latency_ms"], "ms") if first.get("latency_ms") is not None else None),
        ("predicted", first.get("prediction_label", first.get("prediction_score"))),
        ("the truth", truth.get("actual_label", truth.get("actual_value"))),
        *(_people(found.lineages[0]) if found.lineages else []),
    ]
    return _page(
        title=f"Request {found.request_id}",
        description="What answered, who made and approved it, and what happened around it.",
        command=f"model-logs trace {found.request_id} --html",
        tiles=tiles,
        lineages=found.lineages,
        line=entries(events, map(outcome_entry, found.outcomes)),
        predictions=_predictions(found, truths),
    )


def lineage_page(found: Lineage) -> str:
    """Return the page of a model, or of one of its versions."""
    name = f"{found.model} {found.version}" if found.version else found.model
    baseline = [found.baseline] if found.baseline else []
    events = [*found.history, *found.gates, *found.drift, *found.alerts, *found.experiments, *baseline]
    return _page(
        title=name,
        description="Who made, approved and changed it, and what gates and alerts said.",
        command=f"model-logs lineage {name} --html",
        tiles=_people(found),
        lineages=[found],
        line=entries(events),
        predictions=[],
    )


def _page(
    *,
    title: str,
    description: str,
    command: str,
    tiles: list[tuple[str, Any]],
    lineages: list[Lineage],
    line: list[Entry],
    predictions: list[list[dict[str, str]]],
) -> str:
    values = {
        "title": _text(title),
        "description": description,
        "command": _text(command),
        "scope": _scope(line),
        "tiles": [(label, _text(value)) for label, value in tiles if value is not None],
        "notices": [notice for each in lineages for notice in _notices(each)],
        "versions": [_version(each) for each in lineages],
        "line": line[-_MOST:],
        "left_out": max(0, len(line) - _MOST),
        "headings": [(cell["label"], cell["kind"].split()[0]) for cell in predictions[0]] if predictions else [],
        "predictions": predictions,
    }
    return render_page(_TEMPLATE, values, beside=Path(__file__).parent)


def _scope(line: list[Entry]) -> str:
    days = list(dict.fromkeys((line[0].day, line[-1].day))) if line else []
    return " to ".join(days) + (", UTC" if days else "")


def _people(found: Lineage) -> list[tuple[str, Any]]:
    verdict = (found.verdict or {}).get("event_type", "approved")
    tier = f", tier {found.facts.tier}" if found.facts.tier else ""
    return [
        ("owner" + tier, found.facts.owner or "not known"),
        ("author", found.author or "not known"),
        (f"{verdict} by", found.approver or ("nobody" if not found.verdict else "not known")),
    ]


def _notices(found: Lineage) -> list[str]:
    name = _text(f"{found.model} {found.version or ''}".strip())
    said = []
    if found.approved_by_its_author:
        said.append(f"{name}: approver and author are the same person, {_text(found.author)}.")
    if found.claims:
        verdicts = "1 verdict is" if len(found.claims) == 1 else f"{len(found.claims)} verdicts are"
        said.append(
            f"{name}: {verdicts} unattested and {'counts' if len(found.claims) == 1 else 'count'} for nothing."
        )
    return said


def _version(found: Lineage) -> dict[str, Any]:
    """Return the card of a version: its facts, its run, its baseline and its gates."""
    facts = found.facts.stated()
    card = facts.pop("card", None)
    passed = sum(gate["event_type"] == "gate_passed" for gate in found.gates)
    run = dict(found.run)
    rows = [
        *((name.replace("_", " "), value) for name, value in facts.items()),
        ("author", found.author or "not known"),
        ((found.verdict or {}).get("event_type", "approved") + " by", found.approver or "not known"),
        ("run", run.pop("run_id", None) or found.run_id),
        *(("run's author" if name == "author" else name, value) for name, value in run.items()),
        ("gates", f"{passed} of {len(found.gates)} passed" if found.gates else None),
        *((f"baseline {bare(name)}", value) for name, value in ((found.baseline or {}).get("metrics") or {}).items()),
    ]
    return {
        "name": _text(f"{found.model} {found.version or ''}".strip()),
        "rows": [(_text(name), _lines(value)) for name, value in rows if value is not None],
        "card": _text(card) if card else "",
        # An address that a browser opens, and nothing that it runs.
        "card_is_link": bool(card) and str(card).startswith(("https://", "http://")),
    }


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [_text(f"{name} {_text(each)}") for name, each in value.items()]
    return [_text(each) for each in value] if isinstance(value, list) else [_text(value)]


def _predictions(found: Trace, truths: Mapping[str, Mapping[str, Any]]) -> list[list[dict[str, str]]]:
    """Return the cells of each prediction, without the columns that are the same or empty in all."""
    rows = [_prediction(event, truths) for event in found.predictions]
    asked = {event.get("request_id") for event in found.predictions} == {found.request_id}
    dull = {
        heading
        for place, (heading, *_) in enumerate(_COLUMNS)
        if all(row[place]["text"] == ABSENT for row in rows) or (heading == "Request" and asked)
    }
    return [[each for each in row if each["label"] not in dull] for row in rows]


def _prediction(event: Mapping[str, Any], truths: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    truth = truths.get(event["event"]["id"], {})
    said = truth.get("actual_label", truth.get("actual_value"))
    verdict = {True: " (right)", False: " (wrong)"}.get(truth.get("correct", ""), "")
    moment = printable(event["@timestamp"]).replace("T", " ").removesuffix("Z")
    whole = {**event, "@timestamp": moment, "truth": None if said is None else f"{_text(said)}{verdict}"}
    cells = []
    for heading, path, unit, kind in _COLUMNS:
        value = value_at(whole, path)
        text = ABSENT if value is None else cell(value, unit) if kind == "number" else _text(value)
        cells.append({"text": text, "kind": _styled(kind, value), "label": heading})
    return cells


def _styled(kind: str, value: Any) -> str:
    """Return the class of a cell, which the style sheet of every page knows."""
    if value is None:
        return f"{kind} absent"
    if kind != "outcome":
        return kind
    return f"{kind} bad" if value in _FAILURES else f"{kind} good" if value == "success" else kind


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else printable(value, most=_LONGEST)
