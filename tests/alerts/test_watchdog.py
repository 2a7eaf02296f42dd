"""Signs of life and figures: a URL that is asked for, and /metrics of the daemons."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.support.serving import serving

from model_logs.alerts.engine.progress import Progress
from model_logs.alerts.notify.watchdog import Watchdog
from model_logs.alerts.rulebook.transitions import RuleState
from model_logs.errors import ConfigurationError
from model_logs.metrics import MetricSample, address, serve

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


class Pinged(BaseHTTPRequestHandler):
    """Answers a ping with the next status."""

    asked: list[str]
    statuses: list[int]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("location", "/login")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_a_url_is_asked_for_each_half_minute_and_a_failure_is_said_once() -> None:
    asked: list[str] = []
    handler = type("Handler", (Pinged,), {"asked": asked, "statuses": [200, 503, 302, 302]})
    said: list[str] = []
    with serving(handler) as url:
        watchdog = Watchdog(f"{url}/ping/uuid", [], say=said.append)
        for seconds in (0, 10, 30, 60, 90, 120):
            watchdog.beat(NOW + timedelta(seconds=seconds))
            while any(not future.done() for future in watchdog._under_way.values()):
                time.sleep(0.01)
        watchdog.close()
    assert asked == ["GET /ping/uuid"] * 5
    assert ["503" in line for line in said] == [True, False, False]
    assert "redirect" in said[1]
    assert "arrives again" in said[2]


def test_a_leader_that_judges_nothing_gives_no_sign_of_life() -> None:
    progress = Progress()
    assert not progress.works(NOW)
    progress.begun()
    progress.ended({"a": RuleState(NOW), "b": RuleState(NOW - timedelta(hours=1))}, {"b"}, NOW)
    assert progress.works(NOW + timedelta(minutes=4))
    assert not progress.works(NOW + timedelta(minutes=6))
    progress.leads = False
    assert not progress.works(NOW)


def test_the_figures_are_what_prometheus_reads() -> None:
    progress = Progress()
    progress.begun()
    progress.ended({'odd"\nrule': RuleState(NOW - timedelta(minutes=2))}, {'odd"\nrule'}, NOW)
    port, stop = serve(("127.0.0.1", 0), lambda: progress.samples(NOW))
    try:
        found = _figures(port)
    finally:
        stop()
    assert found["model_logs_alerts_rule_lag_seconds"] == 120
    assert found["model_logs_alerts_rule_stuck"] == 1
    assert found["model_logs_alerts_leader"] == 1
    assert found["model_logs_alerts_rounds_total"] == 1
    assert found["model_logs_alerts_last_round_timestamp_seconds"] == NOW.timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),
        ("[::1]:9464", ("::1", 9464)),
    ],
)
def test_an_address_for_metrics_is_of_this_machine_unless_a_host_is_given(text: str, expected: Any) -> None:
    assert address(text) == expected


@pytest.mark.parametrize("text", ["", "localhost", "x:", "127.0.0.1:99999", "x:-1", "x:²", "x:" + "9" * 5000])
def test_an_address_for_metrics_that_is_none_is_said(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--metrics"):
        address(text)


def test_a_port_that_is_taken_is_said() -> None:
    port, stop = serve(("127.0.0.1", 0), lambda: [MetricSample("x", "X.", 1)])
    try:
        with pytest.raises(ConfigurationError, match="--metrics"):
            serve(("127.0.0.1", port), list)
    finally:
        stop()


def test_ship_answers_at_metrics(applied, es_url, tmp_path) -> None:
    (tmp_path / "a.log").write_text("no event\n" * 3)
    with subprocess.Popen(
        [
            *(
                sys.executable,
                "-c",
                "from model_logs.cli import model_logs; model_logs()",
                "ship",
                str(tmp_path / "*.log"),
                "--state",
                str(tmp_path / "s"),
            ),
            *("--url", es_url, "--metrics", "127.0.0.1:0"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as shipper:
        try:
            port = next(int(line.split(":")[2].split("/")[0]) for line in shipper.stderr if "Metrics at" in line)
            end = time.monotonic() + 60
            while _figures(port).get("model_logs_ship_read_total") != 3:
                assert time.monotonic() < end, _figures(port)
                time.sleep(0.1)
            found = _figures(port)
        finally:
            shipper.send_signal(signal.SIGTERM)
    assert found["model_logs_ship_unparsed_total"] == 3
    assert time.time() - found["model_logs_ship_last_round_timestamp_seconds"] < 60
    assert {
        "model_logs_ship_lag_bytes",
        "model_logs_ship_queue_events",
        "model_logs_ship_round_duration_seconds",
    } <= set(found)


def _figures(port: int) -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}
