"""Each panel of the overview against an independent computation in plain Python, over 50,000 random events."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import moment
from tests.support.six_hours import BASELINE, FAILURES, error_rate, in_buckets, rank_is_near

if TYPE_CHECKING:
    from tests.support.six_hours import Day


def test_latency_percentiles_are_within_half_a_percent_of_rank(events: Day) -> None:
    rows = events.ask("prediction-latency")
    # Six hours in at most 100 buckets are buckets of five minutes.
    expected = in_buckets(events.of("predict"), 300, "model_name")
    assert {(row["time"].timestamp(), row["model_name"]) for row in rows} == set(expected)
    for row in rows:
        values = [event["latency_ms"] for event in expected[row["time"].timestamp(), row["model_name"]]]
        for percentile in (50, 95, 99):
            assert rank_is_near(values, percentile, row[f"p{percentile}_ms"])


def test_the_error_rate_leaves_out_cancelled_and_invalid(events: Day) -> None:
    rows = events.ask("error-rate-per-model")
    by_model: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events.of("predict"):
        by_model[event["model_name"]].append(event)
    assert {"cancelled", "invalid"} <= {event["status"] for event in events.of("predict")}
    assert {row["model_name"] for row in rows} == set(by_model)
    for row in rows:
        of_model = by_model[row["model_name"]]
        assert row["predictions"] == len(of_model)
        assert row["failures"] == sum(event["status"] in FAILURES for event in of_model)
        assert row["error_rate_pct"] == pytest.approx(error_rate(of_model), abs=1e-6)
    rates = [row["error_rate_pct"] for row in rows]
    assert rates == sorted(rates, reverse=True)


def test_throughput_counts_every_prediction_in_slots_of_one_width(events: Day) -> None:
    rows = events.ask("throughput-per-model")
    width = (events.end - events.start).total_seconds() / 60
    expected = Counter(
        (int((moment(event) - events.start).total_seconds() // width), event["model_name"])
        for event in events.of("predict")
    )
    found = {(round((row["time"] - events.start).total_seconds() / width), row["model_name"]): row for row in rows}
    assert {key: row["predictions"] for key, row in found.items()} == dict(expected)
    for row in found.values():
        assert row["width_ms"] == pytest.approx(width * 1000)
        assert row["per_minute"] == pytest.approx(row["predictions"] / (width / 60), abs=1e-6)


def test_throughput_slots_fill_any_range_and_none_lies_outside(events: Day) -> None:
    for milliseconds in (1, 700, 59_999, 100_050, 7_654_321):
        end = events.start + timedelta(milliseconds=milliseconds)
        rows = events.ask("throughput-per-model", end=end)
        assert sum(row["predictions"] for row in rows) == sum(moment(event) < end for event in events.of("predict"))
        for row in rows:
            assert events.start <= row["time"] < end
            assert row["width_ms"] == pytest.approx(max(milliseconds / 60, min(1000, milliseconds)))


def test_versions_are_compared_with_each_other_and_with_the_baseline(events: Day) -> None:
    rows = events.ask("model-version-comparison")
    by_version: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for event in events.of("predict"):
        by_version[event["model_name"], event["environment"], event["model_version"]].append(event)
    assert [(row["model"], row["env"], row["version"]) for row in rows] == sorted(by_version)
    for row in rows:
        of_version = by_version[row["model"], row["env"], row["version"]]
        latencies = [event["latency_ms"] for event in of_version]
        assert row["predictions"] == len(of_version)
        assert row["avg_ms"] == pytest.approx(sum(latencies) / len(latencies), abs=1e-6)
        assert row["error_rate_pct"] == pytest.approx(error_rate(of_version), abs=1e-6)
        assert rank_is_near(latencies, 99, row["p99_ms"])
        if (row["model"], row["env"]) == ("churn", "production"):
            assert (row["baseline_version"], row["baseline_p99_ms"]) == ("0", BASELINE["baseline_p99_ms"])
            assert row["p99_change_pct"] == pytest.approx(100 * (row["p99_ms"] / 12.5 - 1), abs=1e-6)
        else:
            assert row["baseline_version"] is row["baseline_p99_ms"] is row["p99_change_pct"] is None


def test_the_timeline_counts_registrations_moves_and_deployments(events: Day) -> None:
    rows = events.ask("model-events-timeline")
    # Six hours in at most 50 buckets are buckets of ten minutes.
    expected = in_buckets(events.of("registered", "transitioned", "deployed"), 600, "event_type")
    found = {(row["time"].timestamp(), row["event_type"]): row["events"] for row in rows}
    assert found == {key: len(here) for key, here in expected.items()}


def test_the_timeline_of_a_month_is_by_days(events: Day) -> None:
    rows = events.ask("model-events-timeline", start=events.end - timedelta(days=30))
    assert {(row["time"].hour, row["time"].minute) for row in rows} == {(0, 0)}
    # The month holds the one event that lies just before the six hours.
    counted = len(events.of("registered", "transitioned", "deployed")) + events.before(
        "registered", "transitioned", "deployed"
    )
    assert sum(row["events"] for row in rows) == counted


def test_the_audit_shows_who_moved_what_the_latest_first(events: Day) -> None:
    rows = events.ask("stage-transition-audit")
    moves = sorted(events.of("transitioned", "approved", "rejected"), key=lambda event: str(event["event"]["id"]))
    moves.sort(key=moment, reverse=True)
    found = [
        (
            row["time"],
            row["user"],
            row["model_name"],
            row["model_version"],
            row["from_stage"],
            row["to_stage"],
            row["status"],
            row["event"],
            row["attestation"],
        )
        for row in rows
    ]
    assert found == [
        (
            moment(e),
            e["user"]["name"],
            e["model_name"],
            e["model_version"],
            e.get("previous_stage"),
            e.get("stage"),
            e["status"],
            e["event_type"],
            "attested",
        )
        for e in moves[:100]
    ]


def test_a_filter_narrows_every_panel_to_one_model_and_environment(events: Day) -> None:
    filters = {"model_name": ["fraud"], "environment": ["staging"]}
    expected = [e for e in events.of("predict") if e["model_name"] == "fraud" and e["environment"] == "staging"]
    compared = events.ask("model-version-comparison", filters=filters)
    assert {(row["model"], row["env"]) for row in compared} == {("fraud", "staging")}
    assert sum(row["predictions"] for row in compared) == len(expected)
    throughput = events.ask("throughput-per-model", filters=filters)
    assert sum(row["predictions"] for row in throughput) == len(expected)
    audit = events.ask("stage-transition-audit", filters=filters)
    assert {(row["model_name"], row["environment"]) for row in audit} == {("fraud", "staging")}


def test_what_is_left_of_a_budget_is_counted_by_the_objectives(events: Day) -> None:
    rows = {(row["model_name"], row["environment"], row["objective"]): row for row in events.ask("error-budget")}
    by_model: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for event in events.of("predict"):
        by_model[event["model_name"], event["environment"]].append(event)
    assert {key[:2] for key in rows} == set(by_model)
    for (model, environment, objective), row in rows.items():
        of_model = by_model[model, environment]
        if objective == "latency":
            bad = 100 * sum(event["latency_ms"] >= 100 for event in of_model) / len(of_model)
        else:
            bad = error_rate(of_model)
        allowed = 1.0 if objective == "latency" else 0.1
        assert row["allowed_pct"] == pytest.approx(allowed)
        assert row["bad_pct"] == pytest.approx(bad, abs=1e-6)
        assert row["left_pct"] == pytest.approx(100 - 100 * bad / allowed, abs=1e-4)
    left = [row["left_pct"] for row in rows.values()]
    assert left == sorted(left)
