"""A few threads, each with one bulk request under way, and the order of acknowledgements.

The main thread parses while they wait for the cluster. Batches may be answered in any order; they are handed back in
the order in which they were submitted, so that a checkpoint never passes what is not acknowledged.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.ship.sending.bulk import Batch

__all__ = ["Senders"]


class Senders:
    """Threads that settle batches.

    Args:
        count: How many.
        settle: Called in a thread with a batch; what it raises becomes the batch's `failure`.
    """

    def __init__(self, count: int, settle: Callable[[Batch], None]) -> None:
        self._settle = settle
        self._queue: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._under_way: deque[Batch] = deque()
        self._answered = threading.Event()
        self._count = count
        # Daemons: one that waits for an answer must not keep the process from ending.
        self._threads = [threading.Thread(target=self._run, name=f"ship-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    @property
    def full(self) -> bool:
        """Whether each thread has its next batch and one more is there; this bounds the memory."""
        return len(self._under_way) > 2 * self._count

    @property
    def waiting(self) -> int:
        """How many events are under way."""
        return sum(len(batch.documents) for batch in list(self._under_way))

    def submit(self, batch: Batch) -> None:
        """Hand over a batch."""
        self._under_way.append(batch)
        self._queue.put(batch)

    def settled(self, timeout: float = 0.0) -> list[Batch]:
        """Return the batches that are settled with all before them; wait up to `timeout` for the first.

        A batch with a `failure` is the last: those behind it stay unacknowledged.
        """
        if timeout and self._under_way and not self._under_way[0].settled:
            self._answered.wait(timeout)
        self._answered.clear()
        done: list[Batch] = []
        while self._under_way and self._under_way[0].settled:
            done.append(self._under_way[0])
            if done[-1].failure is not None:
                break
            self._under_way.popleft()
        return done

    def close(self) -> None:
        """Let the threads end when they have answered what they hold."""
        for _ in self._threads:
            self._queue.put(None)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            try:
                self._settle(batch)
            except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
                batch.failure = error
            batch.settled = True
            self._answered.set()
