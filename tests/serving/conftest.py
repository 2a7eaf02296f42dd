"""Real servers over the applications of `apps/`, and what they logged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

APPS = Path(__file__).parent / "apps"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@dataclass
class Served:
    """A server under test."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    output: Path
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def post(self, path: str, request_id: str, **more: Any) -> httpx.Response:
        # uvicorn closes a connection behind an exception, maybe a moment after the answer: each request has its own.
        headers = {"X-Request-ID": request_id, "Connection": "close", **more.pop("headers", {})}
        return self.client.post(f"{self.url}{path}", headers=headers, **more)

    def stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    @property
    def events(self) -> list[dict[str, Any]]:
        if not self.log.exists():  # before the first event
            return []
        return [json.loads(line) for line in self.log.read_bytes().splitlines() if line.endswith(b"}")]

    def predictions(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event_type"] == "predict"]

    def prediction(self, request_id: str, *, within: float = 10) -> dict[str, Any]:
        """Return the one prediction of a request; it may be written shortly after the answer has arrived."""
        until = time.monotonic() + within
        while not (found := [e for e in self.predictions() if e.get("request_id") == request_id]):
            assert time.monotonic() < until, f"{request_id} was not logged"
            time.sleep(0.02)
        (event,) = found
        return event


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Start a server: `serve("uvicorn", "fastapi_app")`."""
    running: list[Served] = []

    def start(
        server: str,
        app: str,
        *,
        workers: int = 2,
        folder: Path = APPS,
        env: dict[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> Served:
        port, place = free_port(), tmp_path_factory.mktemp(app)
        command = {
            "uvicorn": ["uvicorn", f"{app}:app", "--host", "127.0.0.1", "--port", str(port)],
            "gunicorn": ["gunicorn", f"{app}:app", "--bind", f"127.0.0.1:{port}", "--graceful-timeout", "5"],
        }[server]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MODEL_LOGS_")}
        environment |= {"MODEL_LOGS_PATH": str(place / "events.log"), "PYTHONPATH": str(folder), **(env or {})}
        output = place / "output.txt"
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *command, "--workers", str(workers), *options],
                env=environment,
                cwd=place,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        served = Served(process, f"http://127.0.0.1:{port}", place / "events.log", output)
        running.append(served)
        until = time.monotonic() + 60
        while True:
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < until, output.read_text()
            try:
                httpx.get(f"{served.url}/health", timeout=5, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return served

    yield start
    for served in running:
        served.stop()
