"""`gate serve` over real HTTP: a token, bounds, one run for all who ask the same, and what each provider needs."""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.support.events import index
from tests.support.gates import traffic

from model_logs.errors import ClusterError, ConfigurationError
from model_logs.gate.service.application import Application
from model_logs.gate.service.runs import Runs
from model_logs.gate.service.verdicts import Verdicts
from model_logs.journal import Journal
from model_logs.state.audit_trail import Recorder
from model_logs.web.listening import listen, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.gate.service.questions import Asked

TOKEN = "0123456789abcdef0123456789abcdef"
CHURN = {"model": 'churn "x" | y', "version": "4", "environment": "production"}


class Gate:
    """A gate that answers as it is told, and counts how often it judged."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.verdicts: list[str | Exception] = ["passed"]
        self.free = threading.Event()
        self.free.set()
        self.now = 0.0

    def judge(self, asked: Asked, opened: datetime) -> dict[str, Any]:
        self.free.wait(20)
        self.asked.append(asked)
        said = self.verdicts[min(len(self.asked), len(self.verdicts)) - 1]
        if isinstance(said, Exception):
            raise said
        return {"verdict": said, "model": asked.question.model}


class Judges(Gate):
    """The real gate."""

    def __init__(self, verdicts: Verdicts) -> None:
        super().__init__()
        self.real = verdicts

    def judge(self, asked: Asked, opened: datetime) -> dict[str, Any]:
        return self.real.judge(asked, opened)


class Service:
    """A service on loopback."""

    def __init__(self, port: int, gate: Gate, application: Application) -> None:
        self.url, self.port, self.gate, self.application = f"http://127.0.0.1:{port}", port, gate, application

    def ask(
        self,
        path: str = "/verdict",
        said: dict[str, str] | None = None,
        *,
        token: str | None = TOKEN,
        body: bytes | None = None,
    ) -> tuple[int, Any, Any]:
        query = f"?{urlencode(said)}" if said else ""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"{self.url}{path}{query}", headers=headers, data=body)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read()), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read()), error.headers

    def verdict(self, said: dict[str, str] | None = None, *, path: str = "/verdict", **more: Any) -> tuple[int, Any]:
        """Ask until it is not pending any more."""
        for _ in range(400):
            status, found, _ = self.ask(path, said, **more)
            if found.get("verdict") != "pending":
                return status, found
            time.sleep(0.02)
        raise AssertionError("it stays pending")


@contextmanager
def _served(gate: Gate, said: list[str]) -> Iterator[Service]:
    runs = Runs(gate.judge, keep=timedelta(minutes=15), clock=lambda: gate.now)
    application = Application(runs, TOKEN, said.append)
    with listen("127.0.0.1", 0) as listener:
        made = server(application)
        thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Service(listener.getsockname()[1], gate, application)
        finally:
            gate.free.set()
            made.should_exit = True
            thread.join(20)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def service(said: list[str]) -> Iterator[Service]:
    with _served(Gate(), said) as found:
        yield found


def test_a_question_is_pending_until_its_verdict_is_there_and_is_judged_once_for_all_who_ask(
    service: Service,
) -> None:
    service.gate.free.clear()
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: service.ask("/verdict", CHURN), range(40)))
    assert {(status, found["verdict"]) for status, found, _ in first} == {(503, "pending")}
    assert all(int(headers["retry-after"]) > 0 for _, _, headers in first)
    service.gate.free.set()
    assert service.verdict(CHURN) == (200, {"verdict": "passed", "model": CHURN["model"]})
    assert [service.ask("/verdict", CHURN)[0] for _ in range(5)] == [200] * 5
    (asked,) = service.gate.asked
    assert (asked.question.model, asked.question.objective) == (CHURN["model"], "slo")
    assert asked.question.window == timedelta(minutes=15)


def test_another_question_another_run_or_a_later_time_is_judged_anew(service: Service) -> None:
    service.verdict(CHURN)
    service.verdict({**CHURN, "objective": "degraded"})
    service.verdict({**CHURN, "run": "release-7"})
    service.verdict(CHURN)
    assert len(service.gate.asked) == 3
    service.gate.now += 15 * 60
    service.verdict(CHURN)
    assert len(service.gate.asked) == 4


def test_a_window_that_begins_with_the_first_question_is_judged_when_it_is_over(service: Service) -> None:
    said = {**CHURN, "begin": "now", "window": "10m"}
    for passed, left in ((0, 630), (300, 330), (629, 5)):
        service.gate.now = passed
        status, found, _ = service.ask("/verdict", said)
        assert (status, found["verdict"], found["ready_in_s"]) == (503, "pending", left)
    assert service.gate.asked == []
    service.gate.now = 631
    assert service.verdict(said)[0] == 200
    assert len(service.gate.asked) == 1


@pytest.mark.parametrize("verdict", ["passed", "failed", "inconclusive"])
def test_argo_reads_the_verdict_and_flagger_the_status(service: Service, verdict: str) -> None:
    service.gate.verdicts = [verdict]
    # Flagger sends its own names and the metadata of the webhook; it can send no header.
    body = json.dumps(
        {
            "name": "churn",
            "namespace": "ml",
            "phase": "Waiting",
            "checksum": "1",
            "metadata": {**CHURN, "token": TOKEN},
        }
    ).encode()
    assert service.verdict(CHURN) == (200, {"verdict": verdict, "model": CHURN["model"]})
    promotion, _ = service.verdict(path="/flagger/promotion", body=body, token=None)
    rollback, _ = service.verdict(path="/flagger/rollback", body=body, token=None)
    assert (promotion == 200, rollback == 200) == (verdict == "passed", verdict == "failed")
    assert len(service.gate.asked) == 1


def test_a_body_asks_as_a_query_does(service: Service) -> None:
    service.verdict(CHURN)
    assert service.verdict(body=json.dumps(CHURN).encode())[0] == 200
    assert len(service.gate.asked) == 1


@pytest.mark.parametrize(
    ("path", "token", "body"),
    [
        ("/verdict", None, None),
        ("/verdict", "", None),
        ("/verdict", TOKEN[:-1], None),
        ("/verdict", f"{TOKEN}x", None),
        ("/verdict", "\xe9" * 32, None),
        ("/flagger/promotion", None, json.dumps({"metadata": CHURN}).encode()),
        ("/flagger/rollback", None, json.dumps({"metadata": {**CHURN, "token": "wrong"}}).encode()),
        ("/flagger/rollback", None, json.dumps({"metadata": {**CHURN, "token": {"a": 1}}}).encode()),
    ],
)
def test_without_the_token_nothing_is_judged(
    service: Service, path: str, token: str | None, body: bytes | None
) -> None:
    status, found, headers = service.ask(path, CHURN if body is None else None, token=token, body=body)
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert "token" in found["error"]
    assert service.gate.asked == []


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"model": "churn", "version": "4"}, "environment is missing"),
        ({**CHURN, "modle": "x"}, "modle is not known here; known: model"),
        ({**CHURN, "window": "soon"}, "window: 'soon' is no span of time"),
        ({**CHURN, "objective": "../../etc/passwd"}, "no path"),
        ({**CHURN, "objective": "mine.yml"}, "no path"),
        ({**CHURN, "begin": "later"}, "begin is past or now"),
        ({**CHURN, "baseline": "yes"}, "baseline is true or false"),
        ({**CHURN, "against": "3", "baseline": "true"}, "compares with one thing"),
        ({**CHURN, "against": "4"}, "with itself"),
        ({**CHURN, "run": "x" * 300}, "at most 256"),
    ],
)
def test_a_question_that_cannot_be_meant_says_what_to_write(
    service: Service, question: dict[str, str], words: str
) -> None:
    status, found, _ = service.ask("/verdict", question)
    assert status == 400
    assert words in found["error"]
    assert service.gate.asked == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/verdict", b"x" * (65 << 10), 413),
        ("/verdict", b"[1, 2]", 400),
        ("/verdict", b"{", 400),
        ("/verdict", b'{"model": 7, "version": "4", "environment": "production"}', 400),
        ("/flagger/promotion", b'{"metadata": []}', 400),
        ("/elsewhere", None, 404),
        ("/flagger/promotion", None, 405),
        (f"/verdict?model={'x' * 5000}", None, 414),
        ("/verdict?model=a&model=b", None, 400),
        ("/verdict?model=%ff", None, 400),
        ("/verdict?" + "&".join(f"n{number}=1" for number in range(30)), None, 400),
    ],
)
def test_a_request_out_of_bounds_is_refused(service: Service, path: str, body: bytes | None, status: int) -> None:
    assert service.ask(path, body=body)[0] == status
    assert service.gate.asked == []
    assert service.verdict(CHURN)[0] == 200


def test_so_many_questions_at_once_are_refused_and_the_others_still_answered(service: Service) -> None:
    service.gate.free.clear()
    found = [service.ask("/verdict", {**CHURN, "run": str(number)})[0] for number in range(60)]
    assert set(found) == {503, 429}
    service.gate.free.set()
    assert service.verdict({**CHURN, "run": "0"})[0] == 200


def test_a_cluster_that_cannot_be_reached_is_no_verdict_and_is_asked_again(service: Service, said: list[str]) -> None:
    service.gate.verdicts = [ClusterError("The cluster is away.", next_step="Wait."), "passed"]
    status, found = service.verdict(CHURN)
    assert (status, found["error"], found["next_step"]) == (502, "The cluster is away.", "Wait.")
    assert service.ask("/verdict", CHURN)[0] == 502
    service.gate.now += 11
    assert service.verdict(CHURN)[0] == 200
    assert any("The cluster is away." in line for line in said)


def test_a_question_that_the_gate_refuses_is_a_fault_of_the_asker(service: Service) -> None:
    service.gate.verdicts = [ConfigurationError("A window of 3 s has no 30 blocks.", next_step="Write 15m.")]
    status, found = service.verdict(CHURN)
    assert status == 400
    assert "Write 15m." in found["error"]


def test_a_fault_of_ours_names_nothing_of_the_question(service: Service, said: list[str]) -> None:
    service.gate.verdicts = [RuntimeError(f"{TOKEN} {CHURN['model']}")]
    status, found = service.verdict(CHURN)
    assert (status, found) == (500, {"error": "a fault of the service"})
    assert not any(TOKEN in line or "churn" in line for line in said)


@pytest.mark.parametrize("token", ["", "short", "x" * 23, "ü" * 30, "x" * 30 + "\n"])
def test_a_token_that_is_none_is_refused_at_the_start(token: str) -> None:
    with pytest.raises(ConfigurationError, match="24 plain characters") as caught:
        Application(Runs(Gate().judge), token)
    assert "MODEL_LOGS_GATE_TOKEN" in str(caught.value)
    assert not token.strip() or token not in str(caught.value)


def test_health_needs_no_token_and_tells_nothing(service: Service) -> None:
    assert service.ask("/health", token=None)[:2] == (200, {"status": "ok"})


def test_what_is_no_http_hurts_nobody(service: Service) -> None:
    for rubbish in (
        b"\x16\x03\x01" * 20,
        b"GET " + b"/" * 70_000,
        b"POST /verdict HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall(rubbish)
    assert service.verdict(CHURN)[0] == 200


@pytest.mark.parametrize("road", ["cluster", "file"])
def test_a_real_gate_is_judged_once_and_leaves_one_event_and_one_evidence(
    applied: Elasticsearch, tmp_path: Path, said: list[str], road: str
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=16)
    index(applied, traffic(5, start=start, minutes=16, failing=0.03), lag=timedelta(seconds=1))
    journal = Journal(tmp_path / "gate.log", service="model-logs-gate", environment="production")
    recorder = Recorder(applied, "model-logs-gate", environments=("production",))
    roads: dict[str, Any] = {"recorder": recorder} if road == "cluster" else {"journal": journal}
    verdicts = Verdicts(applied, None, tmp_path / "evidence", "ci", roads)
    question = {"model": "churn", "version": "7", "environment": "production"}
    with _served(Judges(verdicts), said) as service, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.verdict(question), range(24)))
    assert {(status, found["verdict"]) for status, found in answers} == {(200, "failed")}
    (evidence,) = (tmp_path / "evidence").iterdir()
    found = answers[0][1]
    assert found["sha256"] == hashlib.sha256(evidence.read_bytes()).hexdigest()
    if road == "cluster":
        applied.indices.refresh(index="logs-model.lifecycle-*")
        hits = applied.search(index="logs-model.lifecycle-*", query={"term": {"gate.id": found["id"]}})["hits"][
            "hits"
        ]
        events = [hit["_source"] for hit in hits]
    else:
        journal.close()
        lines = (tmp_path / "gate.log").read_text(encoding="utf-8").splitlines()
        events = [event for line in lines if (event := json.loads(line))["event_type"].startswith("gate_")]
    (event,) = events
    assert (event["event_type"], event["user"]["name"]) == ("gate_failed", "ci")
    assert event["gate"]["evidence_sha256"] == found["sha256"]


def test_the_command_serves_until_it_is_stopped_and_wants_a_token(
    applied: Elasticsearch, es_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "gate", "serve"]
    command += ["--url", es_url, "--port", "0", "--evidence", str(tmp_path / "evidence"), "--by", "ci"]
    monkeypatch.delenv("MODEL_LOGS_GATE_TOKEN", raising=False)
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 2
    assert "MODEL_LOGS_GATE_TOKEN" in refused.stderr
    monkeypatch.setenv("MODEL_LOGS_GATE_TOKEN", TOKEN)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        port = int(said.partition("127.0.0.1:")[2].partition("/")[0])
        asker = Service(port, Gate(), Application(Runs(Gate().judge), TOKEN))
        found = asker.verdict({"model": "never", "version": "1", "environment": "production"})
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert TOKEN not in process.stderr.read()
    assert (found[0], found[1]["verdict"]) == (200, "inconclusive")
    assert "has no prediction of version 1" in found[1]["reasons"][0]
    assert len(list((tmp_path / "evidence").iterdir())) == 1
