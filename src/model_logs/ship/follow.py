"""Which files are followed: globs, rotation by rename, deletion, what is left alone and why.

The `Follower` looks at the folders now and then and keeps one `Source` for each inode. It does not read lines, and it
never lets go of a file that has not been read to its end.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.ship.source import Chunk, CompressedError, Source, TruncatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from model_logs.ship.checkpoint import Entry
    from model_logs.ship.totals import Totals

__all__ = ["Follower"]

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4", ".br")
# More rotated files than this are closed when they are quiet, and opened again when they grow.
_MOST_OPEN = 256

Key = tuple[int, int]


class Follower:
    """The files that the patterns match, each once, by inode.

    Args:
        patterns: Paths or globs.
        entries: What the checkpoint knows.
        grace: How long a file that no pattern leads to any more must be quiet before it is let go, in seconds.
        avoid: The shipper's own files and folders, which are never shipped.
        totals: Counted into.
        say: Called with each message for people.
    """

    def __init__(
        self,
        patterns: Iterable[str],
        entries: Iterable[Entry],
        *,
        grace: float,
        avoid: Iterable[Path],
        totals: Totals,
        say: Callable[[str], None],
    ) -> None:
        self._patterns = tuple(os.path.abspath(pattern) for pattern in patterns)  # noqa: PTH100 - `**` is no path
        self._entries = {(entry.device, entry.inode): entry for entry in entries}
        self._grace = grace
        self._avoid = tuple(path.resolve() for path in avoid)
        self._totals = totals
        self._say = say
        self._noted: set[tuple[str, str]] = set()
        self._unreadable: set[str] = set()
        self.sources: dict[Key, Source] = {}

    @property
    def waiting_entries(self) -> Iterable[Entry]:
        """What the checkpoint knows of files that have not been found (yet)."""
        return self._entries.values()

    def scan(self, now: float) -> int:
        """Look at the folders; return how many files are new."""
        found: dict[Key, str] = {}
        for path in self._paths():
            key = self._regular(path)
            if key is not None:
                found.setdefault(key, path)
        fresh = sorted((key for key in found if key not in self.sources), key=lambda key: _age(found[key]))
        added = sum(self._add(key, found[key], now) for key in fresh)
        for key, source in self.sources.items():
            if key in found:
                source.path = source.followed_as = found[key]
                source.gone_since = None
            elif source.gone_since is None:
                source.gone_since = now
        return added

    def adopt(self, now: float) -> None:
        """Find files of the checkpoint that were renamed, while nobody looked, to a name that no pattern matches.

        Called once, after the first scan. What is not found is reported: it was deleted, perhaps before its end.
        Files that an earlier run followed by other patterns are none of ours; their entries stay while they exist.
        """
        for key, entry in list(self._entries.items()):
            ours = any(fnmatch.fnmatch(entry.path, pattern) for pattern in self._patterns)
            moved = _find(entry)
            if moved is not None:
                if ours and self._add(key, moved, now):
                    self.sources[key].followed_as = entry.path
            elif not ours:
                del self._entries[key]
            else:
                del self._entries[key]
                self._totals.missed += 1
                self._say(
                    f"{entry.path} is gone; it was shipped up to byte {entry.offset:,}, nobody knows what followed."
                )

    def read(self, source: Source, now: float) -> Chunk | None:
        """Return the next whole lines of a source; None when there are none yet."""
        try:
            if not source.opened:
                if source.gone_since is not None or os.stat(source.path).st_size == source.position:  # noqa: PTH116 - hot
                    return None
                source.reopen()
            return source.read(now, final=self._ended(source, now))
        except TruncatedError as error:
            self._restart(source, error.unread, now)
        except FileNotFoundError:
            pass  # renamed or deleted since the last look: the next one finds out
        except OSError as error:
            self._note(source.path, f"cannot be read: {error.strerror}", unreadable=True)
        return None

    def release(self, now: float) -> list[Source]:
        """Take out and return what ended: gone, quiet for the grace, read and acknowledged to its end."""
        ended = [
            source
            for source in self.sources.values()
            if self._ended(source, now) and source.acknowledged == source.position >= source.size()
        ]
        for source in ended:
            source.close()
            del self.sources[source.key]
            self._totals.gone += 1
        opened = [source for source in self.sources.values() if source.opened]
        if len(opened) > _MOST_OPEN:
            quiet = [s for s in opened if s.gone_since is None and now - s.changed > self._grace and not s.partial]
            for source in sorted(quiet, key=lambda s: s.changed)[: len(opened) - _MOST_OPEN]:
                if source.position >= source.size():
                    source.close()
        return ended

    def close(self) -> None:
        """Give all descriptors back."""
        for source in self.sources.values():
            source.close()

    def missing_message(self) -> str:
        """Return what to say when no file is followed."""
        return f"No file matches {' or '.join(self._patterns)}."

    def _ended(self, source: Source, now: float) -> bool:
        """Whether nobody writes to the file any more, as far as one can know."""
        return source.gone_since is not None and now - max(source.gone_since, source.changed) >= self._grace

    def _paths(self) -> Iterable[str]:
        for pattern in self._patterns:
            if os.path.lexists(pattern):
                yield pattern
            if glob.has_magic(pattern):
                yield from glob.iglob(pattern, recursive=True)  # noqa: PTH207 - patterns may be absolute

    def _regular(self, path: str) -> Key | None:
        """Return the key of a file that can be followed; None, with a note, for anything else."""
        try:
            found = os.stat(path)  # noqa: PTH116 - thousands of them at each look
        except OSError as error:
            # Between the listing and this it may have been renamed; a link to nothing stays.
            if os.path.islink(path):  # noqa: PTH114 - as above
                self._note(path, f"is a link that leads nowhere: {error.strerror}")
            return None
        if stat.S_ISDIR(found.st_mode):
            if path in self._patterns:
                self._note(path, "is a folder; give a pattern for the files in it, such as 'folder/*.log'")
            return None
        if not stat.S_ISREG(found.st_mode):
            self._note(path, "is no regular file (a pipe, a socket or a device) and is left alone")
            return None
        if path.endswith(_COMPRESSED):
            self._note(path, "is compressed and is left alone; compress a log only after it was shipped")
            return None
        return found.st_dev, found.st_ino

    def _add(self, key: Key, path: str, now: float) -> int:
        real = Path(path).resolve()
        if any(real.is_relative_to(own) for own in self._avoid):
            self._note(path, "is the shipper's own and is left alone")
            return 0
        source = Source(path, *key, self._entries.get(key))
        try:
            message = source.open()
        except CompressedError:
            self._note(path, "is compressed and is left alone; compress a log only after it was shipped")
            return 0
        except FileNotFoundError:
            return 0  # renamed since the listing: the next look finds it
        except OSError as error:
            self._note(path, f"cannot be read: {error.strerror}", unreadable=True)
            return 0
        self._entries.pop(key, None)
        if message:
            self._say(message)
        source.changed = now
        self.sources[key] = source
        self._totals.files += 1
        if path in self._unreadable:
            self._unreadable.discard(path)
            self._noted = {note for note in self._noted if note[0] != path}
            self._totals.unreadable -= 1
        return 1

    def _restart(self, source: Source, unread: int, now: float) -> None:
        """Read a truncated file from its start."""
        self._totals.truncated += 1
        self._say(
            f"{source.path} was truncated or written over (copytruncate?) after {source.position:,} bytes were read"
            + (f" and {unread:,} more had been seen" if unread else "")
            + "; it is read from its start. What was not read is lost unless a copy matches the patterns:"
            " rotate by rename instead."
        )
        again = source.restarted()
        again.changed = now
        self.sources[source.key] = again

    def _note(self, path: str, what: str, *, unreadable: bool = False) -> None:
        """Say something about a path, once."""
        if (path, what) in self._noted:
            return
        self._noted.add((path, what))
        if unreadable and path not in self._unreadable:
            self._unreadable.add(path)
            self._totals.unreadable += 1
        self._say(f"{path} {what}.")


def _age(path: str) -> float:
    """Return when a file was last written, so that older generations are read first."""
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - as above
    except OSError:
        return 0.0


def _find(entry: Entry) -> str | None:
    """Return the present name of a file in the folder where it was last seen; None when it is not there."""
    try:
        with os.scandir(Path(entry.path).parent) as listing:
            for candidate in listing:
                if candidate.inode() == entry.inode and candidate.is_file(follow_symlinks=False):
                    found = candidate.stat(follow_symlinks=False)
                    if found.st_dev == entry.device:
                        return candidate.path
    except OSError:
        pass
    return None
