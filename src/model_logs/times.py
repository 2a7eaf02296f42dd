"""Times as text, in one place: a moment as ISO 8601 with Z, a span of time such as 15m, and a span for people.

The hot paths of the logger (`_logger.emit`) and of the parser (`parse.timestamps`) format moments themselves, faster.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["in_largest_unit", "iso", "read_span", "rounded_span", "short_span"]

_SPAN = re.compile(r"([0-9]+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_ROUNDED = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0))


def iso(moment: datetime, timespec: str = "milliseconds") -> str:
    """Return a moment in UTC as `2026-11-22T08:30:00.000Z`; one without a time zone is in UTC already.

    Args:
        moment: The moment, in any time zone.
        timespec: The precision, as `datetime.isoformat` names it.
    """
    return (
        f"{(moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat(timespec=timespec)}Z"
    )


def read_span(text: str) -> timedelta:
    """Return the span of time in `90s`, `15m`, `24h`, `7d` or `4w`.

    Raises:
        ValueError: It is none of these, or no time at all.
    """
    match = _SPAN.fullmatch(text.strip())
    if not match or not int(match[1]):
        raise ValueError(f"{text!r} is no span of time; write it as 90s, 15m, 24h, 7d or 4w")
    try:
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
    except OverflowError as error:
        raise ValueError(f"{text!r} is too long a span of time") from error


def in_largest_unit(span: timedelta, *, days: bool = True) -> tuple[int, str]:
    """Return a span in the largest unit that divides it, of days, hours, minutes and seconds: `(15, "m")`.

    Args:
        span: The span; parts of a second are left out.
        days: Whether a day may be the unit; to Kibana a day begins at midnight, and 24 hours do not.
    """
    seconds = int(span.total_seconds())
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0 and (days or unit != "d"))
    return seconds // size, unit


def short_span(span: timedelta, *, days: bool = True) -> str:
    """Return a span as Elasticsearch and Kibana write it, in the largest unit that divides it: `15m`, `24h`, `7d`."""
    number, unit = in_largest_unit(span, days=days)
    return f"{number}{unit}"


def rounded_span(seconds: float) -> str:
    """Return a measured span, rounded: `3.2 h`."""
    for unit, size in _ROUNDED:
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
