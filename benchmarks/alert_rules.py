"""How long one evaluation of all alert rules takes: 1,000 models and 2,000,000 predictions of the last half hour.

The predictions lie in the rules' windows, which is worse than life: of half an hour's traffic every rule reads all
that its window holds. Each round asks every rule once, as `model-logs alerts watch` does; the median counts.

Run it as: python -m benchmarks.alert_rules [--models 1000] [--predictions 2000000] [--rounds 5] [--url URL]
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from model_logs import install
from model_logs.alerts.engine.expected_models import Keeper
from model_logs.alerts.engine.late_events import LateEvents
from model_logs.alerts.rulebook import query_text, rules
from model_logs.alerts.rulebook.evaluation import evaluate
from model_logs.cluster import Connection, connect
from model_logs.state import disk_samples
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

CHUNK = 10_000
WRITERS = 64
LIMIT_S = 5.0
SPAN = timedelta(minutes=30)


def predictions(count: int, models: int, end: datetime) -> Iterator[bytes]:
    """Yield bulk bodies with predictions evenly over `SPAN`, in the order of time."""
    chance = random.Random(7)  # noqa: S311 - the same events in each run
    sequences = [0] * WRITERS
    lines: list[bytes] = []
    for number in range(count):
        at = (end - SPAN + SPAN * number / count).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        writer = number % WRITERS
        sequences[writer] += 1
        id_ = f"writer{writer}-{sequences[writer]}"
        lines += [
            b'{"create":{"_id":"%s"}}' % id_.encode(),
            orjson.dumps(
                {
                    "@timestamp": at,
                    "event": {"id": id_, "sequence": sequences[writer], "ingested": at},
                    "event_type": "predict",
                    "status": "error" if chance.random() < 0.01 else "success",
                    "environment": "production",
                    "model_name": f"model-{number % models}",
                    "model_version": "3",
                    "latency_ms": chance.lognormvariate(2.5, 0.6),
                    "request_id": id_,
                    "fallback_level": 0,
                    "process": {"entity_id": f"writer{writer}"},
                    "host": {"name": f"host-{writer % 16}"},
                    "service": {"name": "scoring"},
                }
            ),
        ]
        if len(lines) >= 2 * CHUNK:
            yield b"\n".join(lines) + b"\n"
            lines = []
    if lines:
        yield b"\n".join(lines) + b"\n"


def fill(client: Elasticsearch, count: int, models: int, end: datetime) -> None:
    """Write everything that the rules read."""
    headers = {"content-type": "application/x-ndjson", "accept": "application/json"}
    written = 0
    for body in predictions(count, models, end):
        answer = client.perform_request(
            "POST",
            "/logs-model.prediction-production/_bulk",
            headers=headers,
            body=body,
            params={"filter_path": "errors"},
        )
        if answer.body["errors"]:
            sys.exit("A prediction was refused.")
        written += body.count(b"\n") // 2
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{written:,} predictions")
    sys.stderr.write("\n")
    operations: list[Any] = []
    for number in range(models):
        key = f"model-{number}|production"
        about = {"model_environment": key, "model_name": f"model-{number}", "environment": "production"}
        operations += [
            {"index": {"_index": "model-logs-baselines", "_id": key}},
            {**about, "baseline_version": "3", "baseline_p99_ms": 50.0},
        ]
    client.bulk(operations=operations)
    disk_samples.write_disk_samples(client, end - timedelta(seconds=30))
    client.indices.refresh(index="logs-model.*,metrics-model.*,model-logs-*", expand_wildcards="all")


def measure(client: Elasticsearch, end: datetime, rounds: int) -> float:
    """Print what each rule and each round took, and return the median of the rounds in seconds."""
    store = Store(client)
    store.ensure()
    keeper, late = Keeper(client, store), LateEvents(client, store, lookback=timedelta(hours=1))
    known = rules.load_rules()
    texts = {rule.id: query_text.alerts_query(rule) for rule in known}
    keeper.update(end)
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for rule in known:
            begin = time.perf_counter()
            evaluate(client, rule, texts[rule.id], end)
            seconds.setdefault(rule.id, []).append(time.perf_counter() - begin)
        for name, work in (("expected models", lambda: keeper.update(end)), ("late events", lambda: late.look(end))):
            begin = time.perf_counter()
            work()
            seconds.setdefault(f"({name})", []).append(time.perf_counter() - begin)
    totals = [sum(each[turn] for name, each in seconds.items() if name[0] != "(") for turn in range(rounds)]
    for name, each in seconds.items():
        print(f"{name:22} {statistics.median(each) * 1000:8.0f} ms")
    spread = f"{min(totals):.2f} to {max(totals):.2f}"
    median = statistics.median(totals)
    print(f"all rules, one evaluation: median {median:.2f} s of {rounds} ({spread})")
    return median


def main() -> None:
    """Fill a node and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=1_000)
    parser.add_argument("--predictions", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--url", help="an empty cluster; a development node is started otherwise")
    asked = parser.parse_args()
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    with ExitStack() as stack:
        url = asked.url
        if not url:
            from model_logs.node import start_node

            home = stack.enter_context(tempfile.TemporaryDirectory())
            url = stack.enter_context(start_node(Path(home), heap="1g", stop_with_parent=True)).url
        client = stack.enter_context(connect(Connection(url, timeout=120)))
        install.install(client)
        begin = time.perf_counter()
        fill(client, asked.predictions, asked.models, end)
        print(f"{asked.predictions:,} predictions of {asked.models:,} models in {time.perf_counter() - begin:.0f} s")
        median = measure(client, end, asked.rounds)
    if median > LIMIT_S:
        sys.exit(f"An evaluation of all rules takes longer than {LIMIT_S:g} s.")


if __name__ == "__main__":
    main()
