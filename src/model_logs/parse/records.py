"""Input and output of the parser beside the line: two frozen records, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["BETWEEN", "END", "Document", "Origin", "file_of", "head_of"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line came from.

    Attributes:
        path: The file as it was opened.
        device: The device that holds it.
        inode: Its inode there.
        fingerprint: Hash of the file's first bytes; survives a rename.
        offset: Where the line begins, in bytes.
    """

    path: str
    device: int
    inode: int
    fingerprint: str
    offset: int


# Between the id and the body of an entry, and behind the body.
BETWEEN: Final = b'"}}\n'
END: Final = b"\n"


# No dataclass: one is made for every line, in half the time.
class Document(NamedTuple):
    """One document, ready for `_bulk`.

    Attributes:
        id: The `_id`: 1 to 128 bytes of `A-Za-z0-9._:-`.
        data_stream: Full name of the stream, such as `logs-model.prediction-production`.
        entry: The two lines of `_bulk` that create it, each with its line break; the second is the body.
        unparsed: The line or event was not understood; `reason` in the body says why.
        ignored: The pattern by which the user named it as a line that is not about models: it is counted and not
            sent; empty for any other.
        empty: Nothing stands in the line, but perhaps a wrapper: it is no event, and is neither sent nor counted.
    """

    id: str
    data_stream: str
    entry: bytes
    unparsed: bool = False
    ignored: str = ""
    empty: bool = False

    @property
    def body(self) -> bytes:
        """The source: JSON, one line, no newline."""
        return self.entry[self.entry.index(b"\n") + 1 : -1]


def head_of(data_stream: str) -> bytes:
    """Return the beginning of an entry, up to the id. The names of streams and the ids need no escape."""
    return b'{"create":{"_index":"%b","_id":"' % data_stream.encode()


def file_of(origin: Origin) -> dict[str, str]:
    """Return the `log.file` of a document."""
    return {
        "path": origin.path,
        "device_id": str(origin.device),
        "inode": str(origin.inode),
        "fingerprint": origin.fingerprint,
    }
