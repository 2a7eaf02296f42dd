"""The parser as `ship` uses it: what vectors of single lines cannot show."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from model_logs import assets
from model_logs.parse import Document, Origin, Parser
from model_logs.parse import forms as forms_module
from model_logs.parse import parser as parser_module
from model_logs.parse.parser import LONGEST_LINE
from model_logs.parse.text.grok import read_patterns
from model_logs.parse.text.lines import PATTERN_FILE, TextLines
from model_logs.parse.text.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Callable

    Parsed = Callable[[bytes | str | dict[str, Any]], dict[str, Any]]

INGESTED = "2026-01-15T10:30:01.000Z"
PLAIN = {
    "@timestamp": "2026-01-15T10:30:00.123Z",
    "event": {"id": "0123456789abcdef01234567-42", "sequence": 42},
    "event_type": "predict",
    "environment": "production",
    "model_name": "fraud",
    "status": "success",
    "request_id": "r-1",
    "latency_ms": 12.5,
}
TEXT = b"2026-01-15T10:30:00Z PREDICT request_id=r model=m latency=1"


def test_the_shippers_own_fields_are_in_the_document(parsed: Parsed, origin: Origin) -> None:
    document = parsed(PLAIN)

    assert document["event"]["ingested"] == INGESTED
    assert document["log"] == {
        "offset": origin.offset,
        "file": {
            "path": origin.path,
            "device_id": str(origin.device),
            "inode": str(origin.inode),
            "fingerprint": origin.fingerprint,
        },
    }
    assert document["data_stream"] == {"type": "logs", "dataset": "model.prediction", "namespace": "production"}
    assert document["_stream"] == "logs-model.prediction-production"


def test_a_document_begins_with_its_time_and_its_id(parser: Parser, origin: Origin) -> None:
    shuffled = dict(reversed((PLAIN | {"user": "alice"}).items()))

    for line in (orjson.dumps(PLAIN), orjson.dumps(shuffled), TEXT):
        body = parser.parse(line, origin, ingested=INGESTED).body
        assert list(orjson.loads(body))[:2] == ["@timestamp", "event"]


def test_the_id_of_a_line_is_the_same_after_a_rename_and_differs_at_another_place(origin: Origin) -> None:
    def id_of(**changes: Any) -> str:
        return Parser().parse(TEXT, dataclasses.replace(origin, **changes), ingested=INGESTED).id

    here = id_of()
    assert id_of(path="/var/log/models/serving.jsonl.1", inode=7, device=8) == here
    assert len({here, id_of(offset=0), id_of(fingerprint="00")}) == 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_line_break_is_no_part_of_the_line(parser: Parser, origin: Origin, end: bytes) -> None:
    plain = parser.parse(TEXT, origin, ingested=INGESTED)

    assert parser.parse(TEXT + end, origin, ingested=INGESTED) == plain


def test_an_environment_of_ones_own_has_streams(origin: Origin) -> None:
    parser = Parser(environments=["Pre-Prod", "live"], default_environment="live")

    documents = [
        parser.parse(orjson.dumps(PLAIN | {"environment": name}), origin, ingested=INGESTED)
        for name in ("pre_prod", "PRE-PROD", "production")
    ]
    assert [document.data_stream.rpartition("-")[2] for document in documents] == ["pre_prod", "pre_prod", "unknown"]
    assert parser.parse(TEXT, origin, ingested=INGESTED).data_stream == "logs-model.prediction-live"


def test_a_line_over_the_limit_is_kept_in_part(parsed: Parsed) -> None:
    document = parsed(b'{"message":"' + b"x" * LONGEST_LINE + b'"}')

    assert document["reason"] == f"longer than {LONGEST_LINE} bytes"
    assert document["event"]["original"] == '{"message":"' + "x" * (65_536 - 12)


def test_a_line_at_the_limit_is_taken(parsed: Parsed) -> None:
    event = PLAIN | {"message": ""}
    event["message"] = "x" * (LONGEST_LINE - len(orjson.dumps(event)))

    assert parsed(event)["_unparsed"] is False


@pytest.mark.parametrize(("kind", "value"), [("labels", "x"), ("metrics", 0.5)])
@pytest.mark.parametrize("quick", [True, False])
def test_names_beyond_the_bound_of_an_event_are_stored_and_not_searched(
    parsed: Parsed, kind: str, value: Any, quick: bool
) -> None:
    named = {f"n{number}": value for number in range(100)}
    event = PLAIN | {kind: named} | ({} if quick else {"user": "alice"})
    document = parsed(event)

    assert document[kind] == {f"n{number}": value for number in range(64)}
    assert document["beyond"] == {kind: {f"n{number}": value for number in range(64, 100)}}
    assert document["tags"] == ["truncated"]
    assert not document["_unparsed"]


def test_a_secret_beyond_the_bound_is_hidden(parsed: Parsed) -> None:
    named = {f"n{number}": "x" for number in range(64)} | {"db_password": "hunter2", "note": "password=hunter2"}
    document = parsed(PLAIN | {"labels": named})

    assert document["beyond"]["labels"] == {"db_password": "[redacted]", "note": "password=[redacted]"}


def test_more_values_than_an_event_has(parsed: Parsed) -> None:
    assert parsed(PLAIN | {"labels": {f"l{n}": "x" for n in range(9_000)}})["_unparsed"] is False
    assert parsed(PLAIN | {"labels": {f"l{n}": "x" for n in range(10_000)}})["reason"] == "more than 10000 values"
    assert parsed(PLAIN | {"x": [[1] * 100] * 100})["reason"] == "more than 10000 values"


def test_a_keyword_that_elasticsearch_would_ignore(parsed: Parsed) -> None:
    assert parsed(PLAIN | {"model_name": "ü" * 8191})["_unparsed"] is False
    assert parsed(PLAIN | {"model_name": "ü" * 8192})["reason"] == "bad value: model_name"


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        ("1e999", "Infinity"),
        ("-1E400", "-Infinity"),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_numbers_beyond_what_json_readers_agree_on(parsed: Parsed, number: str, stored: Any) -> None:
    line = orjson.dumps(PLAIN)[:-1] + f',"size":{number}}}'.encode()

    assert parsed(line)["size"] == stored


def test_a_lone_surrogate_is_replaced(parsed: Parsed) -> None:
    document = parsed(orjson.dumps(PLAIN)[:-1] + b',"message":"a\\ud800b"}')

    assert document["message"] == "a\ufffdb"
    assert document["_id"] == PLAIN["event"]["id"]  # type: ignore[index]


def test_details_of_a_bad_value_are_for_people_and_hold_no_secret(parsed: Parsed) -> None:
    document = parsed(PLAIN | {"latency_ms": "password=hunter2", "gate": {"value": 1e39}})

    assert document["error"]["message"] == (
        "gate.value: 1e+39 is not between -3.40282e+38 and 3.40282e+38; "
        'latency_ms: "password=[redacted]" is no number'
    )


def test_text_lines_without_the_extra_say_what_to_install(monkeypatch: pytest.MonkeyPatch, origin: Origin) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    parser = Parser()
    monkeypatch.undo()

    document = parser.parse(TEXT, origin, ingested=INGESTED)
    assert document.unparsed
    assert orjson.loads(document.body)["reason"] == "text lines need the extra: pip install 'model-logs[text]'"


def test_a_fault_of_ours_costs_one_line_its_meaning_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, origin: Origin
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(parser_module, "normalise", broken)
    document = Parser().parse(orjson.dumps(PLAIN | {"user": "alice"}), origin, ingested=INGESTED)

    source = orjson.loads(document.body)
    assert isinstance(document, Document)
    assert document.unparsed
    assert source["reason"] == "a fault of the parser: KeyError"
    assert orjson.loads(source["event"]["original"])["user"] == "alice"


def test_a_text_line_too_long_for_the_patterns_is_not_tried() -> None:
    lines = TextLines(load())

    assert lines.read(TEXT.decode() + " user=" + "a" * 65_000) is not None
    assert lines.read(TEXT.decode() + " user=" + "a" * 66_000) is None


def test_a_text_line_too_long_for_the_patterns_says_so(parsed: Parsed) -> None:
    document = parsed(TEXT + b" user=" + b"a" * 66_000)

    assert document["reason"] == "text longer than 65536 characters"


def test_each_key_of_a_text_line_has_its_field_in_the_table() -> None:
    """By the table a key that stands twice is seen: it must name the field that the patterns capture."""
    words, lines = load(), TextLines(load())
    values = {"latency_ms": "5", "prediction_score": "5", "batch_size": "5", "fallback_level": "3"}
    for key, field in words.text_keys.items():
        found = lines.read(f"2026-01-15T10:30:00Z x model=m {key}={values.get(field, 'v1')}")
        assert found is not None, key
        assert str(found[field]).removesuffix(".0") in {"v1", "5", "3"}, key
    patterns = read_patterns(assets.path(PATTERN_FILE))
    pairs = "".join(patterns[name] for name in ("ML_IDENTITY", "ML_MOVE", "ML_ANSWER", "ML_OUTCOME"))
    assert {*re.findall(r"[(|]([a-z_]+)=", pairs)} <= {*words.text_keys}


def test_many_lines_may_share_an_origin(parser: Parser, origin: Origin) -> None:
    for line in (orjson.dumps(PLAIN), orjson.dumps(PLAIN | {"user": "alice"}), TEXT, b"no event"):
        moved = dataclasses.replace(origin, offset=7)
        assert parser.parse(line, origin, ingested=INGESTED, offset=7) == parser.parse(line, moved, ingested=INGESTED)


def test_a_line_is_the_same_document_before_and_after_its_form_is_known(origin: Origin) -> None:
    fresh = Parser()
    lines = [
        PLAIN,
        PLAIN | {"log": {"level": "info", "logger": "100%d"}, "labels": {"region": "eu"}, "message": "%b Größe"},
        PLAIN | {"event_type": "quality", "metrics": {"auc": 0.75}},
        PLAIN | {"features": {"age": 41, "share": -0.5, "country": "de", "none": ""}, "features_sampled": True},
    ]
    first = [fresh.parse(orjson.dumps(line), origin, ingested=INGESTED) for line in lines]
    for line in lines * 5 * forms_module._EVERY:
        fresh.parse(orjson.dumps(line), origin, ingested=INGESTED)

    assert len(fresh._forms._forms) == len(lines)
    for before, line in zip(first, lines, strict=True):
        for moment in (INGESTED, "2026-01-15T10:30:02.000Z"):
            after = fresh.parse(orjson.dumps(line), origin, ingested=moment)
            assert (after.id, after.data_stream, after.unparsed) == (before.id, before.data_stream, before.unparsed)
            source, expected = orjson.loads(after.body), orjson.loads(before.body)
            expected["event"]["ingested"] = moment
            assert source == expected
            assert list(source)[:2] == ["@timestamp", "event"]


def test_a_secret_in_a_line_of_a_known_form_is_hidden(origin: Origin) -> None:
    fresh = Parser()
    for number in range(3 * forms_module._EVERY):
        line = PLAIN | {"message": f"attempt {number}", "labels": {"note": "none"}}
        fresh.parse(orjson.dumps(line), origin, ingested=INGESTED)
    assert fresh._forms._forms

    for place in ({"message": "password=hunter2"}, {"labels": {"note": "password=hunter2"}}):
        body = fresh.parse(orjson.dumps(line | place), origin, ingested=INGESTED).body
        assert b"hunter2" not in body
        assert b"[redacted]" in body


def test_lines_that_are_all_of_another_form_fill_no_memory(origin: Origin) -> None:
    fresh = Parser()
    fresh._forms = forms_module.Forms(every=1)
    for number in range(600):
        line = orjson.dumps(PLAIN | {"labels": {f"name_{number}": "x"}})
        for _ in range(2 if number % 20 == 0 else 1):
            fresh.parse(line, origin, ingested=INGESTED)

    assert len(fresh._forms._forms) == forms_module._MOST
    assert len(fresh._forms._seen) <= forms_module._MOST_SEEN
