"""The sink for standard output, a named pipe or a terminal: a stream with a reader.

Lines are at most 4,096 bytes, which a pipe takes in one piece however many processes write to it. Whoever reads may
stop: a line waits for 50 ms at most, then it is held, and the later ones behind it, until something is read. A
descriptor that other processes share is never made non-blocking: a pipe is opened a second time, for us alone, and
where that cannot be, it is polled.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from time import monotonic

from model_logs._logger.complaints import complain
from model_logs._logger.writing.sink import Sink, above_standard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs._logger.writing.counters import Tally
    from model_logs._logger.writing.held import Held

__all__ = ["STREAM_LIMIT", "StreamSink"]

STREAM_LIMIT = 4096
_PATIENCE_MS = 50
# What whoever reads slowly gets at the end of the process, beside that.
_LAST_PATIENCE_S = 1.0
_STDOUT = 1


class StreamSink(Sink):
    """Writes lines to a stream that others may share.

    Args:
        path: A named pipe or a device, or None for standard output.
        tally: Where to count.
        held: Where lines wait.
    """

    limit = STREAM_LIMIT
    together = STREAM_LIMIT - 1

    def __init__(self, path: str | None, tally: Tally, held: Held | None = None) -> None:
        super().__init__(tally, held)
        self.path = path
        self.name = path or "standard output"
        self._identity = (-1, -1)
        self._own = -1
        self._plain: Callable[[int, bytes], int] = os.write
        self._now: Callable[[int, bytes], int] = os.write
        self._stalled = False
        # Until when the last try waits for whoever reads.
        self._patient_until = 0.0

    def plain_write(self) -> Callable[[int, bytes], int]:
        """Return the function that writes a line to this kind of stream."""
        return self._plain

    def write_now(self, fd: int, data: bytes) -> int:
        """Write without waiting, but for the last try."""
        while True:
            try:
                written = self._now(fd, data)
            except BlockingIOError:
                left = min(_PATIENCE_MS / 1000, self._patient_until - monotonic())
                if left <= 0 or not _writable(fd, left * 1000):
                    raise
            else:
                self._stalled = False
                return written

    def be_patient(self) -> None:
        """Wait for a slow reader at the last try."""
        self._patient_until = monotonic() + _LAST_PATIENCE_S

    def check(self) -> bool:
        """Open the stream, or its replacement, such as after a daemon redirected its output."""
        with self.lock:
            try:
                found = _stdout() if self.path is None else os.stat(self.path)
                if self.fd < 0 or (found.st_dev, found.st_ino) != self._identity:
                    self._open(found.st_mode)
                    self._identity = (found.st_dev, found.st_ino)
                    self.refused = None
            except OSError as error:
                self.fd = -1
                self.refused = error
                complain(
                    "open",
                    f"cannot write to {self.name}: {error.strerror}. {self.meanwhile()} Next step: let this process "
                    "write there, or call logger.configure(path=...) with a file.",
                )
        return self.fd >= 0

    def _open(self, mode: int) -> None:
        own = self._open_own(mode)
        if own >= 0 and self._own >= 0:
            os.dup2(own, self._own, inheritable=False)
            os.close(own)
            own = self._own
        if own >= 0:
            self._own = self.fd = own
            self._plain, self._now = self._write_or_wait, os.write
        else:
            self.fd = _STDOUT
            waits = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(_STDOUT)
            self._plain, self._now = (self._wait_and_write, _write_if_ready) if waits else (os.write, os.write)
        if not self.held.lines:
            self.write = self._plain

    def _open_own(self, mode: int) -> int:
        """Open the stream for us alone, without blocking; -1 where the shared descriptor must do."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        if self.path is not None:
            return above_standard(os.open(self.path, flags))
        # On Linux this is a new description of the same pipe; elsewhere it would be the shared one again.
        own = f"/proc/self/fd/{_STDOUT}"
        if not stat.S_ISFIFO(mode) or not os.path.exists(own):
            return -1
        try:
            return above_standard(os.open(own, flags))
        except OSError:
            return -1

    def _write_or_wait(self, fd: int, line: bytes) -> int:
        """Write to a descriptor that does not block; wait only when the pipe is full."""
        try:
            written = os.write(fd, line)
        except BlockingIOError:
            return self._wait(fd, line)
        self._stalled = False
        return written

    def _wait(self, fd: int, line: bytes) -> int:
        # Who did not read for 50 ms is not waited for again until something was read.
        deadline = monotonic() + (0 if self._stalled else _PATIENCE_MS / 1000)
        while (left := deadline - monotonic()) > 0:
            _writable(fd, left * 1000)
            try:
                return os.write(fd, line)
            except BlockingIOError:
                continue
        self._stalled = True
        raise _not_read()

    def _wait_and_write(self, fd: int, line: bytes) -> int:
        """Write to a descriptor that blocks, or that others may have made so."""
        if not _writable(fd, 0 if self._stalled else _PATIENCE_MS):
            self._stalled = True
            raise _not_read()
        written = os.write(fd, line)
        self._stalled = False
        return written

    def trouble(self, error: OSError) -> str:
        """Return in words what is wrong."""
        if isinstance(error, BlockingIOError):
            return f"nobody has read {self.name} for {_PATIENCE_MS} ms."
        return super().trouble(error)


def _stdout() -> os.stat_result:
    if sys.__stdout__ is None:
        # The process began without one; what has the number now is something else.
        raise OSError(errno.EBADF, "there is none")
    return os.fstat(_STDOUT)


def _not_read() -> BlockingIOError:
    return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _write_if_ready(fd: int, data: bytes) -> int:
    if not _writable(fd, 0):
        raise _not_read()
    return os.write(fd, data)


def _writable(fd: int, timeout_ms: float) -> bool:
    """Wait until a write would not block; true also when it would fail, so that it does."""
    import select

    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(timeout_ms))
