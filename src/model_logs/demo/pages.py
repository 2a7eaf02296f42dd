"""The results of the demo: the verdicts of its gates, and the panels of its dashboards, asked and drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.dashboards.report import Report

__all__ = ["GATE_S", "PAGES", "judge_versions", "write_pages"]

PAGES = ("model-overview", "model-health", "model-outcomes", "pipeline-health")
# A gate judges no shorter window, in seconds; a longer one is a multiple of it.
GATE_S = 30
# Answered on the terminal beside the whole first page: what is new to see in these dashboards.
_ANSWERED = {"model-outcomes": {"outcomes-by-version"}}
# Its disks belong to no environment.
_OF_ALL = "pipeline-health"


def write_pages(
    client: Elasticsearch, folder: Path, environment: str, began: datetime, ended: datetime
) -> tuple[tuple[Report, ...], tuple[Path, ...]]:
    """Ask every panel and write a page for each dashboard.

    Args:
        client: The cluster.
        folder: Where the pages go.
        environment: Whose events are shown.
        began: Begin of the time shown.
        ended: Its end.

    Returns:
        The answers for the terminal, and the pages in the order of `PAGES`.
    """
    from model_logs import dashboards
    from model_logs.dashboards.charts import write_page
    from model_logs.dashboards.report import answer

    client.indices.refresh(index="logs-model.*,metrics-model.*,model-logs-outcomes-*")
    pages = tuple(folder / f"{name}.html" for name in PAGES)
    reports = {}
    for name, page in zip(PAGES, pages, strict=True):
        chosen = [] if name == _OF_ALL else [environment]
        reports[name] = answer(client, dashboards.load_dashboard(name), start=began, end=ended, environments=chosen)
        write_page(reports[name], page)
    narrowed = [_only(reports[name], panels) for name, panels in _ANSWERED.items()]
    return (reports[PAGES[0]], *narrowed), pages


def judge_versions(
    client: Elasticsearch,
    folder: Path,
    environment: str,
    spans: dict[tuple[str, str], tuple[datetime, datetime]],
    say: Callable[[str], None],
) -> None:
    """Judge versions by gates, each over the time in which it answered, and record the verdicts.

    The first is held to the steady state and to its model's baseline; the others to what is allowed while something
    around them is broken, as it was in the demo.

    Args:
        client: The cluster.
        folder: Where the evidence goes.
        environment: Whose events are judged.
        spans: Model and version → begin and end of that time.
        say: Called with each line for people.
    """
    from model_logs.gate import Question, judge
    from model_logs.gate.evidence import document_of, write_evidence
    from model_logs.gate.trail import record_verdict
    from model_logs.state.audit_trail import Recorder

    client.indices.refresh(index="logs-model.*")
    recorder = Recorder(client, "model-logs-gate", environments=(environment,))
    for number, ((model, version), (began, ended)) in enumerate(spans.items()):
        window = timedelta(seconds=max(1, (ended - began) // timedelta(seconds=GATE_S)) * GATE_S)
        objective = "degraded" if number else "slo"
        question = Question(
            *(model, version, environment), objective=objective, window=window, end=ended, baseline=not number
        )
        found = judge(client, question)
        document = document_of(found, by="carol")
        sha256 = write_evidence(document, folder / "gate-evidence" / f"{document['id']}.json")
        record_verdict(found, id_=document["id"], sha256=sha256, by="carol", recorder=recorder)
        decided = found.deciding
        reason = f": {decided.title}" if found.verdict == "failed" and decided else ""
        reason = f": {found.reasons[0]}" if found.verdict == "inconclusive" and found.reasons else reason
        say(f"    {model} {version}, {objective}, {window.seconds} s: {found.verdict}{reason}")


def _only(report: Report, panels: set[str]) -> Report:
    """Return a report of some of its panels."""
    kept = tuple(panel for panel in report.dashboard.panels if panel.id in panels)
    return replace(report, dashboard=replace(report.dashboard, panels=kept))
