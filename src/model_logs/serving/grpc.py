"""gRPC server interceptors, synchronous and asyncio: one `predict` event for each call that predicts.

The request's id comes from the call's metadata, as HTTP's from its headers, and goes back in the trailing metadata.
The status is that of the HTTP code that a gRPC code stands for (google.rpc.Code); a call whose deadline has passed is
`timeout`, although gRPC shows it to the server as a cancellation. Needs the extra `grpc`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from model_logs.serving.answers import status_of
from model_logs.serving.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping

    from model_logs._logger.facade import Logger
    from model_logs._logger.timing import Prediction
    from model_logs.serving.options import Source

__all__ = ["AioServerInterceptor", "ServerInterceptor"]

# What a gRPC code is in HTTP, as google/rpc/code.proto says; a code that is not here is 500.
_HTTP = {
    grpc.StatusCode.OK: 200,
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
}
# Services and methods by which others ask about a server, and nobody asks a model.
_ABOUT_THE_SERVER = ("/grpc.health.", "/grpc.reflection.", "/grpc.channelz.")
_ABOUT_MODELS = frozenset({"ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata"})
_V2_SERVICE = "/inference.GRPCInferenceService/"
_REQUEST_ID = "x-request-id"
# A deadline that is nearer than this when a call is cancelled has passed: a server counts it from when it took the
# call, which is later than the caller did.
_PASSED_S = 0.05
_KINDS = (
    ("unary_unary", "unary_unary_rpc_method_handler"),
    ("unary_stream", "unary_stream_rpc_method_handler"),
    ("stream_unary", "stream_unary_rpc_method_handler"),
    ("stream_stream", "stream_stream_rpc_method_handler"),
)


class _Interceptor:
    """What both interceptors share.

    Args:
        model_name: The model: its name, a `Header` (of the metadata), or a function of the request message (None for
            streams of requests). The V2 protocol's messages name it themselves.
        model_version: Its version, likewise.
        stage: Its stage, likewise.
        variant: Its arm of a rollout, likewise.
        routes: The calls that predict, as route patterns such as `/fraud.Scorer/*`; by default every call but health
            checks and questions about the server.
        logger: The logger to write with.

    Raises:
        ConfigurationError: An option cannot be used; at the start, never while serving.
    """

    def __init__(
        self,
        *,
        model_name: Source = None,
        model_version: Source = None,
        stage: Source = None,
        variant: Source = None,
        routes: Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
        logger: Logger | None = None,
    ) -> None:
        self._options = Options(
            model_name=model_name,
            model_version=model_version,
            stage=stage,
            variant=variant,
            routes=["/*"] if routes is None else routes,
            body_id=False,
            logger=logger,
        )

    def _route(self, method: str) -> dict[str, Any] | None:
        if method.startswith(_ABOUT_THE_SERVER) or method.rpartition("/")[2] in _ABOUT_MODELS:
            return None
        return self._options.match("POST", method)

    def _begin(self, method: str, route: dict[str, Any], request: Any, context: Any) -> Prediction:
        headers: dict[bytes, bytes] = {}
        for name, value in context.invocation_metadata() or ():
            if value and not name.endswith("-bin"):
                headers.setdefault(name.encode(), value.encode() if isinstance(value, str) else bytes(value))
        body_id = b""
        if method.startswith(_V2_SERVICE):
            named = {"model_name": "model_name", "model_version": "model_version"}
            found = {field: getattr(request, name, None) for field, name in named.items()}
            route = {**{field: value for field, value in found.items() if value}, **route}
            body_id = str(getattr(request, "id", "")).encode("utf-8", "surrogatepass")
        return self._options.begin(request, route, headers, body_id)


def _finish(prediction: Prediction, context: Any, error: BaseException | None, *, gone: bool) -> None:
    """Echo the id and write the event; nothing in here raises into the call."""
    code = _code(context)
    try:
        kept = [pair for pair in (context.trailing_metadata() or ()) if pair[0] != _REQUEST_ID]
        context.set_trailing_metadata((*kept, (_REQUEST_ID, str(prediction.request_id))))
    except Exception as refused:  # noqa: BLE001 - too late for metadata, or a stand-in of a test without it
        prediction.set(labels={"request_id_not_echoed": type(refused).__name__})
    if prediction.status is None and prediction.failure is None:
        if gone:
            remaining = context.time_remaining()
            prediction.status = "timeout" if remaining is not None and remaining <= _PASSED_S else "cancelled"
        elif code is not None and code is not grpc.StatusCode.OK:
            # An abort: its exception says nothing, its code all.
            prediction.status = status_of(_HTTP.get(code, 500))
            prediction.set(labels={"grpc_code": code.name})
            error = error if _says_something(error) else None
    prediction.__exit__(None if error is None else type(error), error, None)


def _says_something(error: BaseException | None) -> bool:
    """Return whether an exception is the service's own, and not the one by which an abort leaves the handler."""
    return error is not None and type(error) is not Exception and not isinstance(error, grpc.aio.AbortError)


def _code(context: Any) -> grpc.StatusCode | None:
    """Return the code that the handler set; it may have been set as a number."""
    try:
        code = context.code()
    except Exception:  # noqa: BLE001 - versions and stand-ins without it
        return None
    if isinstance(code, int):
        return next((known for known in grpc.StatusCode if known.value[0] == code), grpc.StatusCode.UNKNOWN)
    return code if isinstance(code, grpc.StatusCode) else None


def _rebuilt(handler: Any, wrap: Callable[[Any, bool], Any]) -> Any:
    """Return a handler of the same kind around another behaviour."""
    for name, make in _KINDS:
        behaviour = getattr(handler, name, None)
        if behaviour is not None:
            return getattr(grpc, make)(
                wrap(behaviour, name.endswith("_stream")),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
    return handler


class ServerInterceptor(_Interceptor, grpc.ServerInterceptor):  # type: ignore[misc]  # grpc publishes no types
    """Logs the predictions of `grpc.server(..., interceptors=[ServerInterceptor(model_name="fraud")])`."""

    __doc__ = f"{__doc__}\n{_Interceptor.__doc__}"

    def intercept_service(self, continuation: Callable[[Any], Any], handler_call_details: Any) -> Any:
        """Return the handler of a call, wrapped where the call predicts."""
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        route = None if handler is None else self._route(method)
        if route is None:
            return handler

        def wrap(behaviour: Callable[..., Any], streams: bool) -> Callable[..., Any]:
            def run(request: Any, context: Any) -> Any:
                prediction = self._begin(method, route, _message(handler, request), context)
                request_block = self._options.logger.request(prediction.request_id)
                prediction.__enter__()
                request_block.__enter__()
                error: BaseException | None = None
                try:
                    return behaviour(request, context)
                except BaseException as raised:
                    error = raised
                    raise
                finally:
                    request_block.__exit__()
                    _finish(prediction, context, error, gone=not context.is_active())

            def stream(request: Any, context: Any) -> Iterator[Any]:
                prediction = self._begin(method, route, _message(handler, request), context)
                error: BaseException | None = None
                prediction.__enter__()
                try:
                    with self._options.logger.request(prediction.request_id):
                        yield from behaviour(request, context)
                except BaseException as raised:
                    error = raised
                    raise
                finally:
                    gone = isinstance(error, GeneratorExit) or not context.is_active()
                    _finish(prediction, context, error, gone=gone)

            return stream if streams else run

        return _rebuilt(handler, wrap)


class AioServerInterceptor(_Interceptor, grpc.aio.ServerInterceptor):  # type: ignore[misc]  # as above
    """Logs the predictions of `grpc.aio.server(interceptors=[AioServerInterceptor(model_name="fraud")])`."""

    __doc__ = f"{__doc__}\n{_Interceptor.__doc__}"

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        """Return the handler of a call, wrapped where the call predicts."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        route = None if handler is None else self._route(method)
        if route is None:
            return handler

        def wrap(behaviour: Callable[..., Any], streams: bool) -> Callable[..., Any]:
            async def run(request: Any, context: Any) -> Any:
                prediction = self._begin(method, route, _message(handler, request), context)
                error: BaseException | None = None
                prediction.__enter__()
                try:
                    with self._options.logger.request(prediction.request_id):
                        found = behaviour(request, context)
                        return await found if inspect.isawaitable(found) else found
                except BaseException as raised:
                    error = raised
                    raise
                finally:
                    _finish(prediction, context, error, gone=_cancelled(error, context))

            async def stream(request: Any, context: Any) -> AsyncIterator[Any]:
                prediction = self._begin(method, route, _message(handler, request), context)
                error: BaseException | None = None
                prediction.__enter__()
                try:
                    with self._options.logger.request(prediction.request_id):
                        async for answer in _answers(behaviour(request, context)):
                            yield answer
                except BaseException as raised:
                    error = raised
                    raise
                finally:
                    _finish(prediction, context, error, gone=_cancelled(error, context))

            return stream if streams else run

        return _rebuilt(handler, wrap)


async def _answers(found: Any) -> AsyncIterator[Any]:
    """Return the answers of a handler that streams, of whichever kind it is."""
    if inspect.isawaitable(found):  # it writes its answers by `context.write`
        await found
    elif hasattr(found, "__aiter__"):
        async for answer in found:
            yield answer
    else:
        for answer in found or ():
            yield answer


def _cancelled(error: BaseException | None, context: Any) -> bool:
    from asyncio import CancelledError

    return isinstance(error, CancelledError | GeneratorExit) or bool(context.cancelled())


def _message(handler: Any, request: Any) -> Any:
    """Return the request's one message; a stream of them is not looked into."""
    return None if handler.request_streaming else request
