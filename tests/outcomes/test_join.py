"""Truths and their predictions, joined on the real node; figures against pandas."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tests.support.events import index

from model_logs import outcomes
from model_logs.errors import UnknownNameError
from model_logs.outcomes import Truth
from model_logs.outcomes.rows import pending

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


def test_a_truth_that_waits_over_a_months_end_waits_once_and_since_its_first_day(applied: Elasticsearch) -> None:
    told = [Truth("late", KNOWN, label="stays"), Truth("never", KNOWN, value=1.0, model="churn")]
    days = (0, 1, 20, 27, 29)  # November, December
    for day in days:
        summary = outcomes.join(applied, told, "production", now=KNOWN + timedelta(days=day))
        assert (summary.pending, summary.older) == (2, 0)
        found = rows(applied).values()
        places = [(row["_index"][-7:], row["first_seen"]) for row in found]
        assert places == [("2026.11", "2026-11-04T12:00:00.000Z")] * 2
    # A correction keeps the place, and the day from which on it waits.
    outcomes.join(
        applied, [Truth("late", KNOWN + timedelta(1), label="leaves")], "production", now=KNOWN + timedelta(29)
    )
    rows(applied)
    assert outcomes.retry(applied, "production", now=KNOWN + timedelta(days=29)).as_dict() == {
        **dict.fromkeys(("rows", "older", "given_up"), 0), "truths": 2, "pending": 2,
    }  # fmt: skip
    assert outcomes.retry(applied, "production", now=KNOWN + timedelta(days=31)).given_up == 2
    assert {row["state"] for row in rows(applied).values()} == {"given_up"}
    assert len(rows(applied)) == 2


def test_two_rows_of_one_truth_that_an_older_release_left_become_one(applied: Elasticsearch) -> None:
    later = KNOWN + timedelta(days=28)
    for truth, seen in ((Truth("never", KNOWN, "stays"), KNOWN), (Truth("never", later, "leaves"), later)):
        action = pending(truth, "production", first_seen=seen)
        applied.index(index=action["_index"], id=action["_id"], document=action["_source"])
    applied.indices.refresh(index=INDEX)
    assert applied.count(index=INDEX)["count"] == 2
    summary = outcomes.retry(applied, "production", now=later)
    assert (summary.truths, summary.pending) == (1, 1)
    applied.indices.refresh(index=INDEX)
    (left,) = applied.search(index=INDEX)["hits"]["hits"]
    assert left["_index"].endswith("2026.11")
    assert left["_source"]["actual_label"] == "leaves"


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_no_waiting_truth_is_skipped_at_the_edge_of_a_page(
    applied: Elasticsearch, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    # All of them seen at once, and several models for one request: nothing but the row itself tells them apart.
    told = [Truth(f"r-{n % 5}", KNOWN, "stays", model=f"model-{n}") for n in range(20)]
    told += [Truth(f"r-{n}", KNOWN, "stays") for n in range(20)]
    outcomes.join(applied, told, "production", now=KNOWN)
    index(applied, [predicted(n) for n in range(10)])
    applied.indices.refresh(index="logs-model.prediction-production")
    monkeypatch.setattr(sys.modules["model_logs.outcomes.join"], "_BATCH", page)
    summary = outcomes.retry(applied, "production", now=KNOWN + timedelta(days=1))
    assert (summary.truths, summary.pending, summary.rows) == (40, 30, 10)
    summary = outcomes.retry(applied, "production", now=KNOWN + timedelta(days=31))
    assert (summary.truths, summary.given_up) == (30, 30)


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


@pytest.mark.parametrize("name", ["nosuch", "prod", "production_eu"])
def test_an_environment_that_is_none_is_a_wrong_name_and_the_known_ones_are_told(
    applied: Elasticsearch, name: str
) -> None:
    with pytest.raises(UnknownNameError, match=rf"There is no environment '{name}'") as error:
        list(outcomes.arrived(applied, name, start=KNOWN - timedelta(hours=1), end=KNOWN))
    assert (error.value.exit_code, "production" in error.value.next_step) == (2, True)
    with pytest.raises(UnknownNameError, match=rf"There is no environment '{name}'"):
        outcomes.join(applied, [Truth("r-1", KNOWN, "leaves")], name)
    assert not applied.indices.exists(index=f"model-logs-outcomes-{name}-*", allow_no_indices=False)


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
