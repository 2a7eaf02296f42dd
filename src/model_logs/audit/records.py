"""The result of an audit: one record for each writer, and the sum. No behaviour beyond adding up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Audit", "Range", "WriterAudit", "joined", "numbers_within", "ranges_of", "ranges_without"]

# First and last number, both included.
Range = tuple[int, int]


def ranges_of(numbers: list[int]) -> list[Range]:
    """Return sorted numbers as ranges."""
    ranges: list[Range] = []
    for number in numbers:
        if ranges and number <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def ranges_without(low: int, high: int, present: list[int]) -> list[Range]:
    """Return the ranges from `low` to `high` that hold none of the sorted numbers `present`."""
    missing: list[Range] = []
    begin = low
    for number in present:
        if number > begin:
            missing.append((begin, min(number - 1, high)))
        begin = max(begin, number + 1)
    if begin <= high:
        missing.append((begin, high))
    return missing


def numbers_within(numbers: list[int], low: int, high: int) -> list[int]:
    """Return the part of sorted numbers from `low` to `high`."""
    return numbers[bisect_left(numbers, low) : bisect_right(numbers, high)]


def joined(ranges: list[Range]) -> list[Range]:
    """Join sorted ranges that touch."""
    found: list[Range] = []
    for begin, end in ranges:
        if found and begin <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


@dataclass
class WriterAudit:
    """The counts of one writer in one window.

    Attributes:
        writer: Its `process.entity_id`.
        service: The service it belongs to, where it says so.
        host: The host it ran on, where it says so.
        first: Time of its first event in the window.
        last: Time of its last event in the window.
        low: Lowest number in the window.
        high: Highest number in the window.
        events: Documents in the window.
        judged: The numbers that were judged: from `low` to `high`, and up to the neighbours outside the window.
        lost: Numbers of these that are nowhere.
        lost_ranges: Which, the first ones.
        doubled: Numbers that are stored more than once.
        doubled_ranges: Which, the first ones.
        late: Events of the window that were handled later than allowed.
        late_ranges: Which, the first ones.
        worst_lag_s: The longest time from an event to its handling, in seconds.
        failed: Numbers that the failure store holds and no stream: not lost, but in no panel.
        failed_ranges: Which.
        erased: Numbers that an erasure took away, by an attested event of the audit trail: not lost.
        erased_ranges: Which, the first ones.
        head: `complete`, or `unknown` when what came before may have been deleted by its retention.
        tail: `closed` (a clean end), `continues` (it wrote on after the window) or `unknown` (it runs or was killed).
    """

    writer: str
    service: str | None = None
    host: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    low: int = 0
    high: int = 0
    events: int = 0
    judged: Range = (0, 0)
    lost: int = 0
    lost_ranges: list[Range] = field(default_factory=list)
    doubled: int = 0
    doubled_ranges: list[Range] = field(default_factory=list)
    late: int = 0
    late_ranges: list[Range] = field(default_factory=list)
    worst_lag_s: float = 0.0
    failed: int = 0
    failed_ranges: list[Range] = field(default_factory=list)
    erased: int = 0
    erased_ranges: list[Range] = field(default_factory=list)
    head: str = "complete"
    tail: str = "unknown"


@dataclass
class Audit:
    """All writers of one window.

    Attributes:
        start: Begin of the window, included.
        end: End of the window, excluded.
        writers: Ordered by their id.
        unattested: Decisions of the window that came by the road of everybody, the latest first.
        unnumbered: Events in the window without a writer or a number: nobody can tell whether some of them are lost.
    """

    start: datetime
    end: datetime
    writers: list[WriterAudit] = field(default_factory=list)
    unnumbered: int = 0
    unattested: list[dict[str, Any]] = field(default_factory=list)

    def total(self, name: str) -> int:
        """Return the sum of one count over all writers: events, lost, doubled, late, failed or erased."""
        return sum(getattr(writer, name) for writer in self.writers)

    def document(self) -> dict[str, object]:
        """Return the whole audit for `--output json`."""
        counts = {name: self.total(name) for name in ("events", "lost", "doubled", "late", "failed", "erased")}
        tails = {tail: sum(w.tail == tail for w in self.writers) for tail in ("closed", "continues", "unknown")}
        return {
            "start": self.start,
            "end": self.end,
            **counts,
            "unnumbered": self.unnumbered,
            "unattested": self.unattested,
            "tails": tails,
            "writers": [asdict(writer) for writer in self.writers],
        }
