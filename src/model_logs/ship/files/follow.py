"""The set of followed files: patterns, rotation by rename, deletion, and the files that are left alone.

The `Follower` looks at the folders now and then and keeps one `Source` for each inode. It does not read lines, and it
never lets go of a file that has not been read to its end without a word.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.files.patterns import PathPattern
from model_logs.ship.files.chunks import Chunk, CompressedError, OtherFileError, TruncatedError
from model_logs.ship.files.descriptors import Descriptors, NoRoomError
from model_logs.ship.files.source import Source
from model_logs.ship.files.whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from model_logs.ship.files.checkpoint import Entry
    from model_logs.ship.totals import Totals

__all__ = ["Follower"]

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4", ".br")
# Somebody renamed or deleted it between the listing and the look at it.
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})

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
        most_open: How many of the files may be open; the others are opened when they grow.
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
        most_open: int = 65_536,
    ) -> None:
        self._patterns = tuple(PathPattern(pattern) for pattern in patterns)
        self._entries = {(entry.device, entry.inode): entry for entry in entries}
        self._grace = grace
        self._avoid = tuple(path.resolve() for path in avoid)
        self._totals = totals
        self._say = say
        self._descriptors = Descriptors(most_open)
        self._noted: set[tuple[str, str]] = set()
        self._unreadable: set[str] = set()
        # What could not be looked at in this scan: what stands there is not gone.
        self._unseen: set[str] = set()
        self.sources: dict[Key, Source] = {}

    @property
    def waiting_entries(self) -> Iterable[Entry]:
        """What the checkpoint knows of files that have not been found (yet)."""
        return self._entries.values()

    def scan(self, now: float) -> int:
        """Look at the folders; return how many files are new."""
        self._unseen.clear()
        names: dict[str, Key] = {}
        found: dict[Key, str] = {}
        for path in self._paths():
            key = self._regular(path)
            if key is not None:
                names[path] = key
                found.setdefault(key, path)
        fresh = sorted((key for key in found if key not in self.sources), key=lambda key: _age(found[key]))
        added = 0
        for key in fresh:
            known = self._entries.get(key)
            added += self._add(key, found[key], now)
            if known is not None and key in self.sources:
                # Names lead to it, but not the one that the checkpoint knows: it was renamed.
                self.sources[key].renamed = bool(known.settled) or names.get(known.path) != key
        search = Whereabouts()
        for key, source in list(self.sources.items()):
            if key in found:
                self._seen(source, found[key], renamed=names.get(source.path) != key)
            elif not self._is_hidden(source.path):
                self._left_its_names(source, search, now)
        self._seen_again()
        return added

    def adopt(self, now: float) -> None:
        """Find files of the checkpoint that were moved, while nobody looked, to where no pattern leads.

        Called once, after the first scan. What is not found is reported: it was deleted, perhaps before its end.
        Files that an earlier run followed by other patterns are none of ours; their entries stay while they exist.
        """
        search = Whereabouts()
        for key, entry in list(self._entries.items()):
            ours = any(pattern.matches(entry.path) for pattern in self._patterns)
            moved = search.find(key, entry.path, entry.real, far=ours)
            if moved is not None and not ours:
                continue
            if ours and (
                self._is_hidden(entry.path) or (moved is not None and self._adopted(key, entry, moved, now))
            ):
                continue
            del self._entries[key]
            if not ours:
                continue
            if entry.settled:
                self._totals.gone += 1  # rotated, quiet and read to its end: it was deleted in its turn
                continue
            self._miss(f"{entry.path} is gone; it was shipped up to byte {entry.offset:,}, the rest is not known.")

    def _adopted(self, key: Key, entry: Entry, moved: str, now: float) -> bool:
        """Whether the file was moved there and is known from now on, or what keeps it from being read was said.

        An inode is given to new files: beyond the folders of its names the content must be the one that is known.
        """
        far = not _is_near(moved, entry.path, entry.real)
        if far and not entry.length and not Path(moved).name.startswith(Path(entry.real).name):
            return False
        try:
            if self._add(key, moved, now, adopted=True, strictly=far):
                source = self.sources[key]
                source.followed_as = entry.path
                source.renamed = source.located = True
        except OtherFileError:
            return False  # the inode was given to another file, which is none of ours
        return True

    def read(self, source: Source, now: float) -> Chunk | None:
        """Return the next whole lines of a source; None when there are none yet."""
        try:
            if not source.opened and not self._reopened(source, now):
                return None
            chunk = source.read(now, final=self._ended(source, now))
        except TruncatedError as error:
            self._restart(source, error.unread, now)
        except CompressedError:
            self._restart(source, 0, now)  # said and counted; the next look leaves alone what stands there now
            del self.sources[source.key]
        except FileNotFoundError:
            pass  # renamed or deleted since the last look: the next one finds out
        except OSError as error:
            self._note(source.path, f"cannot be read: {error.strerror}", unreadable=True)
        else:
            if chunk is not None:
                self._descriptors.used(source)
                if self._unreadable:
                    self._readable(source.path)
            return chunk
        return None

    def _reopened(self, source: Source, now: float) -> bool:
        """Whether there is something to read in a closed file, and it is open now."""
        if source.gone_since is not None and not source.located:
            return False
        last = source.overdue or (source.partial > 0 and self._ended(source, now))
        if source.has_read(*_stamp(source.path)) and not last:
            return False
        try:
            self._descriptors.reopen(source)
        except NoRoomError:
            return False  # until files that are gone were quiet for the grace
        return True

    def release(self, now: float) -> list[Source]:
        """Take out and return what ended: gone, quiet for the grace, read and acknowledged to its end."""
        ended = [
            source
            for source in self.sources.values()
            if (source.opened or source.located) and self._ended(source, now) and source.is_read
        ]
        for source in ended:
            self._descriptors.close(source)
            del self.sources[source.key]
            self._totals.gone += 1
        return ended

    def unfinished(self) -> None:
        """Count and name the files that could not be read up to the goal of a run that ends."""
        for source in self.sources.values():
            if source.goal is not None and source.position + source.partial < source.goal:
                left = source.goal - source.position
                if source.path not in self._unreadable:
                    self._miss(f"{source.path} was not read to its end: {left:,} bytes of it could not be read.")

    def close(self) -> None:
        """Give all descriptors back."""
        for source in self.sources.values():
            source.close()

    def missing_message(self) -> str:
        """Return what to say when no file is followed."""
        return f"No file matches {' or '.join(map(str, self._patterns))}."

    def _ended(self, source: Source, now: float) -> bool:
        """Whether nobody writes to the file any more, as far as one can know."""
        return source.gone_since is not None and now - max(source.gone_since, source.changed) >= self._grace

    def _paths(self) -> Iterable[str]:
        for pattern in self._patterns:
            yield from pattern.paths(self._not_listed)

    def _not_listed(self, folder: str, error: OSError) -> None:
        self._unseen.add(folder)
        self._note(folder, f"cannot be looked into: {error.strerror}", unreadable=True)

    def _is_hidden(self, path: str) -> bool:
        """Whether a path stands where this scan could not look."""
        return any(path == place or path.startswith(f"{place.rstrip('/')}/") for place in self._unseen)

    def _seen(self, source: Source, path: str, *, renamed: bool) -> None:
        """Note the name under which a scan found a source."""
        if path != source.path:
            source.path, source.real = path, os.path.realpath(path)
            source.renamed = source.renamed or renamed
        source.followed_as = path
        source.gone_since = None
        source.located = False

    def _left_its_names(self, source: Source, search: Whereabouts, now: float) -> None:
        """Note that no name leads to a source any more; look for one that is closed, while it can be opened."""
        first = source.gone_since is None
        if first:
            source.gone_since = now
        if source.opened or self._caught(source, search, now):
            return
        # The second look that misses it: it was not just being renamed. Where a run has goals the next one tells.
        if not first and source.goal is None:
            del self.sources[source.key]
            self._miss(
                f"{source.path} is gone, and was not open, since more files are followed than may be; it was read"
                f" up to byte {source.position:,}, the rest is not known. Raise the limit of open files"
                " (ulimit -n)."
            )

    def _caught(self, source: Source, search: Whereabouts, now: float) -> bool:
        """Open a source where it is now, to see that it is the same file; return whether it was found."""
        if source.located and source.is_at_path():
            return True
        moved = search.find(source.key, source.path, source.real, far=True)
        return moved is not None and self._is_same(source, moved, now)

    def _is_same(self, source: Source, moved: str, now: float) -> bool:
        """Open a source under another name; return whether it is the file that was read, or may be."""
        before = source.path, source.real
        source.path = source.real = moved
        try:
            self._descriptors.reopen(source)
            source.located = True
        except NoRoomError:
            source.path, source.real = before  # the next look tries again
        except TruncatedError:
            if not _is_near(moved, *before):  # the inode was given to another file, which is none of ours
                self._descriptors.close(source)
                return False
            source.located = True
            self._restart(source, 0, now)
        except (CompressedError, FileNotFoundError):
            return False
        except OSError as error:
            self._note(moved, f"cannot be read: {error.strerror}", unreadable=True)
            return False
        return True

    def _miss(self, message: str) -> None:
        self._totals.missed += 1
        self._say(message)

    def _regular(self, path: str) -> Key | None:
        """Return the key of a file that can be followed; None, with a note, for anything else."""
        try:
            found = os.stat(path)  # noqa: PTH116 - thousands of them at each look
        except OSError as error:
            # Between the listing and this it may have been renamed; a link to nothing stays.
            if error.errno not in _NOT_THERE:
                self._unseen.add(path)
                self._note(path, f"cannot be read: {error.strerror}", unreadable=True)
            elif os.path.islink(path):  # noqa: PTH114 - as above
                self._note(path, f"is a link that leads nowhere: {error.strerror}")
            return None
        if stat.S_ISDIR(found.st_mode):
            if any(path == pattern.text for pattern in self._patterns):
                self._note(path, "is a folder; give a pattern for the files in it, such as 'folder/*.log'")
            return None
        if not stat.S_ISREG(found.st_mode):
            self._note(path, "is no regular file (a pipe, a socket or a device) and is left alone")
            return None
        if path.endswith(_COMPRESSED):
            self._note(path, "is compressed and is left alone; compress a log only after it was shipped")
            return None
        return found.st_dev, found.st_ino

    def _add(self, key: Key, path: str, now: float, *, adopted: bool = False, strictly: bool = False) -> int:
        entry = self._entries.get(key)
        source = Source(path, *key, entry)
        if any(Path(source.real).is_relative_to(own) for own in self._avoid):
            self._note(path, "is the shipper's own and is left alone")
            return 0
        try:
            message = self._descriptors.open(source, moved=strictly)
        except CompressedError:
            if adopted:
                raise OtherFileError(path) from None
            self._note(path, "is compressed and is left alone; compress a log only after it was shipped")
            return 0
        except (FileNotFoundError, NoRoomError):
            return 0  # renamed since the listing, or one too many for now: the next look finds it
        except OSError as error:
            self._note(path, f"cannot be read: {error.strerror}", unreadable=True)
            return 0
        self._entries.pop(key, None)
        if entry is not None and source.replaced and not entry.settled:
            self._miss(f"{message} What followed there is not known.")
        elif message:
            self._say(message)
        source.changed = now
        self.sources[key] = source
        self._totals.files += 1
        self._readable(path)
        return 1

    def _readable(self, path: str) -> None:
        """Take back that something could not be read."""
        if path in self._unreadable:
            self._unreadable.discard(path)
            self._noted = {note for note in self._noted if note[0] != path}
            self._totals.unreadable -= 1

    def _seen_again(self) -> None:
        """Take back that a folder could not be looked into, where it could this time."""
        for path in [each for each in self._unreadable if each not in self._unseen]:
            if Path(path).is_dir():
                self._readable(path)

    def _restart(self, source: Source, unread: int, now: float) -> None:
        """Read a truncated file from its start."""
        self._totals.truncated += 1
        self._say(
            f"{source.path} was truncated or written over (copytruncate?) after {source.position:,} bytes were read"
            + (f" and {unread:,} more had been seen" if unread else "")
            + "; it is read from its start. Unread lines are lost unless a copy matches the patterns:"
            " rotate by rename instead."
        )
        again = source.restarted()
        again.changed = now
        self._descriptors.replace(source, again)
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


def _stamp(path: str) -> tuple[int, int]:
    """Return size and time of the last change, by which growth is noticed without opening."""
    found = os.stat(path)  # noqa: PTH116 - hot
    return found.st_size, found.st_ctime_ns


def _is_near(moved: str, *paths: str) -> bool:
    """Whether a file is still in the folder of one of its names."""
    return os.path.dirname(moved) in {os.path.dirname(path) for path in paths}  # noqa: PTH120 - names, not files
