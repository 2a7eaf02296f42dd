"""Results of an examination: traps, findings, and the report. It asks nobody and prints nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model_logs.doctor.estate import Estate

__all__ = [
    "Check",
    "DoctorReport",
    "Finding",
    "NotAskedError",
    "Severity",
    "Trap",
    "TrapResult",
    "ok",
    "problem",
    "shown_bytes",
    "warning",
]


class Severity(StrEnum):
    """How bad a finding is; the worst first."""

    PROBLEM = "problem"
    """Events are lost, or will be."""
    WARNING = "warning"
    """It works today."""
    SKIPPED = "skipped"
    """Nobody looked, and the finding says why."""
    OK = "ok"


_ORDER = list(Severity)


class NotAskedError(Exception):
    """A check has no subject: a part of the installation was not named, or is empty yet."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A known trap, as `traps.yml` has it.

    Attributes:
        id: Its name, for `--only`.
        shows: How it shows.
        bites: What it does to the events.
        remedy: What to do about it.
    """

    id: str
    shows: str
    bites: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one check.

    Attributes:
        severity: How bad it is.
        seen: What was seen, with figures; for `skipped` why nobody looked.
        where: The stream, the node, the file or the line.
        remedy: The command to run or the line to change; empty when there is nothing to do.
        id: Of the trap.
        failed: It was skipped since what was to be looked at did not answer, or refused.
    """

    severity: Severity
    seen: str
    where: str = ""
    remedy: str = ""
    id: str = ""
    failed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {
            "id": self.id,
            "severity": str(self.severity),
            "seen": self.seen,
            "where": self.where,
            "remedy": self.remedy,
            "could_not_look": self.failed,
        }


def ok(seen: str) -> list[Finding]:
    """Return the finding of a check without a problem, with the facts that it saw."""
    return [Finding(Severity.OK, seen)]


def problem(seen: str, where: str, remedy: str = "") -> Finding:
    """Return something that loses events; without a remedy it gets that of the trap."""
    return Finding(Severity.PROBLEM, seen, where, remedy)


def warning(seen: str, where: str, remedy: str = "") -> Finding:
    """Return something that works today; without a remedy it gets that of the trap."""
    return Finding(Severity.WARNING, seen, where, remedy)


@dataclass(frozen=True, slots=True)
class Check:
    """A trap and the look that finds it."""

    trap: Trap
    look: Callable[[Estate], list[Finding]]


@dataclass(frozen=True, slots=True)
class TrapResult:
    """The findings of one check, at least one."""

    trap: Trap
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, trap: Trap, findings: Sequence[Finding]) -> TrapResult:
        """Return the findings under the trap's id, each with a remedy where there is something to do."""

        def told(finding: Finding) -> Finding:
            acts = finding.severity in {Severity.PROBLEM, Severity.WARNING}
            return replace(finding, id=trap.id, remedy=finding.remedy or (trap.remedy if acts else ""))

        return cls(trap, tuple(told(finding) for finding in findings))

    @property
    def severity(self) -> Severity:
        """The worst of its findings."""
        return min((finding.severity for finding in self.findings), key=_ORDER.index)


@dataclass(frozen=True)
class DoctorReport:
    """All checks of one run."""

    results: tuple[TrapResult, ...] = field(default_factory=tuple)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, the worst first."""
        found = [finding for result in self.results for finding in result.findings]
        return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))

    def of(self, severity: Severity) -> list[TrapResult]:
        """Return the checks whose worst finding is of this severity."""
        return [result for result in self.results if result.severity is severity]

    @property
    def could_not_look(self) -> bool:
        """Whether something that was to be looked at did not answer or refused."""
        return any(finding.failed for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """Return 3 when there is a problem, else 1 when something could not be looked at, else 0."""
        if self.of(Severity.PROBLEM):
            return 3
        return 1 if self.could_not_look else 0

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        counts = {str(severity): len(self.of(severity)) for severity in Severity}
        return {
            "checks": len(self.results),
            **counts,
            "could_not_look": self.could_not_look,
            "findings": [finding.as_dict() for finding in self.findings],
        }


_BYTES = (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


def shown_bytes(count: float) -> str:
    """Return `1.5 GiB` for people."""
    for unit, size in _BYTES:
        if abs(count) >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"
