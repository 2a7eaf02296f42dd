"""Probes and expectations on a real cluster: the numbers that experiments are judged by, and refusals."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import assets
from model_logs.chaos import expectations, probes
from model_logs.errors import ModelLogsError, QueryError, UnknownNameError
from model_logs.query import limit_of
from model_logs.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

OF = ("fraud", "staging")


@pytest.fixture
def logged(applied: Elasticsearch, es_url: str, monkeypatch: pytest.MonkeyPatch) -> Elasticsearch:
    """A hundred predictions of the last seconds: 5 failed, 10 took 300 ms, 20 by a fallback; one circuit opened."""
    monkeypatch.setenv("MODEL_LOGS_URL", es_url)
    at = datetime.now(UTC) - timedelta(seconds=20)
    common = {"model_name": "fraud", "model_version": "1", "environment": "staging"}
    lines: list[dict[str, Any]] = []

    def add(stream: str, number: int, event: dict[str, Any]) -> None:
        moment = iso(at + timedelta(milliseconds=100 * number))
        lines.append({"create": {"_index": f"logs-model.{stream}-staging", "_id": f"c-{stream}-{number}"}})
        lines.append({"@timestamp": moment, "event": {"id": f"c-{stream}-{number}"}, **common, **event})

    for n in range(100):
        failed, slow, fallback = n % 20 == 0, n % 10 == 1, n % 5 == 2
        add(
            "prediction",
            n,
            {
                "event_type": "predict",
                "request_id": f"r-{n}",
                "status": "error" if failed else "success",
                "latency_ms": 300.0 if slow else 20.0,
                "fallback_level": 2 if fallback else 0,
                "feature_freshness_s": 400.0 if n == 7 else 3.0,
            },
        )
    add("lifecycle", 1, {"event_type": "circuit_opened", "status": "success", "circuit_state": "open"})
    answer = applied.bulk(operations=lines, refresh=True)
    assert not answer["errors"], answer
    return applied


def test_a_query_gives_the_number_that_was_logged(logged: Elasticsearch) -> None:
    del logged
    assert probes.query_value("error-rate", *OF, last_s=60) == pytest.approx(0.05)
    assert probes.query_value("fallback-rate", *OF, last_s=60) == pytest.approx(0.2)
    assert probes.query_value("feature-freshness", *OF, last_s=60) == 400
    assert probes.events_seen("circuit_opened", *OF, last_s=60) == 1
    assert probes.events_seen("circuit_opened", *OF, last_s=60, status="failed") == 0
    assert probes.alerts_fired("data-drift", "fraud", last_s=60) == 0


def test_an_objective_is_asked_for_with_its_own_limit(logged: Elasticsearch) -> None:
    del logged
    # degraded: 1 % of errors, 1 % over 200 ms, 5 % by a fallback.
    assert probes.part_of_objective("errors", *OF, last_s=60) == pytest.approx(5)
    assert probes.part_of_objective("latency", *OF, last_s=60) == pytest.approx(10)
    assert probes.part_of_objective("fallback", *OF, last_s=60) == pytest.approx(4)
    with pytest.raises(UnknownNameError):
        probes.part_of_objective("throughput", *OF, last_s=60)


def test_too_few_events_are_no_answer(logged: Elasticsearch) -> None:
    del logged
    with pytest.raises(QueryError, match="100 events, and at least 200 are needed"):
        probes.query_value("error-rate", *OF, last_s=60, min_events=200)
    with pytest.raises(QueryError, match="0 events"):
        probes.query_value("error-rate", 'no "such" | model', "staging", last_s=60)
    with pytest.raises(ModelLogsError, match="No load is on"):
        probes.share_answered()


def test_what_was_expected_and_did_not_come_is_named(logged: Elasticsearch) -> None:
    del logged
    expected: list[dict[str, Any]] = [
        {"event": "circuit_opened", "within_s": 0},
        {"event": "circuit_closed", "within_s": 0},
        {"alert": "data-drift", "within_s": 0},
        {"quality_above": 0.8, "within_s": 0},
    ]
    said = expectations.missing(expected, expectations.Scope(*OF, begin=time.time() - 60))
    assert said[0] == "No event circuit_closed of fraud was logged."
    assert said[1] == "The alert data-drift did not fire."
    assert "prediction-quality has 0 events" in said[2]
    assert len(said) == 3


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (range(100), []),
        (range(103), ["3 of 103 answered requests have no event."]),
    ],
    ids=["all", "too few"],
)
def test_each_answered_request_has_one_event(
    logged: Elasticsearch, tmp_path: Path, answered: range, said: list[str]
) -> None:
    del logged
    file = tmp_path / "answers.ndjson"
    lines = [{"due": time.time(), "ms": 1.0, "status": 200, "id": f"r-{n}"} for n in answered]
    lines.append({"due": time.time(), "ms": 1.0, "status": "timeout", "id": "r-hanging"})
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    scope = expectations.Scope(*OF, begin=time.time() - 60, answers=file, prefix="r-")
    found = expectations.missing([{"logged": True, "within_s": 0}], scope)
    assert found == said


@pytest.mark.parametrize("file", sorted(assets.path("chaos/queries").glob("*.esql")), ids=lambda file: file.stem)
def test_a_shipped_query_takes_its_range_and_ends_with_a_limit(file: Any) -> None:
    text = file.read_text("utf-8")
    assert "?_tstart" in text
    assert "?_tend" in text
    assert limit_of(text) == 1
