"""One followed file: recognise it, read whole lines from it, notice when it was truncated.

A `Source` belongs to an inode, never to a name. It knows what it has read and what is acknowledged; it does not know
why it is followed (`follow`) or what a line means.
"""

from __future__ import annotations

import os
import time

from model_logs.ship.files.checkpoint import HEAD, Entry, digest
from model_logs.ship.files.chunks import Chunk, CompressedError, OtherFileError, TruncatedError
from model_logs.ship.files.joining import Joined, join, may_hold_pieces

__all__ = ["MAX_LINE", "Source"]

# A line above this is no event: its beginning is handed on, long enough for the parser to call it too long; its rest
# is skipped.
MAX_LINE = 4 << 20
_KEPT_OF_OVERLONG = 2 << 20
# Small enough to stay in a processor's cache while it is cut and parsed.
_CHUNK = 128 << 10
# Bytes before the place of reading that must stay what they were: a file that was written over keeps its beginning
# where that is a constant header.
_TAIL = 1024
# A writer that was told to reopen its file has done so by then.
_QUIET_S = 30.0

_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\x04\x22\x4d\x18")


class Source:
    """A file that is followed, by its inode.

    Args:
        path: Its name at the moment.
        device: Number of its device.
        inode: Its number there.
        entry: What the checkpoint says of it; None when it is new.

    Attributes:
        followed_as: The last name under which a pattern matched it; `path` is where it is now.
        real: `path` without links.
        renamed: Whether it was seen under another name before, as rotation does.
        replaced: Whether it was not the file that the checkpoint knows under its inode.
        stamp: Size and time of the last change (`ctime`, which nobody can set back), as last seen by `read`.
        position: Everything before it was read.
        acknowledged: Everything before it is in the cluster, or accounted for.
        reserved: No byte from here on is sent before a checkpoint says so.
        doubtful: Its events may be in the cluster already, so they are looked up before they are sent.
        doubtful_until: The same, for what stands before this offset.
        gone_since: When no name that we follow led to it any more; None while one does.
        located: Whether it was found by its inode after that: `path` leads to it.
        changed: When it was last seen to grow.
        goal: Where a run that ends by itself stops reading; None to follow.
        partial: Bytes of a last line whose end has not come.
        held: Whether these are whole lines, the first of them a piece of one that a container runtime cut.
        lines: Lines before `acknowledged`.
        left_out: Those of them that are not about models, as the user says.
    """

    def __init__(self, path: str, device: int, inode: int, entry: Entry | None = None) -> None:
        self.path = self.followed_as = path
        self.real = os.path.realpath(path)
        self.renamed = self.replaced = False
        self.device = device
        self.inode = inode
        self._entry = entry
        self._descriptor = -1
        self._head = b""
        self._first = b""
        self._tail = b""
        self._tail_digest = ""
        self._skipping = False
        self.stamp = (-1, 0)
        self._written = 0.0
        self._last_size = 0
        self.identity = ""
        self.position = self.acknowledged = self.reserved = 0
        self.doubtful = entry is None
        self.doubtful_until = 0
        self.gone_since: float | None = None
        self.located = False
        self.changed = 0.0
        self.goal: int | None = None
        self.partial = 0
        self.held = False
        self.lines = self.left_out = 0

    @property
    def key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode

    @property
    def opened(self) -> bool:
        """Whether a descriptor is held."""
        return self._descriptor >= 0

    @property
    def may_close(self) -> bool:
        """Whether it can be opened again by its name, or need not be."""
        return self.gone_since is None or self.located or (self.goal is not None and self.position >= self.goal)

    @property
    def is_read(self) -> bool:
        """Whether everything was read and acknowledged; False where it is closed and its name leads elsewhere."""
        if self.acknowledged != self.position:
            return False
        if self.opened:
            return self.position >= self.size()
        return self.is_at_path() and self.position >= self._last_size

    def is_at_path(self) -> bool:
        """Whether `path` still leads to the file; notes its size."""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - many of them at each look
        except OSError:
            return False
        if (found.st_dev, found.st_ino) != self.key:
            return False
        self._last_size = found.st_size
        return True

    def has_read(self, size: int, changed_ns: int) -> bool:
        """Whether a file of this size and time of change holds nothing new."""
        return (size, changed_ns) == self.stamp and size == self.position + self.partial

    def open(self, *, moved: bool = False) -> str:
        """Open the file and find the place to go on from; return a message where that is not as expected.

        Args:
            moved: It was found by its inode alone, under a name that no pattern leads to.

        Raises:
            OSError: It cannot be opened, or the name leads to another file by now.
            CompressedError: It holds no plain text.
            OtherFileError: It was found by its inode alone and is not the file that the checkpoint knows.
        """
        entry = self._entry
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found, head = self._looked(descriptor)
            fits = entry is not None and _fits(entry, descriptor, found.st_size, head)
            if entry is not None and fits:
                self._tail = os.pread(descriptor, min(_TAIL, entry.offset), max(0, entry.offset - _TAIL))
            elif moved:
                raise OtherFileError(self.path)  # noqa: TRY301 - the descriptor is given back below, as for the others
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._first = self._first or head
        self._last_size, self._written = found.st_size, found.st_mtime
        self._entry = None
        if entry is None:
            return ""
        if not fits:
            self.doubtful = self.replaced = True
            return (
                f"{self.path} is not the file that the checkpoint knows under this inode (it was truncated or written"
                " over, or the inode was given to a new file): it is read from its start. The known file was shipped"
                f" up to byte {entry.offset:,}."
            )
        self.position = self.acknowledged = entry.offset
        self.lines, self.left_out = entry.lines, entry.left_out
        self.reserved = self.doubtful_until = entry.reserved
        self._head = head[: min(HEAD, entry.offset)]
        self._identify()
        return ""

    def _looked(self, descriptor: int) -> tuple[os.stat_result, bytes]:
        """Return state and first bytes of an open file that can be this one."""
        found = os.fstat(descriptor)
        if (found.st_dev, found.st_ino) != self.key:
            raise FileNotFoundError(2, "the name leads to another file by now", self.path)
        head = os.pread(descriptor, HEAD, 0)
        if head.startswith(_MAGIC):
            raise CompressedError(self.path)
        return found, head

    def close(self) -> None:
        """Give the descriptor back; `reopen` may follow."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def reopen(self) -> None:
        """Open again after `close`, at the same place.

        Raises:
            OSError: It cannot be opened, or the name leads to another file by now.
            TruncatedError: It is not what it was.
        """
        self._entry = None
        self.open()
        if not self._intact():
            raise TruncatedError(0)

    def restarted(self) -> Source:
        """Return a source that reads the same open file from its start; this one is done.

        Not by name, which may lead elsewhere by now; and not this source set back: acknowledgements under way are its
        own.
        """
        again = Source(self.path, self.device, self.inode)
        again.followed_as, again.real = self.followed_as, self.real
        again.gone_since, again.located = self.gone_since, self.located
        again._descriptor, self._descriptor = self._descriptor, -1
        again._first = os.pread(again._descriptor, HEAD, 0)
        return again

    def size(self) -> int:
        """Return the file's size; what was last seen while it is closed."""
        if self._descriptor >= 0:
            self._last_size = os.fstat(self._descriptor).st_size
        return self._last_size

    def entry(self, *, reserve: int) -> Entry:
        """Return the entry for the checkpoint.

        Args:
            reserve: How many bytes beyond what was read may be sent before the next checkpoint; 0 when nothing will
                be sent any more and everything that was sent is acknowledged.
        """
        head = self._head if self.position else self._first
        whole = self.acknowledged == self.position
        if whole and not self._tail_digest:
            self._tail_digest = digest(self._tail)
        return Entry(
            path=self.followed_as,
            device=self.device,
            inode=self.inode,
            length=len(head),
            fingerprint=digest(head),
            offset=self.acknowledged,
            reserved=max(
                self.position + reserve if reserve else self.acknowledged,
                self.doubtful_until,
                self.size() if self.doubtful else 0,
            ),
            real=self.real,
            tail_length=len(self._tail) if whole else 0,
            tail=self._tail_digest if whole else "",
            settled=int(self.renamed and whole and self._is_at_rest()),
            lines=self.lines,
            left_out=self.left_out,
        )

    def read(self, now: float, *, final: bool = False) -> Chunk | None:
        """Return the next whole lines; None when there are none yet.

        Args:
            now: The time by which growth is noted.
            final: Nobody can complete the last line any more: take it as it is.

        Raises:
            TruncatedError: The file holds something else than what was read from it.
        """
        found = os.fstat(self._descriptor)
        size, stamp = found.st_size, (found.st_size, found.st_ctime_ns)
        unread = max(0, self.stamp[0] - self.position)
        if size < self.position or (stamp != self.stamp and not self._intact()):
            raise TruncatedError(unread)
        if stamp != self.stamp:
            # A rename changes the one time, a write both, but for a copy that sets the other one back.
            if (size, found.st_mtime) != (self.stamp[0], self._written):
                self.changed = now
            self.stamp, self._written = stamp, found.st_mtime
        elif not (final or self.overdue) and size == self.position + self.partial:
            return None
        data = os.pread(self._descriptor, _CHUNK, self.position)
        if not data:
            self.partial = 0
            return None
        if not self._intact():
            raise TruncatedError(unread)
        return self._cut(data, final=final)

    def _cut(self, read: bytes, *, final: bool) -> Chunk | None:
        """Return the whole lines at the start of `read`, which was read at `position`."""
        start = self.position
        if self._skipping:
            skipped = read.find(b"\n") + 1
            self._skipping = not skipped
            return self._advanced(Chunk([], start, start + (skipped or len(read))), read)
        data, holes = read, 0
        if data[0] == 0:
            # A writer without O_APPEND leaves a hole after a truncation; a loss of power leaves zeros.
            data = data.lstrip(b"\0")
            holes = len(read) - len(data)
            start += holes
            if not data:
                return self._advanced(Chunk([], start, start, holes), read)
        end = data.rfind(b"\n")
        if end < 0 and len(read) >= _CHUNK:
            data = os.pread(self._descriptor, MAX_LINE, start)
            end = data.rfind(b"\n")
            if end < 0 and len(data) >= MAX_LINE:
                self._skipping = True
                return self._advanced(Chunk([data[:_KEPT_OF_OVERLONG]], start, start + len(data), holes, 1), read)
        if end >= 0:
            lines = data[:end].split(b"\n")
            return (
                self._joined(data, holes, read, final=final)
                if may_hold_pieces(data)
                else self._advanced(Chunk(lines, start, start + end + 1, holes), read)
            )
        if final:
            return self._advanced(Chunk([data], start, start + len(data), holes), read)
        self.partial = holes + len(data)
        return None

    def _joined(self, data: bytes, holes: int, read: bytes, *, final: bool) -> Chunk | None:
        """Return the lines of `data` up to the first that waits for its rest."""
        start = self.position + holes
        last = final or self.overdue
        found = _join(data, last=last and start + len(data) >= self.stamp[0])
        if not found.taken and len(read) >= _CHUNK:
            data = os.pread(self._descriptor, MAX_LINE, start)
            found = _join(data, last=last and start + len(data) >= self.stamp[0])
        self.held = not found.taken
        if self.held:
            self.partial = holes + len(data)
            return None
        end = start + sum(found.sizes) + found.taken
        return self._advanced(Chunk(found.lines, start, end, holes, sizes=found.sizes), read)

    def _advanced(self, chunk: Chunk, read: bytes) -> Chunk:
        """Note that `chunk` was taken; `read` is what stands at the position until now."""
        consumed = chunk.end - self.position
        self.position = chunk.end
        self.partial = 0
        if len(self._head) < HEAD:
            # As long as the head is not full, it ends where the position was.
            self._head += read[: min(consumed, HEAD - len(self._head))]
            self._identify()
        if _TAIL <= consumed <= len(read):
            self._tail = read[consumed - _TAIL : consumed]
        else:
            self._tail = os.pread(self._descriptor, min(_TAIL, chunk.end), max(0, chunk.end - _TAIL))
        self._tail_digest = ""
        return chunk

    def _intact(self) -> bool:
        """Whether the beginning, and what stands before the position, are still what was read."""
        head, tail = self._head, self._tail
        return os.pread(self._descriptor, len(head), 0) == head and (
            self.position <= HEAD or os.pread(self._descriptor, len(tail), self.position - len(tail)) == tail
        )

    def _is_at_rest(self) -> bool:
        """Whether it was read to its end, and nobody has written to it for a while."""
        return self.position >= self.size() and self._is_quiet

    @property
    def overdue(self) -> bool:
        """Whether the rest of a line that a container runtime cut has not come, and will not."""
        return self.held and self._is_quiet

    @property
    def _is_quiet(self) -> bool:
        return time.time() - self._written >= _QUIET_S

    def _identify(self) -> None:
        """Fix what stands for this file in the ids of its text lines: its first line that is not blank.

        It does not change while the file grows, nor when the file is renamed, copied or compressed and restored: a
        replay finds the same ids.
        """
        if not self.identity:
            first = self._head.lstrip(b"\r\n\0")
            self.identity = digest(first.split(b"\n", 1)[0]) if first else ""


def _join(data: bytes, *, last: bool) -> Joined:
    return join(data[: data.rfind(b"\n")].split(b"\n"), last=last)


def _fits(entry: Entry, descriptor: int, size: int, head: bytes) -> bool:
    """Whether an open file can be the one that an entry of the checkpoint speaks of."""
    if size < entry.offset or digest(head[: entry.length]) != entry.fingerprint:
        return False
    length = min(entry.tail_length, entry.offset)
    return not length or digest(os.pread(descriptor, length, entry.offset - length)) == entry.tail
