"""ASGI middleware: one `predict` event for each request that predicts, written when its answer is whole.

It is wrapped around the whole application (`app = ASGIMiddleware(app, model_name="fraud")`), outside of the
framework's own error handling, since only there an exception's answer can be seen. What an application does behind
its answer (background tasks) is no part of the prediction. Requests that do not predict,
WebSockets and everything but HTTP pass untouched, except that the end of the lifespan closes the logger's writer.
"""

from __future__ import annotations

import sys

from model_logs.serving.answers import status_of
from model_logs.serving.failures import attach, listen
from model_logs.serving.identity import BODY_LIMIT, REQUEST_ID, id_of_body
from model_logs.serving.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
    from typing import Any

    from model_logs._logger.facade import Logger
    from model_logs._logger.timing import Prediction
    from model_logs.serving.options import Source

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

__all__ = ["ASGIMiddleware"]

# Where a scope says that this request is logged already, by a middleware further out.
_OUTER = "model_logs.prediction"
# Modules that run tasks behind an answer.
_BACKGROUND = frozenset({"starlette.background", "litestar.background_tasks"})
# How many parts of a body are kept for an application that has not asked for them.
_MOST_PARTS = 16


class ASGIMiddleware:
    """An ASGI application that logs each prediction of the one inside it.

    The handler says more by `logger.current_prediction()`: `.label`, `.score`, `.status`, `.set(...)`. The status is
    the handler's, else that of the exception that left the application, else that of the answer's code.

    Args:
        app: The application: FastAPI, Starlette, Litestar, Django, ….
        model_name: The model: its name, a `Header`, or a function of ASGI's scope. A route may name it instead.
        model_version: Its version, likewise.
        stage: Its stage, likewise.
        variant: Its arm of a rollout: control, canary or shadow, likewise.
        routes: The routes that predict, such as `["/predict"]` or
            `{"POST /models/{model_name}/predict": {"stage": "production"}}`; by default every POST. Health checks
            never do, unless a route names one literally.
        watch_client: Ask before the answer of a plain endpoint whether the client is still there; one that left is
            `cancelled`. Streams and requests under way are watched by the frameworks themselves.
        body_id: Look for the request id in JSON bodies too: always, never, or (None) on paths of the V2 protocol.
        timeout_ms: After how many milliseconds what stands around the application gives up (a server, a proxy): a
            prediction that is cancelled after that long is a `timeout`.
        logger: The logger to write with.

    Raises:
        ConfigurationError: An option cannot be used; at the start, never while serving.
    """

    def __init__(
        self,
        app: App,
        *,
        model_name: Source = None,
        model_version: Source = None,
        stage: Source = None,
        variant: Source = None,
        routes: Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
        watch_client: bool = False,
        body_id: bool | None = None,
        timeout_ms: float | None = None,
        logger: Logger | None = None,
    ) -> None:
        self.app = app
        attach(app)
        self._watch_client = watch_client
        self._options = Options(
            model_name=model_name,
            model_version=model_version,
            stage=stage,
            variant=variant,
            routes=routes,
            body_id=body_id,
            timeout_ms=timeout_ms,
            logger=logger,
        )

    def __getattr__(self, name: str) -> Any:
        # What a framework's own tools ask of an application (`app.state`, `app.routes`, a test client's) is inside.
        if name == "app":  # not there yet: an object that is being copied or unpickled
            raise AttributeError(name)
        return getattr(self.app, name)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection of any kind."""
        kind = scope["type"]
        if kind == "http":
            route = self._options.match(scope["method"], scope["path"], scope.get("root_path") or "")
            if route is not None:
                await self._predict(scope, receive, send, route)
                return
        elif kind == "lifespan":
            await self._live(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _live(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve the lifespan, and close the writer when the application has shut down.

        An application that knows no lifespan (Django) says so by raising at once; the lifespan is then served here,
        since a server that ends by a signal gives no later chance to close the writer.
        """
        begun = False

        async def receive_noting() -> Message:
            nonlocal begun
            begun = True
            return await receive()

        async def send_closing(message: Message) -> None:
            if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                self._options.logger.close()
            await send(message)

        try:
            await self.app(scope, receive_noting, send_closing)
        except Exception:
            if begun:
                raise
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send_closing({"type": "lifespan.shutdown.complete"})

    async def _predict(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, route: dict[str, Any]
    ) -> None:
        listen()
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if value and name not in headers:
                headers[name] = value
        outer = scope.get(_OUTER)
        if outer is not None:
            # An application with a middleware of its own, mounted in another one: it knows the model better.
            outer.set(**self._options.named(scope, route, headers))
            await self.app(scope, receive, send)
            return
        body_id = None
        if self._options.wants_body_id(scope["path"].removeprefix(scope.get("root_path") or ""), headers):
            receive, body_id = await _body_id(receive)
        prediction = self._options.begin(scope, route, headers, body_id)
        scope[_OUTER] = prediction
        exchange = _Exchange(prediction, receive, send, watch=self._watch_client)
        prediction.__enter__()
        try:
            with self._options.logger.request(prediction.request_id):
                await self.app(scope, exchange.receive, exchange.send)
        except BaseException as error:
            exchange.end(error)
            raise
        exchange.end(None)


class _Exchange:
    """One request and its answer on their way through."""

    __slots__ = (
        *("_complete", "_ended", "_gone", "_handling", "_kept", "_left", "_parts", "_prediction"),
        *("_receive", "_send", "_watch", "code"),
    )

    def __init__(self, prediction: Prediction, receive: Receive, send: Send, *, watch: bool) -> None:
        self._prediction = prediction
        self._receive = receive
        self._send = send
        self._watch = watch
        self._kept: list[Message] = []
        self._complete = False
        self._ended = False
        self._gone = False
        # The answer is made of an exception, which may leave the application behind it.
        self._handling = False
        # Bytes of the answer that are still to come, where it says how long it is; and how many parts there were.
        self._left: int | None = None
        self._parts = 0
        self.code: int | None = None

    async def receive(self) -> Message:
        message = self._kept.pop(0) if self._kept else await self._receive()
        # After a whole answer servers say so, too.
        if message["type"] == "http.disconnect" and not self._complete:
            self._gone = True
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self.code = message["status"]
            self._handling = sys.exc_info()[1] is not None
            if self._watch and not self._gone:
                self._look_for_client()
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != REQUEST_ID]
            self._left = _length(headers)
            headers.append((REQUEST_ID, str(self._prediction.request_id).encode("latin-1", "replace")))
            message = {**message, "headers": headers}
        elif kind == "http.response.body":
            self._note(message)
        elif kind == "http.response.pathsend":
            self._complete = True
            self._prediction.stop()
        try:
            await self._send(message)
        except OSError:
            # What a server raises from version 2.4 of the protocol on, where the client has left.
            self._gone = True
            raise

    def _note(self, part: Message) -> None:
        """Take notice of a part of the body, and write the event before the part that makes the answer whole.

        Before, so that a killed process leaves no answer without its event. Not so where the answer is that to an
        exception, which may leave the application behind it; nor where only the application's end says that a stream
        was whole: middlewares of Starlette's end one properly and raise what cut it afterwards.
        """
        self._parts += 1
        last = not part.get("more_body")
        if self._left is None:
            whole = last and self._parts == 1
        else:
            self._left -= len(part.get("body", b""))
            whole = self._left <= 0
        if last or whole:
            self._complete = True
            self._prediction.stop()
        if whole and not self._handling:
            self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Write the event of the request, once."""
        if self._ended:
            return
        self._ended = True
        if self._complete and error is not None and _is_behind_answer(error):
            error = None
        prediction = self._prediction
        code = self.code
        if code is not None:
            prediction.set(http_response_status_code=code)
        if prediction.status is None and prediction.failure is None:
            if self._gone:
                prediction.abandon()
            elif error is None:
                # An application that returns without a whole answer left the server to cut the connection.
                prediction.status = status_of(code) if code is not None and self._complete else "error"
        prediction.__exit__(None if error is None else type(error), error, None)

    def _look_for_client(self) -> None:
        """Take steps of the server's `receive`: behind a request's body it says only that the client left.

        A step and not a task: one that has nothing to say yet is closed again, which costs a fiftieth of a task.
        Parts of a body that the application did not ask for are kept for it.
        """
        for _ in range(_MOST_PARTS):
            step = self._receive()
            try:
                step.__await__().send(None)
            except StopIteration as found:
                message: Message = found.value
                self._kept.append(message)
                if message["type"] == "http.disconnect":
                    self._gone = True
                    return
            except Exception:  # noqa: BLE001 - the server's own; it will say so again to the application
                return
            else:
                close = getattr(step, "close", None)
                if close is not None:
                    close()
                return


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return how long an answer is, where its headers say so."""
    for name, value in headers:
        if name.lower() == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def _is_behind_answer(error: BaseException) -> bool:
    """Return whether an exception comes from a task that a framework runs when the answer is sent."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") in _BACKGROUND:
            return True
        trace = trace.tb_next
    return False


async def _body_id(receive: Receive) -> tuple[Receive, bytes | None]:
    """Read the request's body as far as its id may stand; return a `receive` that says all of it once more."""
    messages: list[Message] = []
    body = b""
    while len(body) <= BODY_LIMIT:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    messages.reverse()

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again, id_of_body(body) if len(body) <= BODY_LIMIT else None
