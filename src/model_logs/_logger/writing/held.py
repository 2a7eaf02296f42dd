"""Lines that could not be written and wait in memory until they can: bounded in number and bytes, in order.

It writes nothing and locks nothing: a sink does both. A kill loses what is held, so `logger.stats()` counts it.
"""

from __future__ import annotations

from collections import deque

from model_logs._logger.config import HOLD_BYTES, HOLD_EVENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Held"]


class Held:
    """The waiting lines of one process.

    Attributes:
        lines: The oldest first.
        most: How many there may be; 0 holds none.
        most_bytes: How long they may be together; 0 holds none.
        reason: Why the newest of them was not written, as `stats()["dropped"]` names reasons.
        busy: A thread is writing them. Only a signal handler in that very thread can see it set under the lock.
    """

    __slots__ = ("_size", "busy", "lines", "most", "most_bytes", "reason")

    def __init__(self) -> None:
        self.lines: deque[bytes] = deque()
        self.most = HOLD_EVENTS
        self.most_bytes = HOLD_BYTES
        self.reason = ""
        self.busy = False
        self._size = 0

    def add(self, line: bytes, reason: str) -> bool:
        """Hold a line behind the others; false where there is no room for it."""
        if len(self.lines) >= self.most or self._size + len(line) > self.most_bytes:
            return False
        self.lines.append(line)
        self._size += len(line)
        self.reason = reason
        return True

    def oldest(self, size: int) -> list[bytes]:
        """Return the oldest lines, at least one and at most `size` bytes of them; none where nothing is held."""
        found: list[bytes] = []
        for line in self.lines:
            size -= len(line)
            if found and size < 0:
                break
            found.append(line)
        return found

    def release(self, lines: Iterable[bytes]) -> None:
        """Let the oldest lines go."""
        for line in lines:
            if not self.lines:
                break
            self.lines.popleft()
            self._size -= len(line)

    def clear(self) -> int:
        """Drop all held lines, and return how many they were."""
        count = len(self.lines)
        self.lines.clear()
        self._size = 0
        self.busy = False
        return count
