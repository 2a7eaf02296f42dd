"""Results of others about drift become `quality` and `drift_detected`: plain dictionaries, Evidently new and old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_logs import drift
from model_logs.errors import ContractError
from model_logs.testing import capture

HERE = Path(__file__).parent
# What the real package gave: evidently.md beside them tells how.
NEW = json.loads((HERE / "evidently-0.7.json").read_text())
OLD = json.loads((HERE / "evidently-legacy.json").read_text())


class Snapshot:
    def dict(self) -> dict[str, Any]:
        return NEW


class Report:
    def as_dict(self) -> dict[str, Any]:
        return OLD

    def dict(self) -> dict[str, Any]:
        return {"not": "this one"}


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    kept = [m for m in document["metrics"] if not any(name in json.dumps(m)[:200] for name in names)]
    return {"metrics": kept}


@pytest.mark.parametrize(
    ("result", "drifted", "score", "reason"),
    [
        ({"score": 0.3}, True, 0.3, ""),
        ({"score": 0.2}, False, 0.2, ""),
        ({"drift_score": 0.1, "drifted": True, "reason": "by eye"}, True, 0.1, "by eye"),
        ({"drift_detected": False, "score": 5}, False, 5.0, ""),
        ({"drifted": True}, True, None, ""),
        ({"features": {"age": 0.1, "amount": 0.45, "odd": None}}, True, 0.45, "amount 0.45"),
        (Snapshot(), True, 0.5, "age 1.08"),
        (NEW, True, 0.5, "age 1.08"),
        (without(NEW, "DriftedColumnsCount"), True, 0.5, "age 1.08"),
        (without(NEW, "DriftedColumnsCount", "column=age"), False, 0.0, ""),
        (Report(), True, 0.5, "age 1.63e-39"),
        (OLD, True, 0.5, "age 1.63e-39"),
        (without(OLD, "DatasetDriftMetric", "DataDriftTable"), True, 1.0, "age 1.63e-39"),
    ],
)
def test_a_result_becomes_events(result: Any, drifted: bool, score: float | None, reason: str) -> None:
    with capture(strict=True) as captured:
        found = drift.record(result, model_name="churn", model_version="3", stage="production")
    assert (found.drifted, found.score, found.reason) == (drifted, score, reason)
    quality, *rest = captured.events
    assert quality["event_type"] == "quality"
    assert quality.get("drift_score") == score
    assert [each["event_type"] for each in rest] == ["drift_detected"] * drifted
    for event in captured.events:
        assert (event["model_name"], event["model_version"], event["stage"]) == ("churn", "3", "production")
    if drifted:
        assert rest[0].get("reason", "") == reason


def test_a_comparison_of_ours_is_recorded_too() -> None:
    before, now = drift.Sample("before"), drift.Sample("now")
    for number in range(1_000):
        before.add({"x": number, "y": "a"})
        now.add({"x": number + 500})
    found = drift.compare(before, now)
    with capture(strict=True) as captured:
        drift.record(found, model_name="churn")
    quality, detected = captured.events
    assert quality["metrics"].keys() == {"psi", "ks"}
    assert detected["drift_score"] == pytest.approx(found.score)
    assert detected["reason"].startswith("y is missing; PSI of x ")


@pytest.mark.parametrize(
    "odd", [None, 5, "text", [], {}, {"x": 1}, {"score": "high"}, {"score": float("nan")}, {"metrics": []},
            {"metrics": [{"metric_name": "RowCount()", "value": 5}]}, {"metrics": [5, None]}, object()]
)  # fmt: skip
def test_a_result_that_nobody_knows_says_which_ones_are_known(odd: Any) -> None:
    with capture() as captured, pytest.raises(ContractError, match=r"Next step: Give a dictionary with `score`"):
        drift.record(odd, model_name="churn")
    assert captured.events == []
