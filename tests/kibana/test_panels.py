"""Each panel of health and pipeline against an independent computation in plain Python, over 50,000 random events."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from model_logs import assets, query
from model_logs.testing.health import measurements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch import Elasticsearch

START = datetime(2026, 5, 3, 6, tzinfo=UTC)
# Buckets of the queries that cut a range into at most 100: six hours are 72 times five minutes.
END, BUCKET = START + timedelta(hours=6), 300
FAILURES = {"error", "timeout", "failed"}
NUMBER = 50_000


class Asked:
    """The events, and a way to ask a panel's query about them."""

    def __init__(self, client: Elasticsearch, events: list[dict[str, Any]]) -> None:
        self.client = client
        self.events = events

    def ask(self, name: str) -> list[dict[str, Any]]:
        file = assets.path(f"dashboards/queries/{name}.esql")
        return query.run(self.client, file, start=START, end=END, allow_top_n=True).records()

    def by_bucket(self, events: Iterable[dict[str, Any]]) -> dict[tuple[float, str], list[dict[str, Any]]]:
        found = defaultdict(list)
        for event in events:
            found[_at(event).timestamp() // BUCKET * BUCKET, event["model_name"]].append(event)
        return found


def _at(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["@timestamp"])


def _key(row: dict[str, Any], name: str = "model_name") -> tuple[float, str]:
    return row["time"].timestamp(), row[name]


def _assert_rank(values: list[float], percentile: float, found: float) -> None:
    values = sorted(values)
    slack = 0.005 + 1 / len(values)
    low, high = bisect_left(values, found) / len(values), bisect_right(values, found) / len(values)
    assert low - slack <= percentile / 100 <= high + slack, (percentile, found, low, high, len(values))


def _store(client: Elasticsearch, events: list[dict[str, Any]], ingested_after: float = 2.5) -> None:
    from elasticsearch.helpers import bulk

    from model_logs.parse import Origin, Parser

    parser, origin = Parser(), Origin("tests/events.log", 1, 1, "0", 0)

    def actions() -> Any:
        for event in events:
            ingested = (_at(event) + timedelta(seconds=ingested_after)).isoformat(timespec="milliseconds")
            document = parser.parse(orjson.dumps(event), origin, ingested=ingested.replace("+00:00", "Z"))
            body = orjson.loads(document.body)
            yield {"_op_type": "create", "_index": document.data_stream, "_id": document.id, "_source": body}

    bulk(client, actions(), chunk_size=2_000, refresh="true")


@pytest.fixture
def asked(applied: Elasticsearch) -> Asked:
    events = measurements(9, NUMBER, START, 6 * 3600)
    _store(applied, events)
    return Asked(applied, events)


def test_every_panel_over_time_counts_and_averages_as_plain_python_does(asked: Asked) -> None:
    """One store of 50,000 events serves all panels; storing them is what takes the time."""
    _fallbacks(asked)
    _levels(asked, "drift-score", "drift_score", {"mean_score": fmean, "highest_score": max})
    _levels(asked, "gpu-utilization", "gpu_utilization_pct", {"mean_pct": fmean, "highest_pct": max})
    _levels(asked, "prediction-quality", "prediction_quality", {"quality_pct": lambda v: 100 * fmean(v)})
    _levels(asked, "feature-freshness", "feature_freshness_s", {"oldest_s": max}, {"median_s": 50})
    _volume(asked)
    _lag(asked)
    _gaps(asked)
    _baselines(asked)


def _fallbacks(asked: Asked) -> None:
    expected = asked.by_bucket(event for event in asked.events if event["event_type"] == "predict")
    rows = {_key(row): row for row in asked.ask("fallback-rate")}
    assert set(rows) == set(expected)
    for key, events in expected.items():
        fallbacks = sum(event.get("fallback_level", 0) > 0 for event in events)
        assert (rows[key]["fallbacks"], rows[key]["predictions"]) == (fallbacks, len(events))
        assert rows[key]["fallback_rate_pct"] == pytest.approx(100 * fallbacks / len(events), abs=1e-6)


def _levels(
    asked: Asked, panel: str, field: str, exact: dict[str, Any], ranks: dict[str, float] | None = None
) -> None:
    expected = asked.by_bucket(event for event in asked.events if field in event)
    rows = {_key(row): row for row in asked.ask(panel)}
    assert set(rows) == set(expected), panel
    for key, events in expected.items():
        values = [event[field] for event in events]
        assert rows[key]["measurements"] == len(values)
        for column, compute in exact.items():
            assert rows[key][column] == pytest.approx(compute(values), abs=1e-6), (panel, column)
        for column, percentile in (ranks or {}).items():
            _assert_rank(values, percentile, rows[key][column])


def _volume(asked: Asked) -> None:
    width = (END - START).total_seconds() / 60
    expected = Counter(
        (int((_at(event) - START).total_seconds() // width), event.get("service", {}).get("name", "tests/events.log"))
        for event in asked.events
    )
    rows = asked.ask("volume-by-source")
    found = {(round((row["time"] - START).total_seconds() / width), row["source"]): row["events"] for row in rows}
    assert found == dict(expected)
    assert sum(row["per_minute"] * width / 60 for row in rows) == pytest.approx(NUMBER, abs=1e-6)


def _lag(asked: Asked) -> None:
    rows = asked.ask("ingest-lag")
    assert sum(row["events"] for row in rows) == NUMBER
    assert {row[column] for row in rows for column in ("p50_s", "p95_s", "highest_s")} == {2.5}
    expected = Counter((_at(event).timestamp() // BUCKET * BUCKET, event["environment"]) for event in asked.events)
    assert {_key(row, "environment"): row["events"] for row in rows} == dict(expected)


def _gaps(asked: Asked) -> None:
    numbers = defaultdict(set)
    for event in asked.events:
        numbers[event["process"]["entity_id"]].add(event["event"]["sequence"])
    expected = {writer: max(seen) - min(seen) + 1 - len(seen) for writer, seen in numbers.items()}
    rows = asked.ask("sequence-gaps")
    assert {row["writer"]: row["missing"] for row in rows} == {
        w: missing for w, missing in expected.items() if missing
    }
    assert {row["writer"]: row["events"] for row in rows} == {w: len(numbers[w]) for w in numbers if expected[w]}


def _baselines(asked: Asked) -> None:
    document = {
        "model_environment": "fraud|staging",
        "model_name": "fraud",
        "environment": "staging",
        "baseline_p50_ms": 8.0,
        "baseline_p99_ms": 32.0,
        "baseline_error_rate": 0.0625,
        "baseline_version": "1",
        "recorded_by": "alice",
    }
    asked.client.index(index="model-logs-baselines", id="fraud|staging", document=document, refresh=True)
    of_model = defaultdict(list)
    for event in asked.events:
        if event["event_type"] == "predict":
            of_model[event["model_name"], event["environment"]].append(event)
    rows = {(row["model"], row["env"]): row for row in asked.ask("baseline-comparison")}
    assert set(rows) == set(of_model)
    for key, events in of_model.items():
        row = rows[key]
        judged = [event["status"] in FAILURES for event in events if event["status"] != "cancelled"]
        assert row["predictions"] == len(events)
        assert row["error_rate_pct"] == pytest.approx(100 * fmean(judged), abs=1e-6)
        for column, percentile in (("p50_ms", 50), ("p99_ms", 99)):
            _assert_rank([event["latency_ms"] for event in events], percentile, row[column])
        if key == ("fraud", "staging"):
            assert row["p99_change_pct"] == pytest.approx(100 * (row["p99_ms"] / 32 - 1), abs=1e-6)
            assert row["p50_change_pct"] == pytest.approx(100 * (row["p50_ms"] / 8 - 1), abs=1e-6)
            assert (row["baseline_error_rate_pct"], row["recorded_by"]) == (6.25, "alice")
        else:
            assert row["p99_change_pct"] is None


def test_what_failed_is_counted_by_kind_and_reason(applied: Elasticsearch) -> None:
    good = measurements(3, 5, START, 600)
    bad = [{**event, "latency_ms": "fast"} for event in measurements(4, 40, START, 3600)]
    _store(applied, good + bad)
    asked = Asked(applied, bad)
    rows = asked.ask("failed-documents")
    assert {row["kind"] for row in rows} == {"not understood"}
    assert sum(row["events"] for row in rows) == 40
    reasons = asked.ask("failure-reasons")
    assert sum(row["events"] for row in reasons) == 40
    assert all("latency_ms" in row["why"] for row in reasons)


def test_a_document_that_a_mapping_refuses_is_counted_as_refused(applied: Elasticsearch) -> None:
    stream = "logs-model.prediction-production"
    document = {"@timestamp": "2026-05-03T06:00:00Z", "event_type": "predict", "latency_ms": "fast"}
    answer = applied.index(index=stream, document=document, refresh=True)
    assert answer["failure_store"] == "used"
    # The failure store says when it arrived, not when it happened.
    file = assets.path("dashboards/queries/failed-documents.esql")
    now = datetime.now(UTC)
    rows = query.run(applied, file, start=now - timedelta(hours=1), end=now + timedelta(minutes=1)).records()
    assert [(row["kind"], row["events"]) for row in rows] == [("refused", 1)]


def test_gates_and_experiments_are_listed_the_latest_first(applied: Elasticsearch) -> None:
    common = {"status": "success", "environment": "staging", "model_name": "churn", "model_version": "2"}
    events = [
        {
            "@timestamp": "2026-05-03T07:00:00.000Z",
            "event": {"id": "g-1"},
            "event_type": "gate_failed",
            "gate": {"id": "1", "name": "promotion", "objective": "p99", "value": 120.5, "threshold": 100.0},
            **common,
        },
        {
            "@timestamp": "2026-05-03T08:00:00.000Z",
            "event": {"id": "c-1"},
            "event_type": "chaos_finished",
            "experiment": {"id": "1", "name": "kill-a-worker", "outcome": "completed"},
            **common,
        },
        {"@timestamp": "2026-05-03T09:00:00.000Z", "event": {"id": "d-1"}, "event_type": "deployed", **common},
    ]
    _store(applied, events)
    rows = Asked(applied, events).ask("gates-and-experiments")
    found = [(row["event_type"], row["name"], row["measured"], row["threshold"], row["result"]) for row in rows]
    assert found == [
        ("chaos_finished", "kill-a-worker", None, None, "completed"),
        ("gate_failed", "promotion", 120.5, 100.0, "success"),
    ]


def test_a_tier_is_as_full_as_its_fullest_node(applied: Elasticsearch) -> None:
    samples = [("a", ["data_hot", "ingest"], 40.5), ("b", ["data_hot", "data_warm"], 81.25), ("c", ["master"], 99.0)]
    for name, roles, used in samples:
        document = {
            "@timestamp": "2026-05-03T07:00:00.000Z",
            "node": {"id": name, "name": name, "roles": roles},
            "disk": {"total_bytes": 1000, "available_bytes": round(10 * (100 - used)), "used_pct": used},
        }
        applied.index(index="metrics-model.node-default", document=document, refresh=True)
    rows = Asked(applied, []).ask("storage-by-tier")
    found = {row["tier"]: (row["fullest_pct"], row["mean_pct"], row["least_free_bytes"]) for row in rows}
    assert found == {"data_hot": (81.25, 60.875, 188), "data_warm": (81.25, 81.25, 188)}
