"""An evaluator that is killed again and again: nothing is missed, and PagerDuty has one incident for each alert."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.alerts import rules
from model_logs.alerts.delivery import Delivery
from model_logs.alerts.evaluator import Evaluator
from model_logs.alerts.record import Recorder
from model_logs.alerts.store import INDEX

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
KILLS = 20


@pytest.fixture
def cluster(applied: Elasticsearch):
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    yield applied
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def _event(at: datetime, id_: str, **fields: Any) -> list[Any]:
    stamp = at.isoformat(timespec="milliseconds")
    stream = "prediction" if fields["event_type"] == "predict" else "lifecycle"
    body = {"@timestamp": stamp, "event": {"id": id_, "ingested": stamp}, "environment": "production", **fields}
    return [{"create": {"_index": f"logs-model.{stream}-production", "_id": id_}}, body]


def _trouble(es: Elasticsearch) -> None:
    """Three models fail one after the other, and three deployments; everything is well again after eight minutes."""
    operations: list[Any] = []
    for number, model in enumerate(("churn", "fraud", "scoring")):
        begin = START + timedelta(minutes=1 + 2 * number)
        for each in range(60):
            at = begin + timedelta(seconds=each)
            operations += _event(
                at,
                f"{model}-{each}",
                event_type="predict",
                status="error",
                model_name=model,
                latency_ms=9,
                request_id="r",
            )
        operations += _event(begin, f"{model}-deploy", event_type="deployed", status="failed", model_name=model)
    assert not es.bulk(operations=operations, refresh=True)["errors"]


def test_twenty_kills_miss_no_alert_and_open_no_second_incident(cluster, es_url, pagerduty, slack) -> None:
    _trouble(cluster)
    _watched_from_the_beginning(cluster)
    begin = str(time.time())
    script = Path(__file__).with_name("victims.py")
    with subprocess.Popen(
        [sys.executable, str(script), es_url, pagerduty.url, slack.url, begin],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as zygote:
        assert zygote.stdout.readline() == "ready\n"
        chance = random.Random(7)
        child = 0
        try:
            for _ in range(KILLS):
                child = _another(zygote)
                time.sleep(0.2 + chance.random())
                os.kill(child, signal.SIGKILL)
            child = _another(zygote)
            _wait_until(lambda: len(slack.accepted) >= 6 and len(pagerduty.accepted) >= 12 and not pagerduty.open)
        finally:
            os.kill(child, signal.SIGKILL)
            zygote.stdin.close()
    expected = {
        f"model-logs:{rule}:{model}|production": 1
        for rule in ("high-error-rate", "deploy-failed")
        for model in ("churn", "fraud", "scoring")
    }
    assert dict(pagerduty.incidents) == expected
    assert not pagerduty.refused
    for model in ("churn", "fraud", "scoring"):
        texts = [message["text"] for message in slack.accepted if f"*{model}*" in message["text"]]
        for what in ("fires", "is over"):
            told = [text for text in texts if what in text.splitlines()[0]]
            assert told, f"{model} {what} was missed"
            assert all("May repeat" in text for text in told[1:]), f"a repeat for {model} is not marked"
    _recorded(cluster, expected)


def _watched_from_the_beginning(es: Elasticsearch) -> None:
    """Let one evaluator run once, so that the first to be killed has something to go on from."""
    which = tuple(rule for rule in rules.load() if rule.id in {"high-error-rate", "deploy-failed"})
    first = Evaluator(es, which, Delivery([]), Recorder(es, "alerts"), clock=lambda: START, say=lambda line: None)
    first.start()
    assert first.run_once()
    first.stop()


def _recorded(es: Elasticsearch, expected: dict[str, int]) -> None:
    """Each notification is one event, however often it was sent."""

    def recorded() -> bool:
        es.indices.refresh(index="logs-model.lifecycle-*")
        found = es.search(index="logs-model.lifecycle-*", query={"exists": {"field": "alert.rule"}}, size=1000)
        sources = [hit["_source"] for hit in found["hits"]["hits"]]
        told = [(s["event_type"], s["alert"]["id"], s["alert"]["channel"]) for s in sources]
        assert len(told) == len(set(told))
        return len(told) >= 2 * (len(expected) + 3) - 1  # the last one may have died with its sender

    _wait_until(recorded)


def _another(zygote: subprocess.Popen[str]) -> int:
    zygote.stdin.write("\n")
    zygote.stdin.flush()
    return int(zygote.stdout.readline())


def _wait_until(true: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
