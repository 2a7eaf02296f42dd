"""Counters that many threads can add to without a lock.

`itertools.count` adds one in a single step of the interpreter, which `+= 1` does not.
"""

from __future__ import annotations

from itertools import count, islice

__all__ = ["Tally", "drawn"]


class Tally:
    """Named counters; a name that was never counted reads as nothing."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, count[int]] = {}

    def add(self, name: str, times: int = 1) -> None:
        """Raise a counter by one, or by a number."""
        counter = self._counts.get(name)
        if counter is None:
            counter = self._counts.setdefault(name, count())
        for _ in islice(counter, times):
            pass

    def clear(self) -> None:
        """Set all counters to zero."""
        self._counts = {}

    def read(self) -> dict[str, int]:
        """Return every counter that is not zero."""
        return {name: drawn(counter) for name, counter in sorted(self._counts.copy().items())}


def drawn(counter: count[int]) -> int:
    """Return the number that the counter gives next, without taking it."""
    # `count` offers no other way to look; its repr, "count(5)", is documented by Python.
    return int(repr(counter)[6:-1])
