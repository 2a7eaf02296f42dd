"""The pages of the demo, and its answers for the terminal: the panels of its dashboards, asked and drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.dashboards.report import Report

__all__ = ["PAGES", "write_pages"]

PAGES = ("model-overview", "model-health", "model-outcomes", "pipeline-health")
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


def _only(report: Report, panels: set[str]) -> Report:
    """Return a report of some of its panels."""
    kept = tuple(panel for panel in report.dashboard.panels if panel.id in panels)
    return replace(report, dashboard=replace(report.dashboard, panels=kept))
