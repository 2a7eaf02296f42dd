"""Where lines go: a file that is followed through renames, or a stream such as standard output.

A sink writes whole lines with one system call each, says when it could not, and never raises. It knows nothing of
events. There is no queue and no thread: what `write` has returned from is in the kernel, whatever happens to the
process.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs._logger._tally import Tally

__all__ = ["FILE_LIMIT", "STREAM_LIMIT", "FileSink", "Sink", "StreamSink", "complain", "open_sink"]

FILE_LIMIT = 1 << 20
# What a pipe takes in one piece, however many processes write to it (PIPE_BUF).
STREAM_LIMIT = 4096
_PATIENCE_MS = 50
_COMPLAIN_EVERY_S = 10.0

_complained: dict[str, float] = {}


class Sink(Protocol):
    """What the writer needs of a sink.

    Attributes:
        fd: The descriptor, to be handed to `write`.
        write: Writes one line and returns its length when all of it was written. The only part that may raise.
        limit: Longest line in bytes, the newline included.
    """

    fd: int
    limit: int

    @property
    def write(self) -> Callable[[int, bytes], int]: ...

    def check(self) -> bool: ...
    def recover(self, line: bytes, error: OSError | None) -> None: ...
    def close(self) -> None: ...


def complain(reason: str, message: str) -> None:
    """Say once in a while on standard error what goes wrong; never wait for whoever reads it, never raise."""
    now = monotonic()
    if now - _complained.get(reason, -_COMPLAIN_EVERY_S) < _COMPLAIN_EVERY_S:
        return
    _complained[reason] = now
    try:
        poll = select.poll()
        poll.register(2, select.POLLOUT)
        if any(event & select.POLLOUT for _, event in poll.poll(0)):
            os.write(2, f"model-logs: {message}\n".encode(errors="backslashreplace"))
    except (OSError, ValueError):
        # Standard error is closed or broken: the counters in logger.stats() remain.
        return


def open_sink(path: str | None, tally: Tally) -> FileSink | StreamSink:
    """Return the sink for a path, or for standard output when it is None."""
    if path is None:
        return StreamSink(None, tally)
    try:
        kind = os.stat(path).st_mode
    except OSError:
        return FileSink(path, tally)
    return FileSink(path, tally) if stat.S_ISREG(kind) else StreamSink(path, tally)


class FileSink:
    """A regular file, opened to append; after a rename the new file is opened onto the same descriptor number."""

    limit = FILE_LIMIT

    def __init__(self, path: str, tally: Tally) -> None:
        self.path = path
        self.fd = -1
        self.write: Callable[[int, bytes], int] = os.write
        self._tally = tally
        self._identity = (-1, -1)
        self._lock = RLock()
        self.check()

    def check(self) -> bool:
        """Open the file, or open it again when another one is at its path now.

        Returns:
            Whether there is a file to write to.
        """
        # Whoever holds the lock is at it; a thread that serves a request does not wait for that.
        if not self._lock.acquire(blocking=self.fd < 0):
            return self.fd >= 0
        try:
            if self.fd >= 0 and not self._is_ours():
                # Someone closed it, and what has the number now is theirs: leave it alone.
                self._tally.add("descriptor_lost")
                self.fd = -1
            if self.fd < 0 or not self._in_place():
                self._open()
        except OSError as error:
            self._tally.add("open_failed")
            complain(
                "open",
                f"cannot open {self.path}: {error.strerror}. Events are "
                f"{'still written to the renamed file' if self.fd >= 0 else 'dropped and counted'}. "
                "Next step: make the folder writable for this process; it is tried again each second.",
            )
        finally:
            self._lock.release()
        return self.fd >= 0

    def _is_ours(self) -> bool:
        try:
            found = os.fstat(self.fd)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _in_place(self) -> bool:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _open(self) -> None:
        fd = _open_to_append(self.path)
        try:
            found = os.fstat(fd)
            if _ends_torn(self.path, found.st_size):
                os.write(fd, b"\n")
        except OSError:
            os.close(fd)
            raise
        if self.fd < 0:
            self.fd = fd
        else:
            # The number stays the same, so a thread that has just read it writes to the new file.
            os.dup2(fd, self.fd, inheritable=False)
            os.close(fd)
            self._tally.add("reopened")
        self._identity = (found.st_dev, found.st_ino)

    def recover(self, line: bytes, error: OSError | None) -> None:
        """Write a line again that was not written, or not whole; count it as dropped when that fails too."""
        with self._lock:
            # From now on each line begins with a newline, until one was written: half a line may stand before it,
            # of this process or of another one that ran out of space at the same time.
            self.write = self._write_after_failure
            if error is None:
                self._tally.add("short_write")
            elif error.errno == errno.EBADF:
                self.fd = -1
                self.check()
            else:
                self._drop(error)
                return
            try:
                self._write_after_failure(self.fd, line)
            except OSError as again:
                self._drop(again)

    def _write_after_failure(self, fd: int, line: bytes) -> int:
        whole = b"\n" + line
        written = os.write(fd, whole)
        if written != len(whole):
            raise OSError(errno.ENOSPC, "only a part of the line was written")
        self.write = os.write
        return len(line)

    def _drop(self, error: OSError) -> None:
        reason = errno.errorcode.get(error.errno or 0, "EIO")
        self._tally.add(f"dropped.{reason}")
        complain(
            reason,
            f"cannot write to {self.path}: {error.strerror}. Events are dropped and counted in logger.stats(). "
            "Next step: free space there, or call logger.configure(path=...).",
        )

    def close(self) -> None:
        """Let go of the file, but keep the number, so that nobody else gets it while a thread still writes to it."""
        if self.fd >= 0:
            _park(self.fd)


class StreamSink:
    """Standard output, a pipe or a terminal: lines of at most 4,096 bytes, dropped and counted when nobody reads."""

    limit = STREAM_LIMIT

    def __init__(self, path: str | None, tally: Tally) -> None:
        self.path = path
        self.fd = -1
        self._tally = tally
        self.check()

    def check(self) -> bool:
        """Open the stream when it is not open."""
        if self.fd < 0:
            if self.path is None:
                self.fd = 1 if sys.__stdout__ is not None else -1
            else:
                self.fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        return self.fd >= 0

    def write(self, fd: int, line: bytes) -> int:
        """Write one line, or drop and count it."""
        os.write(fd, line)
        return len(line)

    def recover(self, line: bytes, error: OSError | None) -> None:
        """Count a line that the stream did not take."""
        del line
        reason = errno.errorcode.get(error.errno or 0, "EIO") if error else "short_write"
        self._tally.add(f"dropped.{reason}")

    def close(self) -> None:
        """Let go of the stream."""


def _open_to_append(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
    try:
        return os.open(path, flags, 0o640)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o750, exist_ok=True)
        return os.open(path, flags, 0o640)


def _ends_torn(path: str, size: int) -> bool:
    """Return whether the last byte is no newline: a process was killed in the middle of a line."""
    if size == 0:
        return False
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        # We may append and not read. A superfluous newline does no harm.
        return True
    try:
        return os.pread(fd, 1, size - 1) not in (b"\n", b"")
    finally:
        os.close(fd)


def _park(fd: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(null, fd, inheritable=False)
    os.close(null)
