"""Random measurements of models in service, for tests that count: what the dashboards beyond the overview show.

Plain dictionaries, as in `tests.support.events`, in values that a 32-bit float holds exactly.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs.times import iso

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["measurements"]

_MODELS = ("churn", "fraud", "search-ranking")
_ENVIRONMENTS = ("production", "staging")
_SERVICES = ("api", "batch", "")


def measurements(seed: int, number: int, start: datetime, seconds: int) -> list[dict[str, Any]]:
    """Return so many predictions and measurements, with what is optional there on some of them."""
    dice = random.Random(seed)  # test data
    return [_one(dice, seed, at, start, seconds) for at in range(1, number + 1)]


def _one(dice: random.Random, seed: int, at: int, start: datetime, seconds: int) -> dict[str, Any]:
    when = start + timedelta(milliseconds=dice.randrange(seconds * 1000))
    event: dict[str, Any] = {
        "@timestamp": iso(when),
        "event": {"id": f"{dice.getrandbits(96):024x}-{at}", "sequence": at},
        # Of these a number in a thousand is lost, so that there are gaps.
        "process": {"entity_id": f"writer-{seed}-{at % 7}"},
        "model_name": dice.choice(_MODELS),
        "model_version": dice.choice(("1", "2")),
        "environment": dice.choice(_ENVIRONMENTS),
        "status": dice.choices(("success", "error", "timeout", "cancelled"), (90, 4, 3, 3))[0],
        "event_type": "predict" if dice.random() < 0.8 else "quality",  # most are predictions
    }
    if service := dice.choice(_SERVICES):
        event["service"] = {"name": service}
    if event["event_type"] == "predict":
        event |= {"request_id": f"r-{seed}-{at}", "latency_ms": round(dice.lognormvariate(2, 0.7) * 64) / 64}
        if dice.random() < 0.5:  # half of them say who answered
            event["fallback_level"] = dice.choices((0, 1, 2, 3, 4), (90, 4, 3, 2, 1))[0]
    for name, high in (("drift_score", 1), ("feature_freshness_s", 900), ("gpu_utilization_pct", 100)):
        if dice.random() < 0.3 and (name != "drift_score" or event["event_type"] == "quality"):
            event[name] = dice.randrange(high * 64 + 1) / 64
    if event["event_type"] == "quality" and dice.random() < 0.5:
        event["prediction_quality"] = dice.randrange(65) / 64
    return event
