"""Progress of the evaluator: its rounds, its lag and its queue, for the watchdog and for `/metrics`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from model_logs.metrics import MetricSample

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from model_logs.alerts.rulebook.transitions import RuleState

__all__ = ["Progress"]

# A leader none of whose rules was judged for so long is as good as dead.
_LATELY = timedelta(minutes=5)


@dataclass
class Progress:
    """Figures of the last round of this process as the leader.

    Attributes:
        at: When it ended; None before the first.
        duration_s: How long it took.
        judged: Rule → the end of its newest window that was judged.
        firing: Rule → how many alerts fire.
        waiting: Channel → how many notifications wait.
        stuck: The rules that could not be judged in it.
        leads: This process is the leader.
        rounds: How many rounds there were.
    """

    at: datetime | None = None
    duration_s: float = 0.0
    judged: Mapping[str, datetime] = field(default_factory=dict)
    firing: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    stuck: frozenset[str] = frozenset()
    leads: bool = False
    rounds: int = 0
    _begun: float = field(default_factory=time.monotonic)

    def begun(self) -> None:
        """Start the stopwatch of a round."""
        self._begun = time.monotonic()

    def ended(self, states: Mapping[str, RuleState], stuck: Collection[str], now: datetime) -> None:
        """Remember a round that this process did as the leader.

        Args:
            states: Rule → its state.
            stuck: The rules that could not be judged.
            now: The time.
        """
        waiting: dict[str, int] = {}
        for state in states.values():
            for intent in state.outbox:
                name = intent.channel or "record"
                waiting[name] = waiting.get(name, 0) + 1
        self.judged = {rule: state.evaluated_to for rule, state in states.items()}
        self.firing = {rule: len(state.firing) for rule, state in states.items()}
        self.waiting, self.stuck, self.leads = waiting, frozenset(stuck), True
        self.at, self.duration_s = now, time.monotonic() - self._begun
        self.rounds += 1

    def works(self, now: datetime) -> bool:
        """Tell whether this process is the leader and evaluated a rule lately."""
        newest = max(self.judged.values(), default=None)
        return self.leads and newest is not None and now - newest < _LATELY

    def samples(self, now: datetime) -> Iterator[MetricSample]:
        """Yield the figures for `/metrics`."""
        yield MetricSample("alerts_leader", "1 while this evaluator is the leader.", float(self.leads))
        yield MetricSample("alerts_rounds_total", "Rounds that this evaluator did as the leader.", self.rounds)
        yield MetricSample(
            "alerts_last_round_timestamp_seconds", "When the last round ended; 0 before the first.", _unix(self.at)
        )
        yield MetricSample("alerts_round_duration_seconds", "Duration of the last round.", self.duration_s)
        for rule, judged in self.judged.items():
            lag = max(0.0, (now - judged).total_seconds())
            yield MetricSample(
                "alerts_rule_lag_seconds", "Age of the newest window that was judged.", lag, {"rule": rule}
            )
        for rule in self.judged:
            yield MetricSample(
                "alerts_rule_stuck",
                "1 where the rule could not be judged.",
                float(rule in self.stuck),
                {"rule": rule},
            )
        for rule, number in self.firing.items():
            yield MetricSample("alerts_firing", "Alerts that fire.", number, {"rule": rule})
        for channel, number in self.waiting.items():
            yield MetricSample("alerts_queue", "Notifications that wait.", number, {"channel": channel})


def _unix(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
