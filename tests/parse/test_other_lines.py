"""Lines of other programs: access lines as predictions where the user says so, lines that are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from model_logs.errors import AssetError
from model_logs.parse import Document, Origin, Parser

if TYPE_CHECKING:
    from pathlib import Path

OTHER_LINES = """\
predictions:
  - {path: "/predictions/{model}/{version}"}
  - {path: "/predictions/{model}"}
  - {path: /score, model: fraud, version: 3, methods: [POST, PUT]}
ignore:
  - '"GET /(health|ping)[ ?]'
  - ^Loading
  - event_type
"""
EVENT = b'{"@timestamp":"2026-01-15T10:30:00.000Z","event":{"id":"w-1"},"event_type":"predict","message":"Loading"}'


@pytest.fixture
def others(tmp_path: Path) -> Parser:
    file = tmp_path / "other_lines.yml"
    file.write_text(OTHER_LINES)
    return Parser(other_lines=file)


def parse(parser: Parser, line: bytes) -> Document:
    return parser.parse(line, Origin("a.log", 1, 2, "f", 0), ingested="2026-01-15T10:30:01.000Z")


def source(parser: Parser, line: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(parse(parser, line).body)
    return found


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        (b"POST /predictions/m", ("predict", "m", None)),
        (b"POST /predictions/m/1.0?x=1", ("predict", "m", "1.0")),
        (b"POST /predictions/m/1.0/x", ("log", None, None)),
        (b"GET /predictions/m", ("log", None, None)),
        (b"PUT /score", ("predict", "fraud", "3")),
        (b"POST /scores", ("log", None, None)),
    ],
)
def test_a_path_that_is_named_is_a_prediction_and_any_other_is_none(
    others: Parser, request_line: bytes, expected: tuple[str, str | None, str | None]
) -> None:
    document = source(others, b'INFO:     127.0.0.1:51342 - "' + request_line + b' HTTP/1.1" 200 OK')

    assert (document["event_type"], document.get("model_name"), document.get("model_version")) == expected
    assert ("incomplete" in document["tags"]) is (expected[0] == "predict")


def test_without_a_file_no_access_line_is_a_prediction_and_no_line_is_left_out() -> None:
    assert source(Parser(), b'1.2.3.4:5 - "POST /predictions/m HTTP/1.1" 200')["event_type"] == "log"
    assert not parse(Parser(), b"Loading weights").ignored


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        (b"Loading weights", True),
        (b'INFO:     1.2.3.4:5 - "GET /health HTTP/1.1" 200 OK', True),
        (b'INFO:     1.2.3.4:5 - "GET /healthy HTTP/1.1" 200 OK', False),
        (b'INFO:     1.2.3.4:5 - "POST /predictions/Loading HTTP/1.1" 200 OK', False),
        (b"not Loading weights", False),
        (EVENT, False),
        (b"Loading " + EVENT, False),
        (b"Loading " + EVENT[:80], False),
        (b"2026-01-15T10:30:00Z INFO deployed model=m reason=event_type", False),
        (b"2026-01-15T10:30:00Z INFO deployed model=m stage=event_type", False),
    ],
)
def test_what_is_left_out_is_never_an_event(others: Parser, line: bytes, left_out: bool) -> None:
    document = parse(others, line)

    assert bool(document.ignored) is left_out
    assert (document.entry == b"") is left_out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ignore: ['(']", "unterminated"),
        ("ignored: []", "holds ignored, which is not known: did you mean ignore"),
        ("predictions: [{path: /x}]", "names no model"),
        (
            "predictions: [{path: /x, model: m, method: GET}]",
            "holds method, which is not known: did you mean methods",
        ),
        ("predictions: [/x]", "and must be names with values"),
        ("ignore: [1]", "and must be text: write it in quotes"),
        ("- a", "the file is a list, and must be names with values"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "other_lines.yml"
    file.write_text(text)

    with pytest.raises(AssetError, match=rf"other_lines\.yml.*{message}"):
        Parser(other_lines=file)
