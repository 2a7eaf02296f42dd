"""Which followed files are open: as many as the process may have, the longest unread closed first.

What a run needs besides (checkpoint, dead letters, connections, listings of folders) is kept free. A file that no
name leads to any more stays open, since nobody could open it again.
"""

from __future__ import annotations

import contextlib
import errno
import resource
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_logs.ship.files.source import Source

__all__ = ["Descriptors", "NoRoomError", "budget"]

# For the checkpoint and its folder, dead letters, a listing, a name that is resolved, a module that is loaded.
_KEPT_FREE = 24
_LEAST = 4
_UNLIMITED = 65_536


def budget(connections: int) -> int:
    """Return how many files may be open at once, by the limit of this process and what it has open already.

    Args:
        connections: How many connections to the cluster there may be.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _UNLIMITED
    used = 8
    with contextlib.suppress(OSError):
        used = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return max(_LEAST, limit - used - connections - _KEPT_FREE)


class NoRoomError(Exception):
    """As many files are open as may be, and none of them can be given up now."""


class Descriptors:
    """Opens and closes sources, within a bound.

    Args:
        most: How many may be open.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        # The longest unread first.
        self._open: dict[Source, None] = {}

    def open(self, source: Source, *, moved: bool = False) -> str:
        """Open a source for the first time; return its message.

        Raises:
            NoRoomError: Later there may be room.
            OSError: It cannot be opened; for lack of descriptors only when none of ours could be given up.
        """
        self._make_room()
        try:
            message = source.open(moved=moved)
        except OSError as error:
            if not self._gave_up(error):
                raise
            message = source.open(moved=moved)
        self._open[source] = None
        return message

    def reopen(self, source: Source) -> None:
        """Open a source again that was closed.

        Raises:
            NoRoomError: As in `open`.
            OSError: As in `open`.
            TruncatedError: It is not what it was; it is open then.
        """
        self._make_room()
        try:
            try:
                source.reopen()
            except OSError as error:
                if not self._gave_up(error):
                    raise
                source.reopen()
        finally:
            if source.opened:
                self._open[source] = None

    def used(self, source: Source) -> None:
        """Note that a source was read."""
        if self._open.pop(source, self) is None:
            self._open[source] = None

    def replace(self, source: Source, again: Source) -> None:
        """Note that another source has the descriptor now."""
        self._open.pop(source, None)
        if again.opened:
            self._open[again] = None

    def close(self, source: Source) -> None:
        """Give the descriptor of a source back."""
        self._open.pop(source, None)
        source.close()

    def _gave_up(self, error: OSError) -> bool:
        """Close a few where there are too few descriptors, more than one, since others take them too."""
        if error.errno not in {errno.EMFILE, errno.ENFILE} or len(self._open) <= _LEAST:
            return False
        self._most = max(_LEAST, len(self._open) - len(self._open) // 8 - 1)
        return self._make_room()

    def _make_room(self) -> bool:
        """Close what was not read for the longest; return whether anything was closed."""
        excess = len(self._open) + 1 - self._most
        if excess <= 0:
            return False
        chosen: list[Source] = []
        for source in self._open:
            if source.may_close:
                chosen.append(source)
                if len(chosen) == excess:
                    break
        for source in chosen:
            self.close(source)
        if len(self._open) >= self._most:
            raise NoRoomError
        return True
