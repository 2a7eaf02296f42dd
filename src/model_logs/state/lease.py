"""The lease, which selects one of several evaluators: a document that the leader writes again and again.

Nobody's clock is compared with anybody else's: whoever waits takes over when the document has not changed for the
length of the lease by the waiting process's own stopwatch. A leader that slept through its lease finds that out at
its next write, here or in the state of a rule, because each write names the version it replaces.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from typing import TYPE_CHECKING

from model_logs.state.store import StateConflictError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from model_logs.state.store import Store, Stored

__all__ = ["Lease", "last_sign"]

_ID = "alerts-leader"
# How long a message may take to a receiver that is slow.
_UNDER_WAY = 10.0


class Lease:
    """The right to evaluate.

    Args:
        store: Where the document is.
        length: Seconds without a sign of life after which another one takes over.
        stopwatch: Seconds that never go back.
    """

    def __init__(
        self, store: Store, *, length: float = 30.0, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._store = store
        self._length = length
        self._stopwatch = stopwatch
        self._mine: Stored | None = None
        self._written = 0.0
        self._seen: tuple[int, int] | None = None
        self._seen_at = 0.0

    @property
    def held(self) -> bool:
        """This process is the leader, as far as it knows."""
        return self._mine is not None

    def safe(self) -> bool:
        """Tell, from any thread, whether nobody else can have taken over, nor will while a message is under way."""
        length = self._length - min(_UNDER_WAY, self._length / 2)
        return self._mine is not None and self._stopwatch() - self._written < length

    def keep(self) -> bool:
        """Take, renew or wait for the lease, whichever is due, and return whether it is held now.

        Call it often: it writes only when a third of the lease has passed.
        """
        now = self._stopwatch()
        if self._mine and now - self._written < self._length / 3:
            return True
        try:
            if self._mine:
                self._write(self._mine, now)
            else:
                self._try_to_take(now)
        except StateConflictError:
            self._mine = None
        return self.held

    def lose(self) -> None:
        """Forget the lease after a write elsewhere showed that another one works."""
        self._mine = None
        self._seen = None

    def release(self) -> None:
        """Give the lease back, so that another one need not wait."""
        if self._mine:
            try:
                self._store.write(_ID, "lease", {"holder": None, "length_s": self._length}, self._mine)
            except StateConflictError:
                pass
            finally:
                self._mine = None

    def _try_to_take(self, now: float) -> None:
        found = self._store.read(_ID)
        if found is None or found.body["holder"] in {None, self.holder}:
            # Our own name stands there when a write of ours arrived and its answer did not.
            self._write(found, now)
            return
        version = (found.primary_term, found.seq_no)
        if version != self._seen:
            self._seen, self._seen_at = version, now
        elif now - self._seen_at >= max(self._length, float(found.body["length_s"])):
            self._write(found, now)

    def _write(self, previous: Stored | None, now: float) -> None:
        body = {"holder": self.holder, "length_s": self._length}
        self._mine = self._store.write(_ID, "lease", body, previous)
        # The time before the write: whoever waits saw it no earlier.
        self._written = now


def last_sign(store: Store) -> datetime | None:
    """Return when a leader last wrote, by its clock; None when there is none or it gave the lease back."""
    found = store.read(_ID)
    return found.updated if found and found.body["holder"] else None
