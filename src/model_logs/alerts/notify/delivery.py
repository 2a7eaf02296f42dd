"""Sends the messages of the outboxes in threads, so that evaluation never waits for a receiver.

A slow receiver must not hold up the next window, so each message is sent by a thread; the state is touched by the
caller's thread alone. Messages about one outage to one channel go one after the other, and what is alike goes in one
message: a recovery never overtakes its alert, and an outage of many models is not as many messages.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from model_logs.alerts.notify.attempts import NotOursError, attempted
from model_logs.alerts.notify.stateful_delivery import StatefulDelivery
from model_logs.alerts.rulebook.groups import lead_of
from model_logs.channels.declaration import NotDeliveredError, UndeliverableError
from model_logs.channels.posting import LONGEST_WAIT
from model_logs.channels.stateful_receiver import StatefulReceiver
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from model_logs.alerts.rulebook.transitions import Intent
    from model_logs.channels.declaration import Channel
    from model_logs.channels.message import Message

__all__ = ["GIVEN_UP_AFTER", "Delivery", "DeliveryResult"]

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(minutes=5)
# So often a pause grows at most; without a limit the power outgrows what a timedelta holds.
_DOUBLED = 10
# After so long nobody can act on it any more; it is kept as undeliverable.
GIVEN_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of one attempt to send a message.

    Attributes:
        intent: The intent that was sent, with others or alone.
        error: Why it did not arrive; empty when it did.
        final: It is not tried again.
        text: The words it was sent in; only of the first intent of a message.
        may_repeat: It may have arrived before.
        retry: The intent to try later, when it is.
    """

    intent: Intent
    error: str
    final: bool
    text: str = ""
    may_repeat: bool = False
    retry: Intent | None = None


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message on its way: the intents that it tells of, in order."""

    intents: tuple[Intent, ...]
    message: Message
    future: Future[None]


class Delivery:
    """The sending threads.

    Args:
        known: The channels that are configured.
        attempts: How often a message is tried at once before it waits.
        threads: How many messages are under way at most.
        keep: How long a receiver that holds the state of alerts keeps one that it is not given again.
    """

    def __init__(
        self,
        known: Iterable[Channel | StatefulReceiver],
        *,
        attempts: int = 3,
        threads: int = 4,
        keep: timedelta = timedelta(hours=6, minutes=5),
    ) -> None:
        made = list(known)
        self.channels: Mapping[str, Channel] = {
            each.name: each for each in made if not isinstance(each, StatefulReceiver)
        }
        self.stateful = StatefulDelivery(
            [each for each in made if isinstance(each, StatefulReceiver)], keep=keep, attempts=attempts
        )
        self._attempts = attempts
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="model-logs-notify")
        # Of the first intent's id.
        self._under_way: dict[str, _Sent] = {}
        # Of those, what is nobody's business any more when it ends.
        self._abandoned: set[str] = set()
        # Channel → until when it asked to be left alone.
        self._closed: dict[str, datetime] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all channels that are configured."""
        return (*self.channels, *self.stateful.channels)

    @property
    def busy(self) -> bool:
        """Whether a message is being sent whose result is still wanted."""
        return not self._under_way.keys() <= self._abandoned or bool(self.stateful.futures)

    def start(
        self,
        outbox: Iterable[Intent],
        now: datetime,
        write: Callable[[Sequence[Intent]], Message],
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        """Begin to send the messages that are due and not under way.

        Args:
            outbox: In order; the first about an outage to a channel goes first, with those like it that are due.
            now: The time.
            write: From intents, the worst first, to their message.
            allowed: Asked by the thread right before it sends.
        """
        lines: dict[tuple[str, str], list[Intent]] = {}
        for intent in outbox:
            if intent.channel in self.channels:
                lines.setdefault((lead_of(intent.episode), intent.channel), []).append(intent)
        flying = {intent.id for sent in self._under_way.values() for intent in sent.intents}
        for (_, name), intents in lines.items():
            if self._is_closed(name, now) or any(intent.id in flying for intent in intents):
                continue
            first = intents[0]
            alike = takewhile(lambda intent: intent.kind == first.kind and _is_due(intent, now), intents)  # noqa: B023  # used at once
            if not (together := tuple(alike)):
                continue
            message = write(together)
            deliver = partial(self.channels[name].send, message)
            future = self._pool.submit(attempted, deliver, name, attempts=self._attempts, allowed=allowed)
            self._under_way[first.id] = _Sent(together, message, future)

    def finished(self, now: datetime) -> list[DeliveryResult]:
        """Return the results of finished attempts, and forget them."""
        done = {id_: sent for id_, sent in self._under_way.items() if sent.future.done()}
        for id_ in done:
            del self._under_way[id_]
        ours = [sent for id_, sent in done.items() if id_ not in self._abandoned]
        self._abandoned &= self._under_way.keys()
        return [outcome for sent in ours for outcome in self._outcomes(sent, now)]

    def abandon(self) -> None:
        """Ignore the results of attempts under way or finished; none of their messages is begun again meanwhile."""
        self._abandoned |= self._under_way.keys()
        self.stateful.abandon()

    def wait(self, seconds: float) -> None:
        """Wait until an attempt has finished, or for so many seconds."""
        from concurrent.futures import FIRST_COMPLETED, wait

        futures = [*(sent.future for sent in self._under_way.values()), *self.stateful.futures]
        wait(futures, timeout=seconds, return_when=FIRST_COMPLETED)

    def close(self) -> None:
        """Wait for attempts under way and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.stateful.close()

    def _is_closed(self, channel: str, now: datetime) -> bool:
        left = self._closed.get(channel, now) - now
        # Nobody is left alone for longer: the clock was put back since.
        return timedelta(0) < left <= LONGEST_WAIT

    def _outcomes(self, sent: _Sent, now: datetime) -> Iterator[DeliveryResult]:
        cancelled = sent.future.cancelled()
        error = None if cancelled else sent.future.exception()
        if isinstance(error, NotDeliveredError) and error.retry_after:
            self._closed[sent.intents[0].channel] = now + error.retry_after
        for number, intent in enumerate(sent.intents):
            text = sent.message.body if number == 0 else ""
            if cancelled:
                # It waited in the queue when this process was told to end.
                yield DeliveryResult(intent, "this evaluator ends", final=False)
            elif error is None:
                yield DeliveryResult(intent, "", final=True, text=text, may_repeat=sent.message.may_repeat)
            else:
                yield _failed(intent, error, text, now)


def _is_due(intent: Intent, now: datetime) -> bool:
    return intent.not_before is None or intent.not_before <= now


def _failed(intent: Intent, error: BaseException, text: str, now: datetime) -> DeliveryResult:
    """Return the outcome of an intent whose message did not arrive."""
    if isinstance(error, NotOursError):
        return DeliveryResult(intent, str(error), final=False)
    if not isinstance(error, ModelLogsError):
        # A mistake of ours or of a library: the message is kept, and the mistake is seen.
        return DeliveryResult(intent, f"{type(error).__name__}: {error}", final=True, text=text)
    too_old = now - intent.episode.last_true > GIVEN_UP_AFTER
    if isinstance(error, UndeliverableError) or too_old:
        return DeliveryResult(intent, str(error), final=True, text=text)
    pause = min(_FIRST_PAUSE * 2 ** min(intent.tries, _DOUBLED), _LONGEST_PAUSE)
    if isinstance(error, NotDeliveredError) and error.retry_after:
        pause = max(pause, error.retry_after)
    later = replace(intent, tries=intent.tries + 1, not_before=now + pause)
    return DeliveryResult(intent, str(error), final=False, retry=later)
