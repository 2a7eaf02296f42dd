"""Lines to ship, a shipper that is run in this process or as the command, and a network that misbehaves."""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import os
import socket
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import pytest

from model_logs.cluster import Connection
from model_logs.ship import Settings, Shipper, Totals
from model_logs.ship.sending.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


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
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def shipper(self, *patterns: str, through: Proxy | None = None, **settings: Any) -> Shipper:
        values: dict[str, Any] = {"once": True, "max_wait": 20.0, "grace": 0.2, "poll": 0.05} | settings
        shown = tuple(patterns) or (str(self.logs / "*.log*"),)
        url = through.url if through else self.url
        return Shipper(
            Connection(url), Settings(shown, self.state, **values), say=self.said.append, show_progress=False
        )

    def once(self, *patterns: str, **settings: Any) -> Totals:
        return self.shipper(*patterns, **settings).run()

    def command(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `model-logs ship` on the log folder."""
        command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "ship"]
        rest = ["--url", self.url, "--state", str(self.state), *arguments]
        process = subprocess.Popen(
            [*command, str(self.logs / "*.log*"), *rest],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """End what a test left running when it failed."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    @property
    def talk(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def offline(tmp_path: Path) -> Iterator[Ship]:
    """A shipper whose cluster is not there."""
    logs = tmp_path / "logs"
    logs.mkdir()
    made = Ship("http://127.0.0.1:9", logs, tmp_path / "state")
    yield made
    made.end()


@pytest.fixture
def ship(offline: Ship, es_url: str, applied: object) -> Ship:
    """A shipper to the real node, which has every template and no document."""
    offline.url = es_url
    return offline


@pytest.fixture
def found(ship: Ship) -> Callable[[Iterable[bytes]], tuple[int, int]]:
    """How many of the events of some lines are in the cluster, and how many documents there are in all."""
    return lambda lines: _found_by_id(ship.url, lines)


@pytest.fixture
def found_at() -> Callable[[str, Iterable[bytes]], tuple[int, int]]:
    """The same, in any cluster."""
    return _found_by_id


def _found_by_id(url: str, lines: Iterable[bytes]) -> tuple[int, int]:
    wire = Wire(Connection(url, timeout=60))
    ids = [orjson.loads(line)["event"]["id"] for line in lines]
    there = 0
    for begin in range(0, len(ids), 10_000):
        known = wire.known(["logs-model.*"], ids[begin : begin + 10_000])
        assert known is not None, "the cluster gave no answer"
        there += len(known)
    status, raw = wire._request("GET", "/logs-model.*/_count", b"")
    assert status == 200
    return there, orjson.loads(raw)["count"]


class Proxy:
    """Stands between a shipper and the real node, where a company has nginx or a flaky network.

    What it forwards is answered by the real node.

    Attributes:
        cut: How many answers to cut in the middle, after the node has done what was asked.
        reset: How many connections to reset before anything is forwarded.
        largest: Requests above it are answered with 413, as nginx does.
        status: Answer this to `_bulk` instead of forwarding, `refusals` times.
        bulks: Number of `_bulk` requests forwarded.
    """

    def __init__(self, url):
        self.target = urlsplit(url)
        self.cut = self.reset = self.refusals = self.bulks = 0
        self.largest = None
        self.status = 503
        self.body = b"<html>Service Unavailable</html>"
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *details):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def due(self, name):
        """Count down one kind of trouble; whether it is due."""
        with self._lock:
            left = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0

    def _handler(self):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *details):
                pass

            def _forward(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                bulk = self.path.startswith("/_bulk")
                if bulk and proxy.largest is not None and len(body) > proxy.largest:
                    return self._answer(413, b"<html>413 Request Entity Too Large</html>", "text/html")
                if bulk and proxy.due("refusals"):
                    return self._answer(proxy.status, proxy.body, "text/html")
                if bulk and proxy.due("reset"):
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.close_connection = True
                    return self.connection.close()
                upstream = http.client.HTTPConnection(proxy.target.hostname, proxy.target.port, timeout=60)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
                upstream.request(self.command, self.path, body or None, headers)
                answer = upstream.getresponse()
                data = answer.read()
                upstream.close()
                if bulk:
                    proxy.bulks += 1
                    if proxy.due("cut"):
                        self.send_response(answer.status)
                        self.send_header("content-length", str(len(data)))
                        self.end_headers()
                        self.wfile.write(data[: len(data) // 2])
                        self.close_connection = True
                        return None
                return self._answer(answer.status, data, answer.headers["content-type"], answer.headers)

            def _answer(self, status, data, kind, headers=None):
                self.send_response(status)
                self.send_header("content-type", kind or "application/json")
                self.send_header("content-length", str(len(data)))
                if headers and headers.get("x-elastic-product"):
                    self.send_header("x-elastic-product", headers["x-elastic-product"])
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_HEAD = _forward  # noqa: N815 - names of the standard library

        return Handler


@pytest.fixture
def proxy(ship: Ship) -> Iterator[Proxy]:
    """A proxy before the node; the shipper goes through it, `found` asks the node itself."""
    with Proxy(ship.url) as between:
        yield between
