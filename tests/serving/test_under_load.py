"""Servers under load: workers that are killed or end after some requests, clean stops, and what was planted.

What was served is counted by the server itself, in a file of its own: a client's error may be a request that never
arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from flask import Flask

from model_logs.serving import ASGIMiddleware, WSGIMiddleware
from model_logs.testing import capture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.serving.conftest import Served

MANY, CLIENTS = 240, 8
# Ended and begun anew after about so many requests, several times in a run.
AFTER = "40"
SERVERS = {
    "uvicorn": ("uvicorn", "counted_asgi", []),
    "uvicorn, workers that end": ("uvicorn", "counted_asgi", ["--limit-max-requests", AFTER]),
    "gunicorn": ("gunicorn", "counted_wsgi", []),
    "gunicorn, workers that end": (
        "gunicorn",
        "counted_wsgi",
        ["--max-requests", AFTER],
    ),
    "gunicorn, threads": ("gunicorn", "counted_wsgi", ["--threads", "4"]),
}

# The others in `make soak`.
IN_EACH_RUN = {"uvicorn", "gunicorn, workers that end"}


def _load(served: Served, *, kill: bool) -> tuple[set[str], int]:
    """Ask many times at once, and kill a worker in the middle; return the ids that were answered, and the kills."""
    answered: set[str] = set()
    killed: list[int] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        request_id = f"req-{number}"
        with contextlib.suppress(httpx.TransportError):
            headers = {"X-Request-ID": request_id, "Connection": "close"}
            answer = client.post(f"{served.url}/predict", headers=headers)
            if answer.is_success:
                with lock:
                    answered.add(request_id)
                    if kill and len(answered) in {MANY // 4, MANY // 2}:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(answer.json()["worker"], signal.SIGKILL)
                            killed.append(number)

    with httpx.Client(timeout=60, trust_env=False, verify=False) as client, ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(MANY)))
    return answered, len(killed)


@pytest.mark.parametrize("kill", [False, True], ids=["clean", "kill -9"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in IN_EACH_RUN else pytest.mark.soak) for name in SERVERS]
)
def test_what_was_served_is_logged_once_and_only_what_was_under_way_at_a_kill_is_missing(
    serve: Callable[..., Served], tmp_path: Path, name: str, kill: bool
) -> None:
    server, app, options = SERVERS[name]
    count = tmp_path / "served.txt"
    served = serve(server, app, env={"SERVED": str(count)}, options=options)
    answered, kills = _load(served, kill=kill)
    served.stop()

    logged = Counter(event["request_id"] for event in served.predictions() if event["status"] == "success")
    handled = Counter(count.read_text().split())
    assert logged.most_common(1)[0][1] == 1, "no id twice"
    assert logged.keys() <= handled.keys()
    missing = handled.keys() - logged.keys()
    if not kill:
        assert missing == set()
        events = served.events
        writers = {event["process"]["entity_id"] for event in events}
        assert {e["process"]["entity_id"] for e in events if e["event_type"] == "writer_closed"} == writers
        return
    assert kills
    assert len(missing) <= kills * CLIENTS, f"more than were under way: {sorted(missing)}"
    if server == "uvicorn":
        assert answered <= logged.keys(), "an answer that arrived has its event, even of a killed worker"


SECRET = "sk-proj-Zx81PLANTED81Zx81PLANTED81Zx81PLANTED"
PROMPT = "PLANTED PROMPT: my neighbour's diagnosis"


def _fine() -> dict[str, str]:
    return {}


def _raises() -> None:
    raise RuntimeError(f"login failed: password={SECRET}")


def _version(_: object) -> str:
    raise KeyError(f"Authorization: Bearer {SECRET}")


def _asked(framework: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return the events of an answer, an exception and a wrong path, each with things planted in its request."""
    paths = [f"{path}?api_key={SECRET}" for path in ("/fine", "/broken", "/nowhere")]
    sent: dict[str, Any] = {"headers": headers, "json": {"prompt": PROMPT}}
    app: Any = FastAPI() if framework == "FastAPI" else Flask("planted")
    app.post("/fine")(_fine)
    app.post("/broken")(_raises)

    async def ask() -> None:
        wrapped = ASGIMiddleware(app, model_name="m", model_version=_version)
        transport = httpx.ASGITransport(wrapped, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            for path in paths:
                await client.post(path, **sent)

    with capture() as captured:
        if framework == "FastAPI":
            asyncio.run(ask())
        else:
            app.wsgi_app = WSGIMiddleware(app.wsgi_app, model_name="m", model_version=_version)
            for path in paths:
                app.test_client().post(path, buffered=True, **sent)
    return captured.events


@pytest.mark.parametrize("framework", ["FastAPI", "Flask"])
def test_nothing_that_was_planted_in_a_request_is_in_its_event(framework: str) -> None:
    events = _asked(
        framework,
        {
            "Authorization": f"Bearer {SECRET}",
            "Cookie": f"session={SECRET}",
            "X-Request-ID": f"api_key={SECRET}",
        },
    )
    assert [event["status"] for event in events] == ["success", "error", "invalid"]
    assert "PLANTED" not in str(events)
