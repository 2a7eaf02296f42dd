"""Each panel's query against an independent computation in plain Python, over thousands of random events."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import assets, query
from model_logs.testing.events import moment

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

FAILURES = {"error", "timeout", "failed"}


def ask(client: Elasticsearch, name: str, events: Any, **options: Any) -> query.Answer:
    file = assets.path(f"dashboards/queries/{name}.esql")
    return query.run(client, file, start=events.start, end=events.end, **options)


def floor(when: datetime, seconds: int) -> float:
    return when.timestamp() // seconds * seconds


def assert_rank(values: list[float], percentile: float, found: float) -> None:
    """The value found stands within half a percent of the rank that was asked for, and of one value."""
    values = sorted(values)
    slack = 0.005 + 1 / len(values)
    low, high = bisect_left(values, found) / len(values), bisect_right(values, found) / len(values)
    assert low - slack <= percentile / 100 <= high + slack, (percentile, found, low, high, len(values))


def error_rate(events: list[dict[str, Any]]) -> float | None:
    judged = [event["status"] in FAILURES for event in events if event["status"] in FAILURES | {"success"}]
    return 100 * sum(judged) / len(judged) if judged else None


def test_latency_percentiles_are_within_half_a_percent_of_rank(applied: Elasticsearch, events: Any) -> None:
    answer = ask(applied, "prediction-latency", events)
    expected: dict[Any, list[float]] = defaultdict(list)
    for event in events.predict():
        # Six hours in at most 100 buckets are buckets of five minutes.
        expected[floor(moment(event), 300), event["model_name"]].append(event["latency_ms"])
    assert {(row["time"].timestamp(), row["model_name"]) for row in answer.records()} == set(expected)
    for row in answer.records():
        values = expected[row["time"].timestamp(), row["model_name"]]
        for percentile in (50, 95, 99):
            assert_rank(values, percentile, row[f"p{percentile}_ms"])


def test_the_error_rate_leaves_out_cancelled_and_invalid(applied: Elasticsearch, events: Any) -> None:
    answer = ask(applied, "error-rate-per-model", events, allow_top_n=True)
    by_model: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events.predict():
        by_model[event["model_name"]].append(event)
    assert {"cancelled", "invalid"} <= {event["status"] for event in events.predict()}
    assert {row["model_name"] for row in answer.records()} == set(by_model)
    for row in answer.records():
        of_model = by_model[row["model_name"]]
        assert row["predictions"] == len(of_model)
        assert row["failures"] == sum(event["status"] in FAILURES for event in of_model)
        assert row["error_rate_pct"] == pytest.approx(error_rate(of_model), abs=1e-6)
    rates = answer.values("error_rate_pct")
    assert rates == sorted(rates, reverse=True)


def test_throughput_counts_every_prediction_in_slots_of_one_width(applied: Elasticsearch, events: Any) -> None:
    answer = ask(applied, "throughput-per-model", events)
    width = (events.end - events.start).total_seconds() / 60
    expected = Counter(
        (int((moment(event) - events.start).total_seconds() // width), event["model_name"])
        for event in events.predict()
    )
    found = {
        (round((row["time"] - events.start).total_seconds() / width), row["model_name"]): row
        for row in answer.records()
    }
    assert {key: row["predictions"] for key, row in found.items()} == dict(expected)
    for row in found.values():
        assert row["width_ms"] == pytest.approx(width * 1000)
        assert row["per_minute"] == pytest.approx(row["predictions"] / (width / 60), abs=1e-6)


def test_throughput_slots_fill_any_range_and_none_lies_outside(applied: Elasticsearch, events: Any) -> None:
    file = assets.path("dashboards/queries/throughput-per-model.esql")
    for milliseconds in (1, 700, 59_999, 100_050, 7_654_321):
        end = events.start + timedelta(milliseconds=milliseconds)
        answer = query.run(applied, file, start=events.start, end=end)
        assert sum(answer.values("predictions")) == sum(moment(event) < end for event in events.predict())
        for row in answer.records():
            assert events.start <= row["time"] < end
            assert row["width_ms"] == pytest.approx(max(milliseconds / 60, min(1000, milliseconds)))


def test_versions_are_compared_with_each_other_and_with_the_baseline(applied: Elasticsearch, events: Any) -> None:
    baseline = {"model_environment": "churn|production", "model_name": "churn", "environment": "production"}
    baseline |= {"baseline_version": "0", "baseline_p99_ms": 12.5}
    applied.index(index="model-logs-baselines", id="churn|production", document=baseline, refresh=True)
    answer = ask(applied, "model-version-comparison", events)
    by_version: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for event in events.predict():
        by_version[event["model_name"], event["environment"], event["model_version"]].append(event)
    assert [(row["model"], row["env"], row["version"]) for row in answer.records()] == sorted(by_version)
    for row in answer.records():
        of_version = by_version[row["model"], row["env"], row["version"]]
        latencies = [event["latency_ms"] for event in of_version]
        assert row["predictions"] == len(of_version)
        assert row["avg_ms"] == pytest.approx(sum(latencies) / len(latencies), abs=1e-6)
        assert row["error_rate_pct"] == pytest.approx(error_rate(of_version), abs=1e-6)
        assert_rank(latencies, 99, row["p99_ms"])
        if (row["model"], row["env"]) == ("churn", "production"):
            assert (row["baseline_version"], row["baseline_p99_ms"]) == ("0", 12.5)
            assert row["p99_change_pct"] == pytest.approx(100 * (row["p99_ms"] / 12.5 - 1), abs=1e-6)
        else:
            assert row["baseline_version"] is row["baseline_p99_ms"] is row["p99_change_pct"] is None


def test_the_timeline_counts_registrations_moves_and_deployments(applied: Elasticsearch, events: Any) -> None:
    answer = ask(applied, "model-events-timeline", events)
    # Six hours in at most 50 buckets are buckets of ten minutes.
    expected = Counter(
        (floor(moment(event), 600), event["event_type"])
        for event in events.life_cycle
        if event["event_type"] in {"registered", "transitioned", "deployed"}
    )
    found = {(row["time"].timestamp(), row["event_type"]): row["events"] for row in answer.records()}
    assert found == dict(expected)


def test_the_timeline_of_a_month_is_by_days(applied: Elasticsearch, events: Any) -> None:
    file = assets.path("dashboards/queries/model-events-timeline.esql")
    answer = query.run(applied, file, start=events.end - timedelta(days=30), end=events.end)
    assert {(time.hour, time.minute) for time in answer.values("time")} == {(0, 0)}
    assert sum(answer.values("events")) == sum(
        event["event_type"] in {"registered", "transitioned", "deployed"} for event in events.life_cycle
    )


def test_the_audit_shows_who_moved_what_the_latest_first(applied: Elasticsearch, events: Any) -> None:
    answer = ask(applied, "stage-transition-audit", events, allow_top_n=True)
    moves = [event for event in events.life_cycle if event["event_type"] == "transitioned"]
    moves.sort(key=lambda event: event["event"]["id"])
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
        )
        for row in answer.records()
    ]
    assert found == [
        (
            moment(e),
            e["user"]["name"],
            e["model_name"],
            e["model_version"],
            e["previous_stage"],
            e["stage"],
            e["status"],
        )
        for e in moves[:100]
    ]


def test_a_filter_narrows_every_panel_to_one_model_and_environment(applied: Elasticsearch, events: Any) -> None:
    filters = {"model_name": ["fraud"], "environment": ["staging"]}
    expected = [e for e in events.predict() if e["model_name"] == "fraud" and e["environment"] == "staging"]
    compared = ask(applied, "model-version-comparison", events, filters=filters)
    assert {(row["model"], row["env"]) for row in compared.records()} == {("fraud", "staging")}
    assert sum(compared.values("predictions")) == len(expected)
    throughput = ask(applied, "throughput-per-model", events, filters=filters)
    assert sum(throughput.values("predictions")) == len(expected)
    audit = ask(applied, "stage-transition-audit", events, filters=filters, allow_top_n=True)
    assert set(audit.values("model_name")) == {"fraud"}
    assert set(audit.values("environment")) == {"staging"}


@pytest.mark.parametrize("file", sorted(assets.path("dashboards/queries").glob("[!_]*.esql")), ids=lambda f: f.stem)
def test_an_empty_cluster_answers_with_no_row_and_all_columns(applied: Elasticsearch, file: Any) -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    answer = query.run(applied, file, start=end - timedelta(hours=1), end=end)
    assert answer.rows == []
    assert len(answer.columns) >= 3
    assert not answer.warnings
