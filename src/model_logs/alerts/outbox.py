"""From the outbox of a rule to people and to the record: what was sent, what waits, what cannot be sent.

The order is what keeps promises: the intent is stored, then sent, then recorded as an event, then struck off. Whoever
dies in between leaves the intent behind, and the next one sends it again, marked.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from model_logs.alerts.machine import intent_as_dict
from model_logs.alerts.messages import message, summary_of
from model_logs.alerts.store import StateConflictError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from model_logs.alerts.delivery import Delivery, Outcome
    from model_logs.alerts.machine import Intent
    from model_logs.alerts.messages import Links, Message
    from model_logs.alerts.record import Recorder
    from model_logs.alerts.rules import Rule
    from model_logs.alerts.store import Store

__all__ = ["UNDELIVERED", "Outbox"]

# The kind of what could not be delivered and is kept.
UNDELIVERED = "undelivered"


class Outbox:
    """Settles the outboxes of the rules.

    Args:
        store: Where what cannot be delivered is kept.
        delivery: The threads that send.
        recorder: Writes the events.
        links: Where messages point to.
        clock: The time.
        say: Tells the operator one line.
    """

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        recorder: Recorder,
        *,
        links: Links,
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._recorder = recorder
        self._links = links
        self._clock = clock
        self._say = say
        self._outcomes: dict[str, Outcome] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are configured."""
        return tuple(self._delivery.channels)

    @property
    def busy(self) -> bool:
        """Something is under way or has ended and is not settled."""
        return self._delivery.busy or bool(self._outcomes)

    def forget(self) -> None:
        """Drop what ended: the next leader sends it again."""
        self._delivery.finished(self._clock())
        self._outcomes.clear()

    def close(self) -> None:
        """Wait for what is under way."""
        self._delivery.close()

    def settle(self, rule: Rule, outbox: tuple[Intent, ...]) -> tuple[Intent, ...]:
        """Record what ended and return what is left.

        Raises:
            ClusterError: It cannot be recorded now; what ended is remembered and settled the next time.
        """
        for outcome in self._delivery.finished(self._clock()):
            self._outcomes[outcome.intent.id] = outcome
        left: list[Intent] = []
        for intent in outbox:
            outcome_ = self._outcomes.get(intent.id)
            if not intent.channel:
                self._record(rule, intent)
            elif intent.channel not in self._delivery.channels:
                self._keep(rule, intent, f"the channel {intent.channel} is not configured any more", "")
            elif outcome_ is None:
                left.append(intent)
            elif outcome_.final:
                self._finish(rule, outcome_)
            else:
                self._say(f"{rule.id} {intent.episode.key}: {outcome_.error}; tried again later.")
                left.append(outcome_.retry or intent)
        for intent in outbox:
            self._outcomes.pop(intent.id, None)
        return tuple(left)

    def start(self, rule: Rule, outbox: tuple[Intent, ...], holder: str) -> None:
        """Begin to send what is due."""

        def write(intent: Intent) -> Message:
            return message(rule, intent, links=self._links, holder=holder)

        waiting = [intent for intent in outbox if intent.id not in self._outcomes]
        known = [intent for intent in waiting if intent.channel in self._delivery.channels]
        self._delivery.start(known, self._clock(), write)

    def _finish(self, rule: Rule, outcome: Outcome) -> None:
        if outcome.error:
            self._keep(rule, outcome.intent, outcome.error, outcome.message.body)
            return
        self._record(rule, outcome.intent, may_repeat=outcome.message.may_repeat)

    def _keep(self, rule: Rule, intent: Intent, error: str, text: str) -> None:
        self._say(f"{rule.id} {intent.episode.key}: cannot be delivered, it is kept: {error}")
        body = {"rule": rule.id, "error": error, "text": text, "intent": intent_as_dict(intent)}
        # A conflict: it is kept already, by a process that died before it struck it off.
        with contextlib.suppress(StateConflictError):
            self._store.write(f"undelivered-{intent.id}", UNDELIVERED, body, None, visible=True)
        self._record(rule, intent, error=error)

    def _record(self, rule: Rule, intent: Intent, *, error: str | None = None, may_repeat: bool = False) -> None:
        episode = intent.episode
        row = episode.row
        version = row.get("version") or row.get("versions")
        self._recorder.record(
            f"alert_{intent.kind}",
            intent.id,
            (episode.until or episode.since) if intent.kind == "recovered" else episode.since,
            {
                "status": "failed" if error else "success",
                "environment": row.get("environment"),
                "model_name": row.get("model_name"),
                "model_version": version if isinstance(version, str) else None,
                "message": summary_of(rule, row),
                "error.message": error,
                "alert.rule": rule.id,
                "alert.id": f"{rule.id}:{episode.key}",
                "alert.severity": rule.level,
                "alert.value": episode.value,
                "alert.threshold": episode.threshold,
                "alert.channel": intent.channel or None,
                "alert.may_repeat": may_repeat or None,
            },
        )
