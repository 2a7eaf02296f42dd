"""Any value in any field: one line of strict JSON, of the contract's type or a marked placeholder, no exception."""

from __future__ import annotations

import datetime as dt
import enum
import json
import pathlib
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_logs import contract
from model_logs._logger.encoding.arrays import unpacked
from model_logs.testing import capture

GOOD = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}


class Colour(enum.Enum):
    RED = "red"
    ONE = 1


class Stage(enum.StrEnum):
    PRODUCTION = "Production"


class Broken:
    def __str__(self):
        raise RuntimeError("no")


class BrokenHash:
    def __hash__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    def __str__(self):
        return "text"


class Text(str):
    __slots__ = ()

    def __str__(self):
        return "something else"


class Tensor:
    """What torch and jax offer of a tensor with one element."""

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value

    def __float__(self):
        return float(self.value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.float32(0.25), 0.25),
        (np.float64(0.25), 0.25),
        (np.array(0.25), 0.25),
        (np.array([0.25]), 0.25),
        (np.longdouble(0.25), 0.25),
        (np.int8(3), 3),
        (Decimal("0.25"), 0.25),
        (Fraction(1, 4), 0.25),
        (Tensor(0.25), 0.25),
        (7, 7),
        (True, 1.0),
        (Colour.ONE, 1),
        (1 << 70, float(1 << 70)),
        (-0.0, -0.0),
    ],
)
def test_a_number_of_any_kind_is_a_number(written, value, found):
    written.log.prediction(**GOOD, prediction_score=value, drift_score=value)
    assert written.event["prediction_score"] == written.event["drift_score"] == found
    assert written.log.stats()["invalid"] == 0


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (-float("inf"), "-Infinity"),
        (np.float32("nan"), "NaN"),
        (Decimal("NaN"), "NaN"),
        (Decimal("-Infinity"), "-Infinity"),
    ],
)
def test_a_number_that_json_has_not_becomes_a_marked_label(written, value, found):
    written.log.prediction(**GOOD, prediction_score=value)
    assert "prediction_score" not in written.event
    assert written.event["labels"] == {"prediction_score": found}
    assert written.event["tags"] == ["placeholder"]
    assert written.log.stats()["placeholder"] == 1


def test_a_latency_that_is_no_number_leaves_the_event_incomplete(written):
    written.log.prediction(**GOOD | {"latency_ms": float("nan")})
    assert written.event["labels"] == {"latency_ms": "NaN"}
    assert written.event["tags"] == ["placeholder", "incomplete"]


@pytest.mark.parametrize("value", ["12.5ms", "12.5", [12.5], {"ms": 12.5}, b"12.5", object])
def test_a_latency_of_the_wrong_type_stays_as_text_for_the_reader_to_judge(written, value):
    written.log.prediction(**GOOD | {"latency_ms": value})
    assert isinstance(written.event["latency_ms"], str)
    assert written.log.stats()["invalid"] == 1


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (3, "3"),
        (np.int64(3), "3"),
        (3.5, "3.5"),
        (True, "true"),
        (np.True_, "true"),
        (np.str_("3"), "3"),
        (b"v3", "v3"),
        (b"\xff3", "\\xff3"),
        (Decimal("3.10"), "3.10"),
        (uuid.UUID(int=3), "00000000-0000-0000-0000-000000000003"),
        (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "2026-03-01T00:00:00+00:00"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        (Text("3"), "3"),
        (["a", 1], '["a",1]'),
        ({"a": float("nan")}, '{"a":"NaN"}'),
        (float("nan"), "NaN"),
        (ValueError("no"), "ValueError: no"),
        ("\ud800", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        (1 << 100, str(1 << 100)),
    ],
)
def test_anything_can_stand_in_a_keyword(written, value, found):
    written.log.prediction(**GOOD, model_version=value, labels={"a": value})
    assert written.event["model_version"] == found
    assert written.event["labels"] == {"a": found}


def test_equal_keys_of_different_types_are_not_mixed_up(written):
    for version in (1, 1.0, True, "1"):
        written.log.prediction(**GOOD, model_version=version)
        written.log.prediction(**GOOD, model_version=version)
    assert [e["model_version"] for e in written.events] == ["1", "1", "1", "1", "true", "true", "1", "1"]


def test_an_object_that_cannot_be_read_becomes_a_marked_placeholder(written):
    written.log.prediction(**GOOD, model_version=Broken(), labels={"a": Broken(), "b": [Broken()]})
    event = written.event
    assert event["model_version"] == event["labels"]["a"] == "<Broken raised RuntimeError>"
    assert event["labels"]["b"] == '["<Broken>"]'
    assert event["tags"] == ["placeholder"]


def test_an_object_that_cannot_be_hashed_is_text(written):
    written.log.prediction(**GOOD, model_version=BrokenHash(), prediction_label=BrokenHash())
    assert written.event["model_version"] == written.event["prediction_label"] == "text"


def test_a_stage_is_written_as_the_contract_writes_it(written):
    written.log.transitioned(model_name="m", stage="Production", previous_stage=Stage.PRODUCTION)
    assert (written.event["stage"], written.event["previous_stage"]) == ("production", "production")


def test_a_status_that_nobody_knows_stays_and_is_counted(written):
    written.log.prediction(**GOOD, status="meh")
    assert written.event["status"] == "meh"
    assert written.log.stats()["invalid"] == 1


def test_cycles_and_depth_end(written):
    cycle: list = [1]
    cycle.append(cycle)
    deep: dict = {}
    for _ in range(5000):
        deep = {"a": deep}
    wide = [[[["x" * 10] * 300] * 300] * 300] * 300
    written.log.prediction(**GOOD, labels={"cycle": cycle, "deep": deep, "wide": wide})
    labels = written.event["labels"]
    assert labels["cycle"].startswith("[1,[1,[1,")
    assert '"a":"<dict>"' in labels["deep"]
    assert len(labels["wide"]) <= 8191


def test_a_huge_text_is_cut_and_marked(written):
    written.log.prediction(
        **GOOD | {"request_id": "r" * 100_000}, message="m" * 1_000_000, labels={"a": "l" * 100_000}
    )
    event = written.event
    assert [len(v) for v in (event["request_id"], event["message"], event["labels"]["a"])] == [8191, 131_072, 8191]
    assert all(v.endswith("…") for v in (event["request_id"], event["message"], event["labels"]["a"]))
    assert event["tags"] == ["truncated"]


def test_line_breaks_and_json_stay_inside_their_field(written):
    evil = 'a\n{"@timestamp":"2020-01-01T00:00:00.000Z","event":{"id":"x"}}\r\n\u2028","status":"error'
    written.log.prediction(
        **GOOD | {"model_name": evil, "request_id": evil}, message=evil, prediction_label=evil, labels={evil: evil}
    )
    assert written.path.read_bytes().count(b"\n") == 1
    event = written.event
    assert event["model_name"] == event["request_id"] == event["message"] == event["prediction_label"] == evil
    assert list(event["labels"].values()) == [evil]
    assert event["status"] == "success"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a..b", ".a", "a.", " ", "a\nb", "\x00", 3, None, ("a", 1), "x" * 1000, "\ud800"]
)
def test_a_label_has_a_name_that_elasticsearch_takes(written, name):
    written.log.prediction(**GOOD, labels={name: "v"})
    ((found, value),) = written.event["labels"].items()
    assert value == "v"
    assert all(part.strip() for part in found.split("."))
    assert found.isprintable()
    assert len(found) <= 256


@pytest.mark.parametrize("labels", ["text", 3, ["a"], object(), (x for x in "ab"), {}, None])
def test_labels_that_map_nothing_are_kept_or_empty(written, labels):
    written.log.prediction(**GOOD, labels=labels)
    assert list(written.event.get("labels", {"value": ""})) == ["value"]


def test_more_labels_than_anyone_needs_are_cut_and_marked(written):
    written.log.prediction(**GOOD, labels={f"l{n}": str(n) for n in range(10_000)})
    assert len(written.event["labels"]) == 64
    assert written.event["tags"] == ["truncated"]
    assert written.log.stats()["truncated"] == 1


def test_metrics_are_numbers(written):
    written.log.registered(model_name="m", metrics={"auc": np.float32(0.5), "n": 3, "loss": float("nan"), "f": "0.9"})
    assert written.event["metrics"] == {"auc": 0.5, "n": 3.0, "f": "0.9"}
    assert written.path.read_bytes().count(b'"n":3.0') == 1
    assert written.event["labels"] == {"metrics.loss": "NaN"}


@pytest.mark.parametrize(
    ("tags", "found"), [("one", ["one"]), (["a", 1], ["a", "1"]), (3, ["3"]), ({"a"}, ["a"]), ([], [])]
)
def test_tags_are_a_list_of_words(written, tags, found):
    written.log.prediction(**GOOD, tags=tags)
    assert written.event["tags"] == found


def test_flags_and_counts(written):
    written.log.prediction(**GOOD, cache_hit=np.True_, fallback_level=np.int8(2), batch_size=3.0)
    written.log.prediction(**GOOD, cache_hit=1, fallback_level=True, batch_size="many")
    first, second = written.events
    assert (first["cache_hit"], first["fallback_level"], first["batch_size"]) == (True, 2, 3)
    assert (second["cache_hit"], second["fallback_level"], second["batch_size"]) == (True, 1, "many")


# --- anything at all ---

ODD = [
    *(Broken, BrokenHash, lambda: Text("t"), lambda: Tensor(1.5), lambda: Tensor("x"), object, lambda: object),
    *(lambda: Colour.RED, lambda: Colour.ONE, lambda: ..., lambda: NotImplemented, lambda: np.float16(1)),
    *(lambda: np.array([1, 2]), lambda: np.array("a"), lambda: np.datetime64("2026-01-01"), lambda: np.void(b"a")),
    *(lambda: np.array(None), lambda: "x" * 20_000, lambda: "\ud800\n" * 5000, lambda: 10**5000, lambda: -(2**64)),
]


@st.composite
def anything(draw):
    kinds = [
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters()), st.binary(max_size=50)),
        *(st.decimals(), st.fractions(), st.complex_numbers(), st.datetimes(), st.timedeltas(), st.uuids()),
        *(st.text(st.characters(categories=["Cs", "Cc"])), st.integers(0, len(ODD) - 1).map(lambda n: ODD[n]())),
    ]
    leaf = st.integers(0, len(kinds) - 1).flatmap(lambda n: kinds[n])
    shape = draw(st.integers(0, 9))
    names = st.one_of(st.text(max_size=5), st.integers(), st.binary(max_size=3), st.none())
    match shape:
        case 0:
            return draw(st.lists(leaf, max_size=3))
        case 1:
            return draw(st.dictionaries(names, leaf, max_size=3))
        case 2:
            return {"a": [draw(leaf)], "b": (draw(leaf), {"c": draw(leaf)})}
        case _:
            return draw(leaf)


KEYWORDS = sorted(
    f.keyword for f in contract.load_contract().fields.values() if f.set_by == "caller" and f.type != "alias"
)
FIELDS = contract.load_contract().fields
TYPES = {
    "keyword": str,
    "text": str,
    "float": (int, float),
    "integer": int,
    "long": int,
    "byte": int,
    "boolean": bool,
}


def strict(line: bytes) -> dict:
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    orjson.loads(line)

    def refuse(constant):
        raise AssertionError(constant)

    def once(pairs):
        assert len({name for name, _ in pairs}) == len(pairs), "a name stands twice"
        return dict(pairs)

    return json.loads(line, parse_constant=refuse, object_pairs_hook=once)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    method=st.sampled_from(["prediction", "prediction", "transitioned", "gate_failed", "event"]),
    fields=st.dictionaries(
        st.one_of(st.sampled_from(KEYWORDS), st.text(min_size=1, max_size=5)), anything(), max_size=8
    ),
    event_type=anything(),
)
def test_whatever_is_given_one_strict_line_comes_out(method, fields, event_type):
    from model_logs import logger

    with capture() as captured:
        if method == "event":
            logger.event(event_type, **fields)
        else:
            getattr(logger, method)(**fields)
        assert logger.stats()["dropped"] == {}
    (line,) = captured.lines
    event = strict(line)
    assert event["event"]["sequence"] == 1
    assert list(event)[:2] == ["@timestamp", "event"]
    assert set(event) <= {name.split(".")[0] for name in FIELDS}
    for name, field in FIELDS.items():
        if field.type in TYPES and field.set_by == "caller" and not field.list:
            at = event
            for part in name.split("."):
                at = at.get(part, {}) if isinstance(at, dict) else {}
            allowed: Any = TYPES[field.type] if field.type in ("keyword", "text") else (str, int, float)
            assert at == {} or isinstance(at, allowed)
    assert all(isinstance(label, str) for label in event.get("labels", {}).values())
    assert all(isinstance(number, (float, str)) for number in event.get("metrics", {}).values())


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([0.1, 0.93, 2.5], dtype=np.float32), [0.1, 0.93, 2.5]),
        (np.array([[0.1], [3.0e38]], dtype=np.float32), [[0.1], [3e38]]),
        (np.array([0.1, 1.5], dtype=np.float16), [0.1, 1.5]),
        (np.array([0.1, 1 / 3]), [0.1, 1 / 3]),
        (np.array([1, 2], dtype=np.int8), [1, 2]),
    ],
)
def test_arrays_of_short_floats_are_written_with_the_digits_that_they_have(array, expected):
    assert unpacked(array) == expected


def test_the_digits_of_short_floats_mean_the_same_numbers():
    source = np.random.default_rng(5)
    for bits, kind in ((np.uint32, np.float32), (np.uint16, np.float16)):
        given = source.integers(0, np.iinfo(bits).max, 2000 // 2, dtype=bits).view(kind)
        assert np.array_equal(np.array(unpacked(given), dtype=kind), given, equal_nan=True)
