"""Captured events of the logger, for a user's own tests: `with capture() as captured:`.

Nothing reaches a file or standard output meanwhile, in any thread of the process; the lines are the ones that would
have been written. It has no part in the real writer's sequence.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Captured", "capture"]


@dataclass(frozen=True, slots=True)
class Captured:
    """The lines that were written, in order.

    Attributes:
        lines: As bytes, each with its newline.
    """

    lines: list[bytes] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events, as nested dictionaries."""
        return [orjson.loads(line) for line in self.lines]

    def of_type(self, event_type: str) -> list[dict[str, Any]]:
        """Return the events of one type, such as `predict`."""
        return [event for event in self.events if event["event_type"] == event_type]


@contextmanager
def capture(*, strict: bool = False) -> Iterator[Captured]:
    """Collect the events that `model_logs.logger` writes in a block.

    Args:
        strict: Raise a `ContractError` at a call that gives an unknown keyword, a value of the wrong type, or lacks
            what its event type needs; outside of tests such an event is written, marked and counted.
    """
    from model_logs._logger import logger

    captured = Captured()

    def write(_: int, line: bytes) -> int:
        captured.lines.append(line)
        return len(line)

    writer = logger._writer  # noqa: SLF001 - one package; users have no other way to it than this function
    before = writer.divert(write, strict=strict)
    try:
        yield captured
    finally:
        writer.restore(before)
