"""Whatever a line holds, the parser makes one document of it that Elasticsearch takes."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz import lines as fuzz

from model_logs.parse import Document, Parser
from model_logs.parse.checks import fits
from model_logs.parse.json_line import UnreadableError, load
from model_logs.parse.secret_places import is_clean
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PARSER = Parser()
# The parser is one for all examples: it holds caches and no state.
ALL = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*table.FIELDS, *table.OBJECTS, *table.ALIASES, "tags", "@metadata", "_id"]) | st.text()
events = st.dictionaries(names, json_values, max_size=12)


@ALL
@given(line=st.binary(max_size=2_000))
def test_any_bytes_become_one_document(line: bytes) -> None:
    document = PARSER.parse(line, fuzz.origin(0), ingested=fuzz.INGESTED)

    assert fuzz.wrong(document) == ""


@ALL
@given(event=events)
def test_any_json_object_becomes_one_document(event: dict[str, Any]) -> None:
    document = PARSER.parse(json.dumps(event).encode(), fuzz.origin(0), ingested=fuzz.INGESTED)

    assert fuzz.wrong(document) == ""


@ALL
@given(text=st.text(alphabet="0123456789-T: ZINFOxmodel=rqustvi\"'\\.ä\t", max_size=200))
def test_any_text_that_looks_like_a_line_becomes_one_document(text: str) -> None:
    document = PARSER.parse(f"2026-01-15T10:30:00Z {text}".encode(), fuzz.origin(0), ingested=fuzz.INGESTED)

    assert fuzz.wrong(document) == ""


def test_lines_at_random_become_one_document_each() -> None:
    for number, line in enumerate(fuzz.lines(3_000, random.Random())):
        document = PARSER.parse(line, fuzz.origin(number), ingested=fuzz.INGESTED)

        assert fuzz.wrong(document) == "", line[:2_000]


def test_the_short_way_and_the_long_way_give_the_same() -> None:
    """What takes the short way must be what the long way would make of it."""
    chance, compared = random.Random(), 0
    while compared < 100:
        found = {name: value for name, value in fuzz.event(chance).items() if fits({name: value})}
        event = {
            "event_type": "predict",
            "status": "error",
            "environment": "production",
            "event": {"id": "w-1"},
        } | found
        if not PARSER._is_plain(event) or not is_clean(event):
            continue
        line = json.dumps(event).encode()
        short = PARSER.parse(line, fuzz.origin(1), ingested=fuzz.INGESTED)
        long = PARSER._long_way(line, fuzz.origin(1), fuzz.INGESTED)
        assert (short.id, short.data_stream, short.unparsed) == (long.id, long.data_stream, long.unparsed)
        assert without_nothing(orjson.loads(short.body)) == without_nothing(orjson.loads(long.body))
        compared += 1


FLOATS = [name for name, (kind, *_) in table.FIELDS.items() if kind == "float"]
numbers = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.sampled_from(
        [3.4028234663852886e38, 3.4028235e38, -3.4028235e38, 1e39, -1e39, 1e308, 5e-324, -0.0, 0.1, 1e-45]
    )
)


@ALL
@given(
    name=st.sampled_from(FLOATS), number=numbers, metrics=st.dictionaries(st.text(max_size=5), numbers, max_size=3)
)
def test_every_way_judges_a_number_alike(name: str, number: float, metrics: dict[str, float]) -> None:
    event: dict[str, Any] = {
        "@timestamp": "2026-01-15T10:30:00.123Z",
        "event": {"id": "w-1"},
        "event_type": "quality",
    }
    event |= {"environment": "production", "status": "success", "metrics": {"auc": 0.5} | metrics}
    *parents, last = name.split(".")
    place = event
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = number
    line = json.dumps(event, separators=(",", ":")).encode()

    quick = PARSER.parse(line, fuzz.origin(1), ingested=fuzz.INGESTED)
    long = PARSER._long_way(line, fuzz.origin(1), fuzz.INGESTED)
    assert (quick.id, quick.data_stream, quick.unparsed) == (long.id, long.data_stream, long.unparsed)
    assert orjson.loads(quick.body) == orjson.loads(long.body)


def test_a_metric_that_no_float_holds_is_refused_on_the_quick_way() -> None:
    line = b'{"@timestamp":"2026-01-15T10:30:00.123Z","event":{"id":"w-1"},"event_type":"quality","environment":'
    line += b'"production"'
    for number in (b"1e39", b"-3.4028235e38", b"1.7e308"):
        document = PARSER.parse(
            line + b',"status":"success","metrics":{"auc":' + number + b"}}", fuzz.origin(1), ingested=fuzz.INGESTED
        )
        assert orjson.loads(document.body)["reason"] == "bad value: metrics.auc"


def without_nothing(tree: dict[str, Any]) -> dict[str, Any]:
    """An empty object says nothing, and the long way does not keep it."""
    nested = {name: without_nothing(value) if isinstance(value, dict) else value for name, value in tree.items()}
    return {name: value for name, value in nested.items() if value != {}}


def test_elasticsearch_takes_every_document(applied: Elasticsearch) -> None:
    """No document is refused, and none ends in the failure store: types are checked before the output."""
    documents: dict[str, tuple[Document, bytes]] = {}
    for number, line in enumerate(fuzz.lines(2_000, random.Random())):
        document = PARSER.parse(line, fuzz.origin(number), ingested=fuzz.INGESTED)
        if not document.empty and len(document.body) < 200_000:
            documents.setdefault(document.id, (document, line))
    operations: list[Any] = []
    for document, _ in documents.values():
        operations += [{"create": {"_index": document.data_stream, "_id": document.id}}, document.body]
    items = applied.bulk(operations=operations)["items"]

    assert len(items) == len(documents) >= 1_000
    for (_, line), item in zip(documents.values(), items, strict=True):
        outcome = item["create"]
        assert outcome["status"] == 201, (outcome.get("error"), line)
        assert outcome.get("failure_store") != "used", (failure(applied), line)


def failure(client: Elasticsearch) -> str:
    """Why a document is in the failure store."""
    client.indices.refresh(index="logs-model.*::failures")
    (hit, *_) = client.search(index="logs-model.*::failures", size=1)["hits"]["hits"]
    return str(hit["_source"]["error"]["message"])


def test_a_line_is_read_the_same_with_the_standard_library() -> None:
    """The tolerant way of reading JSON, for lone surrogates and large numbers, changes nothing else."""
    chance = random.Random()
    for _ in range(200):
        event = fuzz.event(chance)
        try:
            plain = orjson.dumps(event).decode()
            expected = load(plain)
        except (orjson.JSONEncodeError, UnreadableError):
            continue
        assert load(plain[:-1] + (', "odd": "\\ud800"}' if event else '"odd": "\\ud800"}')) == expected | {
            "odd": "\ufffd"
        }


@ALL
@given(line=st.binary(max_size=40))
def test_only_a_line_of_blanks_and_wrappers_is_empty(line: bytes) -> None:
    document = PARSER.parse(line, fuzz.origin(0), ingested=fuzz.INGESTED)

    assert not document.empty or b"{" not in line
