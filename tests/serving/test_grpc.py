"""gRPC servers, synchronous and asyncio, over real connections."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest

from model_logs import logger
from model_logs.serving.grpc import AioServerInterceptor, ServerInterceptor
from model_logs.testing import capture

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "fraud.Scorer"
OPTIONS: dict[str, Any] = {"model_name": "fraud", "model_version": "3"}


def _sync_handlers() -> dict[str, Any]:
    def ok(request: bytes, context: Any) -> bytes:
        logger.current_prediction().label = "stays"
        return request

    def raises(request: bytes, context: Any) -> bytes:
        raise RuntimeError("the model is broken")

    def refuse(request: bytes, context: Any) -> bytes:  # type: ignore[return]
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such feature")

    def coded(request: bytes, context: Any) -> bytes:
        context.set_code(grpc.StatusCode.UNAVAILABLE)
        return b""

    def slow(request: bytes, context: Any) -> bytes:
        time.sleep(0.4)
        return request

    def parts(request: bytes, context: Any) -> Any:
        for _ in range(3):
            yield b"part"

    def cut(request: bytes, context: Any) -> Any:
        yield b"part"
        raise RuntimeError("cut")

    def total(requests: Any, context: Any) -> bytes:
        return str(len(list(requests))).encode()

    unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
    found = {f.__name__: unary(f) for f in (ok, raises, refuse, coded, slow)}
    found |= {f.__name__: stream(f) for f in (parts, cut)}
    return found | {"total": grpc.stream_unary_rpc_method_handler(total)}


def _aio_handlers() -> dict[str, Any]:  # noqa: C901 - one handler for each way to end
    async def ok(request: bytes, context: Any) -> bytes:
        logger.current_prediction().label = "stays"
        return request

    async def raises(request: bytes, context: Any) -> bytes:
        raise RuntimeError("the model is broken")

    async def refuse(request: bytes, context: Any) -> bytes:  # type: ignore[return]
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such feature")

    async def coded(request: bytes, context: Any) -> bytes:
        context.set_code(grpc.StatusCode.UNAVAILABLE)
        return b""

    async def slow(request: bytes, context: Any) -> bytes:
        await asyncio.sleep(0.4)
        return request

    async def parts(request: bytes, context: Any) -> Any:
        for _ in range(3):
            yield b"part"

    async def cut(request: bytes, context: Any) -> Any:
        yield b"part"
        raise RuntimeError("cut")

    async def written(request: bytes, context: Any) -> None:
        await context.write(b"part")

    async def total(requests: Any, context: Any) -> bytes:
        return str(len([request async for request in requests])).encode()

    unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
    found = {f.__name__: unary(f) for f in (ok, raises, refuse, coded, slow)}
    found |= {f.__name__: stream(f) for f in (parts, cut, written)}
    return found | {"total": grpc.stream_unary_rpc_method_handler(total)}


def _health(request: bytes, context: Any) -> bytes:
    return b"SERVING"


_HEALTH = grpc.method_handlers_generic_handler(
    "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(_health)}
)


@pytest.fixture(params=["sync", "aio"])
def channel(request: pytest.FixtureRequest) -> Iterator[grpc.Channel]:
    """A channel to a server of each kind."""
    if request.param == "sync":
        server = grpc.server(ThreadPoolExecutor(4), interceptors=[ServerInterceptor(**OPTIONS)])
        server.add_generic_rpc_handlers((_HEALTH, grpc.method_handlers_generic_handler(SERVICE, _sync_handlers())))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as opened:
            yield opened
        server.stop(None).wait()
        return
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), []

    async def serve() -> None:
        server = grpc.aio.server(interceptors=[AioServerInterceptor(**OPTIONS)])
        server.add_generic_rpc_handlers((_HEALTH, grpc.method_handlers_generic_handler(SERVICE, _aio_handlers())))
        ports.append(server.add_insecure_port("127.0.0.1:0"))
        await server.start()
        ready.set()
        await ended.wait()
        await server.stop(None)

    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    with grpc.insecure_channel(f"127.0.0.1:{ports[0]}") as opened:
        yield opened
    loop.call_soon_threadsafe(ended.set)
    thread.join(10)
    loop.close()


def _event(captured: Any, request_id: str) -> dict[str, Any]:
    until = time.monotonic() + 10
    while not (found := [event for event in captured.events if event.get("request_id") == request_id]):
        assert time.monotonic() < until, captured.events
        time.sleep(0.02)
    (event,) = found
    return event


def _ask(channel: grpc.Channel, method: str, request_id: str, timeout: float = 10, kind: str = "unary_unary") -> Any:
    call = getattr(channel, kind)(f"/{SERVICE}/{method}")
    metadata = [("x-request-id", request_id)]
    if kind == "unary_stream":
        return list(call(b"x", metadata=metadata, timeout=timeout))
    if kind == "stream_unary":
        return call(iter([b"a", b"b"]), metadata=metadata, timeout=timeout)
    _, done = call.with_call(b"x", metadata=metadata, timeout=timeout)
    return done


def test_each_call_is_one_event_with_its_status(channel: grpc.Channel) -> None:
    expected = {"ok": "success", "raises": "error", "refuse": "invalid", "coded": "error"}
    with capture() as captured:
        done = _ask(channel, "ok", "id-ok")
        for method in ("raises", "refuse", "coded"):
            with pytest.raises(grpc.RpcError):
                _ask(channel, method, f"id-{method}")
        _ask(channel, "parts", "id-parts", kind="unary_stream")
        with pytest.raises(grpc.RpcError):
            _ask(channel, "cut", "id-cut", kind="unary_stream")
        assert _ask(channel, "total", "id-total", kind="stream_unary") == b"2"
        expected |= {"parts": "success", "cut": "error", "total": "success"}
        for method, status in expected.items():
            event = _event(captured, f"id-{method}")
            assert event["status"] == status, event
            assert (event["model_name"], event["model_version"]) == ("fraud", "3")
        assert len([e for e in captured.events if e["event_type"] == "predict"]) == len(expected)
    assert [value for name, value in done.trailing_metadata() if name == "x-request-id"] == ["id-ok"]
    assert _event(captured, "id-ok")["prediction_label"] == "stays"
    assert _event(captured, "id-raises")["error"]["message"] == "the model is broken"
    assert _event(captured, "id-refuse")["labels"]["grpc_code"] == "INVALID_ARGUMENT"


def test_a_deadline_that_passes_is_a_time_out(channel: grpc.Channel) -> None:
    with capture() as captured:
        with pytest.raises(grpc.RpcError) as caught:
            _ask(channel, "slow", "id-late", timeout=0.15)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert _event(captured, "id-late")["status"] == "timeout"


def test_a_caller_that_cancels_is_cancelled(channel: grpc.Channel) -> None:
    with capture() as captured:
        call = channel.unary_unary(f"/{SERVICE}/slow").future(
            b"x", metadata=[("x-request-id", "id-gone")], timeout=10
        )
        time.sleep(0.15)
        call.cancel()
        assert _event(captured, "id-gone")["status"] == "cancelled"


def test_health_checks_and_unknown_methods_are_no_predictions(channel: grpc.Channel) -> None:
    with capture() as captured:
        assert channel.unary_unary("/grpc.health.v1.Health/Check")(b"") == b"SERVING"
        with pytest.raises(grpc.RpcError):
            channel.unary_unary(f"/{SERVICE}/unknown")(b"")
        _ask(channel, "ok", "after")
        _event(captured, "after")
    assert [event["request_id"] for event in captured.events] == ["after"]


def test_many_calls_at_once_are_each_logged_once(channel: grpc.Channel) -> None:
    with capture() as captured, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _ask(channel, "ok", f"n-{number}"), range(200)))
        until = time.monotonic() + 10
        while len(captured.events) < 200 and time.monotonic() < until:
            time.sleep(0.02)
    assert sorted(event["request_id"] for event in captured.events) == sorted(f"n-{number}" for number in range(200))
