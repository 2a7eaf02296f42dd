"""How much the parser adds to reading and writing JSON: against `orjson.loads` and `orjson.dumps` of the same line.

Blocks of each variant and of the control alternate in shuffled order; the figure is the median of the CPU-time ratios
within a round. The control is measured twice in each: when the two differ by more than 5 %, the run says "too noisy".

Run it as: python -m benchmarks.parser_speed [--rounds 40]
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.parse import Origin, Parser

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 2_000
INGESTED = "2026-01-15T10:30:01.000Z"
ORIGIN = Origin("/var/log/models/serving.jsonl", 66305, 1311, "5f" * 32, 4096)
PLAIN: dict[str, Any] = {
    "@timestamp": "2026-01-15T10:30:00.123Z",
    "event": {"id": "0123456789abcdef01234567-42", "sequence": 42},
    "event_type": "predict",
    "status": "success",
    "model_name": "churn",
    "model_version": "3",
    "stage": "production",
    "request_id": "req-42",
    "latency_ms": 12.5,
    "prediction_label": "yes",
    "prediction_score": 0.75,
    "environment": "production",
    "process": {"entity_id": "0123456789abcdef01234567", "pid": 4711},
    "host": {"name": "serving-1"},
    "service": {"name": "scoring"},
}
RICH = PLAIN | {
    "message": "predicted",
    "labels": {"region": "eu", "team": "risk"},
    "trace": {"id": "4bf92f3577b34da6"},
}
LINES = {
    "a prediction of the logger": orjson.dumps(PLAIN),
    "the same with message and labels": orjson.dumps(RICH),
    "the same with an escape (no form takes it)": orjson.dumps(RICH | {"message": 'predicted "yes"'}),
    "an event of another writer (dotted names)": orjson.dumps(PLAIN | {"user": "alice", "trace.id": "t-1"}),
    "an event with a bad value": orjson.dumps(PLAIN | {"latency_ms": "abc"}),
    "a text line": b"2026-01-15T10:30:00Z PREDICT request_id=r-1 model=churn version=v3.2.1 latency=9.5ms status=ok",
    "a line that no pattern knows": b"Loading weights from disk: /models/churn/3/model.bin (418 MB)",
}
CONTROL = "control"


def per_call(function: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time_ns()
    for _ in range(CALLS):
        function()
    return (time.process_time_ns() - began) / CALLS / 1e9


def parsing(parser: Parser, line: bytes) -> Callable[[], object]:
    return lambda: parser.parse(line, ORIGIN, ingested=INGESTED)


def main() -> int:
    """Measure, and print a table."""
    options = argparse.ArgumentParser(description="The parser against orjson alone.")
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    parser = Parser()
    first = LINES["a prediction of the logger"]
    control = lambda: orjson.dumps(orjson.loads(first))  # noqa: E731 - as short as what it is measured against
    variants: dict[str, Callable[[], object]] = {name: parsing(parser, line) for name, line in LINES.items()}
    took: dict[str, list[float]] = {name: [] for name in (CONTROL, *variants)}
    noise = []
    for _ in range(rounds):
        order = [*variants, CONTROL, CONTROL]
        random.shuffle(order)
        seconds: dict[str, list[float]] = {}
        for name in order:
            seconds.setdefault(name, []).append(per_call(variants.get(name, control)))
        for name, values in seconds.items():
            took[name].append(statistics.mean(values))
        noise.append(seconds[CONTROL][0] / seconds[CONTROL][1])
    print(f"{'':44} {'µs':>8} {'events/s':>10} {'x control':>10}")
    for name, values in took.items():
        ratio = statistics.median(a / b for a, b in zip(values, took[CONTROL], strict=True))
        middle = statistics.median(values)
        print(f"{name:44} {middle * 1e6:8.2f} {1 / middle:10,.0f} {ratio:10.2f}")
    level = statistics.median(noise)
    print(f"control against itself: {level:.3f}" + ("" if 0.95 <= level <= 1.05 else ": too noisy"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
