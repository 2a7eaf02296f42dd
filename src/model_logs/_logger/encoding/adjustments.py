"""Adjustments of one event's values: for the counters, the marks on the event, and strict tests."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Adjustments"]


class Adjustments:
    """Written while an event is encoded.

    Attributes:
        redact: Replaces secrets in text; None when redaction is off.
        sample: The share of requests whose features are written.
        counts: Names of counters to add one to.
        tags: Marks to set on the event.
        labels: What left its own field: field → text.
        problems: Sentences for a developer; `capture(strict=True)` raises with them.
    """

    __slots__ = ("counts", "labels", "problems", "redact", "sample", "tags")

    def __init__(self, redact: Callable[[str], str] | None = None, sample: float = 0.0) -> None:
        self.redact = redact
        self.sample = sample
        self.counts: list[str] = []
        self.tags: list[str] = []
        self.labels: dict[str, str] = {}
        self.problems: list[str] = []

    def add(self, counter: str, *, tag: str = "", problem: str = "") -> None:
        """Note one adjustment."""
        self.counts.append(counter)
        if tag and tag not in self.tags:
            self.tags.append(tag)
        if problem:
            self.problems.append(problem)
