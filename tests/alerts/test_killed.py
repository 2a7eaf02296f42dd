"""An evaluator that is killed or stopped again and again: nothing is missed, and each alert is one incident."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.alerts.engine.rounds import Evaluator
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.rulebook import rules
from model_logs.state.audit_trail import Recorder
from model_logs.state.store import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
MODELS = ("churn", "fraud", "scoring")
EXPECTED = {
    f"model-logs:{rule}:{model}|production": 1 for rule in ("high-error-rate", "deploy-failed") for model in MODELS
}


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
    for number, model in enumerate(MODELS):
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


@pytest.mark.long
@pytest.mark.parametrize("kills", [8, pytest.param(20, marks=pytest.mark.soak)])
def test_kills_miss_no_alert_and_open_no_second_incident(cluster, es_url, pagerduty, slack, kills: int) -> None:
    _trouble(cluster)
    _watched_from_the_beginning(cluster)
    chance = random.Random(7)
    with _evaluators(es_url, pagerduty, slack) as another:
        for _ in range(kills):
            child = another()
            time.sleep(0.2 + chance.random())
            os.kill(child, signal.SIGKILL)
        another()
        _wait_until(lambda: len(slack.accepted) >= 6 and len(pagerduty.accepted) >= 12 and not pagerduty.open)
    _told_once(pagerduty, slack)
    _recorded(cluster)


@pytest.mark.parametrize("pauses", [4, pytest.param(10, marks=pytest.mark.soak)])
def test_leaders_that_are_stopped_past_their_lease_and_continued_open_no_second_incident(
    cluster, es_url, pagerduty, slack, pauses: int
) -> None:
    """Two evaluators; again and again one is stopped wherever it is, the other takes over, and the first goes on."""
    _trouble(cluster)
    _watched_from_the_beginning(cluster)
    chance = random.Random(11)
    with _evaluators(es_url, pagerduty, slack) as another:
        pair = another(), another()
        for number in range(pauses):
            stopped = pair[number % 2]
            os.kill(stopped, signal.SIGSTOP)
            time.sleep(0.6 + chance.random() / 2)
            os.kill(stopped, signal.SIGCONT)
            time.sleep(chance.random() / 2)
        _wait_until(lambda: len(slack.accepted) >= 6 and len(pagerduty.accepted) >= 12 and not pagerduty.open)
    _told_once(pagerduty, slack)
    _recorded(cluster)


@contextmanager
def _evaluators(es_url: str, pagerduty: Any, slack: Any) -> Iterator[Callable[[], int]]:
    """Give a function that starts another evaluator and returns its process id; all are killed at the end."""
    script = Path(__file__).with_name("victims.py")
    children: list[int] = []
    with subprocess.Popen(
        [sys.executable, str(script), es_url, pagerduty.url, slack.url, str(time.time())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as zygote:
        assert zygote.stdout.readline() == "ready\n"

        def another() -> int:
            zygote.stdin.write("\n")
            zygote.stdin.flush()
            children.append(int(zygote.stdout.readline()))
            return children[-1]

        try:
            yield another
        finally:
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            zygote.stdin.close()


def _told_once(pagerduty: Any, slack: Any) -> None:
    assert dict(pagerduty.incidents) == EXPECTED
    assert not pagerduty.refused
    for model in MODELS:
        texts = [message["text"] for message in slack.accepted if f"*{model}*" in message["text"]]
        for what in ("fires", "is over"):
            told = [text for text in texts if what in text.splitlines()[0]]
            assert told, f"{model} {what} was missed"
            unmarked = [text for text in told if "May repeat" not in text]
            assert len(unmarked) <= 1, f"a repeat for {model} is not marked"


def _watched_from_the_beginning(es: Elasticsearch) -> None:
    """Let one evaluator run once, so that the first to be killed has something to go on from."""
    which = tuple(rule for rule in rules.load_rules() if rule.id in {"high-error-rate", "deploy-failed"})
    first = Evaluator(es, which, Delivery([]), Recorder(es, "alerts"), clock=lambda: START, say=lambda line: None)
    first.start()
    assert first.run_once()
    first.stop()


def _recorded(es: Elasticsearch) -> None:
    """Each notification is an event: one that is no repeat at most, and every repeat says so."""

    def recorded() -> bool:
        es.indices.refresh(index="logs-model.lifecycle-*")
        found = es.search(index="logs-model.lifecycle-*", query={"exists": {"field": "alert.rule"}}, size=1000)
        sources = [hit["_source"] for hit in found["hits"]["hits"]]
        first = [_notification(s) for s in sources if not s["alert"].get("may_repeat")]
        assert len(first) == len(set(first))
        # The last one may have died with its sender.
        return len({_notification(s) for s in sources}) >= 2 * (len(EXPECTED) + len(MODELS)) - 1

    _wait_until(recorded)


def _notification(source: dict[str, Any]) -> tuple[str, str, str]:
    return source["event_type"], source["alert"]["id"], source["alert"]["channel"]


def _wait_until(true: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
