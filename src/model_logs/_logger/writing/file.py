"""A regular file to append to, followed through renames."""

from __future__ import annotations

import os
from time import monotonic, sleep

from model_logs._logger.complaints import complain
from model_logs._logger.writing.sink import Sink, above_standard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from model_logs._logger.writing.counters import Tally
    from model_logs._logger.writing.held import Held

__all__ = ["FILE_LIMIT", "FileSink"]

# What whoever reads the file takes for one line (model_logs.parse.LONGEST_LINE).
FILE_LIMIT = 1 << 20
_TRY_AGAIN_S = 1.0
_MOMENT_S = 0.01


class FileSink(Sink):
    """Appends with one `write` for each line, which Linux and macOS keep whole between processes.

    After a rename, or when it is told another path, the new file is opened onto the same descriptor number: a thread
    that has just read the number writes to the new file, and nobody else ever gets the number.
    """

    limit = FILE_LIMIT
    together = 1 << 18

    def __init__(self, path: str, tally: Tally, held: Held | None = None) -> None:
        super().__init__(tally, held)
        self.name = path
        self._identity = (-1, -1)
        self._failed_at = -_TRY_AGAIN_S
        # The number of a file that was deleted, for the next one; -1 where there is none.
        self._kept = -1

    def move(self, path: str) -> None:
        """Write to another file from now on."""
        with self.lock:
            self.name = path
            self._failed_at = -_TRY_AGAIN_S
            self.check()

    def be_patient(self) -> None:
        """Try to open the file at once, though that failed a moment ago."""
        self._failed_at = -_TRY_AGAIN_S

    def check(self) -> bool:
        """Open the file, or open it again when another one is at its path now."""
        # Whoever holds the lock is at it; a thread that serves a request does not wait for that.
        if not self.lock.acquire(blocking=self.fd < 0):
            return True
        try:
            if self.fd >= 0 and not self._is_ours():
                # Someone closed it, and what has the number now is theirs: leave it alone.
                self.fd = -1
            if (self.fd < 0 or not self._in_place()) and monotonic() - self._failed_at >= _TRY_AGAIN_S:
                self._open()
        except OSError as error:
            self._failed_at = monotonic()
            if self.fd >= 0 and self._is_deleted():
                # What goes to a file without a name nobody can read: it waits instead.
                self._kept, self.fd = self.fd, -1
            self.refused = error if self.fd < 0 else None
            self.tally.add("open_failed")
            meanwhile = "Events go to the renamed file." if self.fd >= 0 else self.meanwhile()
            complain(
                "open",
                f"cannot open {self.name}: {error.strerror}. It is tried again each second. {meanwhile} "
                "Next step: let this process write to that folder, or call logger.configure(path=...).",
            )
        finally:
            self.lock.release()
        return self.fd >= 0

    def _is_ours(self) -> bool:
        try:
            found = os.fstat(self.fd)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _is_deleted(self) -> bool:
        try:
            return os.fstat(self.fd).st_nlink == 0
        except OSError:
            return True

    def _in_place(self) -> bool:
        try:
            found = os.stat(self.name)
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _open(self) -> None:
        fd = _open_to_append(self.name)
        try:
            found = os.fstat(fd)
            if _is_torn(self.name):
                self._end_torn_line(fd)
            if self.fd < 0 and self._kept >= 0:
                os.dup2(fd, self._kept, inheritable=False)
                self.fd, self._kept = self._kept, -1
            elif self.fd < 0:
                self.fd, fd = fd, -1
            else:
                os.dup2(fd, self.fd, inheritable=False)
                self.tally.add("reopened")
            self._identity = (found.st_dev, found.st_ino)
            self.refused = None
        finally:
            if fd >= 0:
                os.close(fd)

    def _end_torn_line(self, fd: int) -> None:
        try:
            os.write(fd, b"\n")
        except OSError:
            # The disk is full; the newline goes before the next line that can be written.
            self._torn = True
            self.write = self._write_behind


def _open_to_append(path: str) -> int:
    # Without waiting: somebody may have put a named pipe there, whose reader may never come.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    try:
        fd = os.open(path, flags, 0o640)
    except FileNotFoundError:
        _make_folder(os.path.dirname(os.path.abspath(path)))
        fd = os.open(path, flags, 0o640)
    return above_standard(fd)


def _make_folder(path: str) -> None:
    """Make a folder and those above it for the owner and the group; `makedirs` opens the upper ones to all."""
    above = os.path.dirname(path)
    if above != path and not os.path.isdir(above):
        _make_folder(above)
    try:
        os.mkdir(path, 0o750)
    except FileExistsError:
        # Another process of the service was quicker; where it is no folder, opening the file tells.
        return


def _is_torn(path: str) -> bool:
    """Return whether the file ends in half a line: a process was killed while it wrote."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        # We may append and not read; an empty line does no harm.
        return True
    try:
        size = os.fstat(fd).st_size
        if not size or os.pread(fd, 1, size - 1) == b"\n":
            return False
        # A long line that another process is writing now looks the same, and is whole a moment later; where that
        # process is kept waiting for longer, an empty line comes of it, which every reader skips.
        sleep(_MOMENT_S)
        return os.fstat(fd).st_size == size
    finally:
        os.close(fd)
