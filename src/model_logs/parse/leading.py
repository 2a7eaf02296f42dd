"""The time that a line of another program begins with, in the forms of `pipelines/wrappers.yml`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from model_logs.parse.timestamps import canonical, since_1970

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Times", "compiled", "expanded"]

_PART: Final = re.compile(r"%\{([A-Z]+)\}")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOON: Final = 12
_LONGEST: Final = 512


def expanded(regex: str, parts: Mapping[str, str]) -> str:
    """Return an expression with its parts put in, in Python's spelling."""
    while _PART.search(regex):
        regex = _PART.sub(lambda part: parts[part[1]], regex)
    return re.sub(r"\(\?<(?=[a-z])", "(?P<", regex)


def compiled(regex: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    """Return an expression of the file, compiled."""
    return re.compile(expanded(regex, parts), re.ASCII)


class Times:
    """The forms in which a line may begin with a time.

    Args:
        raw: The file's content.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        parts = raw["parts"]
        before = "|".join(f"(?:{expanded(each, parts)})" for each in raw["before_time"])
        self._forms = [compiled(f"(?:{before})(?:{each})", parts) for each in raw["times"]]

    def leading(self, text: str, arrived: str) -> str:
        """Return the time that a text begins with as it is stored; empty when it begins with none.

        Args:
            text: A line or the begin of one.
            arrived: When it came, ISO 8601: decides what a form leaves open.
        """
        head = text[:_LONGEST]
        for form in self._forms:
            found = form.match(head)
            if found is not None and (moment := _moment(found.groupdict(), arrived)):
                return moment
        return ""


def _moment(said: Mapping[str, str | None], arrived: str) -> str:
    if epoch := said.get("epoch"):
        return since_1970(float(epoch) if "." in epoch else int(epoch)) or ""
    hour = int(said["hour"] or 0)
    # A clock of 24 hours needs no half of the day, and some write one all the same.
    if (half := said.get("half")) and 1 <= hour <= _NOON:
        hour = hour % _NOON + (_NOON if half.upper() == "PM" else 0)
    clock = f"{hour:02}:{said['minute']}:{said.get('second') or '00'}.{said.get('fraction') or '0'}"
    zone = (said.get("zone") or "").strip().replace("GMT", "Z")
    latest = _a_day_after(arrived)
    readings = [canonical(f"{day}T{clock}{zone}") or "" for day in _days(said, latest)]
    if len(readings) == 1:
        return readings[0]
    return max((reading for reading in readings if reading <= latest), default="")


def _days(said: Mapping[str, str | None], latest: str) -> list[str]:
    """Return the days that the words for one may mean."""
    if said.get("first"):
        first, middle = f"{int(said['first'] or 0):02}", f"{int(said['middle'] or 0):02}"
        if year := said.get("year"):
            return [f"{year}-{first}-{middle}", f"{year}-{middle}-{first}"]
        return [f"20{said['last']}-{first}-{middle}", f"20{first}-{middle}-{said['last']}"]
    name = said.get("name")
    month = f"{_MONTHS.index(name) + 1:02}" if name else f"{int(said['month'] or 0):02}"
    day = f"{int(said['day'] or 0):02}"
    year = said.get("year") or (f"20{said['short']}" if said.get("short") else "")
    if year:
        return [f"{year}-{month}-{day}"]
    this = int(latest[:4])
    return [f"{this - back:04}-{month}-{day}" for back in (0, 1)]


def _a_day_after(arrived: str) -> str:
    """Return the latest time that a line may have which came then: clocks and zones differ."""
    moment = canonical(arrived) or "9999-12-30T00:00:00.000Z"
    later = datetime.fromisoformat(moment.removesuffix("Z")) + timedelta(days=1)
    return f"{later.isoformat(timespec='milliseconds')}Z"
