"""Gives every firing alert, round after round, to receivers that hold the state of alerts (Alertmanager).

Rule by rule, and one request of a rule at a time, so that nothing that is over overtakes its own end. What is given
counts until `keep` after now: longer than a lease and the windows that a new leader judges after a pause, so that an
evaluator that is away ends nothing. An alert that is over is given for a quarter of an hour more, as Prometheus does,
to members that were away; the receiver notifies of it once.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from model_logs.alerts.notify.attempts import NotOursError, attempted
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from model_logs.alerts.rulebook.transitions import Episode, Intent
    from model_logs.channels.stateful_receiver import LabelledAlert, StatefulReceiver

__all__ = ["StatefulDelivery", "current_alerts"]

# A round is half a minute; a leader looks more often.
_EVERY = timedelta(seconds=25)
_AGAIN = timedelta(seconds=10)
# So long Prometheus gives what is over.
_ENDED = timedelta(minutes=15)

_Line = tuple[str, str]


def current_alerts(
    firing: Iterable[Episode], over: Iterable[Episode], waiting: Collection[str], now: datetime
) -> list[Episode]:
    """Return the alerts of a rule for a stateful receiver: those that fire, and those that ended lately.

    Args:
        firing: The alerts that fire.
        over: Those that are over, the oldest first.
        waiting: The keys of those whose end no member took yet.
        now: The time.
    """
    known = {episode.key: episode for episode in firing if episode.told}
    ended: dict[str, Episode] = {}
    for episode in over:
        until = episode.until or now
        if episode.told and episode.key not in known and (now - until <= _ENDED or episode.key in waiting):
            ended[episode.key] = episode
    return [*known.values(), *ended.values()]


class StatefulDelivery:
    """The threads that give alerts to receivers that hold a state.

    Args:
        known: The receivers.
        keep: How long after now an alert counts without being given again.
        attempts: How often it is tried at once.
    """

    def __init__(self, known: Iterable[StatefulReceiver], *, keep: timedelta, attempts: int = 3) -> None:
        self.channels = {channel.name: channel for channel in known}
        self._keep = keep
        self._attempts = attempts
        # Of their own: a receiver that hangs holds up nobody else.
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="model-logs-stateful")
        self._under_way: dict[_Line, tuple[tuple[Intent, ...], Future[None]]] = {}
        self._next: dict[_Line, datetime] = {}
        self._abandoned: set[_Line] = set()

    @property
    def futures(self) -> list[Future[None]]:
        """The requests under way whose result is awaited."""
        return [future for line, (_, future) in self._under_way.items() if line not in self._abandoned]

    def give(
        self,
        rule: str,
        outbox: Iterable[Intent],
        now: datetime,
        alerts: Callable[[datetime], Sequence[LabelledAlert]],
        allowed: Callable[[], bool],
    ) -> None:
        """Begin to give the alerts of a rule, where one of them changed or the last time is a round ago.

        Args:
            rule: The rule's id.
            outbox: What the rule has to send; what is for these receivers is settled by the request.
            now: The time.
            alerts: Makes the alerts, of the time until which they count.
            allowed: Asked by the thread right before it sends.
        """
        waiting = list(outbox)
        for name, channel in self.channels.items():
            line = (name, rule)
            intents = tuple(intent for intent in waiting if intent.channel == name)
            if line in self._under_way or not self._is_due(line, now, news=bool(intents)):
                continue
            self._next[line] = now + _EVERY
            deliver = partial(self._deliver, channel, alerts, now + self._keep)
            future = self._pool.submit(attempted, deliver, name, attempts=self._attempts, allowed=allowed)
            self._under_way[line] = (intents, future)

    def finished(self, now: datetime) -> list[tuple[tuple[Intent, ...], str, str, bool]]:
        """Return and forget the requests that ended: intents, channel, error, and whether that is final."""
        found = []
        for line, (intents, future) in list(self._under_way.items()):
            if not future.done():
                continue
            del self._under_way[line]
            if line in self._abandoned:
                self._abandoned.discard(line)
                continue
            error = None if future.cancelled() else future.exception()
            if future.cancelled() or isinstance(error, NotOursError):
                self._next.pop(line, None)
                continue
            if error is None:
                found.append((intents, line[0], "", True))
                continue
            self._next[line] = now + _AGAIN
            known = isinstance(error, ModelLogsError)
            found.append((intents, line[0], str(error) if known else f"{type(error).__name__}: {error}", False))
        return found

    def abandon(self) -> None:
        """Let the requests that are under way end without an outcome."""
        self._abandoned |= self._under_way.keys()
        self._next.clear()

    def close(self) -> None:
        """Wait for the requests that are under way and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _is_due(self, line: _Line, now: datetime, *, news: bool) -> bool:
        next_ = self._next.get(line, now)
        # The clock was put back since, or there is something new and no pause after a failure.
        return next_ <= now or next_ - now > _EVERY or (news and next_ - now > _AGAIN)

    @staticmethod
    def _deliver(
        channel: StatefulReceiver, alerts: Callable[[datetime], Sequence[LabelledAlert]], until: datetime
    ) -> None:
        if made := alerts(until):
            channel.refresh(made)
