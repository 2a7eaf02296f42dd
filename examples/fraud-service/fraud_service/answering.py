"""Who answers: the model, else the first of the four fallbacks behind it that can.

Level 1 is what the model said about the same payment before, 2 a simpler model in this process, 3 business rules,
4 the safe default: nothing is decided, and a person looks at the payment.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fraud_service.model import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fraud_service.cache import Cache
    from fraud_service.champion import Champion
    from fraud_service.model import Model
    from fraud_service.payments import Row
    from fraud_service.rules import Rules

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and how it came about.

    Attributes:
        level: Who answered: 0 the model, 1 to 4 the fallbacks.
        score: The probability of fraud; None for the safe default.
        version: The version that gave the score; None where it is not the model's own.
        circuit_state: The circuit of the model server: closed, open or half_open.
        cache_hit: Whether the cache knew the payment; None where it was not asked.
        reason: Why the model did not answer; None where it did.
    """

    level: int
    score: float | None
    version: str | None
    circuit_state: str
    cache_hit: bool | None = None
    reason: str | None = None


@dataclass(slots=True)
class _Found:
    score: float | None
    version: str | None = None


class Answering:
    """The model and the fallbacks behind it.

    Args:
        model: The model.
        cache: Level 1.
        simple: Level 2.
        rules: Level 3.
        fallbacks: The names of the levels that are switched on.
    """

    def __init__(
        self, model: Model, cache: Cache, simple: Champion, rules: Rules, fallbacks: tuple[str, ...]
    ) -> None:
        self._model, self._cache, self._simple, self._rules = model, cache, simple, rules
        levels: dict[str, tuple[int, Callable[[str, Row], Awaitable[_Found | None]]]] = {
            "cache": (1, self._cached),
            "simple": (2, self._simpler),
            "rules": (3, self._by_rule),
            "default": (4, self._by_default),
        }
        self._levels = [levels[name] for name in fallbacks]

    async def decide(self, card: str, row: Row) -> Decision:
        """Return the answer of the first level that has one.

        Raises:
            NoAnswerError: The model has none, and no fallback that is switched on has one.
        """
        try:
            answer = await self._model.score(row)
        except NoAnswerError as failure:
            return await self._fall_back(card, row, failure)
        return Decision(0, answer.score, answer.version, answer.circuit_state)

    async def _fall_back(self, card: str, row: Row, failure: NoAnswerError) -> Decision:
        cache_hit = None
        for level, ask in self._levels:
            found = await ask(card, row)
            if level == 1:
                cache_hit = found is not None
            if found is not None:
                return Decision(level, found.score, found.version, failure.circuit_state, cache_hit, str(failure))
        raise failure

    async def _cached(self, card: str, row: Row) -> _Found | None:
        found = await self._cache.get(card, row.amount)
        return _Found(*found) if found else None

    async def _simpler(self, _: str, row: Row) -> _Found | None:
        loaded = self._simple.loaded
        if loaded is None:
            return None
        try:
            return _Found(loaded.score(row))
        except Exception as error:  # noqa: BLE001  # whatever a model raises, the rules are next
            _log.warning("simpler model: %s: %s", type(error).__name__, error)
            return None

    async def _by_rule(self, _: str, row: Row) -> _Found | None:
        score = self._rules.score(row)
        return None if score is None else _Found(score)

    async def _by_default(self, _: str, __: Row) -> _Found:
        return _Found(None)
