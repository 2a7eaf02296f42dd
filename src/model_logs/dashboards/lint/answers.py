"""Checks that need Elasticsearch: a query runs, and gives the columns of its panel in their types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from model_logs import query
from model_logs.dashboards.lint.findings import LintFinding
from model_logs.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elasticsearch import Elasticsearch

    from model_logs.dashboards.panels import Column, Dashboard, Panel

__all__ = ["check_answers"]

_NUMBERS = frozenset({"long", "integer", "double", "unsigned_long", "counter_long", "counter_double"})
_DATES = frozenset({"date", "date_nanos"})


def check_answers(client: Elasticsearch, dashboards: Iterable[Dashboard]) -> list[LintFinding]:
    """Run every query over the hour that ends now.

    Raises:
        ClusterError: The cluster cannot be reached or denies the right to ask.
    """
    end = datetime.now(UTC)
    return [
        LintFinding(f"{dashboard.id}.yml", panel.id, rule, message)
        for dashboard in dashboards
        for panel in dashboard.panels
        for rule, message in _panel(client, panel, end)
    ]


def _panel(client: Elasticsearch, panel: Panel, end: datetime) -> Iterator[tuple[str, str]]:
    try:
        answer = query.run(client, panel.text, start=end - timedelta(hours=1), end=end, allow_top_n=True)
    except QueryError as error:
        yield "query", f"{panel.query.name} does not run: {error}"
        return
    types = {column.name: column.type for column in answer.columns}
    for name in panel.needs:
        if name not in types:
            yield "column", f"{panel.query.name} gives no column {name}; it gives {', '.join(types)}"
    for field in dict.fromkeys((*panel.columns, *panel.y, *(each for each in (panel.x, panel.series) if each))):
        if field.field in types and (message := _mismatch(field, types[field.field])):
            yield "unit", message


def _mismatch(field: Column, kind: str) -> str:
    """Return what is wrong with the unit of a column of this type."""
    if field.unit == "time" and kind not in _DATES:
        return f"{field.field} is shown as a time and is of the type {kind}"
    if kind in _DATES and field.unit != "time":
        return f"{field.field} is a date: give it the unit time"
    if kind in _NUMBERS and not field.unit:
        return f"{field.field} is a quantity without a unit"
    if field.unit not in {"", "time", "outcome"} and kind not in _NUMBERS:
        return f"{field.field} has the unit {field.unit} and is of the type {kind}"
    return ""
