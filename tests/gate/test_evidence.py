"""Evidence on a real node, through the command: what it holds, and how altered, late and expired are told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.events import index
from tests.support.gates import traffic

from model_logs.cli import model_logs
from model_logs.gate.evidence import hash_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

END = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
START = END - timedelta(minutes=15)
ASK = ("--model", "churn", "--version", "7", "--end", END.isoformat(), "--objective", "degraded")


@pytest.fixture
def run(applied: Elasticsearch, es_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    del applied
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(model_logs, ["gate", *words, "--url", es_url], catch_exceptions=False)

    return invoke


def store(client: Elasticsearch, seed: int, **more: Any) -> list[dict[str, Any]]:
    events = traffic(seed, start=START, **{"per_minute": 60, **more})
    index(client, events, lag=timedelta(seconds=1))
    return events


def evidence() -> Path:
    (file,) = Path("gate-evidence").glob("gate-*.json")
    return file


def trail(client: Elasticsearch, event_type: str) -> list[dict[str, Any]]:
    client.indices.refresh(index="logs-model.lifecycle-*")
    found = client.search(index="logs-model.lifecycle-*", query={"term": {"event_type": event_type}})
    return [dict(hit["_source"]) for hit in found["hits"]["hits"]]


def test_a_gate_writes_its_evidence_and_an_event_with_its_hash(run: Run, applied: Elasticsearch) -> None:
    events = store(applied, 1)
    done = run(*ASK, "--by", "ana", "--picture", "gate.svg")
    assert done.exit_code == 0, done.output
    assert "PASSED: churn 7 in production, objective degraded" in done.output
    document = json.loads(evidence().read_text(encoding="utf-8"))
    assert (document["by"], document["verdict"], document["method"]) == ("ana", "passed", "1")
    assert sum(row["predictions"] for row in document["blocks"]) == len(events)
    assert "FROM logs-model.prediction-*" in document["query"]["text"]
    (event,) = trail(applied, "gate_passed")
    assert event["gate"]["evidence_sha256"] == hash_of(evidence().read_bytes())
    assert (event["gate"]["id"], event["user"]["name"], event["status"]) == (document["id"], "ana", "success")
    assert event["gate"]["name"] == "degraded"
    assert "<svg" in Path("gate.svg").read_text(encoding="utf-8")


def test_a_failed_gate_ends_with_3_and_an_inconclusive_one_with_4(run: Run, applied: Elasticsearch) -> None:
    store(applied, 2, failing=0.05)
    failed = run(*ASK, "--output", "json", "--dry-run")
    assert failed.exit_code == 3
    said = json.loads(failed.stdout)
    assert said["verdict"] == "failed"
    assert next(check for check in said["checks"] if check["indicator"] == "errors")["margin"] < 0
    unknown = run("--model", "churn", "--version", "9", *ASK[4:], "--dry-run")
    assert unknown.exit_code == 4
    assert "never predicted" in unknown.output
    assert not Path("gate-evidence").exists()
    assert trail(applied, "gate_failed") == trail(applied, "gate_inconclusive") == []


def test_a_verified_evidence_is_confirmed_until_late_events_come(run: Run, applied: Elasticsearch) -> None:
    store(applied, 3)
    run(*ASK)
    trail(applied, "gate_passed")
    confirmed = run("verify", str(evidence()), "--output", "json")
    assert (confirmed.exit_code, json.loads(confirmed.stdout)["result"]) == (0, "confirmed")
    store(applied, 4, per_minute=20, failing=0.9)
    late = run("verify", str(evidence()), "--output", "json")
    said = json.loads(late.stdout)
    assert (late.exit_code, said["result"], said["verdict"], said["verdict_now"]) == (
        4,
        "late events",
        "passed",
        "failed",
    )
    assert "300 events arrived since" in said["lines"][0]


@pytest.mark.parametrize("what", ["verdict", "counts", "checks", "query", "a blank"])
def test_an_altered_evidence_is_told(run: Run, applied: Elasticsearch, what: str) -> None:
    store(applied, 5, failing=0.05)
    assert run(*ASK).exit_code == 3
    trail(applied, "gate_failed")
    file = evidence()
    document = json.loads(file.read_text(encoding="utf-8"))
    if what == "verdict":
        document["verdict"] = "passed"
    elif what == "counts":
        for row in document["blocks"]:
            row["failures"] = 0
    elif what == "checks":
        document["checks"][1]["verdict"] = "passed"
    elif what == "query":
        document["query"]["text"] += " "
    file.write_text(json.dumps(document, indent=3 if what == "a blank" else 2), encoding="utf-8")
    done = run("verify", str(file))
    assert done.exit_code == 3
    assert "altered" in done.stdout


def test_an_evidence_whose_events_were_deleted_is_expired_and_not_altered(run: Run, applied: Elasticsearch) -> None:
    store(applied, 6)
    run(*ASK)
    trail(applied, "gate_passed")
    applied.indices.delete_data_stream(name="logs-model.prediction-production")
    applied.indices.create_data_stream(name="logs-model.prediction-production")
    done = run("verify", str(evidence()))
    assert (done.exit_code, done.stdout.partition(":")[0]) == (0, "expired")


def test_events_that_are_gone_while_older_ones_are_there_did_not_expire(run: Run, applied: Elasticsearch) -> None:
    events = traffic(10, start=START, per_minute=60)
    older = {"@timestamp": "2026-01-01T00:00:00.000Z", "event": {"id": "older"}, "model_name": "other"}
    index(applied, [{**events[0], **older}])
    store(applied, 10)
    run(*ASK)
    trail(applied, "gate_passed")
    (stream,) = applied.indices.get_data_stream(name="logs-model.prediction-production")["data_streams"]
    for event in events[:50]:
        applied.delete(index=stream["indices"][0]["index_name"], id=event["event"]["id"])
    applied.indices.refresh(index="logs-model.prediction-production")
    done = run("verify", str(evidence()))
    assert (done.exit_code, done.stdout.partition(":")[0]) == (4, "events gone")


def test_an_evidence_that_the_audit_trail_does_not_know_is_unproved(run: Run, applied: Elasticsearch) -> None:
    """A forged event on the road of everybody proves nothing either."""
    store(applied, 7)
    run(*ASK, "--path", "events.log")
    line = json.loads(Path("events.log").read_text(encoding="utf-8").splitlines()[0])
    assert line["event_type"] == "gate_passed"
    assert run("verify", str(evidence())).exit_code == 4
    index(applied, [line], attested=False)
    done = run("verify", str(evidence()))
    assert (done.exit_code, done.stdout.partition(":")[0]) == (4, "unproved")
    index(applied, [{**line, "event": {"id": "shipped"}}], attested=True)
    assert run("verify", str(evidence())).exit_code == 0


def test_an_override_is_an_event_with_a_name_and_a_reason(run: Run, applied: Elasticsearch) -> None:
    store(applied, 8, failing=0.05)
    run(*ASK)
    trail(applied, "gate_failed")
    id_ = evidence().stem
    assert run("override", id_, "--reason", " ").exit_code == 2
    assert run("override", "gate-0", "--reason", "because").exit_code == 4
    done = run("override", id_, "--reason", "only the load test", "--by", "ana")
    assert done.exit_code == 0
    (event,) = trail(applied, "gate_overridden")
    assert (event["user"]["name"], event["reason"], event["gate"]["id"]) == ("ana", "only the load test", id_)
    assert (event["model_name"], event["model_version"]) == ("churn", "7")


def test_a_gate_that_passed_cannot_be_overridden(run: Run, applied: Elasticsearch) -> None:
    store(applied, 9)
    run(*ASK)
    trail(applied, "gate_passed")
    assert run("override", evidence().stem, "--reason", "because").exit_code == 2


@pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"id": 1, "window": 3}'])
def test_a_file_that_is_no_evidence_is_a_usage_error(run: Run, text: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(text, encoding="utf-8")
    done = run("verify", str(file))
    assert done.exit_code == 2
    assert "Next step" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ("--model", "churn"),
        (*ASK, "--window", "10s"),
        (*ASK, "--objective", "nothing"),
        (*ASK, "--environment", "pro*"),
        (*ASK, "--watch"),
    ],
)
def test_a_question_that_cannot_be_meant_is_a_usage_error(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
