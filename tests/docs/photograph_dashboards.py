"""Makes the pictures of docs/dashboards.md: a made-up day of three models in a node, photographed page by page.

The day has a story, so that every panel has something to show: fraud's features grow old in the afternoon, its drift
climbs, its circuit opens and rules answer for it; a service writes latencies as words; a writer loses ten events. Run
it by `make pictures`; it writes to docs/images. Needs Chromium.
"""

from __future__ import annotations

import math
import random
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from elasticsearch.helpers import bulk
from photograph import PICTURES, photograph

from model_logs import bootstrap, dashboards, node
from model_logs.charts import write_page
from model_logs.cluster import Connection, connect
from model_logs.parse import Origin, Parser
from model_logs.report import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

# Model, typical milliseconds, predictions in ten minutes at noon, GPU use.
MODELS = (("churn", 9.0, 40, 35), ("fraud", 22.0, 60, 60), ("search-ranking", 4.0, 90, 75))
TROUBLE = (14, 17)
HEIGHTS = {"model-overview": 1900, "model-health": 2330, "pipeline-health": 1600}


def a_day(end: datetime) -> Iterator[dict[str, Any]]:
    """Return the events of the 24 hours before `end`, in order."""
    dice = random.Random(11)
    number = 0
    for slot in range(144):
        hour = slot / 6
        at = end - timedelta(hours=24) + timedelta(minutes=10 * slot)
        busy = 0.35 + 0.65 * math.sin(math.pi * hour / 24) ** 2
        for name, typical, rate, gpu in MODELS:
            ill = name == "fraud" and TROUBLE[0] <= hour < TROUBLE[1]
            subject = {"model_name": name, "model_version": "4" if hour > 11 else "3", "environment": "production"}
            for _ in range(round(rate * busy * dice.uniform(0.9, 1.1))):
                number += 1
                moment = at + timedelta(seconds=dice.uniform(0, 600))
                fields = {
                    "event_type": "predict",
                    "status": dice.choices(("success", "error", "timeout"), (93, 4, 3) if ill else (995, 3, 2))[0],
                    "request_id": f"r-{number}",
                    "latency_ms": typical * dice.lognormvariate(0, 0.4) * (2.4 if ill else 1),
                    "fallback_level": 3 if dice.random() < (0.3 if ill else 0.004) else 0,
                    "gpu_utilization_pct": min(100, max(0, gpu * busy + dice.gauss(0, 4))),
                }
                yield event(number, moment, f"api-{name}", fields | subject)
            number += 1
            age = 900 + 700 * (hour - TROUBLE[0]) if ill else dice.uniform(40, 90)
            measured = {
                "event_type": "quality",
                "status": "success",
                "drift_score": (0.28 if ill else 0.06) + dice.uniform(0, 0.04),
                "feature_freshness_s": age,
                "prediction_quality": (0.81 if ill else 0.94) + dice.uniform(-0.01, 0.01),
            }
            yield event(number, at, f"api-{name}", measured | subject)


def happenings(end: datetime) -> Iterator[dict[str, Any]]:
    """Return what people and gates did in that day."""
    day = end - timedelta(hours=24)
    churn = {"model_name": "churn", "model_version": "4", "environment": "production"}
    alice = {"user": {"name": "alice"}}
    told: list[tuple[float, dict[str, Any]]] = []
    for place, name in enumerate(("churn", "fraud", "search-ranking")):
        subject = churn | {"model_name": name}
        hour = 9 + place * 0.7
        told += [
            (hour, {"event_type": "registered", "status": "success", **subject, **alice}),
            (hour + 0.5, gate(name, 41.0 + 30 * place)),
            (hour + 1, {"event_type": "transitioned", "previous_stage": "staging", "stage": "production",
                        "status": "success", **subject, **alice}),
            (hour + 1.2, {"event_type": "deployed", "status": "success", **subject, **alice}),
        ]  # fmt: skip
    chaos = {"experiment": {"id": "x-1", "name": "kill-a-worker", "outcome": "completed"}, "status": "success"}
    told.append((19.5, {"event_type": "chaos_finished", **chaos, **churn}))
    for number, (hour, fields) in enumerate(told, 1):
        yield event(number, day + timedelta(hours=hour), "registry", fields)


def gate(name: str, value: float) -> dict[str, Any]:
    """Return a gate's verdict on version 4."""
    verdict = "gate_passed" if value <= 100 else "gate_failed"
    details = {"id": f"g-{name}", "name": "promotion", "objective": "p99", "value": value, "threshold": 100.0}
    subject = {"model_name": name, "model_version": "4", "environment": "production", "status": "success"}
    return {"event_type": verdict, "gate": details, **subject}


def event(number: int, moment: datetime, service: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return one event of a service's only writer."""
    return {
        "@timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": {"id": f"{service}-{number}", "sequence": number},
        "process": {"entity_id": f"writer-{service}"},
        "service": {"name": service},
        "host": {"name": f"host-{service}"},
        **fields,
    }


def fill(client: Elasticsearch, end: datetime) -> None:
    """Store the day as `ship` would, its samples of the disks and its baselines."""
    parser, origin, dice = Parser(), Origin("example.log", 1, 1, "0", 0), random.Random(12)
    day, services = list(a_day(end)), ["api-churn", "api-fraud", "api-search-ranking"]
    for service in services:
        own = [each for each in day if each["service"]["name"] == service]
        own.sort(key=lambda each: str(each["@timestamp"]))
        for number, each in enumerate(own, 1):
            each["event"]["sequence"] = number
    lost = [each for each in day if each["service"]["name"] == "api-churn" and 500 <= each["event"]["sequence"] < 510]
    words = [each for each in day if each["service"]["name"] == "api-fraud" and each["event"]["sequence"] % 97 == 0]
    for each in words:
        each["latency_ms"] = "fast"

    def actions() -> Iterator[dict[str, Any]]:
        for each in [*day, *happenings(end)]:
            if each in lost:
                continue
            when = datetime.fromisoformat(each["@timestamp"]) + timedelta(seconds=dice.lognormvariate(0.5, 0.5))
            ingested = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            document = parser.parse(orjson.dumps(each), origin, ingested=ingested)
            body = orjson.loads(document.body)
            yield {"_op_type": "create", "_index": document.data_stream, "_id": document.id, "_source": body}
        for slot in range(288):
            for name, roles, begin in (
                ("hot-1", ["data_hot"], 61.0),
                ("hot-2", ["data_hot"], 58.0),
                ("cold-1", ["data_cold"], 34.0),
            ):
                used = begin + slot / 40
                sample = {"node": {"id": name, "name": name, "roles": roles}, "disk": {"used_pct": used}}
                when = (end - timedelta(minutes=5 * (288 - slot))).isoformat(timespec="milliseconds")
                yield {
                    "_op_type": "create",
                    "_index": "metrics-model.node-default",
                    "_source": {"@timestamp": when, **sample},
                }

    bulk(client, actions(), chunk_size=2_000, refresh="true")
    for name, typical, _, _ in MODELS:
        figures = {"baseline_p50_ms": typical, "baseline_p99_ms": typical * 2.6, "baseline_error_rate": 0.005}
        row = {"model_environment": f"{name}|production", "baseline_version": "3", "recorded_by": "alice", **figures}
        row["recorded_at"] = (end - timedelta(days=6)).isoformat(timespec="milliseconds")
        client.index(index="model-logs-baselines", id=row["model_environment"], document=row, refresh=True)


def main() -> None:
    """Fill a node and photograph the three pages."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        sys.exit("Chromium is not installed: bash tests/tools.sh, or install it by hand.")
    with tempfile.TemporaryDirectory() as folder, node.start(Path(folder) / "node", stop_with_parent=True) as running:
        client = connect(Connection(url=running.url))
        bootstrap.install(client)
        end = datetime.now(UTC)
        fill(client, end)
        for name, height in HEIGHTS.items():
            dashboard = dashboards.load(name)
            page = Path(folder) / f"{name}.html"
            write_page(answer(client, dashboard, start=end - dashboard.range, end=end), page)
            photograph(browser, page, "light", PICTURES / f"{name}.png", height=height)


if __name__ == "__main__":
    main()
