"""A line of a known form becomes the document that the other ways make of it, or is left to them.

The lines are those of the real logger and events with any field of the contract, and copies of them with something
changed: bytes, a value, a number written otherwise, a name twice, another order. MODEL_LOGS_FUZZ_FORMS says how many
(default 20,000), MODEL_LOGS_FUZZ_SEED repeats a run.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz import lines as fuzz

from model_logs._logger import Logger
from model_logs._logger.writing.writer import Writer
from model_logs.parse import Document, Origin, Parser
from model_logs.parse.forms import Forms
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from pathlib import Path

INGESTED: Final = "2026-01-15T10:30:01.000Z"
# What Python puts into a format must not be taken for a part of it.
ORIGIN: Final = Origin('/var/log/100%d %b".log', 1, 2, "5f" * 16, 0)
OFFSET: Final = 4096
CASES: Final = int(os.environ.get("MODEL_LOGS_FUZZ_FORMS", "20000"))
SEED: Final = int(os.environ.get("MODEL_LOGS_FUZZ_SEED", str(random.randrange(1 << 32))))

# What a line may say; the rest is set on the way.
_SETTABLE: Final = sorted(
    name
    for name in table.FIELDS
    # Features are of a sample of predictions, and go the long way as a second time does; `attested` is the shipper's.
    if name not in {"event.ingested", "event.original", "tags", "features", "attested", "erasure.before"}
    and not name.startswith(("log.offset", "log.file.", "data_stream."))
)
_VALUE: Final = re.compile(rb'(?<=":)(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')
_MEMBER: Final = re.compile(rb'"[^"\\]+":(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false)')
_NUMBERS: Final = (
    *("0", "-0", "1", "-1", "4", "5", "7", "99", "100", "599", "600", "01", "-", "+1", "1.", ".5", "0.5", "-0.5"),
    *("1.0", "-0.0", "1.50", "1e5", "1E-3", "0.1e-300", "0.5e-07", "0.5E+3", "1e999", "100.0", "100.1", "1_0", "٣"),
    *("99.99999999999999999", "0.99999999999999999", "1.0000000000000000001", "0.1000000000000000055"),
    *("2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *("9" * digits for digits in (15, 16, 18, 400)),
)
_TEXTS: Final = (
    *("", " ", "x", "success", "Success", "production", "staging", "Production", "unknown", "unparsed", "predict"),
    *(
        "transitioned",
        "info",
        "INFO",
        "ä",
        "ä" * 5000,
        "x" * 8191,
        "x" * 8192,
        "🚀",
        "\u2028",
        "\ufeff",
        "\x7f",
        "%b",
    ),
    *("password=hunter2", "Bearer abcdefghijklmnop0123", "2026-02-30T10:30:00.000Z", "2026-01-15T10:30:00.000Z"),
    *("2026-01-15T10:30:00Z", "2026-01-15T10:30:00.000+02:00", "w-1", "a:b.c_d-e", "a b", "x" * 128, "x" * 129),
)
_RAW: Final = (
    *(b"null", b"true", b"false", b"NaN", b"Infinity", b"{}", b"[]", b'["a"]', b'{"a":1}', b'"\\u00e4"', b'"a\\"b"'),
    *(b'"a\tb"', b'"a\nb"', b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\\ud800"', b'"a"b"', b"'a'", b'"a', b""),
)


def events() -> list[dict[str, Any]]:
    """Events with fields of the contract, each with a value that fits; every field is in some."""
    names = sorted({*_SETTABLE} - {"@timestamp", "event.id", "event_type", "environment"})
    chance, made = random.Random(7), []
    for n in range(24):
        event: dict[str, Any] = {"@timestamp": "2026-01-15T10:30:00.123Z", "event": {"id": f"w-{n}"}}
        event |= {"event_type": chance.choice(["predict", "mine", "quality"]), "status": "success"}
        event["environment"] = chance.choice(["production", "staging"])
        for name in [*names[n::24], *chance.sample(names, 6)]:
            put(event, name, fitting(name, chance))
        made.append(event)
    return made


def put(event: dict[str, Any], name: str, value: Any) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        event = event.setdefault(parent, {})
    event[last] = value


def fitting(name: str, chance: random.Random) -> Any:
    kind, low, high, values, _ = table.FIELDS[name]
    if kind == "object":
        return {"region": "eu", "a.b": ""} if table.OBJECTS[name] == "keyword" else {"auc": 0.75, "loss": -1.5}
    if name == "log.level":
        return "info"
    if kind in {"keyword", "text", "date"}:
        return chance.choice(sorted(values)) if values else chance.choice(["abc", "Größe", "a b"])
    if kind == "boolean":
        return True
    assert low is not None
    assert high is not None
    number = max(low, min(high, chance.choice([0.25, 12.5, 1.0])))
    return number if kind == "float" else max(int(low), min(int(high), 3))


def logged(folder: Path) -> list[bytes]:
    """Lines as the logger writes them."""
    writer = Writer()
    log, path = Logger(writer), folder / "events.log"
    log.configure(path=path, service="scoring", service_version="1.0.0", environment="production")
    log.prediction(model_name="churn", model_version="3", latency_ms=12.5, request_id="r-1")
    log.prediction(
        model_name="churn",
        model_version="3",
        stage="production",
        latency_ms=0.031,
        request_id="r-2",
        prediction_label="yes",
        prediction_score=0.75,
        batch_size=8,
        cache_hit=False,
        fallback_level=0,
        labels={"region": "eu", "team": "risk"},
    )
    log.event("mine", message="all is well", feature="f", count=7)
    log.quality(model_name="churn", model_version="3", drift_score=0.25, prediction_quality=0.9)
    log.close()
    atexit.unregister(writer.end)
    return path.read_bytes().splitlines()


def learned(line: bytes) -> Parser:
    """A parser that knows the form of a line, if it can be known."""
    parser = Parser()
    parser._forms = Forms(every=1)
    parser.parse(line, ORIGIN, ingested=INGESTED)
    parser.parse(line, ORIGIN, ingested=INGESTED)
    return parser


def taken(parser: Parser, line: bytes) -> bool:
    """Whether the line is taken by its form, which must then do what both other ways do."""
    found = parser._forms.document(line, ORIGIN, OFFSET, INGESTED)
    if found is None:
        return False
    origin = replace(ORIGIN, offset=OFFSET)
    assert said(found) == said(parser._parsed(line, origin, INGESTED)), line
    assert said(found) == said(parser._long_way(line, origin, INGESTED)), line
    return True


def said(document: Document) -> tuple[str, str, bool, bytes]:
    """A document with its names in order; 5, 5.0 and -0.0 stay apart, a name that stands twice fails."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), "a name stands twice"
        return dict(pairs)

    assert b"\n" not in document.body
    json.loads(document.body, object_pairs_hook=once)
    body = orjson.dumps(orjson.loads(document.body), option=orjson.OPT_SORT_KEYS)
    return document.id, document.data_stream, document.unparsed, body


def changed(line: bytes, chance: random.Random) -> bytes:
    """A copy of a line with something changed, or not."""
    kind = chance.randrange(8)
    if kind == 0:
        found: bytes = fuzz.broken(line, chance)
        return found
    if kind == 1:
        (first, _), (second, _) = (match.span() for match in chance.choices(list(_MEMBER.finditer(line)), k=2))
        copied = _MEMBER.match(line, first)
        assert copied is not None
        return line[:second] + copied[0] + b"," + line[second:]
    if kind == 2:
        event = orjson.loads(line)
        names = chance.sample(list(event), len(event)) if chance.random() < 0.5 else list(event)
        dropped = chance.choice(names)
        return orjson.dumps({name: event[name] for name in names if name != dropped or chance.random() < 0.5})
    if kind == 3:
        at = chance.choice([match.end() for match in re.finditer(rb"[:,{}]", line)])
        return line[:at] + chance.choice([b" ", b"\t", b",", b"\r", b"\x00", b"\xa0"]) + line[at:]
    for _ in range(chance.choice([1, 1, 2, 3])):
        begin, end = chance.choice(list(_VALUE.finditer(line))).span()
        line = line[:begin] + another(line[begin:end], chance) + line[end:]
    return line


def another(value: bytes, chance: random.Random) -> bytes:
    """Another value, mostly of the same kind."""
    kind = chance.random()
    if kind < 0.1:
        return chance.choice(_RAW)
    if (kind < 0.9) is value.startswith(b'"'):
        text = chance.choice(_TEXTS) if chance.random() < 0.7 else f"v{chance.randrange(1000)}"
        return b'"' + text.encode() + b'"'
    if chance.random() < 0.6:
        return chance.choice(_NUMBERS).encode()
    return orjson.dumps(chance.choice([chance.random(), chance.randrange(600), round(chance.uniform(0, 500), 3)]))


@pytest.mark.slow
def test_what_a_form_takes_is_what_the_other_ways_make_of_it(tmp_path: Path) -> None:
    lines = [*logged(tmp_path), *map(orjson.dumps, events())]
    chance, took = random.Random(SEED), 0
    for line in lines:
        parser = learned(line)
        assert taken(parser, line), line
        took += sum(taken(parser, changed(line, chance)) for _ in range(CASES // len(lines) + 1))

    assert took > CASES // 10, "most of the lines were refused: nothing was compared"


def test_a_line_of_very_many_names_becomes_no_form() -> None:
    event = events()[0]
    few, many = ({**event, "labels": {f"label_{n}": "x" for n in range(count)}} for count in (60, 5000))

    assert learned(orjson.dumps(few))._forms._forms
    assert not learned(orjson.dumps(many))._forms._forms


ANY = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def everything() -> tuple[Parser, dict[str, Any]]:
    """An event with every field that a line may have, and a parser that knows its form."""
    event: dict[str, Any] = {"@timestamp": "2026-01-15T10:30:00.123Z", "event": {"id": "w-1"}}
    for name in _SETTABLE:
        if name not in {"@timestamp", "event.id"}:
            put(event, name, fitting(name, random.Random(1)))
    event |= {"event_type": "predict", "environment": "production"}
    return learned(orjson.dumps(event)), event


_SCALARS: Final = (
    st.text(max_size=50)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.sampled_from([*map(str, _TEXTS), "error", "canary", "half_open", "critical"])
)


@ANY
@given(name=st.sampled_from([name for name in _SETTABLE if name not in table.OBJECTS]), value=_SCALARS)
def test_any_value_in_any_field_of_a_known_form(
    everything: tuple[Parser, dict[str, Any]], name: str, value: object
) -> None:
    parser, event = everything
    copied = orjson.loads(orjson.dumps(event))
    put(copied, name, value)
    line = json.dumps(copied, ensure_ascii=False, separators=(",", ":")).encode()

    taken(parser, line)
    assert taken(parser, orjson.dumps(event)), "the form is still known"


@ANY
@given(label=st.text(max_size=50), metric=st.floats(allow_nan=False, allow_infinity=False))
def test_any_label_and_metric_of_a_known_form(
    everything: tuple[Parser, dict[str, Any]], label: str, metric: float
) -> None:
    parser, event = everything
    line = orjson.dumps(event | {"labels": {"region": label, "a.b": "x"}, "metrics": {"auc": metric, "loss": 0.5}})

    taken(parser, line)
    assert taken(parser, orjson.dumps(event)), "the form is still known"
