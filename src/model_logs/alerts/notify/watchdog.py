"""A sign of life for somebody else: an alert that always fires, or a URL that is asked for.

Nobody is told by a dead evaluator that it is dead. So whoever expects the sign must notice when it stays away:
Alertmanager with a receiver that does (the convention of kube-prometheus), or a service such as healthchecks.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from model_logs.alerts.rulebook.labels import WATCHDOG
from model_logs.channels.posting import checked_address, post
from model_logs.channels.stateful_receiver import LabelledAlert
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from model_logs.channels.stateful_receiver import StatefulReceiver

__all__ = ["Watchdog", "checked_url"]

_EVERY = timedelta(seconds=25)
_ANNOTATIONS = {
    "summary": "The evaluator of model-logs works",
    "description": "This alert always fires. Route it to a receiver that notices when it stays away.",
}


def checked_url(url: str) -> str:
    """Return the address to ask for.

    Raises:
        ConfigurationError: It is none.
    """
    return checked_address(url, "alerts.watchdog_url", example="https://hc-ping.com/…")


class Watchdog:
    """Gives the sign of life.

    Args:
        url: Asked for each half minute; empty for none.
        stateful: Receivers that hold the state of alerts.
        lasts: How long the alert counts after its last sign: longer than another evaluator takes to take over.
        say: Tells the operator one line.
    """

    def __init__(
        self,
        url: str,
        stateful: Iterable[StatefulReceiver],
        *,
        lasts: timedelta = timedelta(minutes=3),
        say: Callable[[str], None] = print,
    ) -> None:
        self._lasts = lasts
        self._say = say
        self._since: datetime | None = None
        self._targets: dict[str, Callable[[datetime], object]] = {
            channel.name: partial(self._fire, channel) for channel in stateful
        }
        if url:
            self._targets["watchdog_url"] = lambda _: post(url, b"", {}, "watchdog_url", method="GET")
        self._pool = ThreadPoolExecutor(max(1, len(self._targets)), thread_name_prefix="model-logs-watchdog")
        self._under_way: dict[str, Future[object]] = {}
        self._last: datetime | None = None
        self._failing: dict[str, str] = {}

    def beat(self, now: datetime) -> None:
        """Give the sign of life, unless it was given a moment ago; never wait."""
        self._collect()
        if self._last and timedelta(0) <= now - self._last < _EVERY:
            return
        self._last, self._since = now, self._since or now
        for name, target in self._targets.items():
            if name not in self._under_way:
                self._under_way[name] = self._pool.submit(target, now)

    def close(self) -> None:
        """Wait for requests under way."""
        self._pool.shutdown(wait=True)
        self._collect()

    def _fire(self, channel: StatefulReceiver, now: datetime) -> None:
        since = self._since or now
        channel.refresh([LabelledAlert(WATCHDOG, _ANNOTATIONS, starts_at=since, ends_at=now + self._lasts)])

    def _collect(self) -> None:
        for name, future in list(self._under_way.items()):
            if not future.done():
                continue
            del self._under_way[name]
            error = future.exception()
            text = "" if error is None else str(error) if isinstance(error, ModelLogsError) else repr(error)
            if text and self._failing.get(name) != text:
                self._say(f"The watchdog's sign of life does not arrive: {text}")
            elif not text and self._failing.get(name):
                self._say(f"The watchdog's sign of life arrives again: {name}.")
            self._failing[name] = text
