"""The result of one reading of a file: whole lines, or the reason why the file was cut or replaced."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Chunk", "CompressedError", "OtherFileError", "TruncatedError"]


class TruncatedError(Exception):
    """The file no longer holds what was read from it: somebody cut it or wrote over it (copytruncate).

    Attributes:
        unread: Bytes that were seen to stand in it and had not been read.
    """

    def __init__(self, unread: int) -> None:
        super().__init__(unread)
        self.unread = unread


class CompressedError(Exception):
    """The file is compressed: it was plain when it was due, or is no log."""


class OtherFileError(Exception):
    """The inode that the checkpoint knows holds another file by now."""


@dataclass(slots=True)
class Chunk:
    """Whole lines, in order.

    Attributes:
        lines: Each without its line break; one that a container runtime had cut is whole again.
        offset: Where the first begins; the next begins one byte after the end of the one before.
        end: Where the next chunk begins.
        holes: Zero bytes skipped before the first line.
        overlong: 1 when the only line is the beginning of one above `MAX_LINE`.
        sizes: What each line takes in the file, where that is not its length.
    """

    lines: list[bytes]
    offset: int
    end: int
    holes: int = 0
    overlong: int = 0
    sizes: list[int] | None = None
