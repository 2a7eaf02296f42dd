"""WSGI middleware: one `predict` event for each request that predicts, written when the server has read its answer.

It is wrapped around the whole application: `app.wsgi_app = WSGIMiddleware(app.wsgi_app, model_name="fraud")` for
Flask, `application = WSGIMiddleware(get_wsgi_application(), ...)` for Django.
"""

from __future__ import annotations

from model_logs.serving.answers import status_of
from model_logs.serving.failures import listen
from model_logs.serving.identity import BODY_LIMIT, id_of_body
from model_logs.serving.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Any

    from model_logs._logger.facade import Logger
    from model_logs._logger.request import Request
    from model_logs._logger.timing import Prediction
    from model_logs.serving.options import Source

    Environ = dict[str, Any]
    App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

__all__ = ["WSGIMiddleware"]

_REQUEST_ID = "X-Request-ID"
# Where an environ says that this request is logged already, by a middleware further out.
_OUTER = "model_logs.prediction"


class WSGIMiddleware:
    """A WSGI application that logs each prediction of the one inside it.

    As `ASGIMiddleware`, whose options these are, but for `watch_client`: WSGI does not say that a client left before
    its answer; one that leaves while a stream is sent is `cancelled`.

    Args:
        app: The application: Flask, Django, Bottle, ….
        model_name: The model: its name, a `Header`, or a function of WSGI's environ. A route may name it instead.
        model_version: Its version, likewise.
        stage: Its stage, likewise.
        variant: Its arm of a rollout: control, canary or shadow, likewise.
        routes: The routes that predict; by default every POST but health checks.
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
        body_id: bool | None = None,
        timeout_ms: float | None = None,
        logger: Logger | None = None,
    ) -> None:
        self.app = app
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

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        path = environ.get("PATH_INFO") or "/"
        route = self._options.match(environ["REQUEST_METHOD"], path)
        if route is None:
            return self.app(environ, start_response)
        listen()
        headers = {
            name[5:].lower().replace("_", "-").encode("latin-1", "replace"): value.encode("latin-1", "replace")
            for name, value in environ.items()
            if name.startswith("HTTP_") and value
        }
        outer = environ.get(_OUTER)
        if outer is not None:
            # An application with a middleware of its own, mounted in another one: it knows the model better.
            outer.set(**self._options.named(environ, route, headers))
            return self.app(environ, start_response)
        body_id = _body_id(environ) if self._options.wants_body_id(path, headers) else None
        prediction = self._options.begin(environ, route, headers, body_id)
        request = self._options.logger.request(prediction.request_id)
        environ[_OUTER] = prediction
        answer = _Answer(prediction, request, start_response)
        if "wsgi.input" in environ:
            environ["wsgi.input"] = _Input(environ["wsgi.input"], answer)
        prediction.__enter__()
        request.__enter__()
        try:
            answer.body = self.app(environ, answer.start)
        except BaseException as error:
            answer.end(error)
            raise
        return answer


class _Answer:
    """The answer of one request on its way to the server."""

    __slots__ = ("_complete", "_ended", "_iterator", "_prediction", "_request", "_start", "body", "code", "gone")

    def __init__(self, prediction: Prediction, request: Request, start_response: Callable[..., Any]) -> None:
        self._prediction = prediction
        self._request = request
        self._start = start_response
        self._iterator: Iterator[bytes] | None = None
        self._complete = False
        self._ended = False
        self.body: Iterable[bytes] = ()
        self.code: int | None = None
        # The client left while its request was read.
        self.gone = False

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
    ) -> Any:
        """Take the place of the server's `start_response`."""
        code = status[:3]
        self.code = int(code) if code.isdigit() else None
        kept = [pair for pair in headers if pair[0].lower() != "x-request-id"]
        kept.append((_REQUEST_ID, str(self._prediction.request_id)))
        return self._start(status, kept, exc_info) if exc_info else self._start(status, kept)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._iterator is None:
                self._iterator = iter(self.body)
            return next(self._iterator)
        except StopIteration:
            self._complete = True
            # What the application does when it is closed is no part of the prediction.
            self._write(None)
            raise
        except BaseException as error:
            self.end(error)
            raise

    def close(self) -> None:
        """End the answer: the server calls this whether or not all of it was sent."""
        error: BaseException | None = None
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        except BaseException as raised:
            error = raised
            raise
        finally:
            self.end(error)

    def end(self, error: BaseException | None) -> None:
        """Leave the request, and write its event."""
        self._request.__exit__()
        self._write(error)

    def _write(self, error: BaseException | None) -> None:
        """Write the event of the request, once."""
        if self._ended:
            return
        self._ended = True
        prediction = self._prediction
        if self.code is not None:
            prediction.set(http_response_status_code=self.code)
        if prediction.status is None:
            if self.gone:
                prediction.abandon()
            elif error is not None:
                prediction.status = "timeout" if _is_of_the_supervisor(error) else None
            elif prediction.failure is None:
                if self.code is None:
                    prediction.status = "error"
                elif self._complete or _whole(self.body):
                    prediction.status = status_of(self.code)
                else:
                    prediction.abandon()
        prediction.__exit__(None if error is None else type(error), error, None)


class _Input:
    """The request's body; it notes that a client left in the middle of it."""

    __slots__ = ("_answer", "_stream")

    def __init__(self, stream: Any, answer: _Answer) -> None:
        self._stream = stream
        self._answer = answer

    def read(self, *size: int) -> bytes:
        """Return bytes as the server's stream does."""
        found: bytes = self._noting(self._stream.read, size)
        return found

    def readline(self, *size: int) -> bytes:
        """Return a line as the server's stream does."""
        found: bytes = self._noting(self._stream.readline, size)
        return found

    def readlines(self, *hint: int) -> list[bytes]:
        """Return lines as the server's stream does."""
        found: list[bytes] = self._noting(self._stream.readlines, hint)
        return found

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _noting(self, method: Callable[..., Any], given: tuple[int, ...]) -> Any:
        try:
            return method(*given)
        except OSError:
            self._answer.gone = True
            raise


def _is_of_the_supervisor(error: BaseException) -> bool:
    """Return whether gunicorn ends the worker because this request took longer than its `--timeout`."""
    trace = error.__traceback__ if isinstance(error, SystemExit) else None
    while trace is not None:
        code, module = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__name__")
        if code.co_name == "handle_abort" and module == "gunicorn.workers.base":
            return True
        trace = trace.tb_next
    return False


def _whole(body: Iterable[bytes]) -> bool:
    """Return whether a body that was not read to its end may have been sent whole: a list's end is not asked for."""
    return isinstance(body, list | tuple) and len(body) <= 1


def _body_id(environ: Environ) -> bytes | None:
    """Return the id in the request's body, and put the body back."""
    from io import BytesIO

    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < length <= BODY_LIMIT:
            return None
        body = environ["wsgi.input"].read(length)
    except (KeyError, OSError, ValueError):
        return None
    environ["wsgi.input"] = BytesIO(body)
    return id_of_body(body)
