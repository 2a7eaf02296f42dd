"""The destination of lines: the common part of files and streams.

A sink writes whole lines with one system call each; it knows nothing of events. There is no queue and no thread: what
`write` has returned from is in the kernel, whatever happens to the process. Only a line that the system refused waits
in memory (`held`), and every later line behind it, until one can be written; that is tried at each line.
"""

from __future__ import annotations

import errno
import os
from _thread import RLock

from model_logs._logger.complaints import complain
from model_logs._logger.writing.held import Held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs._logger.writing.counters import Tally

__all__ = ["Sink", "above_standard"]

_NEXT_STEP = "Next step: fix that, or call logger.configure(path=...) with another file."


class Sink:
    """Base of files and streams.

    Attributes:
        fd: The descriptor, to be handed to `write`; -1 when there is none.
        limit: Longest line in bytes, the newline included.
        together: How many bytes of held lines go out with one system call.
        write: Writes one line and returns its length. The only part that raises, and only `OSError`.
        name: What people know it by.
    """

    limit: int
    together: int
    name: str

    def __init__(self, tally: Tally, held: Held | None = None) -> None:
        self.fd = -1
        self.write: Callable[[int, bytes], int] = os.write
        self.tally = tally
        self.held = Held() if held is None else held
        self.lock = RLock()
        # Why there is nothing to write to.
        self.refused: OSError | None = None
        # Half a line may stand at the end: of this process, or of another one that ran out of space at the same time.
        self._torn = False

    def check(self) -> bool:
        """Open the file or stream where it is closed or was replaced; called once a second and after each failure.

        Returns:
            Whether there is something to write to.
        """
        raise NotImplementedError

    def plain_write(self) -> Callable[[int, bytes], int]:
        """Return the function that writes a line while the sink works."""
        return os.write

    def write_now(self, fd: int, data: bytes) -> int:
        """Write without waiting for anybody."""
        return os.write(fd, data)

    def recover(self, line: bytes, error: OSError | None) -> None:
        """Handle a line that was not, or not wholly, written: write it again, hold it, or count it as dropped.

        Args:
            line: The line.
            error: What `write` raised; None when it wrote only a part.
        """
        with self.lock:
            self.write = self._write_behind
            self._torn = self._torn or not isinstance(error, BlockingIOError)
            again = error is None
            if error is None:
                self.tally.add("short_write")
            elif error.errno == errno.EBADF and self.fd >= 0:
                # Someone closed it.
                self.fd = -1
                again = self.check()
            if again:
                self._write_behind(self.fd, line)
            else:
                self._hold(line, error or OSError())

    def flush(self, *, last: bool = False) -> None:
        """Write held lines, as far as the sink takes them now.

        Args:
            last: The process ends; what can be tried again only later is tried now.
        """
        with self.lock:
            if not self.held.lines or self.held.busy:
                return
            self.write = self._write_behind
            if last:
                self.be_patient()
            if self._write_held() is None:
                self.write = self.plain_write()

    def be_patient(self) -> None:
        """Prepare the last try to write held lines."""

    def _write_behind(self, _: int, line: bytes) -> int:
        """Write held lines and then a new one; lines that cannot be written are held. It raises nothing."""
        with self.lock:
            if self.held.busy:
                # A signal handler logs while this thread is at it; its line takes its turn behind the others.
                self._hold(line, BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)))
                return len(line)
            error = self._write_held()
            if error is None:
                error = self.put([line])
            if error is None:
                self.write = self.plain_write()
            else:
                self._hold(line, error)
        return len(line)

    def _write_held(self) -> OSError | None:
        """Write held lines until there are none, and return None; or the error that keeps the others waiting."""
        held = self.held
        held.busy = True
        try:
            if self.fd < 0 and not self.check():
                return self.refused or OSError(errno.EBADF, os.strerror(errno.EBADF))
            while lines := held.oldest(self.together):
                error = self.put(lines, release=True)
                if error is not None:
                    return error
        finally:
            held.busy = False
        return None

    def put(self, lines: list[bytes], *, release: bool = False) -> OSError | None:
        """Write whole lines with one call; return None, or why not all of them were taken."""
        before = b"\n" if self._torn else b""
        data = b"".join((before, *lines))
        try:
            written = self.write_now(self.fd, data)
        except OSError as error:
            self._torn = self._torn or not isinstance(error, BlockingIOError)
            return error
        self._torn = written != len(data)
        if not self._torn:
            if release:
                self._released(lines)
            return None
        self.tally.add("short_write")
        if release:
            self._released(_whole(lines, written - len(before)))
        return OSError(errno.ENOSPC, "only a part of the line was written")

    def _released(self, lines: list[bytes]) -> None:
        self.held.release(lines)
        self.tally.add("written_later", len(lines))

    def _hold(self, line: bytes, error: OSError) -> None:
        """Hold a line; where there is no room, count it as lost. Either is said."""
        said_before = self.refused is not None
        error = self.refused or error
        reason = self.reason_of(error)
        if self.held.add(line, reason):
            if not said_before:
                complain(reason, f"{self.trouble(error)} {self.meanwhile()} {_NEXT_STEP}")
            return
        self.tally.add(f"dropped.{reason}")
        if self.held.lines:
            complain(
                f"dropped.{reason}",
                f"{self.trouble(error)} {len(self.held.lines)} events wait in memory, which is the limit "
                f"(hold_events, hold_bytes); further ones are dropped and counted in logger.stats(). {_NEXT_STEP}",
            )
        elif not said_before:
            complain(reason, f"{self.trouble(error)} Events are dropped and counted in logger.stats(). {_NEXT_STEP}")

    def meanwhile(self) -> str:
        """Return the sentence about the fate of events while nothing can be written."""
        if self.held.most and self.held.most_bytes:
            return f"Up to {self.held.most} events wait in memory until it can be written."
        return "Events are dropped and counted in logger.stats()."

    def reason_of(self, error: OSError) -> str:
        """Return the name of an error for `stats()["dropped"]`."""
        return "not_read" if isinstance(error, BlockingIOError) else errno.errorcode.get(error.errno or 0, "EIO")

    def trouble(self, error: OSError) -> str:
        """Return the sentence about the sink's error."""
        return f"cannot write to {self.name}: {error.strerror}."

    def abandon(self) -> None:
        """Count held lines as dropped, since the process ends, and complain."""
        with self.lock:
            reason = self.held.reason
            count = self.held.clear()
            if count:
                self.tally.add(f"dropped.{reason}", count)
                complain(
                    "abandoned",
                    f"{count} events that waited for {self.name} ({reason}) are lost: the process ends. "
                    "Next step: model-logs audit names their numbers.",
                )

    def after_fork(self) -> None:
        """Replace the lock in a forked child: the thread that held it does not exist there."""
        self.lock = RLock()


def above_standard(fd: int) -> int:
    """Return a descriptor of the same file beyond the three standard ones, to which others would write."""
    if fd > 2:  # noqa: PLR2004 - standard error
        return fd
    import fcntl

    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(fd)


def _whole(lines: list[bytes], written: int) -> list[bytes]:
    """Return the lines that stand whole in the first `written` bytes."""
    found: list[bytes] = []
    for line in lines:
        written -= len(line)
        if written < 0:
            break
        found.append(line)
    return found
