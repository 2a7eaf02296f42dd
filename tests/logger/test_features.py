"""Features of a prediction: off by default, sampled by the request's id alone, bounded, redacted, never a fault."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from model_logs._logger.encoding.features import sampled
from model_logs.tables.contract import LONGEST_VALUE, MOST_NAMES


class Colour(enum.Enum):
    RED = "red"


class Rude:
    def __str__(self):
        raise RuntimeError("no")


def predict(written, features, request_id="r-1", **more):
    written.log.prediction(model_name="m", request_id=request_id, latency_ms=1.5, features=features, **more)


def test_features_are_off_by_default_and_cost_the_event_nothing(written):
    predict(written, {"age": 5})
    assert "features" not in written.event
    assert "tags" not in written.event
    assert written.log.stats()["unknown_keyword"] == 0


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (5, 5),
        (-0.25, -0.25),
        (True, "true"),
        ("red", "red"),
        ("", ""),
        (b"red", "red"),
        (Colour.RED, "red"),
        (np.float64(0.5), 0.5),
        (np.int32(7), 7),
        (np.bool_(False), "false"),
        (np.str_("red"), "red"),
        (np.array([3.0]), 3.0),
        (Decimal("2.5"), 2.5),
        (Fraction(1, 4), 0.25),
        (1 << 70, float(1 << 70)),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (pd.Timestamp("2026-01-02T03:04:05"), "2026-01-02T03:04:05"),
        ("ab" * 200, ("ab" * 200)[: LONGEST_VALUE["features"] - 1] + "…"),
    ],
)
def test_numbers_and_short_texts_are_written_as_such(written, given, stored):
    written.log.configure(features_sample=1)
    predict(written, {"x": given})
    assert written.event["features"] == {"x": stored}


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, pd.NA, pd.NaT, np.float32("nan"), Decimal("NaN")])
def test_a_missing_feature_is_left_out_and_is_no_fault(written, missing):
    written.log.configure(features_sample=1)
    predict(written, {"x": missing, "y": 1})
    assert written.event["features"] == {"y": 1}
    assert "tags" not in written.event
    assert written.log.stats()["placeholder"] == 0


@pytest.mark.parametrize(
    "odd",
    [[1, 2], {"a": 1}, (1,), {1}, np.zeros(3), pd.Series([1, 2]), float("inf"), -np.inf, 10**400, 1e300, Rude()],
)
def test_any_other_value_is_left_out_and_counted_and_the_event_stays(written, odd):
    written.log.configure(features_sample=1)
    predict(written, {"x": odd, "y": 1})
    assert written.event["features"] == {"y": 1}
    assert written.event["event_type"] == "predict"
    assert written.event["tags"] == ["placeholder"]
    assert written.log.stats()["placeholder"] == 1


@pytest.mark.parametrize("odd", [5, "text", [1, 2], np.zeros(3), pd.DataFrame({"a": [1]}), object()])
def test_features_that_are_no_mapping_never_cost_the_event(written, odd):
    written.log.configure(features_sample=1)
    predict(written, odd)
    assert "features" not in written.event
    assert written.event["latency_ms"] == 1.5
    assert written.log.stats()["invalid"] + written.log.stats()["placeholder"] >= 1


def test_names_are_bounded_in_number_and_made_safe(written):
    written.log.configure(features_sample=1)
    predict(written, {f"f{n}": n for n in range(500)})
    assert len(written.event["features"]) == MOST_NAMES["features"]
    assert written.event["tags"] == ["truncated"]


def test_names_that_elasticsearch_would_refuse_are_made_safe(written):
    written.log.configure(features_sample=1)
    predict(written, {"": 1, "a\nb": 2, 5: 3, "x" * 500: 4, "a.b": 5})
    assert written.event["features"] == {"_": 1, "a_b": 2, "5": 3, "x" * 256: 4, "a.b": 5}


def test_secrets_are_hidden_by_name_and_by_look(written):
    written.log.configure(features_sample=1)
    predict(written, {"db_password": 7, "apiKey": "x", "note": "password=hunter2", "age": 5})
    assert written.event["features"] == {
        "db_password": "[redacted]",
        "apiKey": "[redacted]",
        "note": "password=[redacted]",
        "age": 5,
    }


def documented(request_id: str, share: float) -> bool:
    """What docs/drift.md tells those who write in another language."""
    return int(hashlib.sha256(request_id.encode()).hexdigest()[:8], 16) / 2**32 < share


@pytest.mark.parametrize("share", [0.0, 1e-9, 0.01, 0.1, 0.5, 0.999, 1.0])
def test_the_sample_is_the_documented_one_and_as_large_as_it_was_asked_for(share):
    ids = [f"req-{n}" for n in range(20_000)] + ["", "ü", "🎉" * 40]
    drawn = [sampled(one, share) for one in ids]
    assert drawn == [documented(one, share) for one in ids]
    assert abs(sum(drawn) / len(ids) - share) < 0.02


def test_the_hash_stays_what_it_was():
    """Two releases of two services must agree: these were computed once, by sha256sum."""
    assert [f"r-{n}" for n in range(12) if sampled(f"r-{n}", 0.25)] == ["r-2", "r-4", "r-5", "r-10"]


@pytest.mark.parametrize("way", ["short", "labels", "long", "timed", "bound", "ambient", "event"])
def test_the_sample_is_the_same_whichever_way_an_event_is_written(written, way):
    written.log.configure(features_sample=0.5)
    ids = [f"req-{n}" for n in range(60)]
    for one in ids:
        match way:
            case "short":
                predict(written, {"x": 1}, one)
            case "labels":
                predict(written, {"x": 1}, one, labels={"a": "b"}, batch_size=1)
            case "long":
                predict(written, {"x": 1}, one, labels={"a": 5}, message="text")
            case "timed":
                with written.log.predict(model_name="m", request_id=one) as prediction:
                    prediction.features["x"] = 1
            case "bound":
                written.log.bind(features={"x": 1}).prediction(model_name="m", request_id=one, latency_ms=1.0)
            case "ambient":
                with written.log.request(one):
                    written.log.prediction(model_name="m", latency_ms=1.0, features={"x": 1})
            case "event":
                written.log.event("my_type", request_id=one, features={"x": 1})
    assert [event["request_id"] for event in written.events] == ids
    assert [event.get("features") for event in written.events] == [
        {"x": 1} if documented(one, 0.5) else None for one in ids
    ]


@pytest.mark.parametrize("odd", [7, b"abc", "half \ud800 a character", "x" * 9000, None, float("nan")])
def test_the_sample_is_drawn_by_the_id_as_it_is_written(written, odd):
    written.log.configure(features_sample=0.5)
    predict(written, {"x": 1}, odd)
    event = written.event
    assert ("features" in event) == ("request_id" in event and documented(event["request_id"], 0.5))


def test_what_is_read_from_the_environment_and_refused_keeps_what_was_there(python):
    code = """
        from model_logs import logger
        logger.prediction(model_name="m", request_id="r", latency_ms=1.5, features={"x": 1})
        for wrong in (2, -1, "half", float("nan")):
            logger.configure(features_sample=wrong)
        logger.prediction(model_name="m", request_id="r", latency_ms=1.5, features={"x": 1})
    """
    done = python(code, env={"MODEL_LOGS_FEATURES_SAMPLE": "1"})
    assert done.stdout.count(b'"features":{"x":1}') == 2
    assert b"features_sample is 2, and must be a number from 0 to 1" in done.stderr


def test_features_go_first_where_a_line_is_too_long_for_a_pipe(python):
    code = """
        from model_logs import logger
        logger.configure(features_sample=1)
        logger.prediction(model_name="m", request_id="r", latency_ms=1.5, labels={"a": "b"},
                          features={f"feature_number_{n}": "x" * 50 for n in range(128)})
    """
    (line,) = python(code).stdout.splitlines()[:1]
    assert len(line) < 4096
    assert b'"labels":{"a":"b"}' in line
    assert b'"tags":["truncated"]' in line
