"""The lines of an answer over time, with what is missing between their points: shared by terminal and charts.

A query gives no row for a bucket in which nothing happened. For a rate that is a 0 and is put in; for a percentile it
is a gap, and a line must not be drawn across it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.report.formats import cell

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Column, Panel
    from model_logs.query import Answer

__all__ = ["Series", "over_time"]

# A gap is wider than any two neighbouring buckets, even where the buckets are months.
_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Series:
    """One measure of one name.

    Attributes:
        name: Whose: the value of the panel's series column.
        measure: What.
        points: From earlier to later; None is a gap.
        width: How much time each point stands for, where the query says so.
    """

    name: str
    measure: Column
    points: tuple[tuple[datetime, Any], ...]
    width: timedelta | None = None


def over_time(panel: Panel, answer: Answer, *, details: bool = False) -> list[Series]:
    """Return the lines of a panel that is drawn over time, by name and measure; details, too, if wanted."""
    assert panel.x and panel.series  # noqa: S101, PT018  # the loader has seen to it
    records = answer.records()
    if not records:
        return []
    measures = (*panel.y, *panel.details) if details else panel.y
    if panel.x.width:
        return _slots(panel, measures, answer, records)
    moments = _with_gaps(sorted({record[panel.x.field] for record in records}))
    by_name: dict[str, dict[datetime, dict[str, Any]]] = {}
    for record in records:
        by_name.setdefault(cell(record[panel.series.field]), {})[record[panel.x.field]] = record
    return [
        Series(name, measure, tuple((moment, rows.get(moment, {}).get(measure.field)) for moment in moments))
        for name, rows in sorted(by_name.items())
        for measure in measures
    ]


def _with_gaps(moments: list[datetime]) -> list[datetime]:
    """Add one moment inside each hole between buckets, so that a line breaks there."""
    steps = [later - earlier for earlier, later in pairwise(moments)]
    if not steps:
        return moments
    step = min(steps)
    holes = [
        earlier + step
        for earlier, width in zip(moments, steps, strict=False)
        if width.total_seconds() > step.total_seconds() * _GAP
    ]
    return sorted([*moments, *holes])


def _slots(panel: Panel, measures: tuple[Column, ...], answer: Answer, records: list[dict[str, Any]]) -> list[Series]:
    """Return lines over all slots of the range: a slot without a row counted nothing."""
    assert panel.x and panel.series  # noqa: S101, PT018  # the loader has seen to it
    width = timedelta(milliseconds=records[0][panel.x.width])
    # The width was rounded to microseconds on its way here; a slot of that little is none.
    count = math.ceil((answer.end - answer.start) / width - 0.001)
    by_name: dict[str, dict[int, dict[str, Any]]] = {}
    for record in records:
        slot = round((record[panel.x.field] - answer.start) / width)
        by_name.setdefault(cell(record[panel.series.field]), {})[slot] = record
    return [
        Series(
            name,
            measure,
            tuple((answer.start + slot * width, rows.get(slot, {}).get(measure.field, 0)) for slot in range(count)),
            width,
        )
        for name, rows in sorted(by_name.items())
        for measure in measures
    ]
