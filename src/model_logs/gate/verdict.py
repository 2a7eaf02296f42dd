"""The verdict of a gate: one check for each objective, the doubts about the data, and what follows from both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FAILED", "INCONCLUSIVE", "NOT_JUDGED", "PASSED", "Check", "Doubt", "conclude"]

PASSED, FAILED, INCONCLUSIVE, NOT_JUDGED = "passed", "failed", "inconclusive", "not judged"


@dataclass(frozen=True, slots=True)
class Check:
    """One objective, judged.

    Attributes:
        indicator: What was measured.
        title: For people.
        kind: share (of predictions), rate (a second), level (a score) or ratio (of 99th percentiles).
        unit: Of value, limit, low and high; empty for shares and ratios.
        limit: What it may be.
        value: What was found; None where nothing was.
        low: It is hardly less.
        high: It is hardly more.
        events: How many predictions, or measurements, it rests on.
        verdict: passed, failed, inconclusive or not judged.
        reason: Why, where it is inconclusive or not judged.
        missing: How many more events would decide; None where that cannot be said.
        shown: The value in the words of the objective, such as the 99th percentile in ms.
    """

    indicator: str
    title: str
    kind: str
    unit: str
    limit: float
    value: float | None
    low: float | None
    high: float | None
    events: int
    verdict: str
    reason: str = ""
    missing: int | None = None
    shown: str = ""

    @property
    def upward(self) -> bool:
        """Whether more is better."""
        return self.indicator in {"throughput", "quality"}

    @property
    def margin(self) -> float | None:
        """How far the worse bound is within the limit; below 0 beyond it."""
        worse = self.low if self.upward else self.high
        if worse is None:
            return None
        return worse - self.limit if self.upward else self.limit - worse

    def as_dict(self) -> dict[str, Any]:
        """Return it for evidence and `--output json`."""
        return {**asdict(self), "margin": self.margin}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Check:
        """Return the check that `as_dict` gave."""
        return cls(**{name: value for name, value in said.items() if name != "margin"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason why the data does not allow a verdict.

    Attributes:
        kind: A word for programs.
        text: A sentence for people.
        missing: How many events are missing; None where nobody can tell.
    """

    kind: str
    text: str
    missing: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it for evidence and `--output json`."""
        return asdict(self)


def conclude(checks: Sequence[Check], doubts: Sequence[Doubt]) -> str:
    """Return the verdict: passed, failed or inconclusive.

    A doubt about the data never lets a version pass. A failure stands in spite of doubts only where it would be one
    even if every missing event were a good prediction.
    """
    failed = [check for check in checks if check.verdict == FAILED]
    if failed and (not doubts or any(_stands(check, doubts) for check in failed)):
        return FAILED
    judged = [check for check in checks if check.verdict != NOT_JUDGED]
    if doubts or not judged or any(check.verdict != PASSED for check in judged):
        return INCONCLUSIVE
    return PASSED


def _stands(check: Check, doubts: Sequence[Doubt]) -> bool:
    missing = [doubt.missing for doubt in doubts]
    if check.kind != "share" or check.low is None or not check.events or None in missing:
        return False
    lost = sum(each for each in missing if each is not None)
    return check.low * check.events / (check.events + lost) > check.limit
