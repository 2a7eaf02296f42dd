"""The panels of the dashboard Outcomes against pandas, over thousands of predictions and truths."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tests.support.events import index

from model_logs import assets, outcomes, query
from model_logs.outcomes import Truth

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START, DAYS = datetime(2026, 10, 1, tzinfo=UTC), 6
COUNT = 6000
# How many truths of each day are known: the last two days are still coming in.
KNOWN = (0.9, 0.8, 0.9, 0.85, 0.5, 0.1)


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def _frame() -> pd.DataFrame:
    dice = random.Random(11)
    rows = []
    for number in range(COUNT):
        at = START + timedelta(seconds=dice.randrange(DAYS * 86400))
        label, truth = dice.choice(("yes", "no")), dice.choice(("yes", "no", "maybe"))
        known = dice.random() < KNOWN[(at - START).days]
        rows.append(
            {
                "request_id": f"r-{number}",
                "at": at,
                "day": at.replace(hour=0, minute=0, second=0),
                "model_name": dice.choice(("churn", "price")),
                "model_version": dice.choice(("1", "2")),
                "variant": dice.choice((None, None, "canary", "shadow")),
                "status": dice.choice(("success",) * 9 + ("error",)),
                "prediction_label": label,
                "prediction_score": dice.randrange(400) / 4,
                "actual_label": truth if known else None,
                "actual_value": dice.randrange(400) / 4 if known else None,
            }
        )
    return pd.DataFrame(rows).astype(object).where(lambda frame: frame.notna(), None)


def _events(frame: pd.DataFrame) -> list[dict[str, Any]]:
    carried = ("request_id", "model_name", "model_version", "variant", "status")
    found = []
    for number, row in enumerate(frame.to_dict("records")):
        event = {
            "@timestamp": row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "event": {"id": f"w-{number}", "sequence": number + 1},
            "event_type": "predict",
            "environment": "production",
            "latency_ms": 1.0,
            **{name: row[name] for name in carried if row[name] is not None},
        }
        if row["status"] == "success":  # a prediction that failed has predicted nothing
            event |= {name: row[name] for name in ("prediction_label", "prediction_score")}
        found.append(event)
    return found


@pytest.fixture
def frame(applied: Elasticsearch) -> pd.DataFrame:
    """The predictions that were answered, and what is known of them; all of it is in the cluster."""
    made = _frame()
    index(applied, _events(made))
    known = made[made["actual_label"].notna()]
    truths = [
        Truth(row["request_id"], row["at"] + timedelta(days=20), row["actual_label"], row["actual_value"])
        for row in known.to_dict("records")
    ]
    outcomes.join(applied, truths, "production")
    applied.indices.refresh(index="model-logs-outcomes-*")
    return made[made["status"] == "success"]


def _ask(es: Elasticsearch, name: str) -> list[dict[str, Any]]:
    answer = query.run(
        es, assets.path(f"dashboards/queries/{name}.esql"), start=START, end=START + timedelta(days=DAYS)
    )
    return answer.records()


def _variant(frame: pd.DataFrame) -> pd.Series:
    return frame["variant"].fillna("")


def test_accuracy_by_day_with_days_that_are_not_ripe_apart(applied: Elasticsearch, frame: pd.DataFrame) -> None:
    served = frame[_variant(frame) != "shadow"]
    found = {(row["model_name"], row["time"]): row for row in _ask(applied, "outcome-accuracy")}
    expected = {}
    for model, of_model in served.groupby("model_name"):
        shares = of_model.groupby("day")["actual_label"].agg(lambda labels: labels.notna().mean())
        for day, part in of_model.groupby("day"):
            known = part[part["actual_label"].notna()]
            right = int((known["prediction_label"] == known["actual_label"]).sum())
            expected[model, day] = (len(known), right, shares[day], shares[day] >= 0.8 * shares.max())
    assert found.keys() == expected.keys()
    for key, (judged, right, share, ripe) in expected.items():
        row = found[key]
        assert (row["judged"], row["right"]) == (judged, right)
        assert row["known_pct"] == pytest.approx(100 * share)
        drawn, other = ("right_pct", "right_so_far_pct") if ripe else ("right_so_far_pct", "right_pct")
        assert row[drawn] == pytest.approx(100 * right / judged)
        assert row[other] is None
    assert {row["right_pct"] is None for row in found.values()} == {True, False}, "both kinds of day are there"


def test_the_error_of_values_by_day(applied: Elasticsearch, frame: pd.DataFrame) -> None:
    known = frame[(_variant(frame) != "shadow") & frame["actual_value"].notna()]
    errors = (known["prediction_score"] - known["actual_value"]).abs().astype(float)
    expected = errors.groupby([known["model_name"], known["day"]]).agg(["mean", "size"])
    rows = _ask(applied, "outcome-error")
    assert len(rows) == len(expected)
    for row in rows:
        mean, size = expected.loc[(row["model_name"], row["time"])]
        assert (row["mean_error"], row["outcomes"]) == (pytest.approx(mean), size)


def test_outcomes_by_version_and_variant(applied: Elasticsearch, frame: pd.DataFrame) -> None:
    rows = _ask(applied, "outcomes-by-version")
    groups = dict(list(frame.assign(variant=_variant(frame)).groupby(["model_name", "model_version", "variant"])))
    assert len(rows) == len(groups)
    for row in rows:
        part = groups[row["model"], row["version"], row["variant"] or ""]
        known = part[part["actual_label"].notna()]
        assert (row["predictions"], row["known"]) == (len(part), len(known))
        assert row["known_pct"] == pytest.approx(100 * len(known) / len(part))
        assert row["accuracy_pct"] == pytest.approx(100 * (known["prediction_label"] == known["actual_label"]).mean())
        errors = (known["prediction_score"] - known["actual_value"]).abs().astype(float)
        assert row["mean_error"] == pytest.approx(errors.mean())


def test_precision_and_recall_by_class(applied: Elasticsearch, frame: pd.DataFrame) -> None:
    known = frame[frame["actual_label"].notna()].assign(variant=_variant(frame))
    rows = _ask(applied, "outcomes-by-class")
    for row in rows:
        part = known[
            (known["model_name"] == row["model"])
            & (known["model_version"] == row["version"])
            & (known["variant"] == (row["variant"] or ""))
        ]
        says, is_ = part["prediction_label"] == row["class"], part["actual_label"] == row["class"]
        assert (row["predicted"], row["actual"], row["found"]) == (says.sum(), is_.sum(), (says & is_).sum())
        assert row["precision_pct"] == (pytest.approx(100 * (says & is_).sum() / says.sum()) if says.sum() else None)
        assert row["recall_pct"] == (pytest.approx(100 * (says & is_).sum() / is_.sum()) if is_.sum() else None)
    assert {row["class"] for row in rows} == {"yes", "no", "maybe"}
