"""How long a cluster that takes no events is waited for, and what people are told; shared by all senders."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from model_logs.errors import ShipError
from model_logs.retrying import Pauses
from model_logs.ship.sending.wire import NOTHING_LOST

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Patience", "StoppedError"]

_PAUSES = Pauses(first=0.1, longest=5.0)
_REMINDER = 30.0
# A cluster under pressure refuses now and then: after the first time that is said only when it lasts.
_LASTING = 5.0
_LONGEST_REASON = 300


class StoppedError(Exception):
    """The run ends before the cluster could take the batch; it stays in its file."""


class Patience:
    """How long a cluster that cannot take events is waited for; shared by all senders.

    Args:
        longest: Seconds without any answer after which to give up; None is for ever.
        say: Called with each message for people.
    """

    def __init__(self, longest: float | None, say: Callable[[str], None]) -> None:
        self.abort = threading.Event()
        self._longest = longest
        self._say = say
        self._lock = threading.Lock()
        self._since: float | None = None
        self._said = float("-inf")
        self._complained = False

    def wait(self, attempt: int, reason: str) -> None:
        """Pause before the next attempt, longer each time, with jitter.

        Raises:
            StoppedError: The run ends.
            ShipError: It took too long.
        """
        now = time.monotonic()
        reason = reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}..."
        with self._lock:
            since = self._since = now if self._since is None else self._since
            lasting = not self._complained and now - since > _LASTING
            tell = lasting or now - self._said > _REMINDER
            if tell:
                self._said, self._complained = now, True
        if self._longest is not None and now - since > self._longest:
            raise ShipError(
                f"The cluster has taken no events for {now - since:.0f} s: {reason}. {NOTHING_LOST}",
                next_step="Bring the cluster back (space, blocks, load) and start again: it goes on from there.",
            )
        if tell:
            waited = "" if now == since else f" for {now - since:.0f} s now"
            self._say(f"The cluster cannot take events{waited}: {reason}. Waiting; nothing is lost.")
        if self.abort.wait(_PAUSES.after(attempt + 1)):
            raise StoppedError

    def answered(self) -> None:
        """Note that the cluster takes events (again)."""
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
            tell, self._complained = self._complained, False
        if tell and since is not None:
            self._say(f"The cluster takes events again after {time.monotonic() - since:.1f} s.")
