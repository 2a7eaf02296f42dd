"""Counts: which of the events that were acknowledged can be found, which stand twice, which lines are torn."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from model_logs.parse import json_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Tally", "acknowledged", "tally"]


@dataclass(frozen=True)
class Tally:
    """What one case came to, in events; `torn` in lines.

    Attributes:
        written: Calls of the logging library that came back.
        told: How many of the lost ones the library itself counted; None when it counts none.
        times: How often the harm was done; None where that is not counted.
    """

    written: int
    found: int
    lost: int
    doubled: int
    torn: int
    told: int | None = None
    times: int | None = None


def acknowledged(acks: Path, name: str) -> set[str]:
    """Return the ids of the calls that came back, from the file of counters of one process."""
    counters = struct.unpack(f"<{acks.stat().st_size // 8}Q", acks.read_bytes())
    return {f"{name}-{thread}-{number}" for thread, last in enumerate(counters) for number in range(1, last + 1)}


def _behind_torn(line: bytes) -> str | None:
    """Return the id of an event that stands behind the half of another one, as our readers find it; else None."""
    try:
        found = json_line.load(json_line.clean(line)).get("request_id")
    except json_line.UnreadableError:
        return None
    return found if isinstance(found, str) else None


def _request_id(line: bytes) -> str | None:
    """Return the id in a line, wherever the library puts it; None for a line that is not one whole JSON object."""
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(event, dict):
        return None
    nested = [event, event.get("extra"), event.get("record", {}).get("extra")]  # logstash-async, loguru
    return next((found["request_id"] for found in nested if isinstance(found, dict) and "request_id" in found), "")


def tally(expected: set[str], files: Iterable[Path]) -> Tally:
    """Look for the expected events in all lines of the files.

    A last line without its newline is torn as well. A whole event of ours behind a torn one counts as found: that is
    how `ship` and Logstash read such a line. Events of ours that are not about a request (`writer_closed`)
    are left aside.
    """
    found: Counter[str] = Counter()
    torn = 0
    for file in files:
        lines = file.read_bytes().split(b"\n")
        for line in filter(None, lines):
            event_id = _request_id(line)
            if event_id is None:
                torn += 1
                event_id = _behind_torn(line)
            if event_id:
                found[event_id] += 1
    present = expected & found.keys()
    doubled = sum(count - 1 for count in found.values() if count > 1)
    return Tally(len(expected), len(present), len(expected) - len(present), doubled, torn)
