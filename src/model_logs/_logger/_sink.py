"""Where lines go: what files and streams have in common.

A sink writes whole lines with one system call each and counts what it could not write; it knows nothing of events.
There is no queue and no thread: what `write` has returned from is in the kernel, whatever happens to the process.
"""

from __future__ import annotations

import errno
import os
from _thread import RLock
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs._logger._tally import Tally

__all__ = ["Sink", "complain"]

_COMPLAIN_EVERY_S = 10.0
_complained: dict[str, float] = {}


class Sink:
    """Base of files and streams.

    Attributes:
        fd: The descriptor, to be handed to `write`; -1 when there is none.
        limit: Longest line in bytes, the newline included.
        write: Writes one line and returns its length. The only part that raises, and only `OSError`.
        name: What people know it by.
    """

    limit: int
    name: str

    def __init__(self, tally: Tally) -> None:
        self.fd = -1
        self.write: Callable[[int, bytes], int] = os.write
        self.tally = tally
        self.lock = RLock()
        # Why there is nothing to write to.
        self.refused: OSError | None = None

    def check(self) -> bool:
        """Open what is not open, or not the right thing any more; called once a second and after each failure.

        Returns:
            Whether there is something to write to.
        """
        raise NotImplementedError

    def plain_write(self) -> Callable[[int, bytes], int]:
        """Return what writes a line when nothing is wrong."""
        return os.write

    def recover(self, line: bytes, error: OSError | None) -> None:
        """Write a line again that was not written, or not whole; count it as dropped when that fails too.

        Args:
            line: The line.
            error: What `write` raised; None when it wrote only a part.
        """
        with self.lock:
            # From now on a newline goes first, until a line was written: half a line may stand there, of this
            # process or of another one that ran out of space at the same time.
            self.write = self._write_after_failure
            if error is None:
                self.tally.add("short_write")
            elif error.errno == errno.EBADF and self.fd >= 0:
                # Someone closed it.
                self.fd = -1
                self.check()
            else:
                self.drop(error)
                return
            try:
                self._write_after_failure(self.fd, line)
            except OSError as again:
                self.drop(again)

    def _write_after_failure(self, fd: int, line: bytes) -> int:
        whole = b"\n" + line
        write = self.plain_write()
        if write(fd, whole) != len(whole):
            raise OSError(errno.ENOSPC, "only a part of the line was written")
        self.write = write
        return len(line)

    def drop(self, error: OSError) -> None:
        """Count a line that is lost, and say so."""
        error = self.refused or error
        reason = errno.errorcode.get(error.errno or 0, "EIO")
        self.tally.add(f"dropped.{reason}")
        if error is self.refused:
            # Said when it was refused.
            return
        complain(
            reason,
            f"cannot write to {self.name}: {error.strerror}. Events are dropped and counted in logger.stats(). "
            "Next step: mend that, or call logger.configure(path=...) with another file.",
        )

    def after_fork(self) -> None:
        """Forget who holds the lock: that thread does not exist in this process."""
        self.lock = RLock()


def complain(reason: str, message: str) -> None:
    """Say once in a while on standard error what goes wrong; never wait for whoever reads it, never raise."""
    now = monotonic()
    if now - _complained.get(reason, -_COMPLAIN_EVERY_S) < _COMPLAIN_EVERY_S:
        return
    _complained[reason] = now
    import select

    try:
        poll = select.poll()
        poll.register(2, select.POLLOUT)
        if any(event & select.POLLOUT for _, event in poll.poll(0)):
            os.write(2, f"model-logs: {message}\n".encode(errors="backslashreplace"))
    except (OSError, ValueError):
        # Standard error is closed or broken: the counters in logger.stats() remain.
        return
