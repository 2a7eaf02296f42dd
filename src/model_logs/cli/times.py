"""Options that are times: a span such as 15m, seconds to wait, a moment in ISO 8601. Each has bounds.

What lies beyond them is a slip of the hand, and would end in the limits of a calendar or of the operating system.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import click

__all__ = ["Moment", "Seconds", "Span"]

_LONGEST = timedelta(days=36_525)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_YEAR_S = 366 * 86_400


class Span(click.ParamType[timedelta]):
    """A span of time such as 15m, of a hundred years at most."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span, or complain as click does."""
        from model_logs.times import read_span

        if isinstance(value, timedelta):
            return value
        try:
            found = read_span(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found > _LONGEST:
            self.fail(f"{value!r} is longer than a hundred years", param, ctx)
        return found


class Seconds(click.ParamType[float]):
    """Seconds to wait: a number, or a span such as 2m; above 0 and a year at most.

    Args:
        zero: Whether 0 may be said, for no wait at all.
    """

    name = "seconds"

    def __init__(self, *, zero: bool = False) -> None:
        self.zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, or complain as click does."""
        found = self._read(value)
        if not (0 < found <= _YEAR_S or (self.zero and found == 0)):
            least = "0 or more" if self.zero else "more than 0"
            self.fail(
                f"{value!r} is no time to wait; write seconds such as 30 ({least}), or a span such as 2m", param, ctx
            )
        return found

    @staticmethod
    def _read(value: Any) -> float:
        """Return the seconds, or NaN, which is within no bounds."""
        from model_logs.times import read_span

        if isinstance(value, str) and not value.isascii():
            return math.nan  # Python reads the digits of every script
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
        try:
            return read_span(str(value)).total_seconds()
        except ValueError:
            return math.nan


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601 from 1970 to 2200; without a time zone it is UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC, or complain as click does."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment; write it as 2026-11-22T08:30:00Z", param, ctx)
        if not _FIRST_YEAR <= found.year < _LAST_YEAR:
            self.fail(f"{value!r} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}", param, ctx)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
