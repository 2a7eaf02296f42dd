"""Two variants compared over the same requests, against plain Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index

from model_logs import variants
from model_logs.errors import InconclusiveError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 10, 5, 12, tzinfo=UTC)
SPAN: dict[str, Any] = {"start": START, "end": START + timedelta(hours=1)}


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def _prediction(number: int, variant: str, dice: random.Random, **more: Any) -> dict[str, Any]:
    return {
        "@timestamp": (START + timedelta(milliseconds=number))
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "event": {"id": f"{variant}-{number}", "sequence": number + 1},
        "event_type": "predict",
        "status": dice.choice(("success",) * 9 + ("error",)),
        "environment": "production",
        "model_name": "churn",
        "variant": variant,
        "request_id": f"r-{number}",
        "latency_ms": dice.randrange(1, 400) / 4,
        "prediction_label": dice.choice("abc"),
        "prediction_score": dice.randrange(400) / 4,
        **more,
    }


def test_pairs_are_counted_as_plain_python_counts_them(applied: Elasticsearch) -> None:
    dice = random.Random(3)
    control = {n: _prediction(n, "control", dice) for n in range(900)}
    shadow = {n: _prediction(n, "shadow", dice) for n in range(100, 1000)}
    strangers = [_prediction(n, "canary", dice) for n in range(50)]
    index(applied, [*control.values(), *shadow.values(), *strangers])
    found = variants.compare_variants(applied, "churn", "production", **SPAN)
    both = sorted(control.keys() & shadow.keys())
    differences = [shadow[n]["prediction_score"] - control[n]["prediction_score"] for n in both]
    assert (found.pairs, found.only_control, found.only_other) == (800, 100, 100)
    assert found.labelled == found.scored == 800
    assert found.agreed == sum(control[n]["prediction_label"] == shadow[n]["prediction_label"] for n in both)
    assert found.mean_difference == pytest.approx(fmean(differences))
    assert found.mean_distance == pytest.approx(fmean(map(abs, differences)))
    assert found.largest_distance == max(map(abs, differences))
    assert found.control_failed == sum(control[n]["status"] == "error" for n in both)
    assert found.other_failed == sum(shadow[n]["status"] == "error" for n in both)
    counted = {
        (control[n]["prediction_label"], shadow[n]["prediction_label"])
        for n in both
        if control[n]["prediction_label"] != shadow[n]["prediction_label"]
    }
    assert {pair[:2] for pair in found.disagreements} == counted
    assert sum(pair[2] for pair in found.disagreements) == 800 - found.agreed


def test_without_a_pair_it_is_inconclusive(applied: Elasticsearch) -> None:
    dice = random.Random(1)
    index(applied, [_prediction(1, "control", dice), _prediction(2, "shadow", dice)])
    with pytest.raises(InconclusiveError, match=r"control \(1 requests\) and shadow \(1\)"):
        variants.compare_variants(applied, "churn", "production", **SPAN)


def test_names_are_parameters_and_no_text(applied: Elasticsearch) -> None:
    with pytest.raises(InconclusiveError):
        variants.compare_variants(applied, 'x" | LIMIT 0 //', "production", other="a'b", **SPAN)


def test_a_shadow_without_labels_and_scores_is_compared_by_latency(applied: Elasticsearch) -> None:
    dice = random.Random(2)
    bare = {"prediction_label": None, "prediction_score": None}
    events = [_prediction(n, v, dice) for n in range(10) for v in ("control", "shadow")]
    events = [
        {k: v for k, v in {**e, **bare}.items() if v is not None} if e["variant"] == "shadow" else e for e in events
    ]
    index(applied, events)
    found = variants.compare_variants(applied, "churn", "production", **SPAN)
    assert (found.pairs, found.labelled, found.scored, found.mean_difference) == (10, 0, 0, None)
    assert found.disagreements == ()
    assert found.other_p50_ms is not None
