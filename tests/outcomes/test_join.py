"""Truths and their predictions, joined on the real node; figures against pandas."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tests.support.events import index

from model_logs import outcomes
from model_logs.outcomes import Truth

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

MADE = datetime(2026, 10, 5, 12, tzinfo=UTC)
KNOWN = MADE + timedelta(days=30)
INDEX = "model-logs-outcomes-production-*"


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def predicted(number: int, label: str | None = "stays", score: float | None = 0.5, **more: Any) -> dict[str, Any]:
    given = {"prediction_label": label, "prediction_score": score}
    return {
        "@timestamp": (MADE + timedelta(seconds=number)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": {"id": f"w-{number}-{more.get('variant', '')}", "sequence": number + 1},
        "event_type": "predict",
        "status": "success",
        "environment": "production",
        "request_id": f"r-{number}",
        "latency_ms": 1.0,
        "model_name": "churn",
        "model_version": "3",
        **{name: value for name, value in given.items() if value is not None},
        **more,
    }


def rows(es: Elasticsearch) -> dict[str, dict[str, Any]]:
    es.indices.refresh(index=INDEX)
    found = es.search(index=INDEX, size=10_000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"] | {"_index": hit["_index"]} for hit in found}


def test_a_truth_becomes_a_row_with_what_was_predicted(applied: Elasticsearch) -> None:
    index(applied, [predicted(1, variant="canary", stage="production"), predicted(2, label=None, score=40.0)])
    summary = outcomes.join(
        applied, [Truth("r-1", KNOWN, label="leaves"), Truth("r-2", KNOWN, value=42.5)], "production", now=KNOWN
    )
    assert (summary.truths, summary.rows, summary.pending) == (2, 2, 0)
    found = rows(applied)
    assert found["w-1-canary"] == {
        "_index": "model-logs-outcomes-production-2026.10",
        "@timestamp": "2026-10-05T12:00:01.000Z",
        "state": "resolved",
        "environment": "production",
        "prediction_id": "w-1-canary",
        "request_id": "r-1",
        "model_name": "churn",
        "model_version": "3",
        "stage": "production",
        "variant": "canary",
        "prediction_label": "stays",
        "prediction_score": 0.5,
        "actual_label": "leaves",
        "correct": False,
        "outcome_at": "2026-11-04T12:00:00.000Z",
        "delay_s": 30 * 86400 - 1,
        "resolved_at": "2026-11-04T12:00:00.000Z",
    }
    assert found["w-2-"]["absolute_error"] == 2.5
    assert "correct" not in found["w-2-"]


def test_a_later_truth_replaces_an_earlier_one_in_any_order_and_counts_once(applied: Elasticsearch) -> None:
    index(applied, [predicted(1), predicted(2)])
    first, second = Truth("r-1", KNOWN, label="stays"), Truth("r-1", KNOWN + timedelta(days=2), label="leaves")
    outcomes.join(applied, [first], "production")
    outcomes.join(applied, [second], "production")
    again = outcomes.join(applied, [first], "production")
    assert (again.rows, again.older) == (1, 1)
    outcomes.join(applied, [Truth("r-2", KNOWN, label="a"), Truth("r-2", KNOWN, label="b")], "production")
    found = rows(applied)
    assert {name: row["actual_label"] for name, row in found.items()} == {"w-1-": "leaves", "w-2-": "b"}


def test_the_same_file_a_second_time_changes_nothing(applied: Elasticsearch) -> None:
    index(applied, [predicted(number) for number in range(50)])
    truths = [Truth(f"r-{number}", KNOWN, label="stays") for number in range(50)]
    outcomes.join(applied, truths, "production", now=KNOWN)
    before = rows(applied)
    outcomes.join(applied, truths, "production", now=KNOWN)
    assert rows(applied) == before
    assert len(before) == 50


def test_control_and_shadow_of_one_request_each_get_the_truth(applied: Elasticsearch) -> None:
    index(applied, [predicted(1, variant="control"), predicted(1, "leaves", variant="shadow", model_version="4")])
    summary = outcomes.join(applied, [Truth("r-1", KNOWN, label="leaves")], "production")
    assert summary.rows == 2
    assert {row["variant"]: row["correct"] for row in rows(applied).values()} == {"control": False, "shadow": True}


def test_a_truth_that_names_its_model_is_about_that_model_alone(applied: Elasticsearch) -> None:
    index(applied, [predicted(1), predicted(1, "high", model_name="price", variant="shadow")])
    truths = [Truth("r-1", KNOWN, label="low", model="price"), Truth("r-1", KNOWN, label="stays", model="churn")]
    outcomes.join(applied, truths, "production")
    assert {row["model_name"]: row["actual_label"] for row in rows(applied).values()} == {
        "churn": "stays",
        "price": "low",
    }


def test_a_prediction_that_failed_or_said_nothing_gets_no_row(applied: Elasticsearch) -> None:
    index(applied, [predicted(1, None, None, status="error")])
    summary = outcomes.join(applied, [Truth("r-1", KNOWN, label="stays")], "production")
    assert (summary.rows, summary.pending) == (0, 1)


def test_a_truth_waits_for_its_prediction_and_is_given_up_at_last(applied: Elasticsearch) -> None:
    outcomes.join(
        applied, [Truth("r-1", KNOWN, label="stays"), Truth("never", KNOWN, value=1.0)], "production", now=KNOWN
    )
    assert {row["state"] for row in rows(applied).values()} == {"pending"}
    index(applied, [predicted(1)])
    applied.indices.refresh(index="logs-model.prediction-production")
    summary = outcomes.retry(applied, "production", now=KNOWN + timedelta(days=1))
    assert (summary.rows, summary.pending, summary.given_up) == (1, 1, 0)
    assert {row["state"] for row in rows(applied).values()} == {"resolved", "pending"}
    summary = outcomes.retry(applied, "production", now=KNOWN + timedelta(days=31))
    assert (summary.rows, summary.pending, summary.given_up) == (0, 0, 1)
    left = {row["request_id"]: row["state"] for row in rows(applied).values()}
    assert left == {"r-1": "resolved", "never": "given_up"}
    assert outcomes.retry(applied, "production", now=KNOWN + timedelta(days=32)).truths == 0


def test_truths_that_services_log_are_collected(applied: Elasticsearch) -> None:
    told = {
        "@timestamp": "2026-11-04T12:00:00.000Z",
        "event": {"id": "o-1", "sequence": 9},
        "event_type": "outcome",
        "status": "success",
        "environment": "production",
        "request_id": "r-1",
        "actual_label": "leaves",
    }
    index(applied, [predicted(1), told])
    arrived = list(
        outcomes.arrived(applied, "production", start=KNOWN - timedelta(hours=1), end=KNOWN + timedelta(hours=1))
    )
    assert arrived == [Truth("r-1", KNOWN, "leaves")]
    assert outcomes.join(applied, arrived, "production").rows == 1


def test_labels_that_never_meet_are_told(applied: Elasticsearch) -> None:
    index(applied, [predicted(1, "1"), predicted(2, "0")])
    summary = outcomes.join(
        applied, [Truth("r-1", KNOWN, label="1.0"), Truth("r-2", KNOWN, label="0.0")], "production"
    )
    assert summary.strangers == "predicted 0, 1; actual 0.0, 1.0"


def test_thousands_of_truths_equal_pandas(applied: Elasticsearch) -> None:
    dice = random.Random(7)
    made = [
        predicted(n, dice.choice("ab"), dice.randrange(100) / 4, model_version=dice.choice("34")) for n in range(3000)
    ]
    index(applied, made)
    truths = [
        Truth(f"r-{n}", KNOWN + timedelta(seconds=turn), dice.choice("ab"), dice.randrange(100) / 4)
        for turn in range(2)
        for n in dice.sample(range(3000), 2000)
    ]
    dice.shuffle(truths)
    outcomes.join(applied, truths, "production")
    latest = pd.DataFrame([(t.request_id, t.at, t.label, t.value) for t in truths], columns=["id", "at", "l", "v"])
    latest = latest.sort_values("at").groupby("id").last()
    frame = pd.DataFrame(made).set_index("request_id").join(latest, how="inner")
    expected = {
        version: (
            len(part),
            (part["prediction_label"] == part["l"]).sum(),
            (part["prediction_score"] - part["v"]).abs().sum(),
        )
        for version, part in frame.groupby("model_version")
    }
    found = pd.DataFrame(rows(applied).values())
    actual = {
        version: (len(part), part["correct"].sum(), part["absolute_error"].sum())
        for version, part in found.groupby("model_version")
    }
    assert actual == expected
