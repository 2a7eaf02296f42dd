"""From a real model that begins to fail, through log file and shipper, to one page and its end."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_logs.alerts.engine.rounds import Evaluator
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.rulebook import rules
from model_logs.cluster import Connection
from model_logs.ship import Settings, Shipper
from model_logs.state.audit_trail import Recorder
from model_logs.state.store import INDEX

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


class Service:
    """The model's process, its log file, and the shipper that reads it."""

    def __init__(self, folder: Path, url: str, es: Elasticsearch) -> None:
        self.folder, self.url, self.es = folder, url, es

    def serve(self, count: int, state: str) -> None:
        script = Path(__file__).with_name("serving.py")
        log = self.folder / "tumours.log"
        subprocess.run([sys.executable, str(script), str(log), str(count), state], check=True)
        settings = Settings(patterns=(str(log),), state=self.folder / "ship", once=True)
        totals = Shipper(Connection(self.url), settings, say=lambda line: None, show_progress=False).run()
        assert totals.created >= count
        self.es.indices.refresh(index="logs-model.*")


@pytest.fixture
def cluster(applied: Elasticsearch):
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    yield applied
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


@pytest.fixture
def service(cluster: Elasticsearch, es_url: str, tmp_path: Path) -> Service:
    return Service(tmp_path, es_url, cluster)


def test_a_real_model_that_fails_pages_once_and_is_over_once(cluster, service, told, pagerduty, slack) -> None:
    ahead = timedelta(0)
    which = tuple(
        rule for rule in rules.load_rules() if rule.id in {"high-error-rate", "fallback-rate", "events-lost"}
    )
    evaluator = Evaluator(
        cluster,
        which,
        Delivery(told),
        Recorder(cluster, "alerts"),
        clock=lambda: datetime.now(UTC) + ahead,
        say=lambda line: None,
    )
    evaluator.start()

    def watch() -> None:
        evaluator.run_once()
        while evaluator.sending:
            evaluator._outbox._delivery.wait(5)
            evaluator.send()

    service.serve(300, "well")
    watch()
    assert pagerduty.accepted == slack.accepted == []

    service.serve(100, "broken")
    # The next window ends within a minute from now; the test does not wait for it.
    ahead += timedelta(minutes=1)
    watch()
    assert [event["event_action"] for event in pagerduty.accepted] == ["trigger"]
    assert len(slack.accepted) == 1
    assert pagerduty.accepted[0]["payload"]["source"] == "tumours"
    assert "*High Fallback Rate* (P2" in slack.accepted[0]["text"]

    service.serve(3000, "well")
    for _ in range(4):
        ahead += timedelta(minutes=1)
        watch()
    evaluator.stop()
    assert [event["event_action"] for event in pagerduty.accepted] == ["trigger", "resolve"]
    assert sum(pagerduty.incidents.values()) == 1
    assert [text["text"].splitlines()[0].split()[-1] for text in slack.accepted] == ["fires", "over"]
    assert not pagerduty.refused
    assert not slack.refused
