"""Puts lines together that a container runtime cut: CRI's parts (`P … P … F`), Docker's pieces of 16 KiB.

A runtime writes each piece as a line of its own, and those of standard output and standard error may stand between
one another. A line that is whole stands where its first piece stood, under that piece's offset: a replay makes the
same of it. What does not end within the bounds is left as it is, and the parser says so. Nothing here reads files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import orjson

__all__ = ["Joined", "join", "may_hold_pieces"]

# From the first piece of a line to its last, in bytes and in lines; an event is at most 1 MiB, and is 65 pieces then.
_FARTHEST: Final = 2 << 20
_MOST_LINES: Final = 1_000
_CRI: Final = re.compile(
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,]{8,18}(?:Z|[+-][0-9]{2}:?[0-9]{2})? (stdout|stderr) ([PF])(?::[^ ]{0,40})? "
)
_PART: Final = b"P "
_WHOLE: Final = b"F "
_DOCKER: Final = re.compile(rb'\{"log":"((?:[^"\\]|\\.)*+)"(,"stream":"(stdout|stderr)".*\})\r?\Z', re.DOTALL)
# Docker cuts at 16,384 bytes; one that is no text grows, and none vanishes (`cut` in pipelines/wrappers.yml).
_CUT: Final = 16_000


@dataclass
class Joined:
    """Lines in which no piece waits for its rest.

    Attributes:
        lines: In order; what went into a line before is empty.
        sizes: What each took in the file, its line break aside.
        taken: How many of the lines that were given these are; those behind wait for the rest of a line.
    """

    lines: list[bytes]
    sizes: list[int]
    taken: int


@dataclass
class _Open:
    """A line whose end has not come.

    Attributes:
        first: The number of its first piece among the lines.
        begin: Where that stands, in bytes.
        head: What stands before the line where a runtime writes it whole.
        tail: What stands behind it.
        given_up: Its end is too far away: its pieces stay what they are.
    """

    first: int
    begin: int
    head: bytes
    tail: bytes
    given_up: bool = False
    pieces: list[bytes] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, number: int, piece: bytes) -> None:
        """Take a piece of it."""
        self.pieces.append(piece)
        self.places.append(number)

    def put(self, lines: list[bytes], mark: bytes = b"") -> None:
        """Put the line where its first piece stood."""
        if self.given_up:
            return
        for number in self.places:
            lines[number] = b""
        lines[self.first] = b"".join((self.head, mark, *self.pieces, self.tail))


def may_hold_pieces(data: bytes) -> bool:
    """Tell whether bytes of a log file may hold a piece of a line."""
    return b" stdout P" in data or b" stderr P" in data or b'{"log":"' in data


def join(lines: list[bytes], *, last: bool = False) -> Joined:
    """Put the pieces of lines together.

    Args:
        lines: Whole lines of a file, in order.
        last: Nobody will write the rest: what waits for it is taken as it is.
    """
    done = list(lines)
    waiting: dict[bytes, _Open] = {}
    begin = 0
    for number, line in enumerate(lines):
        for opened in waiting.values():
            far = begin - opened.begin > _FARTHEST or number - opened.first > _MOST_LINES
            opened.given_up = opened.given_up or far
        (_docker if line[:1] == b"{" else _cri)(done, number, begin, line, waiting)
        begin += len(line) + 1
    still = [opened for opened in waiting.values() if not opened.given_up]
    taken = len(lines) if last else min((opened.first for opened in still), default=len(lines))
    if last:
        for opened in still:
            opened.put(done, _PART if opened.tail == b"" else b"")
    return Joined(done[:taken], [len(line) for line in lines[:taken]], taken)


def _cri(done: list[bytes], number: int, begin: int, line: bytes, waiting: dict[bytes, _Open]) -> None:
    """Take a line as containerd and CRI-O write it."""
    found = _CRI.match(line)
    if found is None:
        return
    stream, part = found.groups()
    opened = waiting.get(stream)
    if opened is None:
        if part == b"F":
            return
        opened = waiting[stream] = _Open(number, begin, line[: found.start(2)], b"")
    opened.add(number, line[found.end() :])
    if part == b"F":
        waiting.pop(stream).put(done, _WHOLE)


def _docker(done: list[bytes], number: int, begin: int, line: bytes, waiting: dict[bytes, _Open]) -> None:
    """Take a line as Docker's json-file driver writes it."""
    if not waiting and len(line) < _CUT:
        return
    found = _DOCKER.match(line)
    if found is None:
        return
    text, rest, stream = found.groups()
    goes_on = _goes_on(text)
    opened = waiting.get(b"docker " + stream)
    if opened is None:
        if not goes_on:
            return
        opened = waiting[b"docker " + stream] = _Open(number, begin, b'{"log":"', b'"' + rest)
    opened.add(number, text)
    if not goes_on:
        waiting.pop(b"docker " + stream).put(done)


def _goes_on(text: bytes) -> bool:
    """Tell whether the text of a JSON string is a piece that another follows: long, and without a line break."""
    try:
        said = orjson.loads(b'"%b"' % text)
    except orjson.JSONDecodeError:
        return False
    return len(said.encode()) >= _CUT and not said.endswith("\n")
