"""Baselines on a real Elasticsearch: measured right, accounted for, refused when there is too little."""

from __future__ import annotations

import random
import statistics
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner

from model_logs import baselines
from model_logs.cli import model_logs
from model_logs.errors import InconclusiveError
from model_logs.state.audit_trail import Recorder

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

END = datetime(2026, 2, 2, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
_numbers = count()


def _write(
    es: Elasticsearch,
    number: int,
    *,
    version: str = "3",
    variant: str | None = None,
    slower: float = 1.0,
    seed: int = 1,
) -> list[float]:
    """Write predictions over the last hour: one in ten fails, one in ten is the caller's fault."""
    chance = random.Random(seed)
    latencies = [slower * chance.lognormvariate(3, 0.5) for _ in range(number)]
    operations: list[Any] = []
    for each, latency in enumerate(latencies):
        id_ = f"baseline-{next(_numbers)}"
        at = END - timedelta(hours=1) * (each + 1) / number
        status = {0: "error", 1: "invalid"}.get(each % 10, "success")
        operations += [
            {"create": {"_index": "logs-model.prediction-production", "_id": id_}},
            {
                "@timestamp": at.isoformat(timespec="milliseconds"),
                "event": {"id": id_},
                "event_type": "predict",
                "status": status,
                "environment": "production",
                "model_name": "churn",
                "model_version": version,
                "variant": variant,
                "latency_ms": latency,
                "request_id": id_,
            },
        ]
    assert not es.bulk(operations=operations, refresh=True)["errors"]
    return latencies


def _measure(es: Elasticsearch, **changes: Any) -> baselines.Figures:
    asked: dict[str, Any] = {"version": "3", "end": END, "window": DAY, **changes}
    return baselines.measure(es, "churn", "production", **asked)


def _run(es_url: str, *arguments: str) -> Any:
    return CliRunner().invoke(model_logs, ["baseline", *arguments, "--url", es_url], catch_exceptions=False)


def test_the_figures_are_those_of_the_version_and_the_window(applied: Elasticsearch) -> None:
    latencies = sorted(_write(applied, 2000))
    _write(applied, 500, version="2", slower=50)
    found = _measure(applied)
    assert found.count == 2000
    assert found.error_rate == pytest.approx(200 / 1800)
    assert found.throughput_per_min == pytest.approx(2000 / 1440)
    for value, rank in ((found.p50_ms, 0.5), (found.p95_ms, 0.95), (found.p99_ms, 0.99)):
        below = sum(latency <= value for latency in latencies) / len(latencies)
        assert below == pytest.approx(rank, abs=0.005)
    assert found.p50_ms == pytest.approx(statistics.median(latencies), rel=0.02)


def test_shadow_traffic_is_no_part_of_a_baseline_and_a_canary_is(applied: Elasticsearch) -> None:
    _write(applied, 1000)
    alone = _measure(applied)
    _write(applied, 500, variant="shadow", slower=50, seed=2)
    assert _measure(applied) == alone
    _write(applied, 200, variant="canary", seed=3)
    assert _measure(applied).count == 1200


def test_how_right_it_was_is_measured_by_the_truths_that_are_known(applied: Elasticsearch) -> None:
    _write(applied, 1000)
    assert (_measure(applied).accuracy, _measure(applied).outcomes) == (None, 0)
    at = (END - timedelta(minutes=30)).isoformat()
    about: dict[str, Any] = {
        "@timestamp": at,
        "model_name": "churn",
        "environment": "production",
        "model_version": "3",
    }
    rows: list[dict[str, Any]] = [
        *({"state": "resolved", "correct": number % 4 != 0, "absolute_error": number % 3} for number in range(120)),
        *({"state": "resolved", "correct": False, "variant": "shadow"} for _ in range(50)),
        *({"state": "pending"} for _ in range(10)),
        *({"state": "resolved", "correct": False, "model_version": "2"} for _ in range(10)),
    ]
    operations: list[Any] = []
    for row in rows:
        operations += [{"index": {"_index": "model-logs-outcomes-production-2026.02"}}, about | row]
    assert not applied.bulk(operations=operations, refresh=True)["errors"]
    found = _measure(applied)
    assert found.accuracy == pytest.approx(0.75)
    assert found.mean_absolute_error == pytest.approx(1)
    assert found.outcomes == 120
    baselines.record(applied, Recorder(applied, "test"), found, by="ada", at=datetime.now(UTC))
    (recorded,) = baselines.current(applied, model="churn")
    assert recorded.figures == found
    applied.indices.delete(index="model-logs-outcomes-production-2026.02")


def test_too_few_events_are_refused_with_their_number(applied: Elasticsearch) -> None:
    _write(applied, 999)
    with pytest.raises(InconclusiveError, match=r"999 predictions of version 3 of churn.*takes 1,000"):
        _measure(applied)
    assert _measure(applied, min_events=999).count == 999
    with pytest.raises(InconclusiveError, match="0 predictions"):
        _measure(applied, version="9", min_events=1)


def test_a_recording_replaces_the_row_and_both_stay_in_the_audit_trail(applied: Elasticsearch) -> None:
    recorder = Recorder(applied, "test")
    _write(applied, 1000)
    _write(applied, 1000, version="4", slower=2, seed=2)
    for version in ("3", "4"):
        baselines.record(applied, recorder, _measure(applied, version=version), by="ada", at=datetime.now(UTC))
    (row,) = baselines.current(applied, model="churn")
    assert row.figures == _measure(applied, version="4")
    assert row.recorded_by == "ada"
    applied.indices.refresh(index="logs-model.lifecycle-*")
    found = applied.search(
        index="logs-model.lifecycle-production",
        query={"term": {"event_type": "baseline_recorded"}},
        sort=["@timestamp"],
    )
    events = [hit["_source"] for hit in found["hits"]["hits"]]
    assert [event["model_version"] for event in events] == ["3", "4"]
    assert events[1]["user"]["name"] == "ada"
    assert events[1]["metrics"]["baseline_p99_ms"] == pytest.approx(row.figures.p99_ms)
    assert events[1]["metrics"]["baseline_count"] == 1000


def test_the_latency_alert_compares_with_what_was_recorded(applied: Elasticsearch) -> None:
    from model_logs.alerts.rulebook import query_text, rules
    from model_logs.alerts.rulebook.evaluation import evaluate

    rule = rules.find_rule(rules.load_rules(), "latency-regression")
    _write(applied, 1000)
    recorded = baselines.record(applied, Recorder(applied, "test"), _measure(applied), by="ada", at=datetime.now(UTC))
    _write(applied, 4000, version="4", slower=5)
    (alert,) = evaluate(applied, rule, query_text.alerts_query(rule), END).alerts.values()
    assert alert.threshold
    assert alert.threshold == pytest.approx(2 * recorded.figures.p99_ms)
    assert alert.value
    assert alert.value > alert.threshold


def test_the_commands_record_show_and_compare(applied: Elasticsearch, es_url: str) -> None:
    _write(applied, 1200)
    end = ("--end", END.isoformat())
    about = ("--model", "churn", "--environment", "production")
    dry = _run(es_url, "record", *about, "--version", "3", *end, "--dry-run")
    assert dry.exit_code == 0
    assert baselines.current(applied) == []
    done = _run(es_url, "record", *about, "--version", "3", *end, "--by", "ada", "--output", "json")
    assert orjson.loads(done.stdout)["count"] == 1200
    shown = orjson.loads(_run(es_url, "show", "--output", "json").stdout)
    assert [(row["model"], row["version"], row["recorded_by"]) for row in shown] == [("churn", "3", "ada")]
    assert "churn" in _run(es_url, "show").stdout
    compared = orjson.loads(_run(es_url, "compare", *about, *end, "--output", "json").stdout)
    assert {row["figure"]: row["ratio"] for row in compared["figures"]}["p99 ms"] == pytest.approx(1)
    assert "ratio" in _run(es_url, "compare", *about, *end).stdout


def test_what_cannot_be_judged_exits_with_four_and_the_next_step(applied: Elasticsearch, es_url: str) -> None:
    for command in (("record", "--version", "3"), ("compare",)):
        done = _run(es_url, command[0], "--model", "nobody", *command[1:])
        assert done.exit_code == 4
        assert "Next step:" in done.stderr
        assert done.stdout == ""
