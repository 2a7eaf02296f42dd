"""Access lines of proxies in JSON: predictions where `other_lines.yml` names their path, with their own ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from tests.support.proxies import ACCESS_LINES, OTHER_LINES

from model_logs.parse import Origin, Parser

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Parser:
    file: Path = tmp_path_factory.mktemp("proxies") / "other_lines.yml"
    file.write_text(OTHER_LINES)
    return Parser(other_lines=file)


def _source(parser: Parser, line: dict[str, Any], before: bytes = b"") -> dict[str, Any]:
    document = parser.parse(
        before + orjson.dumps(line), Origin("a.log", 1, 2, "f", 0), ingested="2026-01-15T10:30:02.000Z"
    )
    found: dict[str, Any] = orjson.loads(document.body)
    return found


STATUSES = {
    "answered": "success",
    "a client that left": "cancelled",
    "a client that left in a stream": "cancelled",
    "a limit of the proxy's": "timeout",
    "a limit, without a flag": "timeout",
    "the flag's long name": "timeout",
    "no connection": "error",
    "a stream that the model's server cut": "error",
    "refused": "invalid",
    "too many": "invalid",
    "nobody knows the flag": "success",
    "numbers as text": "success",
    "Triton by gRPC": "success",
    "gRPC unavailable": "error",
    "gRPC by number": "timeout",
    "gRPC, in capitals": "invalid",
}


@pytest.mark.parametrize(("name", "status"), STATUSES.items(), ids=STATUSES)
def test_a_request_ends_as_the_proxy_says(parser: Parser, name: str, status: str) -> None:
    source = _source(parser, ACCESS_LINES[name])
    assert (source["event_type"], source["status"]) == ("predict", status)
    assert source["request_id"] == ACCESS_LINES[name]["request_id"]


def test_model_version_time_and_latency_are_there_and_no_secret(parser: Parser) -> None:
    source = _source(parser, ACCESS_LINES["answered"])
    assert (source["model_name"], source["latency_ms"], source["@timestamp"]) == (
        "fraud",
        12,
        "2026-01-15T10:30:00.000Z",
    )
    assert source["message"] == "POST /v2/models/fraud/infer 200"
    assert "tags" not in source
    assert "S3cret" not in str(source)
    assert _source(parser, ACCESS_LINES["a version in the path"])["model_version"] == "3"
    assert _source(parser, ACCESS_LINES["vLLM"])["model_name"] == "llama"
    assert _source(parser, ACCESS_LINES["a trace"])["trace"] == {"id": "4bf92f3577b34da6a3ce929d0e0e4736"}
    assert _source(parser, ACCESS_LINES["no id"])["tags"] == ["incomplete"]


@pytest.mark.parametrize("name", ["another page", "no request at all"])
def test_what_is_not_named_is_no_prediction(parser: Parser, name: str) -> None:
    assert _source(parser, ACCESS_LINES[name])["event_type"] == "log"
    assert _source(Parser(), ACCESS_LINES["answered"])["event_type"] == "log"


def test_what_is_named_to_be_left_out_is(parser: Parser) -> None:
    line = orjson.dumps(ACCESS_LINES["a health check"])
    assert parser.parse(line, Origin("a", 1, 2, "f", 0), ingested="2026-01-15T10:30:02.000Z").ignored


@pytest.mark.parametrize(
    "name",
    ["no time", "no number", "a code that is none", "true", "objects", "a long number", "a negative duration"],
)
def test_a_value_of_the_wrong_kind_is_said(parser: Parser, name: str) -> None:
    source = _source(parser, ACCESS_LINES[name])
    assert source["event_type"] == "unparsed"
    assert "fault of the parser" not in source["reason"]


def test_a_line_of_a_container_is_unwrapped_first(parser: Parser) -> None:
    source = _source(parser, ACCESS_LINES["answered"], b"2026-01-15T10:30:00.5Z stdout F ")
    assert (source["event_type"], source["tags"]) == ("predict", ["wrapped"])


def test_an_event_of_ours_with_such_names_stays_one(parser: Parser) -> None:
    event = {"@timestamp": "2026-01-15T10:30:00.000Z", "event_type": "quality", **ACCESS_LINES["answered"]}
    assert _source(parser, event)["event_type"] == "quality"


@pytest.mark.parametrize(("code", "status"), [(504, "timeout"), (408, "timeout"), (499, "cancelled"), (503, "error")])
def test_a_text_line_has_the_status_of_its_code_too(parser: Parser, code: int, status: str) -> None:
    line = f'INFO:     127.0.0.1:5 - "POST /v2/models/m/infer HTTP/1.1" {code} X'.encode()
    found = parser.parse(line, Origin("a", 1, 2, "f", 0), ingested="2026-01-15T10:30:02.000Z")
    assert orjson.loads(found.body)["status"] == status
