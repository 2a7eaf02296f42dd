"""Time-outs around the handler: whoever gave up, a prediction that took as long as was waited for is a `timeout`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from model_logs.errors import ConfigurationError
from model_logs.serving import ASGIMiddleware, WSGIMiddleware
from model_logs.testing import capture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.serving.conftest import Served

SCOPE = {"type": "http", "method": "POST", "path": "/predict", "headers": []}


async def _slow(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await asyncio.sleep(10)


async def _until_the_client_leaves(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nothing(_: Any) -> None:
    return None


def _asked(app: Any, *, given_up_s: float, leaves_s: float = 60.0, **options: Any) -> dict[str, Any]:
    """Ask an application in process; whoever serves it gives up after a while, or its client leaves."""
    parts = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if parts:
            return parts.pop()
        await asyncio.sleep(leaves_s)
        return {"type": "http.disconnect"}

    async def serve() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(given_up_s):
                await ASGIMiddleware(app, model_name="m", **options)({**SCOPE}, receive, _nothing)

    with capture() as captured:
        asyncio.run(serve())
    (event,) = captured.events
    return event


@pytest.mark.parametrize(
    ("limit", "status"), [(None, "cancelled"), (20, "timeout"), (20.5, "timeout"), (60_000, "cancelled")]
)
def test_a_server_that_gives_up_after_the_limit_makes_a_timeout(limit: float | None, status: str) -> None:
    assert _asked(_slow, given_up_s=0.05, timeout_ms=limit)["status"] == status


@pytest.mark.parametrize(("limit", "status"), [(None, "cancelled"), (20, "timeout"), (60_000, "cancelled")])
def test_a_client_that_leaves_after_the_limit_makes_a_timeout(limit: float | None, status: str) -> None:
    event = _asked(_until_the_client_leaves, given_up_s=10, leaves_s=0.05, timeout_ms=limit)
    assert event["status"] == status


@pytest.mark.parametrize("limit", [0, -1, float("nan"), "500", True])
@pytest.mark.parametrize("middleware", [ASGIMiddleware, WSGIMiddleware])
def test_a_limit_that_is_none_is_refused_at_the_start(middleware: Any, limit: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout_ms cannot be"):
        middleware(_slow, model_name="m", timeout_ms=limit)


def test_a_wsgi_stream_that_is_given_up_after_the_limit_is_a_timeout() -> None:
    def app(environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return iter([b"one", b"two"])

    with capture() as captured:
        for limit in (1, 60_000):
            answer = WSGIMiddleware(app, model_name="m", timeout_ms=limit)(
                {"REQUEST_METHOD": "POST", "PATH_INFO": "/"}, lambda *_: None
            )
            next(iter(answer))
            time.sleep(0.01)
            answer.close()  # type: ignore[attr-defined]
    assert [event["status"] for event in captured.events] == ["timeout", "cancelled"]


def test_a_request_over_which_gunicorn_ends_its_worker_is_a_timeout(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    (tmp_path / "slow_app.py").write_text(
        "import time\n"
        "from model_logs.serving import WSGIMiddleware\n"
        "def app(environ, start_response):\n"
        "    if environ['PATH_INFO'] == '/predict':\n"
        "        time.sleep(60)\n"
        "    start_response('200 OK', [])\n"
        "    return [b'']\n"
        "app = WSGIMiddleware(app, model_name='fraud')\n"
    )
    served = serve("gunicorn", "slow_app", workers=1, folder=tmp_path, options=["--timeout", "1"])
    with contextlib.suppress(httpx.TransportError):  # some versions still answer
        served.post("/predict", "too-slow")
    event = served.prediction("too-slow")
    assert (event["status"], event["error"]["type"]) == ("timeout", "SystemExit")
