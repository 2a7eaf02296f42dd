"""Business rules in a file: who answers where no model can."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from fraud_service.payments import Row

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: a score for payments whose feature is above a number."""

    name: str
    feature: str
    above: float
    score: float

    def __post_init__(self) -> None:
        if self.feature not in Row._fields or not 0 <= self.score <= 1:
            raise ValueError(
                f"rule {self.name!r}: a feature of {', '.join(Row._fields)} and a score of 0 to 1 are needed"
            )
        float(self.above)

    def holds(self, row: Row) -> bool:
        """Return whether a payment falls under this rule."""
        value = getattr(row, self.feature)
        return value is not None and value > self.above


class Rules:
    """The rules of a file, read again when it changes.

    Args:
        file: The file; one that is gone or broken has no rules.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at: tuple[int, int] | None = None
        self._rules: list[Rule] = []

    def score(self, row: Row) -> float | None:
        """Return the score of the first rule that holds; None where none does."""
        try:
            self._read()
        except (OSError, yaml.YAMLError, ValueError, TypeError, KeyError) as error:
            _log.warning("no rules: %s: %s", type(error).__name__, error)
            return None
        return next((rule.score for rule in self._rules if rule.holds(row)), None)

    def _read(self) -> None:
        state = self._file.stat()
        version = (state.st_mtime_ns, state.st_size)
        if version != self._read_at:
            self._rules = [Rule(**rule) for rule in yaml.safe_load(self._file.read_bytes())["rules"]]
            self._read_at = version
