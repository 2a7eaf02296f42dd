"""Charts over time: lines and stacked areas, drawn as steps. A value holds for its slot of time, and for no other.

A line between two slots would show values that nobody measured. What is hovered is a slot of time, as wide as
what lies between it and its neighbours; its tooltip names every measure of it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.parts import Chart, LegendEntry, base, colour, tooltip
from model_logs.dashboards.charts.scales import WHOLE, epoch, linear, shared, time_axis, value_axis
from model_logs.dashboards.charts.theme import colours
from model_logs.dashboards.report import cell, format_moment, over_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from model_logs.dashboards.panels import Panel
    from model_logs.dashboards.report import Series
    from model_logs.query import Answer

__all__ = ["area", "lines"]

# More than this on one panel cannot be told apart; what is left out is said, and for a sum shown as "other".
MOST_SMALL_CHARTS = 12
MOST_COLOURS = 10
OTHER = "other"

# In pixels: the dash of a value without a neighbour, however narrow its slot is.
_DASH = 7


def _point(at: datetime, value: float | None, line: Series, name: str) -> dict[str, Any]:
    """Return one row of data; `at` and `shown` are the words of the tooltip, written as everywhere else."""
    return {
        "time": epoch(at),
        "value": value,
        "name": name,
        "at": f"{format_moment(at)} UTC",
        "shown": cell(value, line.measure.unit),
    }


def lines(panel: Panel, answer: Answer) -> list[Chart]:
    """Return a small chart for each name, its measures as lines; the highest first where there are too many."""
    assert panel.x  # noqa: S101  # the loader has seen to it
    by_name: dict[str, list[Series]] = {}
    for line in over_time(panel, answer):
        by_name.setdefault(line.name, []).append(line)

    def values(name: str) -> list[float]:
        return [value for line in by_name[name] for _, value in line.points if value is not None]

    def highest(name: str) -> float:
        return max(values(name), default=0.0)

    kept = sorted(sorted(by_name, key=highest, reverse=True)[:MOST_SMALL_CHARTS])
    hidden = len(by_name) - len(kept)
    left_out = f"{hidden} more with lower values; narrow with --model." if hidden else ""
    # The first level is pale, so that several stand apart; one line alone takes the next.
    first = 1 if len(panel.y) == 1 else 0
    keys = tuple(LegendEntry(measure.title, "levels", index) for index, measure in enumerate(panel.y, first))
    kind, ticks = shared(panel.y[0], [values(name) for name in kept])
    axis = value_axis(panel.y[0], ticks, kind=kind, titled=False)
    width = _slot(by_name, answer)
    height = 220 if len(kept) == 1 else 150
    return [
        Chart(
            title=name,
            keys=keys,
            rows=[row for line in by_name[name] for row in _steps(line, answer, width)]
            + _slots(by_name[name], answer),
            spec=_line_spec(answer, by_name[name], keys, axis, height),
            height=height,
            left_out=left_out,
        )
        for name in kept
    ]


def _slot(by_name: dict[str, list[Series]], answer: Answer) -> timedelta:
    """Return how long a slot is: what the query says, else the shortest time between two of any line."""
    every = [line for found in by_name.values() for line in found]
    if every and every[0].width:
        return every[0].width
    moments = sorted({at for line in every for at, value in line.points if value is not None})
    # One slot that begins before the range, a day's in a report of an hour, is all that the range shows.
    alone = answer.end - moments[0] if moments and moments[0] < answer.start else (answer.end - answer.start) / 100
    return min((later - earlier for earlier, later in pairwise(moments)), default=alone)


def _drawn(at: datetime, answer: Answer) -> int:
    """Return where a slot is drawn from: the first one may begin before the range, and is drawn where that begins."""
    return max(epoch(at), epoch(answer.start))


def _steps(line: Series, answer: Answer, width: timedelta) -> list[dict[str, Any]]:
    """Return a line's points, and behind the last of each run the end of its slot; a run is one unbroken line."""
    values = [None, *(value for _, value in line.points), None]
    rows: list[dict[str, Any]] = []
    run = 0
    for place, (at, value) in enumerate(line.points):
        before, after = values[place], values[place + 2]
        row = _point(at, value, line, line.measure.title) | {"time": _drawn(at, answer)}
        alone = value is not None and before is None and after is None
        run += value is not None and before is None
        rows.append(row | {"alone": alone, "run": run})
        if value is not None and after is None:
            end = min(epoch(at + width), epoch(answer.end))
            rows.append(row | {"time": end, "alone": False, "run": run, "edge": True})
    return rows


def _slots(found: list[Series], answer: Answer) -> list[dict[str, Any]]:
    """Return what can be hovered: a row for each moment that has a value, with every measure in words."""
    shown: dict[datetime, dict[str, str]] = {}
    for index, line in enumerate(found):
        for at, value in line.points:
            if value is not None:
                shown.setdefault(at, {})[f"shown{index}"] = cell(value, line.measure.unit)
    moments = sorted(shown)
    times = [_drawn(at, answer) for at in moments]
    middles = [(earlier + later) / 2 for earlier, later in pairwise(times)]
    absent = {f"shown{index}": cell(None) for index in range(len(found))}
    return [
        {"time": time, "value": None, "name": "", "hover": True, "left": left, "right": right}
        | {"at": f"{format_moment(at)} UTC", **absent, **shown[at]}
        for at, time, left, right in zip(
            moments, times, [epoch(answer.start), *middles], [*middles, epoch(answer.end)], strict=True
        )
    ]


def _line_spec(
    answer: Answer, found: list[Series], keys: tuple[LegendEntry, ...], axis: dict[str, Any], height: int
) -> Callable[[str], dict[str, Any]]:
    words = [("at", "From"), *((f"shown{index}", line.measure.title) for index, line in enumerate(found))]
    hovered = {"condition": {"param": "hover", "empty": False, "value": 1}, "value": 0}

    def spec(scheme: str) -> dict[str, Any]:
        x, paint = time_axis(answer), colour(keys, scheme)
        measured = {"filter": "!datum.hover && isValid(datum.value)"}
        point = {"filter": "!datum.hover && !datum.edge && isValid(datum.value)"}
        select = {"type": "point", "fields": ["time"], "on": "pointerover", "clear": "pointerout"}
        return base(height) | {
            "layer": [
                {
                    "transform": [measured],
                    "mark": {"type": "line", "strokeWidth": 2, "strokeJoin": "round", "interpolate": "step-after"},
                    "encoding": {"x": x, "y": axis, "color": paint, "detail": {"field": "run", "type": "nominal"}},
                },
                {
                    "transform": [{"filter": "datum.alone"}],
                    "mark": {"type": "tick", "orient": "horizontal", "size": _DASH, "thickness": 2.5},
                    "encoding": {"x": x, "y": axis, "color": paint},
                },
                {
                    "transform": [{"filter": "datum.hover"}],
                    "mark": {"type": "rule", "color": colours(scheme)["muted"], "strokeWidth": 1},
                    "encoding": {"x": x, "opacity": hovered},
                },
                {
                    "transform": [point],
                    "mark": {"type": "point", "filled": True, "size": 45},
                    "encoding": {"x": x, "y": axis, "color": paint, "opacity": hovered},
                },
                {
                    "transform": [{"filter": "datum.hover"}],
                    "params": [{"name": "hover", "select": select}],
                    "mark": {"type": "rect", "opacity": 0, "clip": True},
                    "encoding": {
                        "x": time_axis(answer, field="left"),
                        "x2": {"field": "right"},
                        "y": {"value": 0},
                        "y2": {"value": "height"},
                        "tooltip": tooltip(*words),
                    },
                },
            ],
        }

    return spec


def area(panel: Panel, answer: Answer) -> list[Chart]:
    """Return the stacked area; the smallest names are summed where there are more than colours."""
    assert panel.series  # noqa: S101  # the loader has seen to it
    found = over_time(panel, answer, details=True)
    drawn = [line for line in found if line.measure is panel.y[0]]
    details = {
        (line.name, line.measure.field): [value for _, value in line.points]
        for line in found
        if line.measure is not panel.y[0]
    }
    totals = {line.name: sum(value for _, value in line.points) for line in drawn}
    ranked = sorted(totals, key=lambda name: totals[name], reverse=True)
    kept = sorted(ranked if len(ranked) <= MOST_COLOURS else ranked[: MOST_COLOURS - 1])
    keys = [LegendEntry(name, "series", index) for index, name in enumerate(kept)]
    groups = {name: [name] for name in kept}
    if others := [name for name in ranked if name not in kept]:
        other = f"{OTHER} ({len(others)})"
        keys.append(LegendEntry(other, "other"))
        groups[other] = others
    values = {line.name: [value for _, value in line.points] for line in drawn}
    moments = [at for at, _ in drawn[0].points]
    width = round(drawn[0].width.total_seconds() * 1000) if drawn[0].width else 0
    rows = []
    for shown, names in groups.items():
        for place, at in enumerate(moments):
            row = _point(at, sum(values[name][place] for name in names), drawn[0], shown)
            row["end"] = min(row["time"] + width, epoch(answer.end))
            for index, field in enumerate(panel.details):
                total = sum(details[name, field.field][place] for name in names)
                row[f"detail{index}"] = cell(total, field.unit)
            rows.append(row)
    last = max(row["time"] for row in rows)
    # The area of a slot reaches to the begin of the next one; the last one's to the end of the range.
    rows += [row | {"time": row["end"], "edge": True} for row in rows if row["time"] == last]
    height = 220
    words = [("at", "From"), ("name", panel.series.title), ("shown", panel.y[0].title)]
    words += [(f"detail{index}", field.title) for index, field in enumerate(panel.details)]
    top = max(sum(column) for column in zip(*values.values(), strict=True))
    ticks = linear(top, whole=panel.y[0].unit in WHOLE)

    def spec(scheme: str) -> dict[str, Any]:
        y = value_axis(panel.y[0], ticks) | {"stack": "zero"}
        return base(height) | {
            "encoding": {"x": time_axis(answer), "y": y, "color": colour(tuple(keys), scheme)},
            "layer": [
                {"mark": {"type": "area", "interpolate": "step-after"}},
                {
                    # An area has one tooltip for all its points; these bars carry one for each slot.
                    "transform": [{"filter": "!datum.edge"}],
                    "mark": {"type": "bar", "opacity": 0, "orient": "vertical"},
                    "encoding": {"x2": {"field": "end"}, "tooltip": tooltip(*words)},
                },
            ],
        }

    return [Chart("", tuple(keys), rows, spec, height)]
