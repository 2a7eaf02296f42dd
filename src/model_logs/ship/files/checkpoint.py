"""How far the cluster has acknowledged each file, kept so that a crash at any point repeats events but loses none.

One file for each cluster in the state folder, written whole to a temporary file, fsynced and renamed, the folder
fsynced. A file is recognised by device, inode and a hash of its first bytes; never by its name, which rotation
changes. This module does not decide when to write; `runner` does, after acknowledgements.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import MISSING, asdict, dataclass, fields
from typing import TYPE_CHECKING, Self

from model_logs.errors import ShipError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

__all__ = ["HEAD", "Checkpoint", "Entry", "Lock", "digest"]

# Bytes at the start of a file that identify it. A line of the logger begins with its time and its id, so that two
# files never share them.
HEAD = 1024
_VERSION = 1


def digest(data: bytes) -> str:
    """Return the hash that stands for `data`: 128 bits in hexadecimal."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """The checkpoint entry of one file.

    Attributes:
        path: Its name when it was last seen; for messages, and to find it after a rename.
        device: Number of the device that holds it.
        inode: Its number there.
        length: How many of its first bytes the fingerprint covers: at most `HEAD`, fewer while less is known.
        fingerprint: Hash of those bytes.
        offset: Every byte before it is acknowledged.
        reserved: No byte from here on has been sent. Between `offset` and it, events may be in the cluster already.
        real: The same path without links, to find the file where a link leads elsewhere by now.
        tail_length: How many of the bytes before `offset` the tail covers; 0 where they are not known.
        tail: Hash of those bytes.
        settled: 1 when it had been rotated, was quiet and was read to its end: should it be gone, nothing is missing.
        lines: How many lines stand before `offset`, empty ones aside.
        left_out: How many of them are not about models, as `other_lines.yml` says, and were not sent.
    """

    path: str
    device: int
    inode: int
    length: int
    fingerprint: str
    offset: int
    reserved: int
    # Unknown to the checkpoints of older versions.
    real: str = ""
    tail_length: int = 0
    tail: str = ""
    settled: int = 0
    lines: int = 0
    left_out: int = 0


_TYPES = {"path": str, "fingerprint": str, "real": str, "tail": str}


def _entry(found: object) -> Entry:
    if not isinstance(found, dict):
        raise TypeError("an entry is no object")
    values = {each.name: found[each.name] for each in fields(Entry) if each.name in found or each.default is MISSING}
    for name, value in values.items():
        if type(value) is not _TYPES.get(name, int) or (isinstance(value, int) and value < 0):
            raise ValueError(f"{name} is {value!r}")
    return Entry(**values)


def _counts(found: object) -> dict[str, int]:
    if not isinstance(found, dict) or any(type(count) is not int or count < 0 for count in found.values()):
        raise ValueError("left_out holds something else than counts")
    return found


class Checkpoint:
    """The file that holds the entries for one cluster.

    Args:
        folder: The state folder.
        cluster: The cluster's UUID: what was sent to one cluster says nothing about another.

    Attributes:
        left_out: Pattern of `other_lines.yml` → how many lines it kept from being sent since the checkpoint began; of
            files that are gone, too.
    """

    def __init__(self, folder: Path, cluster: str) -> None:
        self.path = folder / f"checkpoint-{re.sub('[^A-Za-z0-9_-]', '_', cluster)}.json"
        self._temporary = self.path.with_suffix(".json.tmp")
        self.left_out: Counter[str] = Counter()

    def load(self) -> tuple[list[Entry], str]:
        """Return the entries, and a message where the file could not be used (it is then kept aside as `.bad`).

        Raises:
            ShipError: The file is there and may not be read.
        """
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return [], ""
        except OSError as error:
            raise ShipError(
                f"The checkpoint {self.path} cannot be read: {error.strerror}.",
                next_step="Correct its owner and mode, or give another folder with --state.",
            ) from error
        try:
            document = json.loads(raw)
            if document["version"] != _VERSION:
                raise ValueError(f"version {document['version']!r} is not known")  # noqa: TRY301 - same handling
            entries = [_entry(found) for found in document["files"]]
            self.left_out = Counter(_counts(document.get("left_out", {})))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            aside = self.path.with_suffix(".bad")
            with contextlib.suppress(OSError):
                self.path.replace(aside)
            reason = f"{type(error).__name__}: {error}"
            return [], (
                f"The checkpoint {self.path} is damaged ({reason}); it was put aside as {aside.name}. Every file is"
                " read from its start; events that the cluster knows are not stored again."
            )
        return entries, ""

    def save(self, entries: Iterable[Entry]) -> None:
        """Replace the file, durably.

        Raises:
            OSError: It cannot be written; the one before is still whole.
        """
        files = [asdict(entry) for entry in entries]
        document = {"version": _VERSION, "files": files, "left_out": self.left_out}
        data = json.dumps(document, separators=(",", ":")).encode()
        descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._temporary.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Lock:
    """One shipper for one state folder, for as long as the process lives.

    Args:
        folder: The state folder; made when it is missing.

    Raises:
        ShipError: Another shipper holds it, or the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._descriptor = -1

    def __enter__(self) -> Self:
        path = self.folder / "lock"
        try:
            self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise ShipError(
                f"The state folder {self.folder} cannot be used: {error.strerror}.",
                next_step="Give a folder that you may write to with --state.",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise ShipError(
                    f"The state folder {self.folder} cannot be locked: {error.strerror}.",
                    next_step="Give a folder on a local disk with --state.",
                ) from error
            raise ShipError(
                f"Another shipper (process {holder}) uses the state folder {self.folder}.",
                next_step="Stop it, or give this one a folder of its own with --state.",
            ) from error
        # A full disk must not keep a shipper from starting: the number is for the message above only.
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
