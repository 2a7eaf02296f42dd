"""The answers of every panel of a dashboard, and the notes about them as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.dashboards.report.formats import cell, format_moment
from model_logs.printing import printable
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch import Elasticsearch

    from model_logs.dashboards.panels import Dashboard, Headline, Panel

__all__ = ["Report", "Tile", "answer", "tiles", "to_json"]


_WORDS = {"model_name": "model", "model_version": "version"}
# In a sentence nobody reads more.
_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Report:
    """The answers to a dashboard.

    Attributes:
        dashboard: What was asked.
        start: Begin of the time range, included, in UTC.
        end: End of the time range, excluded, in UTC.
        filters: Field → values to which the questions were narrowed.
        answers: The id of a panel → its answer.
        notices: What a reader must know first: names asked for of which there are no events.
    """

    dashboard: Dashboard
    start: datetime
    end: datetime
    filters: dict[str, tuple[str, ...]]
    answers: dict[str, query.Answer]
    notices: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """The time range and the filters in one line."""
        narrowed = [f"{field} {', '.join(map(printable, values))}" for field, values in self.filters.items()]
        return " · ".join([f"{format_moment(self.start)} to {format_moment(self.end)} UTC", *narrowed])

    def narrowed(self, panel: Panel) -> dict[str, tuple[str, ...]]:
        """Return the filters that this panel takes: by the others its answer would be false."""
        return {field: values for field, values in self.filters.items() if panel.takes(field)}

    def nothing(self, panel: Panel) -> str:
        """Return the words before the panel's own, where nothing was found: for whom nothing was found."""
        narrowed = [
            f"{_WORDS.get(field, field)} {' or '.join(map(printable, values))}"
            for field, values in self.narrowed(panel).items()
        ]
        return f"No data for {', '.join(narrowed)}." if narrowed else "No data."

    def notes(self, panel: Panel) -> list[str]:
        """Return what must be said beside a panel: that it shows a part of its rows, or takes no filter."""
        found = []
        if self.answers[panel.id].limit_reached:
            found.append(f"Shows {panel.top}; there may be more.")
        if whole := [_WORDS.get(field, field) for field in self.filters if not panel.takes(field)]:
            found.append(f"Not narrowed by {' or '.join(whole)}. {panel.unfiltered}")
        return found


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
            panel.text,
            start=end - panel.range if panel.range else start,
            end=end,
            filters={field: values for field, values in narrowed.items() if panel.takes(field)},
            allow_top_n=bool(panel.top),
            timeout=timeout,
        )
        found.require(panel.needs, f"{panel.query.name}, the query of the panel {panel.id},")
        answers[panel.id] = found
    first = next((answers[panel.id] for panel in dashboard.panels if not panel.range), None)
    begin, finish = (first.start, first.end) if first else (start, end)
    notices = _absent(client, narrowed, start=begin, end=finish, timeout=timeout)
    return Report(dashboard, begin, finish, narrowed, answers, notices)


def _absent(
    client: Elasticsearch,
    narrowed: dict[str, tuple[str, ...]],
    *,
    start: datetime,
    end: datetime,
    timeout: float,
) -> tuple[str, ...]:
    """Return a sentence for each name asked for that no event has, with the names that there are."""
    file = assets.path("dashboards/report/names.esql")

    def seen(field: str, filters: dict[str, tuple[str, ...]]) -> list[str]:
        found = query.run(client, file, start=start, end=end, filters=filters, allow_top_n=True, timeout=timeout)
        return [str(name) for name in dict.fromkeys(found.values(field)) if name is not None]

    notices = []
    for field, values in narrowed.items():
        if absent := sorted(set(values) - set(seen(field, {field: values}))):
            word = _WORDS.get(field, field)
            there = [printable(name) for name in seen(field, {})]
            more = f" and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
            known = f"{word}s seen: {', '.join(sorted(there[:_MOST_NAMES]))}{more}" if there else f"no {word} has any"
            called = " or ".join(map(printable, absent))
            article = "an" if word[0] in "aeiou" else "a"
            notices.append(f"No events of {article} {word} called {called} in this time; {known}.")
    return tuple(notices)


def tiles(report: Report) -> list[Tile]:
    """Return the headlines of the panels, in reading order."""
    return [
        _tile(panel, headline, report.answers[panel.id])
        for panel in report.dashboard.panels
        for headline in panel.headlines
    ]


def _tile(panel: Panel, headline: Headline, found: query.Answer) -> Tile:
    values = found.values(headline.field)
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    whose = ""
    whole = not found.limit_reached
    if headline.aggregate == "max":
        value, row = max(known, key=lambda one: one[0], default=(None, 0))
        # Rows that were cut off are lower where the answer is sorted by this column.
        whole = whole or row == 0
        if value is not None:
            whose = " ".join(cell(found.values(name)[row]) for name in _whose(panel, headline))
    elif headline.aggregate == "sum":
        value = sum(value for value, _ in known)
    else:
        value = len(known)
    return Tile(headline.title, f"{'' if whole else 'at least '}{cell(value, headline.unit)}", whose, panel.id)


def _whose(panel: Panel, headline: Headline) -> tuple[str, ...]:
    """Return the columns that say whose the highest value is."""
    name = panel.series or panel.x
    return headline.whose or ((name.field,) if name and name.unit != "time" else ())


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON holds it: full precision, moments in ISO 8601, units beside the columns."""
    return {
        "dashboard": report.dashboard.id,
        "title": report.dashboard.title,
        "from": _value(report.start),
        "to": _value(report.end),
        "filters": {field: list(values) for field, values in report.filters.items()},
        "notices": list(report.notices),
        "panels": [_panel(panel, report) for panel in report.dashboard.panels],
    }


def _panel(panel: Panel, report: Report) -> dict[str, Any]:
    found = report.answers[panel.id]
    shown = (*panel.table, *panel.y, *panel.details, panel.x, panel.series)
    units = {headline.field: headline.unit for headline in panel.headlines}
    units |= {field.field: field.unit for field in shown if field}
    return {
        "id": panel.id,
        "title": panel.title,
        "question": panel.question,
        "note": panel.note or None,
        "filters": {field: list(values) for field, values in report.narrowed(panel).items()},
        "columns": [
            {"name": column.name, "type": column.type, "unit": units.get(column.name, "")} for column in found.columns
        ],
        "rows": [[_value(value) for value in row] for row in found.rows],
        "top": panel.top if found.limit_reached else None,
        "notes": report.notes(panel),
        "warnings": list(found.warnings),
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return [_value(one) for one in value] if isinstance(value, list) else value
