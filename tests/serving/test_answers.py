"""What belongs to a prediction: tasks behind an answer do not; mounted applications; clients that leave.

The frameworks are the real ones, asked in process.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, request
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Mount, Route
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import EnvironBuilder, run_wsgi_app

from model_logs import logger
from model_logs.serving import ASGIMiddleware, WSGIMiddleware
from model_logs.testing import capture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping

SLOW_S = 0.3


async def _passed(request: Any, call_next: Callable[..., Any]) -> Any:
    return await call_next(request)


async def _slow(_: Any) -> JSONResponse:
    return JSONResponse({}, background=BackgroundTask(asyncio.sleep, SLOW_S))


async def _fails_later(_: Any) -> JSONResponse:
    def mail() -> None:
        raise RuntimeError("the mail server is away")

    return JSONResponse({}, background=BackgroundTask(mail))


async def _cut(_: Any) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError("cut")

    return StreamingResponse(parts())


async def _raises(_: Any) -> JSONResponse:
    raise ValueError("singular matrix")


async def _inner(_: Any) -> JSONResponse:
    logger.current_prediction().label = "stays"
    return JSONResponse({})


async def _always_200(_: Any, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)})


def _starlette(*, wrapped: bool) -> ASGIMiddleware:
    paths = {"/slow": _slow, "/later": _fails_later, "/cut": _cut, "/raise": _raises}
    mounted = ASGIMiddleware(Starlette(routes=[Route("/predict", _inner, methods=["POST"])]), model_name="inner")
    routes: list[Any] = [Route(path, function, methods=["POST"]) for path, function in paths.items()]
    middleware = [Middleware(BaseHTTPMiddleware, dispatch=_passed)] if wrapped else []
    app = Starlette(
        routes=[*routes, Mount("/in", mounted)], middleware=middleware, exception_handlers={Exception: _always_200}
    )
    return ASGIMiddleware(app, model_name="outer", model_version="7")


def ask(app: ASGIMiddleware, path: str) -> tuple[dict[str, Any], list[int]]:
    """Return the event of a request, and how many events there were at each part that the server was given."""
    before: list[int] = []
    body: list[dict[str, Any]] = [{"type": "http.request", "body": b""}]

    async def receive() -> dict[str, Any]:
        if not body:
            await asyncio.Event().wait()  # the client stays
        return body.pop()

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            before.append(len(captured.events))

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "root_path": ""}

    async def serve() -> None:
        try:
            await asyncio.wait_for(app({**scope, "app": None}, receive, send), 10)
        except (RuntimeError, ValueError):
            return

    with capture() as captured:
        asyncio.run(serve())
    (event,) = captured.events
    return event, before


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_runs_behind_the_answer_is_no_part_of_the_prediction(wrapped: bool) -> None:
    app = _starlette(wrapped=wrapped)
    event, written = ask(app, "/slow")
    assert event["status"] == "success"
    assert event["latency_ms"] < SLOW_S * 1000
    assert written[0] == 1, "in the kernel before the client has the answer"
    event, _ = ask(app, "/later")
    assert event["status"] == "success"
    assert "error" not in event


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_stream_that_is_cut_and_an_exception_that_is_answered_200_are_errors(wrapped: bool) -> None:
    app = _starlette(wrapped=wrapped)
    event, _ = ask(app, "/cut")
    assert (event["status"], event["error"]["message"]) == ("error", "cut")
    event, _ = ask(app, "/raise")
    assert (event["status"], event["error"]["message"]) == ("error", "singular matrix")


def test_a_middleware_in_a_mounted_application_names_the_model_of_the_one_event() -> None:
    event, _ = ask(_starlette(wrapped=False), "/in/predict")
    assert (event["model_name"], event["model_version"], event["prediction_label"]) == ("inner", "7", "stays")

    app, inner = Flask("outer"), Flask("inner")
    inner.post("/predict")(dict)
    mounted: dict[str, Any] = {"/in": WSGIMiddleware(inner.wsgi_app, model_name="inner")}
    outer = WSGIMiddleware(DispatcherMiddleware(app.wsgi_app, mounted), model_name="outer", model_version="7")
    with capture() as captured:
        run_wsgi_app(outer, EnvironBuilder("/in/predict", method="POST").get_environ(), buffered=True)
    (event,) = captured.events
    assert (event["model_name"], event["model_version"]) == ("inner", "7")


class _Reset:
    """A request's body whose client resets the connection."""

    def read(self, *_: int) -> bytes:
        raise ConnectionResetError(104, "Connection reset by peer")

    def readline(self, *_: int) -> bytes:
        return self.read()


def _flask() -> WSGIMiddleware:
    app = Flask("answers")

    @app.post("/slow")
    def slow() -> Response:
        answer = Response("ok")
        answer.call_on_close(lambda: time.sleep(SLOW_S))
        return answer

    @app.post("/later")
    def later() -> Response:
        answer = Response("ok")

        def mail() -> None:
            raise RuntimeError("the mail server is away")

        answer.call_on_close(mail)
        return answer

    @app.post("/cut")
    def cut() -> Response:
        def parts() -> Iterator[bytes]:
            yield b"one"
            raise RuntimeError("cut")

        return Response(parts())

    @app.post("/read")
    def read() -> dict[str, int]:
        return {"bytes": len(request.get_data())}

    return WSGIMiddleware(app.wsgi_app, model_name="m")


@pytest.mark.parametrize(
    ("path", "status"), [("/slow", "success"), ("/later", "success"), ("/cut", "error"), ("/read", "cancelled")]
)
def test_a_wsgi_prediction_ends_with_its_answer_and_a_client_that_left_is_no_error(path: str, status: str) -> None:
    environ = EnvironBuilder(path, method="POST", data=b"{}").get_environ()
    if path == "/read":
        environ["wsgi.input"] = _Reset()
    with capture() as captured:
        answer = _flask()(environ, lambda *_: None)
        with pytest.raises(RuntimeError, match="cut") if path == "/cut" else nullcontext():
            list(answer)
        with pytest.raises(RuntimeError, match="mail server") if path == "/later" else nullcontext():
            answer.close()  # type: ignore[attr-defined]  # WSGI: of those that have one
    (event,) = captured.events
    assert event["status"] == status
    assert event["latency_ms"] < SLOW_S * 1000
