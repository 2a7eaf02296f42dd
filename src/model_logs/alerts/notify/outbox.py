"""Delivers the outbox of each rule, and records which messages were sent, wait, or cannot be sent.

The order is what keeps promises: the intent is stored, then sent, then recorded as an event, then struck off. Whoever
dies in between leaves the intent behind, and the next one sends it again, marked.
"""

from __future__ import annotations

import contextlib
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from model_logs.alerts.notify.delivery import GIVEN_UP_AFTER, DeliveryResult
from model_logs.alerts.notify.messages import labelled_alert, message, plain_message, spoken
from model_logs.alerts.notify.outages import Outage
from model_logs.alerts.notify.stateful_delivery import current_alerts
from model_logs.alerts.rulebook.groups import lead_of
from model_logs.alerts.rulebook.transitions import intent_as_dict
from model_logs.errors import AssetError, ContractError, ModelLogsError
from model_logs.printing import printable
from model_logs.state.store import StateConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from model_logs.alerts.notify.delivery import Delivery
    from model_logs.alerts.notify.messages import Links
    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.alerts.rulebook.transitions import Intent, RuleState
    from model_logs.channels.message import Message
    from model_logs.channels.stateful_receiver import LabelledAlert
    from model_logs.state.audit_trail import Recorder
    from model_logs.state.store import Store

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
        self._outcomes: dict[str, DeliveryResult] = {}
        self._said: dict[str, tuple[str, str]] = {}
        # Channel that holds a state → why it took nothing the last time; empty where it did.
        self._failing: dict[str, str] = {}
        # Of the outcomes, those that no settling has looked at: they ended while another rule was settled.
        self._untried: set[str] = set()

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are configured."""
        return self._delivery.names

    @property
    def busy(self) -> bool:
        """Whether a message is under way or its result is still to be recorded."""
        return self._delivery.busy or bool(self._untried)

    def forget(self) -> None:
        """Drop results and messages under way: the next leader sends them again."""
        self._delivery.abandon()
        self._outcomes.clear()
        self._untried.clear()

    def close(self) -> None:
        """Wait for messages under way."""
        self._delivery.close()

    def settle(
        self,
        rule: Rule,
        outbox: tuple[Intent, ...],
        holder: str,
        save: Callable[[tuple[Intent, ...]], None],
        still_leading: Callable[[], None] = lambda: None,
    ) -> tuple[tuple[Intent, ...], ModelLogsError | None]:
        """Record the results of finished attempts, and strike their messages off the outbox.

        Args:
            rule: The rule.
            outbox: What it has to send.
            holder: This process.
            save: Stores what is left, where that is something else. When it raises, what ended is remembered and
                settled again the next time, without being sent again.
            still_leading: Called before each; a thousand alerts at once take longer than a lease lasts.

        Returns:
            What is left to be sent or recorded, and why something that ended is among it: it could not be recorded
            now. It is remembered as well.
        """
        self._collect()
        self._said = {}
        left: list[Intent] = []
        settled: list[str] = []
        trouble: ModelLogsError | None = None
        for intent in outbox:
            try:
                still_leading()
                self._untried.discard(intent.id)
                rest = self._settled(rule, intent, holder)
            except StateConflictError:
                raise
            except ModelLogsError as error:
                trouble, rest = error, intent
            else:
                settled.append(intent.id)
            if rest:
                left.append(rest)
        if tuple(left) != outbox:
            save(tuple(left))
        for id_ in settled:
            self._outcomes.pop(id_, None)
        return tuple(left), trouble

    def start(
        self,
        rule: Rule,
        state: RuleState,
        holder: str,
        allowed: Callable[[], bool] = lambda: True,
        *,
        current: bool = False,
    ) -> None:
        """Begin to send messages that are due; `allowed` is asked right before each attempt.

        Args:
            rule: The rule.
            state: Its state: what is to be sent, and the alerts beside it.
            holder: This process.
            allowed: Whether it is still for this process to tell.
            current: The windows that are due were judged: receivers that hold the state of alerts may be given it.
        """
        # What ended and is not settled holds up what is about the same outage: it may have to be sent again first.
        ended = {_line(intent) for intent in state.outbox if intent.id in self._outcomes}
        waiting = [intent for intent in state.outbox if _line(intent) not in ended]
        write = partial(self._write, rule, state, holder)
        self._delivery.start(waiting, self._clock(), write, allowed)
        if current:
            due = [intent for intent in state.outbox if intent.id not in self._outcomes]
            alerts = partial(self._alerts, rule, state, holder, self._clock())
            self._delivery.stateful.give(rule.id, due, self._clock(), alerts, allowed)

    def _write(self, rule: Rule, state: RuleState, holder: str, intents: Sequence[Intent]) -> Message:
        outage = Outage.of(intents, state)
        try:
            return message(rule, intents[0], links=self._links, holder=holder, outage=outage)
        except AssetError as error:
            self._say(f"{rule.id}: sent as a plain message, since its template or summary fails: {error}")
            return plain_message(rule, intents[0], holder=holder, outage=outage)

    def _alerts(
        self, rule: Rule, state: RuleState, holder: str, now: datetime, until: datetime
    ) -> list[LabelledAlert]:
        waiting = {each.episode.key for each in state.outbox if each.kind == "recovered"}
        episodes = current_alerts(state.firing.values(), state.over, waiting, now)
        return [labelled_alert(rule, episode, until, links=self._links, holder=holder) for episode in episodes]

    def _collect(self) -> None:
        """Remember the attempts that finished since the last time."""
        now = self._clock()
        found = self._delivery.finished(now)
        for intents, channel, error, final in self._delivery.stateful.finished(now):
            if error and self._failing.get(channel) != error:
                self._say(f"{channel}: {error}; tried again in the next round.")
            if not error and self._failing.get(channel):
                self._say(f"{channel}: works again.")
            self._failing[channel] = error
            for intent in intents:
                too_old = now - (intent.episode.until or now) > GIVEN_UP_AFTER
                if final or too_old:
                    found.append(DeliveryResult(intent, error, final=True))
        for outcome in found:
            self._outcomes[outcome.intent.id] = outcome
            self._untried.add(outcome.intent.id)

    def _settled(self, rule: Rule, intent: Intent, holder: str) -> Intent | None:
        """Settle one intent and return the remaining intent, if any."""
        outcome = self._outcomes.get(intent.id)
        if not intent.channel:
            self._record(rule, intent)
        elif intent.channel not in self._delivery.names:
            self._keep(rule, intent, f"the channel {intent.channel} is not configured any more", "")
        elif outcome is None:
            return intent
        elif outcome.final:
            self._finish(rule, outcome, holder)
        else:
            if self._said.get(intent.channel) != (rule.id, outcome.error):
                # One message may tell of a thousand alerts.
                self._said[intent.channel] = (rule.id, outcome.error)
                self._say(f"{rule.id} {printable(intent.episode.key)}: {outcome.error}; tried again later.")
            return outcome.retry or intent
        return None

    def _finish(self, rule: Rule, outcome: DeliveryResult, holder: str) -> None:
        if outcome.error:
            self._keep(rule, outcome.intent, outcome.error, outcome.text)
            return
        self._record(rule, outcome.intent, again=holder if outcome.may_repeat else "")

    def _keep(self, rule: Rule, intent: Intent, error: str, text: str) -> None:
        self._say(
            f"{rule.id} {printable(intent.episode.key)}: undeliverable, listed by `model-logs alerts list`: {error}"
        )
        body = {"rule": rule.id, "error": error, "text": text, "intent": intent_as_dict(intent)}
        # A conflict: it is kept already, by a process that died before it struck it off.
        with contextlib.suppress(StateConflictError):
            self._store.write(f"undelivered-{intent.id}", UNDELIVERED, body, None, visible=True)
        self._record(rule, intent, error=error)

    def _record(self, rule: Rule, intent: Intent, *, error: str | None = None, again: str = "") -> None:
        """Write the event of a notification.

        Args:
            rule: The rule.
            intent: What was told, or what nobody was told.
            error: Why it did not arrive.
            again: The process that told it after another one may have: a notification, and an event, of its own.
        """
        episode = intent.episode
        row = episode.row
        version = row.get("version") or row.get("versions")
        id_ = f"{intent.id}-{sha256(again.encode()).hexdigest()[:8]}" if again else intent.id
        at = (episode.until or episode.since) if intent.kind == "recovered" else episode.since
        about = {
            "status": "failed" if error else "success",
            "error.message": error,
            "alert.rule": rule.id,
            "alert.id": f"{rule.id}:{episode.key}",
            "alert.severity": rule.level,
            "alert.value": episode.value,
            "alert.threshold": episode.threshold,
            "alert.channel": intent.channel or None,
            "alert.may_repeat": bool(again) or None,
        }
        model = {
            "environment": row.get("environment"),
            "model_name": row.get("model_name"),
            "model_version": version if isinstance(version, str) else None,
            "message": spoken(rule, episode),
        }
        try:
            self._recorder.record(f"alert_{intent.kind}", id_, at, {**model, **about})
        except ContractError as trouble:
            # A query of somebody's own may give columns that are no names of models: the event goes without them.
            self._say(f"{rule.id} {printable(episode.key)}: recorded without its model: {trouble}")
            self._recorder.record(f"alert_{intent.kind}", id_, at, about)


def _line(intent: Intent) -> tuple[str, str]:
    return lead_of(intent.episode), intent.channel
