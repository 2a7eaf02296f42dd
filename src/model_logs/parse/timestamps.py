"""Timestamps as writers write them → UTC with milliseconds, the one form that is stored. Text and JSON alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["canonical", "since_1970"]

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?: ?(?:[Zz]|UTC|GMT|([+-])(\d\d):?([0-5]\d)?))?",
    re.ASCII,
)
_COUNT = re.compile(r"(\d{9,19})(?:[.,](\d{1,9}))?", re.ASCII)
# Seconds, milliseconds, microseconds and nanoseconds since 1970 lie this far apart: the years 2000 to 2100.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
_UNITS = (1, 10**3, 10**6, 10**9)
_WIDEST_OFFSET = timedelta(hours=18)


def canonical(written: str) -> str | None:
    """Return `2026-01-15T10:30:00.123Z` for an ISO 8601 time; UTC when it names no zone. None when it is none.

    Taken are `T` or a blank between date and time, `.` or `,` before the fraction (cut to milliseconds), no seconds,
    and the zones `Z`, `UTC`, `GMT`, `+02`, `+0200` and `+02:00`, `t` and `z` too. Leap seconds and the hour 24 are
    refused, as Java does.
    """
    found = _FORM.fullmatch(written)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = found.groups()
    milliseconds = int((fraction or "0")[:3].ljust(3, "0"))
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), milliseconds * 1000, UTC
        )
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            if offset > _WIDEST_OFFSET:
                return None
            moment = moment - offset if sign == "+" else moment + offset
    except (ValueError, OverflowError):
        return None
    # isoformat pads the year, which strftime does not do everywhere.
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def since_1970(value: object) -> str | None:
    """Return the time for a number of seconds, milliseconds, microseconds or nanoseconds since 1970.

    The number may be a text. None for anything that is none between the years 2000 and 2100 in one of these units.
    """
    if isinstance(value, str):
        count = _COUNT.fullmatch(value.strip())
        if count is None:
            return None
        whole, fraction = int(count[1]), count[2]
        if fraction is not None and whole < _LATEST:
            return since_1970(whole * 1000 + int(fraction[:3].ljust(3, "0")))
        return since_1970(whole)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    for unit in _UNITS:
        if _EARLIEST * unit <= value < _LATEST * unit:
            milliseconds = value * 1000 // unit
            moment = datetime(1970, 1, 1) + timedelta(milliseconds=int(milliseconds))  # noqa: DTZ001 - written as UTC
            return f"{moment.isoformat(timespec='milliseconds')}Z"
    return None
