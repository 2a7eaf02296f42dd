"""The cluster goes away and comes back, or has no time, in the middle of anything: later, and nothing lost."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import urllib3
from elasticsearch import Elasticsearch

from model_logs.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY = {"error": {"type": "es_rejected_execution_exception", "reason": "rejected execution"}, "status": 429}


PRODUCT = {"x-elastic-product": "Elasticsearch"}


class Gate:
    """Stands before the real node and lets requests through, or not.

    Attributes:
        away: The share of requests, 0 to 1, whose connection is cut: half of them before and half after the node
            did what was asked.
        busy: The share that is answered with 429, as a node without a free thread does.
    """

    def __init__(self, behind: str) -> None:
        self.away = self.busy = 0.0
        self.chance = random.Random(3)
        pool = urllib3.HTTPConnectionPool(str(urlsplit(behind).hostname), urlsplit(behind).port, maxsize=10)
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                luck, after = gate.chance.random(), gate.chance.random() < 0.5
                cut = luck < gate.away
                if gate.away <= luck < gate.away + gate.busy:
                    self._answer(429, {"content-type": "application/json"}, json.dumps(BUSY).encode())
                    return
                if not cut or (after and gate.away < 1):
                    got = pool.request(self.command, self.path, body=body, headers=dict(self.headers), retries=False)
                if cut:
                    self.close_connection = True
                    return
                self._answer(got.status, dict(got.headers), got.data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass  # noqa: N815  # the names of http.server

            def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in {"content-length", "transfer-encoding", "content-encoding", *PRODUCT}:
                        self.send_header(name, value)
                for name, value in PRODUCT.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.pool = pool
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.pool.close()


@pytest.fixture
def gate(es_url: str) -> Iterator[Gate]:
    made = Gate(es_url)
    yield made
    made.close()


@pytest.fixture
def through(gate: Gate, world: Any) -> Iterator[Elasticsearch]:
    with Elasticsearch(f"http://127.0.0.1:{gate.server.server_port}", max_retries=0, request_timeout=20) as client:
        yield client
        gate.away = gate.busy = 0.0
        for evaluator in world.evaluators:
            evaluator.stop()
        world.evaluators.clear()


def test_a_cluster_that_is_away_for_ten_minutes_is_asked_again(world, gate, through, pagerduty) -> None:
    evaluator = world.evaluator(client=through, lease=2.0)
    world.run(evaluator)
    world.predictions("error", 100)
    gate.away = 1.0
    for _ in range(20):
        world.now += timedelta(minutes=0.5)
        with suppress(ClusterError):
            evaluator.run_once()
    assert pagerduty.accepted == []
    gate.away = 0.0
    world.run(evaluator)
    assert pagerduty.actions == ["trigger", "resolve"]


@pytest.mark.parametrize("shares", [(0.0, 0.2), (0.15, 0.0)], ids=["busy", "away"])
def test_whatever_request_fails_nothing_is_missed_and_nothing_told_twice(
    world, gate, through, pagerduty, shares: tuple[float, float]
) -> None:
    """Also where the node did what was asked and only the answer was lost."""
    evaluator = world.evaluator(client=through, lease=2.0)
    world.run(evaluator)
    gate.away, gate.busy = shares
    for minute in range(16):
        if minute in {1, 2}:
            world.predictions("error", 60, minutes=1)
            world.fail_deployment(f"model-{minute}")
        elif minute > 3:
            world.predictions("success", 600, minutes=1)
        world.now += timedelta(minutes=1)
        with suppress(ClusterError):
            evaluator.run_once()
            world.flush(evaluator)
    gate.away = gate.busy = 0.0
    while not evaluator.run_once():
        pass
    world.run(evaluator, 2, step=1)
    incidents = dict(pagerduty.incidents)
    # The second deployment fails within the minute in which alerts of one rule and owner join one outage: whether it
    # is told in the first one's incident or in its own follows from when its request got through.
    assert incidents.pop("model-logs:deploy-failed:model-2|production", 1) == 1
    assert incidents == {
        "model-logs:high-error-rate:churn|production": 1,
        "model-logs:deploy-failed:model-1|production": 1,
    }
    assert not pagerduty.open
    fired = {event["alert"]["id"] for event in world.events("alert_fired")}
    assert {"deploy-failed:model-1|production", "deploy-failed:model-2|production"} <= {
        each.removeprefix("model-logs:") for each in fired
    }
    first = [event for event in world.events("alert_fired") if not event["alert"].get("may_repeat")]
    told = [(event["alert"]["id"], event["alert"]["channel"]) for event in first]
    assert len(told) == len(set(told))
