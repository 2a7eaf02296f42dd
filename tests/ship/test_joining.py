"""Lines that a container runtime cut are whole again: under the offset of their first piece, within bounds."""

from __future__ import annotations

import json
import os
import time

import pytest

from model_logs.parse import Origin, Parser
from model_logs.ship.files.joining import join
from model_logs.ship.files.source import Source

T = [f"2026-01-15T10:30:00.{number:09}Z" for number in range(2000)]
EVENT = (
    b'{"@timestamp":"2026-01-15T10:29:00.000Z","event":{"id":"w-1","sequence":1},"event_type":"predict",'
    b'"environment":"production","status":"success","model_name":"m","message":"%b"}'
)


def cri(parts, stream="stdout"):
    """Return the lines of containerd or CRI-O for the parts of one line."""
    marks = ["P"] * (len(parts) - 1) + ["F"]
    return [
        f"{T[n]} {stream} {mark} ".encode() + part for n, (part, mark) in enumerate(zip(parts, marks, strict=True))
    ]


def docker(line, stream="stdout", end="\n"):
    """Return the lines of Docker's json-file driver for one line: pieces of 16 KiB."""
    pieces = [line[at : at + 16_384] for at in range(0, len(line), 16_384)]
    pieces[-1] += end.encode()
    return [
        json.dumps(
            {"log": piece.decode("utf-8", "replace"), "stream": stream, "time": T[n]}, separators=(",", ":")
        ).encode()
        for n, piece in enumerate(pieces)
    ]


def document(line):
    made = Parser(default_environment="production").parse(
        line, Origin("/a", 1, 2, "f", 0), ingested="2026-01-15T10:31:00.000Z"
    )
    return json.loads(made.body)


LONG = EVENT % (b"x" * 40_000)


@pytest.mark.parametrize(
    "lines",
    [
        cri([LONG[:16_000], LONG[16_000:32_000], LONG[32_000:]]),
        cri([LONG[:16_384], LONG[16_384:]], "stderr"),
        cri([LONG[:1], LONG[1:2], LONG[2:]]),
        [line.replace(b" P ", b" P:tag ").replace(b" F ", b" F:tag ") for line in cri([LONG[:99], LONG[99:]])],
        [line.replace(b"Z std", b"+02:00 std") for line in cri([LONG[:99], LONG[99:]])],
        cri([LONG[:99], LONG[99:], b""]),
        docker(LONG),
        docker(EVENT % ("é" * 20_000).encode()),
        docker(EVENT % (b'\\"\\\\' * 9_000)),
        docker(LONG, "stderr"),
        docker(LONG[:-1] + b" " * 60_000 + b"}"),
    ],
    ids=range(11),
)
def test_pieces_of_an_event_are_that_event_under_the_offset_of_the_first(lines):
    before, behind = [b"Loading weights"], [b"{}"]
    found = join([*before, *lines, *behind])
    assert found.taken == len(found.lines) == len(lines) + 2
    assert found.sizes == [len(line) for line in [*before, *lines, *behind]]
    assert [line for line in found.lines if line] == [*before, found.lines[1], *behind]
    made = document(found.lines[1])
    assert (made["event"]["id"], made["event_type"], made["tags"]) == ("w-1", "predict", ["wrapped"])


def test_other_lines_and_the_other_stream_may_stand_between_the_pieces():
    out, err = cri([LONG[:500], LONG[500:900], LONG[900:]]), cri([b"a warn", b"ing"], "stderr")
    text = b"2026-01-15T10:30:00.5Z stdout F x"
    found = join([out[0], err[0], out[1], err[1], out[2], text])
    assert [bool(line) for line in found.lines] == [True, True, False, False, False, True]
    assert document(found.lines[0])["event"]["id"] == "w-1"
    assert found.lines[1].endswith(b" stderr F a warning")
    assert found.lines[5] == text


def test_what_waits_for_its_rest_holds_back_what_stands_behind_it_and_nothing_before():
    begun = cri([b"first", b"rest"])
    found = join([b"before", begun[0], b"2026-01-15T10:30:00Z stderr F behind"])
    assert (found.lines, found.taken) == ([b"before"], 1)
    found = join([b"before", begun[0], b"2026-01-15T10:30:00Z stderr F behind"], last=True)
    assert found.taken == 3
    assert document(found.lines[1])["reason"] == "a part of a line that the container runtime cut"
    (piece, *_) = docker(LONG)
    assert join([piece]).taken == 0
    assert document(join([piece], last=True).lines[0])["reason"] == "a part of a line that the container runtime cut"


@pytest.mark.parametrize("more", [[b"2026-01-15T10:30:00Z stderr F x"] * 1_200, [b"y" * 70_000] * 40])
def test_a_line_that_never_ends_holds_nothing_back_for_ever(more):
    begun = b"2026-01-15T10:30:00Z stdout P never ended"
    found = join([begun, *more])
    assert found.lines == [begun, *more]


@pytest.mark.parametrize(
    "line",
    [
        b'{"log":"short, and the container ended","stream":"stdout","time":"2026-01-15T10:30:00Z"}',
        b'{"log":"' + b"x" * 20_000 + b'\\n","stream":"stdout","time":"2026-01-15T10:30:00Z"}',
        b'{"log":"' + b"x" * 20_000 + b'","level":"info"}',
        b'{"log":"' + b"\\q" * 20_000 + b'","stream":"stdout"}',
        b'{"log":"' + b"x" * 20_000,
        b'{"log":{"stream":"stdout P "},"a":"' + b"x" * 20_000 + b'"}',
        b"2026-01-15T10:30:00Z stdout F P whole",
        b"a word stdout P is no mark",
        b"2026-01-15T10:30:00Z stdout X y",
        b"",
    ],
    ids=range(10),
)
def test_a_line_that_is_no_piece_waits_for_nothing(line):
    assert join([line, b"next"]).lines == [line, b"next"]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "0.log"


def opened(path):
    found = path.stat()
    source = Source(str(path), found.st_dev, found.st_ino)
    source.open()
    return source


def append(log, data):
    with log.open("ab") as file:
        file.write(data)


def test_a_file_is_read_up_to_the_piece_that_waits_and_goes_on_from_there(log):
    first, last = cri([LONG[:16_384], LONG[16_384:]])
    log.write_bytes(b"before\n" + first + b"\n2026-01-15T10:30:00Z stderr F between\n")
    source = opened(log)
    assert source.read(0.0).lines == [b"before"]
    assert source.read(0.0) is None
    assert source.read(0.0) is None
    assert (source.position, source.partial, source.held) == (7, log.stat().st_size - 7, True)
    append(log, last + b"\nnext\n")
    chunk = source.read(0.0)
    assert chunk.offset == 7
    assert [bool(line) for line in chunk.lines] == [True, True, False, True]
    assert document(chunk.lines[0])["event"]["id"] == "w-1"
    assert (source.position, source.partial, source.held) == (log.stat().st_size, 0, False)


def test_a_line_of_many_pieces_is_longer_than_one_reading(log):
    big = EVENT % (b"x" * 900_000)
    lines = cri([big[at : at + 16_384] for at in range(0, len(big), 16_384)][:1_999])
    log.write_bytes(b"\n".join([b"a" * 100_000, *lines, b"b" * 100_000]) + b"\n")
    source = opened(log)
    found = []
    while (chunk := source.read(0.0)) is not None:
        found += [line for line in chunk.lines if line]
    assert [len(found), found[0][:1], found[2][:1]] == [3, b"a", b"b"]
    assert document(found[1])["event"]["id"] == "w-1"
    assert source.position == log.stat().st_size


@pytest.mark.parametrize("how", ["gone", "quiet"])
def test_a_piece_whose_rest_never_comes_is_taken_when_nobody_writes_any_more(log, how):
    log.write_bytes(cri([b"half", b"rest"])[0] + b"\n2026-01-15T10:30:00Z stderr F behind\n")
    source = opened(log)
    assert source.read(0.0) is None
    if how == "quiet":
        os.utime(log, (time.time() - 60,) * 2)
    chunk = source.read(0.0, final=how == "gone")
    assert [line.split(b" ", 3)[2:] for line in chunk.lines] == [[b"P", b"half"], [b"F", b"behind"]]
    assert (source.partial, source.overdue, source.held) == (0, False, False)


def test_ship_stores_a_cut_line_once_whatever_happens_between_its_pieces(ship):
    """The checkpoint never passes a piece whose rest is not there; a second run reads it again."""
    first, second, last = cri([LONG[:9_000], LONG[9_000:20_000], LONG[20_000:]])
    log = ship.logs / "0.log"
    log.write_bytes(b"2026-01-15T10:30:00Z stderr F hello\n" + first + b"\n")
    totals = ship.once(default_environment="production")
    assert (totals.created, totals.partial, totals.ok) == (1, len(first) + 1, True)
    append(log, second + b"\n2026-01-15T10:30:00Z stderr F world\n")
    assert ship.once(default_environment="production").created == 0
    append(log, last + b"\n")
    totals = ship.once(default_environment="production")
    assert (totals.created, totals.unparsed, totals.partial) == (2, 1, 0)
    again = ship.once(default_environment="production", from_start=True)
    assert (again.created, again.known) == (0, 3)
