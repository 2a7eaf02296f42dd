"""Vega-Lite specifications from panels and their answers. They hold the data; colours come from a scheme.

A panel gives one chart, for lines one for each name, so that lines of several models never cross. A table gives none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.charts._theme import colours
from model_logs.report import cell, moment, over_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from model_logs.panels import Field, Panel
    from model_logs.query import Answer
    from model_logs.report import Series

__all__ = ["Chart", "Key", "charts"]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

# More than this on one panel cannot be told apart; what is left out is said, and for a sum shown as "other".
MOST_SMALL_CHARTS = 12
MOST_COLOURS = 10
OTHER = "other"

# 15k and 0.5; as a format, SI prefixes would make these 15k and 500m, and 0 among thousands 0k.
_TICK = "format(datum.value, datum.value < 1000 ? '~g' : '~s')"

# In pixels; a query does not say how wide its buckets are.
_HALF_BAR = 5

# Points are drawn where there are so few moments that lines alone would be missed.
_FEW_MOMENTS = 20


# What a tick on the time axis says, by the widest unit that begins there: 24 hours, as in the tables.
_CLOCK = {
    "year": "%Y",
    "month": "%b %Y",
    "week": "%b %d",
    "date": "%b %d",
    "hours": "%H:%M",
    "minutes": "%H:%M",
    "seconds": "%H:%M:%S",
    "milliseconds": "%S.%L",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: the words, the list of the theme, and which of its colours."""

    title: str
    palette: str
    index: int = 0

    def colour(self, scheme: str) -> str:
        """Return the colour in `light` or `dark`."""
        found = colours(scheme)[self.palette]
        return str(found[self.index % len(found)] if isinstance(found, list) else found)


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing of a panel.

    Attributes:
        title: Empty where the panel's own title says it all.
        keys: The legend.
        rows: The data, under the name `answer` in the specification.
        spec: A scheme → the specification without its data, as wide as its container.
        height: Of the plot, in pixels.
        left_out: What is not drawn, in words.
    """

    title: str
    keys: tuple[Key, ...]
    rows: list[dict[str, Any]]
    spec: Callable[[str], dict[str, Any]]
    height: int
    left_out: str = ""


def charts(panel: Panel, answer: Answer) -> list[Chart]:
    """Return the drawings of a panel: none for a table, and none where nothing was found."""
    draw = {"lines": _lines, "area": _area, "bars": _bars, "ranking": _ranking}.get(panel.chart)
    return draw(panel, answer) if draw and answer.rows else []


def _epoch(value: datetime) -> int:
    return round(value.timestamp() * 1000)


def _base(height: int) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"name": "answer"},
    }


def _time_axis(answer: Answer, padding: int = 0) -> dict[str, Any]:
    """Return the x channel: the whole range that was asked for, so that all panels line up."""
    # As one expression: Vega-Lite takes two numbers of two layers for two domains, and warns.
    domain = {"expr": f"[{_epoch(answer.start)}, {_epoch(answer.end)}]"}
    return {
        "field": "time",
        "type": "temporal",
        "scale": {"type": "utc", "domain": domain, "nice": False, "padding": padding},
        "axis": {"title": None, "tickCount": 6, "format": _CLOCK},
    }


def _value_axis(field: Field, *, titled: bool = True) -> dict[str, Any]:
    unit = {"percent": "%", "change": "%", "per minute": ""}.get(field.unit, field.unit)
    words = f"{field.title} ({unit})" if unit and unit not in field.title.lower() else field.title
    return {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {"title": words if titled else unit, "labelExpr": _TICK},
    }


def _point(at: datetime, value: float | None, line: Series, name: str) -> dict[str, Any]:
    """Return one row of data; `at` and `shown` are the words of the tooltip, written as everywhere else."""
    return {
        "time": _epoch(at),
        "value": value,
        "name": name,
        "at": f"{moment(at)} UTC",
        "shown": cell(value, line.measure.unit),
    }


def _tooltip(*titles: tuple[str, str]) -> list[dict[str, str]]:
    return [{"field": field, "title": title, "type": "nominal"} for field, title in titles]


def _colour(keys: tuple[Key, ...], scheme: str) -> dict[str, Any]:
    scale = {"domain": [key.title for key in keys], "range": [key.colour(scheme) for key in keys]}
    return {"field": "name", "type": "nominal", "scale": scale, "legend": None}


def _lines(panel: Panel, answer: Answer) -> list[Chart]:
    """Return a small chart for each name, its measures as lines; the highest first where there are too many."""
    assert panel.x  # noqa: S101  # the loader has seen to it
    by_name: dict[str, list[Series]] = {}
    for line in over_time(panel, answer):
        by_name.setdefault(line.name, []).append(line)

    def highest(name: str) -> float:
        return max((value for line in by_name[name] for _, value in line.points if value is not None), default=0.0)

    kept = sorted(sorted(by_name, key=highest, reverse=True)[:MOST_SMALL_CHARTS])
    hidden = len(by_name) - len(kept)
    left_out = f"{hidden} more with lower values; narrow with --model." if hidden else ""
    # The first level is pale, so that several stand apart; one line alone takes the next.
    first = 1 if len(panel.y) == 1 else 0
    keys = tuple(Key(measure.title, "levels", index) for index, measure in enumerate(panel.y, first))
    height = 220 if len(kept) == 1 else 150
    return [
        Chart(
            title=name,
            keys=keys,
            rows=[row for line in by_name[name] for row in _line_rows(line)],
            spec=_line_spec(panel, answer, by_name[name], keys, height),
            height=height,
            left_out=left_out,
        )
        for name in kept
    ]


def _line_rows(line: Series) -> list[dict[str, Any]]:
    """Return a line's points; one without a neighbour is marked, as no line leads to it."""
    values = [None, *(value for _, value in line.points), None]
    return [
        _point(at, value, line, line.measure.title)
        | {"alone": value is not None and values[place] is None and values[place + 2] is None}
        for place, (at, value) in enumerate(line.points)
    ]


def _line_spec(
    panel: Panel, answer: Answer, lines: list[Series], keys: tuple[Key, ...], height: int
) -> Callable[[str], dict[str, Any]]:
    found = [(at, value) for line in lines for at, value in line.points if value is not None]
    few = len({at for at, _ in found}) <= _FEW_MOMENTS
    value = _value_axis(panel.y[0], titled=False)
    if not any(measured for _, measured in found):
        # Nothing but zeros would be a line in the middle of a chart without a scale.
        value["scale"] = {"domain": [0, 1]}

    def spec(scheme: str) -> dict[str, Any]:
        nearest = {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}
        hover = {"name": "hover", "select": nearest}
        alone = {"test": "datum.alone", "value": 1}
        shown = {"condition": [{"param": "hover", "empty": False, "value": 1}, alone], "value": 1 if few else 0}
        return _base(height) | {
            "encoding": {"x": _time_axis(answer), "color": _colour(keys, scheme)},
            "layer": [
                {
                    "mark": {"type": "line", "strokeWidth": 2, "strokeJoin": "round", "interpolate": "monotone"},
                    "encoding": {"y": value},
                },
                {
                    "params": [hover],
                    "mark": {"type": "point", "filled": True, "size": 45},
                    "encoding": {
                        "y": value,
                        "opacity": shown,
                        "tooltip": _tooltip(("at", "Time"), ("name", "Measure"), ("shown", "Value")),
                    },
                },
            ],
        }

    return spec


def _area(panel: Panel, answer: Answer) -> list[Chart]:
    """Return the stacked area; the smallest names are summed where there are more than colours."""
    assert panel.series  # noqa: S101  # the loader has seen to it
    lines = over_time(panel, answer)
    totals = {line.name: sum(value for _, value in line.points) for line in lines}
    ranked = sorted(totals, key=lambda name: totals[name], reverse=True)
    kept = set(ranked if len(ranked) <= MOST_COLOURS else ranked[: MOST_COLOURS - 1])
    keys = [Key(name, "series", index) for index, name in enumerate(sorted(kept))]
    rows = [_point(at, value, line, line.name) for line in lines if line.name in kept for at, value in line.points]
    others = [line for line in lines if line.name not in kept]
    if others:
        other = f"{OTHER} ({len(others)})"
        keys.append(Key(other, "other"))
        summed = [sum(values) for values in zip(*([v for _, v in line.points] for line in others), strict=True)]
        moments = [at for at, _ in others[0].points]
        rows += [_point(at, value, others[0], other) for at, value in zip(moments, summed, strict=True)]
    width = round(lines[0].width.total_seconds() * 1000) if lines[0].width else 0
    for row in rows:
        row["end"] = min(row["time"] + width, _epoch(answer.end))
    last = max(row["time"] for row in rows)
    # The area of a slot reaches to the begin of the next one; the last one's to the end of the range.
    rows += [row | {"time": row["end"], "edge": True} for row in rows if row["time"] == last]
    height = 220
    tooltip = _tooltip(("at", "From"), ("name", panel.series.title), ("shown", panel.y[0].title))

    def spec(scheme: str) -> dict[str, Any]:
        y = _value_axis(panel.y[0]) | {"stack": "zero"}
        return _base(height) | {
            "encoding": {"x": _time_axis(answer), "y": y, "color": _colour(tuple(keys), scheme)},
            "layer": [
                {"mark": {"type": "area", "interpolate": "step-after", "opacity": 0.88}},
                {
                    # An area has one tooltip for all its points; these bars carry one for each slot.
                    "transform": [{"filter": "!datum.edge"}],
                    "mark": {"type": "bar", "opacity": 0, "orient": "vertical"},
                    "encoding": {"x2": {"field": "end"}, "tooltip": tooltip},
                },
            ],
        }

    return [Chart("", tuple(keys), rows, spec, height)]


def _bars(panel: Panel, answer: Answer) -> list[Chart]:
    """Return stacked bars over time."""
    assert panel.x and panel.series  # noqa: S101, PT018  # the loader has seen to it
    measure = panel.y[0]
    kinds = sorted({cell(kind) for kind in answer.values(panel.series.field)})
    keys = tuple(Key(kind, "kinds", index) for index, kind in enumerate(kinds))
    rows = [
        {
            # The first bucket may begin before the range; it is drawn where the range begins.
            "time": max(_epoch(record[panel.x.field]), _epoch(answer.start)),
            "value": record[measure.field],
            "name": cell(record[panel.series.field]),
            "at": f"{moment(record[panel.x.field])} UTC",
            "shown": cell(record[measure.field], measure.unit),
        }
        for record in answer.records()
    ]
    height = 200
    names = (("at", "From"), ("name", panel.series.title), ("shown", measure.title))

    def spec(scheme: str) -> dict[str, Any]:
        axis = _value_axis(measure) | {"stack": "zero"}
        axis["axis"] |= {"tickMinStep": 1}
        return _base(height) | {
            # Rounded ends would put every stacked bar at the left edge (Vega-Lite 6.4).
            "mark": {"type": "bar", "size": 2 * _HALF_BAR, "clip": True},
            "encoding": {
                "x": _time_axis(answer, padding=_HALF_BAR),
                "y": axis,
                "color": _colour(keys, scheme),
                "tooltip": _tooltip(*names),
            },
        }

    return [Chart("", keys, rows, spec, height)]


def _ranking(panel: Panel, answer: Answer) -> list[Chart]:
    """Return bars by name, in the order of the answer, with their values in words."""
    assert panel.x  # noqa: S101  # the loader has seen to it
    measure = panel.y[0]
    details = [field for field in panel.columns if field.field not in {panel.x.field, measure.field}]
    rows = [
        {
            "name": cell(record[panel.x.field]),
            "value": record[measure.field],
            "shown": cell(record[measure.field], measure.unit),
            **{f"detail{index}": cell(record[field.field], field.unit) for index, field in enumerate(details)},
        }
        for record in answer.records()
    ]
    height = max(200, 32 * len(rows))
    names = [("name", panel.x.title), ("shown", measure.title)]
    names += [(f"detail{index}", field.title) for index, field in enumerate(details)]

    def spec(scheme: str) -> dict[str, Any]:
        y = {"field": "name", "type": "nominal", "sort": None, "axis": {"title": None, "labelLimit": 180}}
        # Room beyond the longest bar for its words.
        scale = {"domain": [0, 1.2 * max((row["value"] or 0 for row in rows), default=0) or 1], "nice": False}
        x = _value_axis(measure) | {"scale": scale}
        x["axis"] |= {"grid": True, "domain": False, "tickCount": 5, "titleAnchor": "start"}
        tooltip = _tooltip(*names)
        return _base(height) | {
            "encoding": {"y": y, "x": x, "tooltip": tooltip},
            "layer": [
                {
                    "mark": {"type": "bar", "height": {"band": 0.55}, "cornerRadiusEnd": 3},
                    "encoding": {"color": {"value": colours(scheme)["bad"]}},
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
                    "encoding": {"text": {"field": "shown", "type": "nominal"}},
                },
            ],
        }

    return [Chart("", (), rows, spec, height)]
