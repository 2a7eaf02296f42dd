"""Asking every panel of a dashboard, and what is said of the answers as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from model_logs import query
from model_logs.printing import printable
from model_logs.report._formats import cell, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch import Elasticsearch

    from model_logs.dashboards import Dashboard, Panel

__all__ = ["Report", "Tile", "answer", "tiles", "to_json"]


@dataclass(frozen=True, slots=True)
class Report:
    """The answers to a dashboard.

    Attributes:
        dashboard: What was asked.
        start: Begin of the time range, included, in UTC.
        end: End of the time range, excluded, in UTC.
        filters: Field → values to which the questions were narrowed.
        answers: The id of a panel → its answer.
    """

    dashboard: Dashboard
    start: datetime
    end: datetime
    filters: dict[str, tuple[str, ...]]
    answers: dict[str, query.Answer]

    @property
    def scope(self) -> str:
        """The time range and the filters in one line."""
        narrowed = [f"{field} {', '.join(map(printable, values))}" for field, values in self.filters.items()]
        return " · ".join([f"{moment(self.start)} to {moment(self.end)} UTC", *narrowed])

    def note(self, panel: Panel) -> str:
        """Return what must be said beside a panel that shows a part of its rows, else nothing."""
        return f"Shows {panel.top}; there may be more." if self.answers[panel.id].limit_reached else ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline: a number, what it is, and whose it is where that is one row's."""

    title: str
    value: str
    whose: str
    panel: str


def answer(
    client: Elasticsearch,
    dashboard: Dashboard,
    *,
    start: datetime,
    end: datetime,
    models: Sequence[str] = (),
    environments: Sequence[str] = (),
    timeout: float = 30.0,
) -> Report:
    """Ask every panel's query.

    Args:
        client: Of the cluster that holds the events.
        dashboard: What to ask.
        start: Begin of the time range, included.
        end: End of the time range, excluded.
        models: Only these models; all when empty.
        environments: Only these environments; all when empty.
        timeout: Seconds for one query.

    Raises:
        QueryError: A query failed, or does not give what its panel shows.
        ClusterError: The cluster cannot be reached or denies the right to ask.
    """
    filters = {"model_name": tuple(models), "environment": tuple(environments)}
    narrowed = {field: values for field, values in filters.items() if values}
    answers: dict[str, query.Answer] = {}
    for panel in dashboard.panels:
        found = query.run(
            client,
            panel.query,
            start=start,
            end=end,
            filters=narrowed,
            allow_top_n=bool(panel.top),
            timeout=timeout,
        )
        found.require(panel.needs, f"{panel.query.name}, the query of the panel {panel.id},")
        answers[panel.id] = found
    first = answers[dashboard.panels[0].id]
    return Report(dashboard, first.start, first.end, narrowed, answers)


def tiles(report: Report) -> list[Tile]:
    """Return the headlines of the panels that have one, in reading order."""
    return [_tile(panel, report.answers[panel.id]) for panel in report.dashboard.panels if panel.headline]


def _tile(panel: Panel, found: query.Answer) -> Tile:
    headline = panel.headline
    assert headline is not None  # noqa: S101  # `tiles` asks for those only
    values = found.values(headline.field)
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    whose = ""
    if headline.aggregate == "max":
        value, row = max(known, default=(None, 0))
        name = panel.series or panel.x
        if value is not None and name and name.unit != "time":
            whose = cell(found.values(name.field)[row])
    elif headline.aggregate == "sum":
        value = sum(value for value, _ in known)
    else:
        value = len(known)
    return Tile(headline.title, cell(value, headline.unit), whose, panel.id)


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON holds it: full precision, moments in ISO 8601, units beside the columns."""
    return {
        "dashboard": report.dashboard.id,
        "title": report.dashboard.title,
        "from": _value(report.start),
        "to": _value(report.end),
        "filters": {field: list(values) for field, values in report.filters.items()},
        "panels": [_panel(panel, report.answers[panel.id]) for panel in report.dashboard.panels],
    }


def _panel(panel: Panel, found: query.Answer) -> dict[str, Any]:
    units = {field.field: field.unit for field in (*panel.table, *panel.y, panel.x, panel.series) if field}
    return {
        "id": panel.id,
        "title": panel.title,
        "question": panel.question,
        "columns": [
            {"name": column.name, "type": column.type, "unit": units.get(column.name, "")} for column in found.columns
        ],
        "rows": [[_value(value) for value in row] for row in found.rows],
        "top": panel.top if found.limit_reached else None,
        "warnings": list(found.warnings),
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [_value(one) for one in value] if isinstance(value, list) else value
