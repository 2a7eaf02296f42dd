"""Vega-Lite specifications from panels and their answers. They hold the data; colours come from a scheme.

A panel gives one chart, for lines one for each name, so that lines of several models never cross. A table gives none.
Charts over time stand in `over_time`; bars are here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.over_time import area, lines
from model_logs.dashboards.charts.parts import Chart, LegendEntry, base, colour, tooltip
from model_logs.dashboards.charts.scales import WHOLE, epoch, linear, time_axis, value_axis
from model_logs.dashboards.charts.theme import colours
from model_logs.dashboards.report import cell, format_moment

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Panel
    from model_logs.query import Answer

__all__ = ["Chart", "LegendEntry", "charts"]

# In pixels; a query does not say how wide its buckets are.
_HALF_BAR = 5
# In pixels: a name, and the bar below it.
_RANK = 42
MOST_RANKS = 12


def charts(panel: Panel, answer: Answer) -> list[Chart]:
    """Return the drawings of a panel: none for a table, and none where nothing was found."""
    draw = {"lines": lines, "area": area, "bars": _bars, "ranking": _ranking}.get(panel.chart)
    return draw(panel, answer) if draw and answer.rows else []


def _bars(panel: Panel, answer: Answer) -> list[Chart]:
    """Return stacked bars over time."""
    assert panel.x and panel.series  # noqa: S101, PT018  # the loader has seen to it
    measure = panel.y[0]
    kinds = sorted({cell(kind) for kind in answer.values(panel.series.field)})
    keys = tuple(LegendEntry(kind, "kinds", index) for index, kind in enumerate(kinds))
    rows = [
        {
            # The first bucket may begin before the range; it is drawn where the range begins.
            "time": max(epoch(record[panel.x.field]), epoch(answer.start)),
            "value": record[measure.field],
            "name": cell(record[panel.series.field]),
            "at": f"{format_moment(record[panel.x.field])} UTC",
            "shown": cell(record[measure.field], measure.unit),
        }
        for record in answer.records()
    ]
    stacks: Counter[int] = Counter()
    for row in rows:
        stacks[row["time"]] += row["value"] or 0
    ticks = linear(max(stacks.values()), whole=measure.unit in WHOLE)
    height = 200
    names = (("at", "From"), ("name", panel.series.title), ("shown", measure.title))

    def spec(scheme: str) -> dict[str, Any]:
        return base(height) | {
            # Rounded ends would put every stacked bar at the left edge (Vega-Lite 6.4).
            "mark": {"type": "bar", "size": 2 * _HALF_BAR, "clip": True},
            "encoding": {
                "x": time_axis(answer, padding=_HALF_BAR),
                "y": value_axis(measure, ticks) | {"stack": "zero"},
                "color": colour(keys, scheme),
                "tooltip": tooltip(*names),
            },
        }

    return [Chart("", keys, rows, spec, height)]


def _ranking(panel: Panel, answer: Answer) -> list[Chart]:
    """Return bars by name, in the order of the answer: the name and the value in words, the bar below them."""
    assert panel.x  # noqa: S101  # the loader has seen to it
    measure = panel.y[0]
    details = [field for field in panel.columns if field.field not in {panel.x.field, measure.field}]
    records = answer.records()
    rows = [
        {
            "place": place,
            "name": cell(record[panel.x.field]),
            "value": record[measure.field],
            "shown": cell(record[measure.field], measure.unit),
            **{f"detail{index}": cell(record[field.field], field.unit) for index, field in enumerate(details)},
        }
        for place, record in enumerate(records[:MOST_RANKS])
    ]
    hidden = len(records) - len(rows)
    left_out = f"{hidden} more, further down: `model-logs report` prints them." if hidden else ""
    height = _RANK * len(rows)
    top = max((row["value"] or 0 for row in rows), default=0) or 1
    names = [("name", panel.x.title), ("shown", measure.title)]
    names += [(f"detail{index}", field.title) for index, field in enumerate(details)]

    def spec(scheme: str) -> dict[str, Any]:
        y = {"field": "place", "type": "nominal", "sort": None, "axis": None}
        bar = {"field": "value", "type": "quantitative", "axis": None, "scale": {"domain": [0, top], "nice": False}}
        words = {"type": "text", "yOffset": -7, "baseline": "middle"}
        return base(height) | {
            "encoding": {"y": y, "tooltip": tooltip(*names)},
            "layer": [
                {
                    "mark": {"type": "bar", "height": 11, "yOffset": 9, "cornerRadiusEnd": 3},
                    "encoding": {"x": bar, "color": {"value": colours(scheme)["bad"]}},
                },
                {
                    "mark": words | {"align": "left", "limit": {"expr": "width - 90"}},
                    "encoding": {"x": {"value": 0}, "text": {"field": "name", "type": "nominal"}},
                },
                {
                    "mark": words | {"align": "right", "fontWeight": 600},
                    "encoding": {"x": {"value": "width"}, "text": {"field": "shown", "type": "nominal"}},
                },
            ],
        }

    return [Chart("", (), rows, spec, height, left_out, stretches=False)]
