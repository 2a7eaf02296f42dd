"""The fraud service with nothing behind it: answers of no use, rules that are broken, settings that cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tests.examples.conftest import EXAMPLE, House

if TYPE_CHECKING:
    from pathlib import Path


_OF_NO_USE = {
    "above one": (200, b'{"model": "fraud", "version": "1", "score": 1.5}'),
    "NaN": (200, b'{"model": "fraud", "version": "1", "score": NaN}'),
    "beyond a float": (200, b'{"model": "fraud", "version": "1", "score": 1' + b"0" * 400 + b"}"),
    "null": (200, b'{"model": "fraud", "version": "1", "score": null}'),
    "no score": (200, b'{"model": "fraud", "version": "1"}'),
    "of another model": (200, b'{"model": "churn", "version": "7", "score": 0.5}'),
    "a list": (200, b"[]"),
    "too deep": (200, b"[" * 100_000),
    "a page": (200, b"<html>maintenance</html>"),
    "no text": (200, b"\xff\xfe"),
    "other features": (422, b'{"detail": "other features are needed"}'),
    "broken": (500, b"{}"),
    "moved": (302, b""),
}


@pytest.mark.parametrize(("status", "body"), _OF_NO_USE.values(), ids=_OF_NO_USE)
def test_an_answer_that_is_of_no_use_is_none(alone: House, status: int, body: bytes) -> None:
    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", alone.ports["model-server"]), Odd)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        name = f"odd-{time.monotonic_ns()}"
        assert alone.ask(name).json()["fallback_level"] == 3
        assert alone.event(name)["status"] == "success"
        assert alone.event(name)["cache_hit"] is False
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_service_that_starts_with_nothing_else_there_answers_by_its_rules(alone: House) -> None:
    assert alone.ask("small").json()["decision"] == "approve"
    assert alone.ask("large", {"card": "card-1", "amount": 2000}).json()["decision"] == "decline"
    assert "model_version" not in alone.event("large"), "nobody knows it yet"


def test_features_are_written_where_they_are_asked_for_and_the_card_never(alone: House) -> None:
    alone.ask("featured", {"card": "card-0001", "amount": 77.5})
    assert alone.event("featured")["features"] == {"amount": 77.5}, "nothing is known of the card here"
    assert b"card-0001" not in alone.log.read_bytes()


@pytest.mark.parametrize(
    "rules",
    [
        None,
        "",
        "rules: 7",
        "rules: [{name: x, feature: colour, above: 1, score: 0.5}]",
        "rules: [{name: x, feature: amount, above: 1, score: 5}]",
        "rules: [{name: x, feature: amount, above: much, score: 0.5}]",
        "rules: [{feature: amount}]",
        "rules: [",
        "rules: []",
    ],
)
def test_rules_that_are_broken_are_none(alone: House, rules: str | None) -> None:
    good = alone.rules.read_text()
    try:
        alone.rules.unlink() if rules is None else alone.rules.write_text(rules)
        assert alone.ask(f"rules-{time.monotonic_ns()}").json()["decision"] == "review"
    finally:
        alone.rules.write_text(good)
    assert alone.ask(f"rules-{time.monotonic_ns()}").json()["fallback_level"] == 3


def test_with_the_fallbacks_switched_off_an_outage_is_an_outage_and_a_clean_stop_is_one(tmp_path: Path) -> None:
    house = House(tmp_path, fallbacks="none")
    try:
        house.start("service")
        assert house.ask("bare").status_code == 503
        event = house.event("bare")
        assert (event["status"], event["circuit_state"]) == ("error", "closed")
        assert "fallback_level" not in event
        assert "fraud_failures_total 1.0" in house.client.get(f"{house.url}/metrics").text
        house.stop("service")
        (closed,) = house.events("writer_closed")
        assert closed["process"]["entity_id"] == event["process"]["entity_id"]
    finally:
        house.end()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FRAUD_MODEL_TIMEOUT_S", "soon", "a number above 0, such as 0.1"),
        ("FRAUD_MODEL_TIMEOUT_S", "-1", "a number above 0"),
        ("FRAUD_MODEL_TIMEOUT_S", "nan", "a number above 0"),
        ("FRAUD_CACHE_TTL_S", "1.5", "a whole number above 0, such as 3600"),
        ("FRAUD_FALLBACKS", "cache,oracle", "'oracle' is no fallback. Use cache, simple, rules, default, or none."),
    ],
)
def test_a_setting_that_is_of_no_use_is_named_with_what_to_write(name: str, value: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fraud_service.feature_job", "pause"],
        env=os.environ | {"PYTHONPATH": str(EXAMPLE), name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert name in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
