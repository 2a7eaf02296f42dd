"""Axes: where the ticks of values and of time stand, and what they say. Ticks are chosen here and not by Vega.

Vega puts a tick at half an event, and a scale of its own on each small chart; both are wrong to read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from model_logs.dashboards.panels import Column
    from model_logs.query import Answer

__all__ = ["WHOLE", "epoch", "linear", "shared", "time_axis", "value_axis"]

# Units that are counted: there is no half of one.
WHOLE = frozenset({"events", "predictions", "rows"})
_DURATIONS = frozenset({"ms", "s"})
# Small charts beside each other share a scale. Where one is so many times as high as another, durations share a
# logarithmic one, on which both can be read.
_FAR_APART = 8
_MOST_TICKS = 5
_STEPS = (1, 2, 5, 10)

# 15k and 0.5; as a format, SI prefixes would make these 15k and 500m, and 0 among thousands 0k.
_TICK = "format(datum.value, datum.value < 1000 ? '~g' : '~s')"

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


def epoch(value: datetime) -> int:
    """Return a moment in milliseconds."""
    return round(value.timestamp() * 1000)


def time_axis(answer: Answer, padding: int = 0, field: str = "time") -> dict[str, Any]:
    """Return the x channel: the whole range that was asked for, so that all panels line up."""
    # As one expression: Vega-Lite takes two numbers of two layers for two domains, and warns.
    domain = {"expr": f"[{epoch(answer.start)}, {epoch(answer.end)}]"}
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": domain, "nice": False, "padding": padding},
        "axis": {"title": None, "tickCount": 6, "format": _CLOCK},
    }


def linear(top: float, *, whole: bool = False) -> list[float]:
    """Return round ticks from 0 up to the first one that reaches `top`; whole numbers where halves mean nothing."""
    if top <= 0:
        return [0, 1]
    least = top / _MOST_TICKS
    magnitude = 10.0 ** math.floor(math.log10(least))
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= least * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    count = math.ceil(top / step * (1 - 1e-9))
    # A tick is what its digits say: 0.3, not 0.30000000000000004.
    ticks = [float(f"{step * number:.12g}") for number in range(count + 1)]
    return [int(tick) if tick.is_integer() else tick for tick in ticks]


def _logarithmic(low: float, high: float) -> list[float]:
    """Return ticks at 1, 2 and 5 times powers of ten around two values; at powers alone where there are many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [float(f"{factor * 10.0**decade:.12g}") for decade in decades for factor in (1, 2, 5)]
    first = max((tick for tick in every if tick <= low * (1 + 1e-9)), default=every[0])
    last = min((tick for tick in every if tick >= high * (1 - 1e-9)), default=every[-1])
    inside = [tick for tick in every if first <= tick <= last]
    if len(inside) > _MOST_TICKS + 1:
        inside = [first, *(10.0**decade for decade in decades if first < 10.0**decade < last), last]
    return [int(tick) if tick.is_integer() else tick for tick in inside]


def shared(field: Column, charts: Iterable[list[float]]) -> tuple[str, list[float]]:
    """Return the kind of scale, linear or log, and the ticks that small charts beside each other share."""
    known = [values for values in charts if values]
    tops = [max(values) for values in known]
    low = min((value for values in known for value in values), default=0.0)
    if field.unit in _DURATIONS and low > 0 and max(tops) > _FAR_APART * min(tops):
        return "log", _logarithmic(low, max(tops))
    return "linear", linear(max(tops, default=0.0), whole=field.unit in WHOLE)


def value_axis(field: Column, ticks: list[float], *, kind: str = "linear", titled: bool = True) -> dict[str, Any]:
    """Return the channel of a measure over given ticks, from the first to the last of them."""
    unit = {"percent": "%", "change": "%", "per minute": ""}.get(field.unit, field.unit)
    words = f"{field.title} ({unit})" if unit and unit not in field.title.lower() else field.title
    title = words if titled else unit
    if kind == "log":
        title = f"{title}, log scale"
    return {
        "field": "value",
        "type": "quantitative",
        "scale": {"type": kind, "domain": [ticks[0], ticks[-1]], "nice": False},
        "axis": {"title": title, "labelExpr": _TICK, "values": ticks},
    }
