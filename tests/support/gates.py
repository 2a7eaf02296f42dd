"""Traffic of one version under a load that drifts, as plain events: for tests of gates, which count them again."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from model_logs.times import iso

__all__ = ["START", "traffic"]

START = datetime(2026, 10, 5, 12, tzinfo=UTC)


def traffic(
    seed: int,
    *,
    model: str = "churn",
    version: str = "7",
    variant: str | None = None,
    start: datetime = START,
    minutes: float = 15,
    per_minute: int = 400,
    slower: float = 1.0,
    failing: float = 0.0,
    phase: float = 1.0,
    **more: Any,
) -> list[dict[str, Any]]:
    """Return predictions that are even in time but for a load and a latency that drift by a fifth, numbered from 1.

    Args:
        seed: Of the dice.
        model: The model.
        version: The version.
        variant: The variant.
        start: Begin.
        minutes: How long.
        per_minute: Predictions a minute, on average.
        slower: Factor of all latencies.
        failing: Share of predictions that fail.
        phase: Where the drift begins; it is that of the load, so the same for all that serve at a time.
        more: Further fields of each event.
    """
    dice = random.Random(seed)
    writer = f"{dice.getrandbits(96):024x}"
    span_ms = int(minutes * 60_000)
    times = sorted(_drawn(dice, span_ms, phase) for _ in range(int(minutes * per_minute)))
    return [
        {
            "@timestamp": iso(start + timedelta(milliseconds=at)),
            "event": {"id": f"{writer}-{number}", "sequence": number},
            "process": {"entity_id": writer},
            "event_type": "predict",
            "status": "error" if dice.random() < failing else "success",
            "environment": "production",
            "model_name": model,
            "model_version": version,
            "request_id": f"r-{writer}-{number}",
            "latency_ms": _latency(dice, at / span_ms, phase) * slower,
            **({"variant": variant} if variant else {}),
            **more,
        }
        for number, at in enumerate(times, 1)
    ]


def _drawn(dice: random.Random, span_ms: int, phase: float) -> int:
    while True:
        at = dice.randrange(span_ms)
        if dice.random() * 1.2 < 1 + 0.2 * math.sin(math.tau * at / span_ms + phase):
            return at


def _latency(dice: random.Random, part: float, phase: float) -> float:
    return dice.lognormvariate(math.log(20), 0.5) * (1 + 0.2 * math.sin(math.tau * part + phase))
