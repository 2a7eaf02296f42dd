"""Gates over real events on a real node: verdicts, and the doubts that no version passes in spite of."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from tests.support import gates
from tests.support.events import index, moment
from tests.support.gates import START

from model_logs import gate
from model_logs.errors import ConfigurationError

END = START + timedelta(minutes=15)
NOW = END + timedelta(seconds=30)
LAG = timedelta(seconds=1)


def traffic(seed: int, *, per_minute: int = 60, **more: Any) -> list[dict[str, Any]]:
    """Few events, which are enough for the wider limits of `degraded`."""
    return gates.traffic(seed, per_minute=per_minute, **more)


def ask(client: Elasticsearch, now: datetime = NOW, **more: Any) -> gate.Judgement:
    said: dict[str, Any] = {
        "model": "churn",
        "version": "7",
        "environment": "production",
        "end": END,
        "objective": "degraded",
        **more,
    }
    return gate.judge(client, gate.Question(**said), now=now)


def verdicts(found: gate.Judgement) -> dict[str, str]:
    return {check.title: check.verdict for check in found.checks}


def kinds(found: gate.Judgement) -> set[str]:
    return {doubt.kind for doubt in found.doubts}


def test_a_version_within_its_objectives_passes_and_its_counts_are_those_of_the_raw_lines(
    applied: Elasticsearch,
) -> None:
    events = traffic(1, per_minute=400, fallback_level=0)
    index(applied, events, lag=LAG)
    found = ask(applied, objective="slo")
    assert found.doubts == ()
    assert found.verdict == "passed", found.checks
    slow = sum(event["latency_ms"] >= 100 for event in events)
    latency, errors = found.checks[:2]
    assert (latency.events, round((latency.value or 0) * latency.events)) == (len(events), slow)
    assert (errors.value, errors.events) == (0.0, len(events))
    by_block = [0] * found.window.blocks
    for event in events:
        by_block[(moment(event) - START) // found.window.block] += 1
    assert found.table.column("predictions") == by_block
    assert verdicts(found)["Throughput"] == verdicts(found)["Drift"] == "not judged"


def test_a_failing_version_fails_even_if_some_of_its_events_are_gone(applied: Elasticsearch) -> None:
    events = traffic(2, failing=0.1)
    index(applied, [event for at, event in enumerate(events) if at % 50], lag=LAG)
    found = ask(applied)
    assert found.verdict == "failed"
    assert kinds(found) == {"gaps"}
    assert found.deciding is not None
    assert found.deciding.title == "Error rate"


@pytest.mark.parametrize(("kept", "now", "lag", "kind"), [
    ("10 minutes late", NOW, timedelta(minutes=10), "ingest lag"),
    ("1 % gone", NOW, LAG, "gaps"),
    ("a clock 5 minutes behind", NOW, timedelta(minutes=5), "clock skew"),
    ("a clock 5 minutes ahead", NOW, -timedelta(minutes=5), "clock skew"),
    ("the load stopped", NOW, LAG, "silence"),
    ("one of many writers is late", NOW, LAG, "ingest lag"),
])  # fmt: skip
def test_data_that_cannot_be_trusted_never_lets_a_version_pass(
    applied: Elasticsearch, kept: str, now: datetime, lag: timedelta, kind: str
) -> None:
    events = traffic(3, minutes=20)
    if kept == "10 minutes late":
        events = [event for event in events if moment(event) + lag <= now]
    elif kept == "1 % gone":
        events = [event for at, event in enumerate(events) if at % 100]
    elif kept == "the load stopped":
        events = [event for event in events if moment(event) < END - timedelta(minutes=3)]
    elif kept == "one of many writers is late":
        other = [event for event in traffic(4, per_minute=20) if moment(event) + timedelta(minutes=2) <= now]
        index(applied, other, lag=timedelta(minutes=2))
    index(applied, events, lag=lag)
    found = ask(applied, now)
    assert found.verdict == "inconclusive"
    assert kind in kinds(found)
    if kind == "gaps":
        assert next(doubt.missing for doubt in found.doubts) == pytest.approx(len(events) / 99, rel=0.3)


class _OneShardShort(BaseHTTPRequestHandler):
    """A cluster that answers without one of its shards: the development node cannot lose its only one."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        said = {"is_partial": True, "columns": [{"name": "a", "type": "long"}], "values": [[1]]}
        body = json.dumps({**said, "hits": {"hits": []}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_missing_shard_never_lets_a_version_pass() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OneShardShort)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with Elasticsearch(f"http://127.0.0.1:{server.server_port}") as client:
            found = ask(client)
    finally:
        server.shutdown()
        server.server_close()
    assert kinds(found) == {"partial answer"}
    assert found.verdict == "inconclusive"


def test_a_question_without_an_answer_in_time_is_inconclusive(applied: Elasticsearch) -> None:
    index(applied, traffic(25, per_minute=20), lag=LAG)
    assert kinds(ask(applied, timeout=0.000_1)) == {"partial answer"}


def test_late_events_are_no_doubt_once_later_ones_of_their_writers_are_there(applied: Elasticsearch) -> None:
    """A file that was shipped an hour later: the numbers prove that nothing is missing."""
    events = traffic(5, minutes=20)
    index(applied, events, lag=timedelta(hours=1))
    found = ask(applied, END + timedelta(minutes=50))
    assert "ingest lag" not in kinds(found)
    assert "gaps" not in kinds(found)


def test_a_document_in_the_failure_store_is_a_doubt_until_it_is_known_to_be_of_another_model(
    applied: Elasticsearch,
) -> None:
    index(applied, traffic(6), lag=LAG)
    stamp = (END - timedelta(minutes=1)).isoformat()
    for number, model in enumerate(("other", "churn")):
        body = {"@timestamp": stamp, "model_name": model, "latency_ms": {"no": "number"}}
        applied.index(index="logs-model.prediction-production", op_type="create", id=f"bad-{number}", document=body)
    applied.indices.refresh(index="logs-model.*::failures")
    found = ask(applied, datetime.now(END.tzinfo) + timedelta(seconds=1))
    refused = [doubt for doubt in found.doubts if doubt.kind == "failed documents"]
    assert [doubt.missing for doubt in refused] == [1]
    assert found.verdict == "inconclusive"


def test_an_event_that_could_not_be_understood_is_a_doubt(applied: Elasticsearch) -> None:
    events = traffic(7)
    events[100]["latency_ms"] = "fast"
    index(applied, events, lag=LAG, unparsed=True)
    found = ask(applied)
    assert kinds(found) == {"failed documents"}
    assert found.verdict == "inconclusive"


def test_too_few_events_are_inconclusive_with_how_many_are_missing(applied: Elasticsearch) -> None:
    index(applied, traffic(8), lag=LAG)
    found = ask(applied, objective="slo")
    assert found.verdict == "inconclusive"
    errors = next(check for check in found.checks if check.indicator == "errors")
    assert errors.reason == "900 of at least 2,995 events"
    assert errors.missing is not None
    assert errors.missing >= 2_095


def test_a_version_that_never_predicted_is_inconclusive_and_who_did_is_named(applied: Elasticsearch) -> None:
    index(applied, traffic(9, per_minute=20), lag=LAG)
    found = ask(applied, version="8")
    assert found.verdict == "inconclusive"
    assert "there are predictions of 7 (300)" in found.doubts[0].text


def test_a_model_name_with_quotes_and_pipes_is_a_parameter_and_never_text(applied: Elasticsearch) -> None:
    name = 'churn" OR true | LIMIT 1 // \\'
    index(applied, [*traffic(10, per_minute=30), *traffic(11, model=name, per_minute=20)], lag=LAG)
    found = ask(applied, model=name)
    assert found.table.total("predictions") == 300


def test_equal_speed_passes_and_thirty_per_cent_slower_fails_against_a_version_of_the_same_time(
    applied: Elasticsearch,
) -> None:
    base = traffic(12, version="6", per_minute=600)
    index(
        applied, [*base, *traffic(13, per_minute=600), *traffic(14, version="8", per_minute=600, slower=1.3)], lag=LAG
    )
    title = "Latency p99 against 6"
    assert verdicts(ask(applied, objective="slo", against_version="6"))[title] == "passed"
    slower = ask(applied, objective="slo", version="8", against_version="6")
    assert slower.verdict == "failed"
    assert slower.deciding is not None
    assert slower.deciding.title == title


def test_a_canary_is_compared_with_the_control_and_shadow_traffic_is_in_neither(applied: Elasticsearch) -> None:
    control = traffic(15, variant="control", per_minute=220)
    canary = traffic(16, variant="canary", per_minute=220, slower=1.5)
    shadow = traffic(17, variant="shadow", per_minute=20, slower=100)
    index(applied, [*control, *canary, *shadow], lag=LAG)
    found = ask(applied, objective="slo", variant="canary", against_variant="control")
    assert (found.table.total("predictions"), found.table.total("predictions", "against")) == (3_300, 3_300)
    assert verdicts(found)["Latency p99 against control"] == "failed"
    assert ask(applied).table.total("predictions") == 6_600


def test_a_small_canary_does_not_look_faster_than_it_is(applied: Elasticsearch) -> None:
    """Its blocks have a hundred predictions, those of the control three times as many."""
    events = [*traffic(18, variant="control", per_minute=700), *traffic(19, variant="canary", per_minute=230)]
    index(applied, events, lag=LAG)
    found = ask(applied, objective="slo", variant="canary", against_variant="control")
    ratio = next(check for check in found.checks if check.kind == "ratio")
    assert ratio.value == pytest.approx(1, abs=0.09)


def test_a_stored_baseline_is_taken_as_an_absolute_limit_and_the_output_says_so(applied: Elasticsearch) -> None:
    from model_logs import baselines
    from model_logs.state.audit_trail import Recorder

    index(applied, traffic(20, per_minute=100), lag=LAG)
    assert kinds(ask(applied, baseline=True)) == {"no baseline"}
    figures = baselines.measure(
        applied, "churn", "production", version="7", end=END, window=timedelta(minutes=15), min_events=1
    )
    baselines.record(applied, Recorder(applied, "test", environments=("production",)), figures, by="me", at=NOW)
    index(applied, traffic(21, version="8", slower=3.0, per_minute=100), lag=LAG)
    same, slower = (ask(applied, objective="slo", version=version, baseline=True) for version in ("7", "8"))
    assert verdicts(slower)["Latency p99 against the baseline"] == "failed"
    assert verdicts(same)["Latency p99 against the baseline"] != "failed"
    assert "no pairs" in same.notes[0]


def test_throughput_is_judged_where_a_load_is_declared(applied: Elasticsearch) -> None:
    index(applied, traffic(22), lag=LAG)
    found = ask(applied, load=2_000)
    assert verdicts(found)["Throughput"] == "failed"
    with pytest.raises(ConfigurationError, match="objective is 500/s") as raised:
        ask(applied, load=200)
    assert "value: 200" in raised.value.next_step


def test_drift_and_quality_are_judged_by_the_worst_that_was_logged(applied: Elasticsearch) -> None:
    extra = {"event_type": "quality", "status": "success", "environment": "production", "model_name": "churn"}
    measured = [
        {
            **extra,
            "@timestamp": "2026-10-05T12:05:00.000Z",
            "event": {"id": f"q-{at}"},
            "model_version": "7",
            **fields,
        }
        for at, fields in enumerate(({"drift_score": 0.2}, {"prediction_quality": 0.8}, {"prediction_quality": 0.79}))
    ]
    index(applied, [*traffic(23), *measured], lag=LAG)
    found = verdicts(ask(applied, objective="slo"))
    assert (found["Drift"], found["Prediction quality"]) == ("passed", "failed")


def test_an_approval_counts_only_where_it_is_attested(applied: Elasticsearch) -> None:
    index(applied, traffic(24), lag=LAG)
    approved = {
        "@timestamp": "2026-10-05T11:00:00.000Z",
        "event_type": "approved",
        "status": "success",
        "environment": "production",
        "model_name": "churn",
        "model_version": "7",
        "user": {"name": "ana"},
    }
    assert kinds(ask(applied, approval=True)) == {"not approved"}
    index(applied, [{**approved, "event": {"id": "claim"}}], attested=False)
    found = ask(applied, approval=True)
    assert found.verdict == "inconclusive"
    assert "1 unattested claims count for nothing" in found.doubts[0].text
    index(applied, [{**approved, "event": {"id": "proof"}}], attested=True)
    assert ask(applied, approval=True).verdict == "passed"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"window": timedelta(seconds=20)}, "no 30 blocks"),
        ({"window": timedelta(seconds=997)}, "cannot be cut"),
        ({"end": NOW + timedelta(days=1)}, "future"),
        ({"against_version": "6", "baseline": True}, "one thing"),
        ({"against_version": "7"}, "compared with itself"),
        ({"objective": "speed"}, "no objective file"),
    ],
)
def test_a_question_that_cannot_be_meant_is_a_usage_error_with_what_to_write(said: dict[str, Any], what: str) -> None:
    from model_logs.errors import ModelLogsError

    with pytest.raises(ModelLogsError, match=what) as raised:
        ask(None, **said)  # type: ignore[arg-type]  # it is refused before a cluster is asked
    assert raised.value.exit_code == 2
    assert raised.value.next_step
