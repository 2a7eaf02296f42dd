"""The alerts of one message: the worst are named, the others counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_logs.alerts.rulebook.groups import lead_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_logs.alerts.rulebook.transitions import Episode, Intent, RuleState

__all__ = ["NAMED", "Outage"]

# So many alerts of an outage a message names.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Outage:
    """The alerts that one message tells of.

    Attributes:
        episodes: The alerts, the worst first.
        before: How many of the same outage were told by an earlier message, and still fire.
        holders: The processes that stored the intents.
    """

    episodes: tuple[Episode, ...]
    before: int = 0
    holders: frozenset[str] = frozenset()

    @classmethod
    def of(cls, intents: Sequence[Intent], state: RuleState) -> Outage:
        """Return the outage of the intents of one message.

        Args:
            intents: Of one channel, one kind and one outage.
            state: The state of their rule.
        """
        first = intents[0].episode
        told = {intent.episode.key: intent.episode for intent in intents}
        others = {
            each.key: each
            for each in (*state.over, *state.firing.values())
            if each.told and lead_of(each) == lead_of(first) and each.grouped_at == first.grouped_at
        }
        others = {key: each for key, each in others.items() if key not in told}
        holders = frozenset(intent.holder for intent in intents)
        if intents[0].kind == "recovered":
            # All of the outage are over with this one.
            return cls((*told.values(), *(each for each in others.values() if each.until)), holders=holders)
        # Those that a later message is about to tell of were not told before.
        waiting = {
            each.episode.key
            for each in state.outbox
            if (each.kind, each.channel) == (intents[0].kind, intents[0].channel)
        }
        before = sum(each.until is None and key not in waiting for key, each in others.items())
        return cls(tuple(told.values()), before=before, holders=holders)

    @property
    def count(self) -> int:
        """How many alerts there are."""
        return len(self.episodes)
