"""Each panel of model health against an independent computation in plain Python, over 50,000 random events."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import moment
from tests.support.six_hours import BASELINE, error_rate, in_buckets, rank_is_near

if TYPE_CHECKING:
    from tests.support.six_hours import Day

# Six hours in at most 100 buckets are buckets of five minutes.
BUCKET = 300
VERDICTS = ("gate_passed", "gate_failed", "gate_inconclusive", "chaos_started", "chaos_finished")


def _key(row: dict[str, Any]) -> tuple[float, str]:
    return row["time"].timestamp(), row["model_name"]


def test_who_says_no_level_answered_itself(events: Day) -> None:
    expected = in_buckets(events.of("predict"), BUCKET, "model_name")
    rows = {_key(row): row for row in events.ask("fallback-rate")}
    assert set(rows) == set(expected)
    for key, here in expected.items():
        levels = [event.get("fallback_level", 0) for event in here]
        fallbacks = sum(level > 0 for level in levels)
        assert (rows[key]["fallbacks"], rows[key]["predictions"]) == (fallbacks, len(here))
        assert rows[key]["fallback_rate_pct"] == pytest.approx(100 * fallbacks / len(here), abs=1e-6)
        said = [event["fallback_level"] for event in here if "fallback_level" in event]
        assert rows[key]["worst_level"] == max(said, default=None)


@pytest.mark.parametrize(
    ("panel", "field", "exact", "ranks"),
    [
        ("drift-score", "drift_score", {"mean_score": fmean, "highest_score": max}, {}),
        ("gpu-utilization", "gpu_utilization_pct", {"mean_pct": fmean, "highest_pct": max}, {}),
        ("prediction-quality", "prediction_quality", {"quality_pct": lambda values: 100 * fmean(values)}, {}),
        ("feature-freshness", "feature_freshness_s", {"oldest_s": max}, {"median_s": 50}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_measurement_is_averaged_over_what_carries_it(
    events: Day, panel: str, field: str, exact: dict[str, Any], ranks: dict[str, float]
) -> None:
    carrying = [event for here in events.by_type.values() for event in here if field in event]
    expected = in_buckets(carrying, BUCKET, "model_name")
    rows = {_key(row): row for row in events.ask(panel)}
    assert set(rows) == set(expected)
    for key, here in expected.items():
        values = [event[field] for event in here]
        assert rows[key]["measurements"] == len(values)
        for column, compute in exact.items():
            assert rows[key][column] == pytest.approx(compute(values), abs=1e-6)
        for column, percentile in ranks.items():
            assert rank_is_near(values, percentile, rows[key][column])


def test_each_model_is_compared_with_its_baseline(events: Day) -> None:
    of_model = defaultdict(list)
    for event in events.of("predict"):
        of_model[event["model_name"], event["environment"]].append(event)
    rows = {(row["model"], row["env"]): row for row in events.ask("baseline-comparison")}
    assert set(rows) == set(of_model)
    for key, here in of_model.items():
        row = rows[key]
        assert row["predictions"] == len(here)
        assert row["error_rate_pct"] == pytest.approx(error_rate(here), abs=1e-6)
        for percentile in (50, 99):
            assert rank_is_near([event["latency_ms"] for event in here], percentile, row[f"p{percentile}_ms"])
        assert (row["owner"], row["tier"]) == ("risk" if key == ("fraud", "production") else None, None)
        if key == ("churn", "production"):
            for percentile in (50, 99):
                change = 100 * (row[f"p{percentile}_ms"] / BASELINE[f"baseline_p{percentile}_ms"] - 1)
                assert row[f"p{percentile}_change_pct"] == pytest.approx(change, abs=1e-6)
            assert (row["baseline_error_rate_pct"], row["recorded_by"]) == (6.25, "alice")
        else:
            assert row["p50_change_pct"] is row["p99_change_pct"] is row["baseline_version"] is None


def test_gates_and_experiments_are_listed_the_latest_first(events: Day) -> None:
    verdicts = sorted(events.of(*VERDICTS), key=lambda event: str(event["event"]["id"]))
    verdicts.sort(key=moment, reverse=True)
    assert len(verdicts) > 100, "more than are shown"
    expected = [
        (
            moment(event),
            event["event_type"],
            event["gate"]["name"] if "gate" in event else event["experiment"]["name"],
            event["model_name"],
            event.get("gate", {}).get("value"),
            event.get("gate", {}).get("threshold"),
            event["experiment"]["outcome"] if "experiment" in event else event["status"],
        )
        for event in verdicts[:100]
    ]
    columns = ("time", "event_type", "name", "model_name", "measured", "threshold", "result")
    assert [tuple(row[column] for column in columns) for row in events.ask("gates-and-experiments")] == expected
