"""Sends what stands in the outboxes, beside the evaluation and never instead of it.

A slow receiver must not hold up the next window, so each message is sent by a thread; the state is touched by the
caller's thread alone. Messages about one alert to one channel go one after the other: a recovery never overtakes its
alert.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from model_logs.alerts.notify import channels
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from model_logs.alerts.notify.messages import Message
    from model_logs.alerts.rulebook.transitions import Intent

__all__ = ["Delivery", "Outcome"]

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(minutes=5)
# So often a pause grows at most; without a limit the power outgrows what a timedelta holds.
_DOUBLED = 10
# After so long nobody can act on it any more; it is kept as undeliverable.
GIVEN_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    Attributes:
        intent: What was sent.
        message: In which words.
        error: Why it did not arrive; empty when it did.
        final: It is not tried again.
        retry: The intent to try later, when it is.
    """

    intent: Intent
    message: Message
    error: str
    final: bool
    retry: Intent | None = None


class Delivery:
    """The sending threads.

    Args:
        known: Name → channel, of those that are configured.
        attempts: How often a message is tried at once before it waits.
        threads: How many messages are under way at most.
    """

    def __init__(self, known: Iterable[channels.Channel], *, attempts: int = 3, threads: int = 4) -> None:
        self.channels: Mapping[str, channels.Channel] = {channel.name: channel for channel in known}
        self._attempts = attempts
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="model-logs-notify")
        self._under_way: dict[str, tuple[Intent, Message, Future[None]]] = {}
        # Of those, what is nobody's business any more when it ends.
        self._abandoned: set[str] = set()
        # Channel → until when it asked to be left alone.
        self._closed: dict[str, datetime] = {}

    @property
    def busy(self) -> bool:
        """Something is being sent now, and what becomes of it is asked for."""
        return not self._under_way.keys() <= self._abandoned

    def start(
        self,
        outbox: Iterable[Intent],
        now: datetime,
        write: Callable[[Intent], Message],
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        """Begin to send what is due and not under way.

        Args:
            outbox: In order; the first about an alert to a channel goes first.
            now: The time.
            write: From an intent to its message.
            allowed: Asked by the thread right before it sends.
        """
        ahead: set[tuple[str, str]] = {(intent.episode.key, intent.channel) for intent, *_ in self._of(outbox)}
        for intent in outbox:
            line = (intent.episode.key, intent.channel)
            if intent.id in self._under_way or line in ahead:
                continue
            ahead.add(line)
            if (intent.not_before and intent.not_before > now) or self._is_closed(intent.channel, now):
                continue
            message = write(intent)
            channel = self.channels[intent.channel]
            future = self._pool.submit(channels.send, channel, message, attempts=self._attempts, allowed=allowed)
            self._under_way[intent.id] = (intent, message, future)

    def finished(self, now: datetime) -> list[Outcome]:
        """Return and forget what is done."""
        done = [entry for entry in self._under_way.values() if entry[2].done()]
        for intent, *_ in done:
            del self._under_way[intent.id]
        ours = [entry for entry in done if entry[0].id not in self._abandoned]
        self._abandoned &= self._under_way.keys()
        return [self._outcome(intent, message, future, now) for intent, message, future in ours]

    def abandon(self) -> None:
        """Let what is under way, or is done, end without an outcome; meanwhile none of it is begun again."""
        self._abandoned |= self._under_way.keys()

    def wait(self, seconds: float) -> None:
        """Wait until something is done, so long at most."""
        from concurrent.futures import FIRST_COMPLETED, wait

        wait([future for *_, future in self._under_way.values()], timeout=seconds, return_when=FIRST_COMPLETED)

    def close(self) -> None:
        """Wait for what is under way and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _is_closed(self, channel: str, now: datetime) -> bool:
        left = self._closed.get(channel, now) - now
        # Nobody is left alone for longer: the clock was put back since.
        return timedelta(0) < left <= channels.LONGEST_WAIT

    def _of(self, outbox: Iterable[Intent]) -> list[tuple[Intent, Message, Future[None]]]:
        return [self._under_way[intent.id] for intent in outbox if intent.id in self._under_way]

    def _outcome(self, intent: Intent, message: Message, future: Future[None], now: datetime) -> Outcome:
        if future.cancelled():
            # It waited in the queue when this process was told to end.
            return Outcome(intent, message, "this evaluator ends", final=False)
        error = future.exception()
        if error is None:
            return Outcome(intent, message, "", final=True)
        if isinstance(error, channels.NotOursError):
            return Outcome(intent, message, str(error), final=False)
        if not isinstance(error, ModelLogsError):
            # A mistake of ours or of a library: the message is kept, and the mistake is seen.
            return Outcome(intent, message, f"{type(error).__name__}: {error}", final=True)
        too_old = now - intent.episode.last_true > GIVEN_UP_AFTER
        if isinstance(error, channels.UndeliverableError) or too_old:
            return Outcome(intent, message, str(error), final=True)
        pause = min(_FIRST_PAUSE * 2 ** min(intent.tries, _DOUBLED), _LONGEST_PAUSE)
        if isinstance(error, channels.NotDeliveredError) and error.retry_after:
            pause = max(pause, error.retry_after)
            self._closed[intent.channel] = now + error.retry_after
        later = replace(intent, tries=intent.tries + 1, not_before=now + pause)
        return Outcome(intent, message, str(error), final=False, retry=later)
