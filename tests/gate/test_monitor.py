"""`model-logs monitor`: objectives with their intervals, experiments, and alerts with what to do."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from tests.support.events import index
from tests.support.gates import traffic

from model_logs.alerts.engine.rounds import Evaluator, Timing
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.rulebook import rules
from model_logs.cli import model_logs
from model_logs.monitor.snapshot import Scope, Snapshot, take
from model_logs.state.audit_trail import Recorder
from model_logs.state.store import INDEX
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

RULES = rules.load_rules()
PROGRAM = (sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "monitor")
FAILING = (rules.find_rule(RULES, "high-error-rate"),)


def _experiment(number: int, event_type: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "@timestamp": iso(at),
        "event": {"id": f"experiment-{number}"},
        "event_type": event_type,
        "status": "success",
        "environment": "production",
        "experiment": {"id": "run-1", "name": "model-server-crash", "target": "churn", **fields},
    }


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def disturbed(applied: Elasticsearch, now: datetime) -> Iterator[Elasticsearch]:
    """A model that fails while an experiment runs, a healthy one, and an evaluator that saw both."""
    start = now - timedelta(minutes=16)
    index(applied, traffic(1, start=start, minutes=16, per_minute=120, failing=0.2, gpu_utilization_pct=61.0))
    index(applied, traffic(2, start=start, minutes=16, per_minute=300, model="fraud", version="3"))
    index(applied, [_experiment(1, "chaos_started", now - timedelta(minutes=5))])
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    clock = now
    evaluator = Evaluator(
        applied, FAILING, Delivery([]), Recorder(applied, "alerts"), timing=Timing(), clock=lambda: clock, say=print
    )
    evaluator.start()
    evaluator.run_once()
    clock = now + timedelta(minutes=1)
    evaluator.run_once()
    evaluator.stop()
    yield applied
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def _look(client: Elasticsearch, now: datetime, **scope: Any) -> Snapshot:
    return take(client, Scope(**scope), FAILING, now)


def test_a_look_judges_the_versions_by_what_is_allowed_while_an_experiment_runs(
    disturbed: Elasticsearch, now: datetime
) -> None:
    found = _look(disturbed, now + timedelta(minutes=1))
    assert found.objective == "degraded"
    assert [(each.name, each.target) for each in found.experiments] == [("model-server-crash", "churn")]
    by_model = {each.judgement.question.model: each for each in found.versions}
    assert [each.judgement.question.model for each in found.versions] == ["fraud", "churn"]
    churn = {check.indicator: check for check in by_model["churn"].judgement.checks}
    assert churn["errors"].verdict == "failed"
    assert (churn["errors"].low or 0) < (churn["errors"].value or 0) < (churn["errors"].high or 1)
    assert churn["errors"].value == pytest.approx(0.2, abs=0.05)
    assert by_model["churn"].gpu_pct == pytest.approx(61)
    assert by_model["fraud"].gpu_pct is None
    (alarm,) = found.alarms
    assert (alarm.rule.id, alarm.key) == ("high-error-rate", "churn|production")
    assert "`model-logs alerts explain churn`" in alarm.steps[0]
    assert {each.stem for each in alarm.playbooks} == {"model-server-down", "drift-detected", "registry-down"}
    assert not alarm.overdue(found.at)
    assert alarm.overdue(alarm.since + timedelta(minutes=15))
    assert not found.unjudged


def test_a_look_is_narrowed_and_an_experiment_that_ended_is_over(disturbed: Elasticsearch, now: datetime) -> None:
    index(disturbed, [_experiment(2, "chaos_finished", now - timedelta(seconds=30), outcome="completed")])
    found = _look(disturbed, now + timedelta(minutes=1), models=("fraud",))
    assert found.experiments == ()
    assert found.objective == "slo"
    assert [each.judgement.question.model for each in found.versions] == ["fraud"]
    assert found.alarms == ()
    other = _look(disturbed, now + timedelta(minutes=1), environment="staging")
    assert (other.versions, other.alarms) == ((), ())
    few = _look(disturbed, now + timedelta(minutes=1), most=1)
    assert (len(few.versions), few.more) == (1, 1)


def test_what_nobody_evaluates_is_said(disturbed: Elasticsearch, now: datetime) -> None:
    found = take(disturbed, Scope(models=("nobody",)), RULES, now + timedelta(minutes=10))
    assert "High Error Rate" in found.unjudged
    assert "Latency Regression" in found.unjudged


def test_the_command_shows_it_once_or_as_json(disturbed: Elasticsearch, es_url: str) -> None:
    shown = CliRunner().invoke(model_logs, ["monitor", "--once", "--url", es_url], catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    state = ("objectives degraded", "model-server-crash", "churn 7", "61 %", "failed")
    advice = ("P1 High Error Rate", "1. ", "Playbook: ", "model-server-down.md", "Escalate in 1", "Nobody evaluates")
    for words in (*state, *advice):
        assert words in shown.output, words
    asked = ["monitor", "--once", "--url", es_url, "--output", "json"]
    document = json.loads(CliRunner().invoke(model_logs, asked).stdout)
    assert {each["model"] for each in document["versions"]} == {"churn", "fraud"}
    assert document["alerts"][0]["escalate_in_s"] < 900


def test_on_a_terminal_it_looks_again_until_it_is_stopped(disturbed: Elasticsearch, es_url: str) -> None:
    master, slave = pty.openpty()
    command = [*PROGRAM, "--url", es_url, "--every", "1s", "--model", "fraud"]
    with subprocess.Popen(command, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL) as process:
        os.close(slave)
        said = b""
        end = time.monotonic() + 60
        while said.count(b"objectives degraded") < 2 and time.monotonic() < end:
            said += os.read(master, 65_536)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    os.close(master)
    assert said.count(b"\x1b[H") >= 2
    assert b"fraud 3" in said


class Way:
    """A way to the cluster that can be cut."""

    def __init__(self, es_url: str) -> None:
        found = urlsplit(es_url)
        self._target = (found.hostname, found.port)
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)

    def cut(self) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def test_a_cluster_that_goes_away_is_named_and_asked_again(applied: Elasticsearch, es_url: str) -> None:
    way = Way(es_url)
    command = [*PROGRAM, "--every", "1s", "--timeout", "5", "--url", way.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "objectives slo" in process.stdout.readline()
        way.cut()
        lines = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert all("The next look is in" in line for line in lines), lines


def test_a_cluster_that_is_away_at_the_start_ends_it() -> None:
    for more in ([], ["--once"]):
        found = CliRunner().invoke(model_logs, ["monitor", *more, "--url", "http://127.0.0.1:9", "--timeout", "1"])
        assert found.exit_code == 1
        assert "Next step" in found.output
