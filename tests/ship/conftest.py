"""Lines to ship, and a shipper that is run in this process or as the command."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from model_logs.cluster import Connection
from model_logs.ship import Settings, Shipper, Totals
from model_logs.ship.wire import Wire


class Writer:
    """Makes the lines of one writer, numbered as the logger numbers them."""

    def __init__(self) -> None:
        self.id = os.urandom(12).hex()
        self._numbers = itertools.count(1)

    def event(self, **fields: object) -> dict[str, object]:
        number = next(self._numbers)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "@timestamp": now,
            "event": {"id": f"{self.id}-{number}", "sequence": number},
            "event_type": "predict",
            "status": "success",
            "environment": "production",
            "model_name": "churn",
            "model_version": "3",
            "request_id": f"request-{number}",
            "latency_ms": 12.5,
            "process": {"entity_id": self.id},
        } | fields

    def line(self, **fields: object) -> bytes:
        return orjson.dumps(self.event(**fields), option=orjson.OPT_APPEND_NEWLINE)

    def lines(self, count: int, **fields: object) -> bytes:
        return b"".join(self.line(**fields) for _ in range(count))


@pytest.fixture
def writer() -> Writer:
    return Writer()


@dataclass
class Ship:
    """Runs shippers on one log folder and one state folder; remembers what they said."""

    url: str
    logs: Path
    state: Path
    said: list[str] = field(default_factory=list)

    def shipper(self, *patterns: str, **settings: object) -> Shipper:
        values = {"once": True, "max_wait": 20.0, "grace": 0.2, "poll": 0.05} | settings
        shown = tuple(patterns) or (str(self.logs / "*.log*"),)
        return Shipper(
            Connection(self.url), Settings(shown, self.state, **values), say=self.said.append, show_progress=False
        )

    def once(self, *patterns: str, **settings: object) -> Totals:
        return self.shipper(*patterns, **settings).run()

    def command(self, *arguments: str, **options: object) -> subprocess.Popen[str]:
        """Start `model-logs ship` on the log folder."""
        command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "ship"]
        rest = ["--url", self.url, "--state", str(self.state), *arguments]
        return subprocess.Popen(
            [*command, str(self.logs / "*.log*"), *rest],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    @property
    def talk(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def offline(tmp_path: Path) -> Ship:
    """A shipper whose cluster is not there."""
    logs = tmp_path / "logs"
    logs.mkdir()
    return Ship("http://127.0.0.1:9", logs, tmp_path / "state")


@pytest.fixture
def ship(offline: Ship, es_url: str, applied: object) -> Ship:
    """A shipper to the real node, which has every template and no document."""
    offline.url = es_url
    return offline


@pytest.fixture
def found(ship: Ship) -> Callable[[Iterable[bytes]], tuple[int, int]]:
    """How many of the events of some lines are in the cluster, and how many documents there are in all."""
    return lambda lines: found_by_id(ship.url, lines)


def found_by_id(url: str, lines: Iterable[bytes]) -> tuple[int, int]:
    wire = Wire(Connection(url, timeout=60))
    ids = [orjson.loads(line)["event"]["id"] for line in lines]
    there = 0
    for begin in range(0, len(ids), 10_000):
        there += len(wire.known(["logs-model.*"], ids[begin : begin + 10_000]))
    status, raw = wire._request("GET", "/logs-model.*/_count", b"")
    assert status == 200
    return there, orjson.loads(raw)["count"]
