"""Predictions that are timed: however the body ends, one event says so, and the exception goes on as it was."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import inspect
import threading
from typing import Any

import pytest

CASES = [
    (ValueError("no"), "error"),
    (TimeoutError("late"), "timeout"),
    (asyncio.CancelledError(), "cancelled"),
    (concurrent.futures.CancelledError(), "cancelled"),
    (KeyboardInterrupt(), "cancelled"),
    (SystemExit(1), "cancelled"),
    (type("GreenletExit", (BaseException,), {})(), "cancelled"),  # of gevent and eventlet
]


_TIMEOUT: Any = type("Timeout", (OSError,), {})


class ReadTimeout(_TIMEOUT):
    """Shaped like the one of requests."""


class HttpError(Exception):
    def __init__(self, status_code):
        self.status_code = status_code


class UnreadableError(Exception):
    def __str__(self):
        raise RuntimeError

    @property
    def status_code(self):
        raise RuntimeError


def test_a_block_is_timed_and_says_what_it_found(written):
    with written.log.predict(model_name="m", model_version=3, request_id="r", stage="staging") as prediction:
        prediction.label = "spam"
        prediction.score = 0.75
        prediction.set(batch_size=2, labels={"a": "b"})
    event = written.event
    assert event["status"] == "success"
    assert 0 < event["latency_ms"] < 60_000
    assert (event["prediction_label"], event["prediction_score"], event["batch_size"]) == ("spam", 0.75, 2)
    assert (event["model_version"], event["request_id"], event["stage"]) == ("3", "r", "staging")


@pytest.mark.parametrize(("error", "status"), [*CASES, (ReadTimeout(), "timeout")])
def test_a_block_that_raises_is_logged_and_raises(written, error, status):
    with pytest.raises(type(error)) as caught, written.log.predict(model_name="m"):
        raise error
    assert caught.value is error
    assert written.event["status"] == status
    assert written.event["error"]["type"].endswith(type(error).__name__)
    assert ("stack_trace" in written.event["error"]) == (status in ("error", "timeout"))


@pytest.mark.parametrize(("code", "status"), [(404, "invalid"), (422, "invalid"), (500, "error"), (503, "error")])
def test_a_status_code_of_400_is_the_callers_fault(written, code, status):
    with pytest.raises(HttpError), written.log.predict(model_name="m"):
        raise HttpError(code)
    assert written.event["status"] == status
    assert written.event["http"]["response"]["status_code"] == code


def test_a_status_that_the_body_set_stays(written):
    def reject():
        written.log.current_prediction().status = "invalid"
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), written.log.predict(model_name="m"):
        reject()
    assert written.event["status"] == "invalid"


def test_an_exception_that_cannot_be_read_goes_on(written):
    with pytest.raises(UnreadableError), written.log.predict(model_name="m"):
        raise UnreadableError
    assert written.event["error"]["message"] == "<UnreadableError cannot be read>"


def test_a_deep_stack_is_cut(written):
    def deeper(n):
        return deeper(n + 1)

    with pytest.raises(RecursionError), written.log.predict(model_name="m"):
        deeper(0)
    assert len(written.event["error"]["stack_trace"]) < 20_000


@pytest.mark.parametrize(("error", "status"), CASES)
def test_a_function_that_raises_is_logged_and_raises(written, error, status):
    @written.log.log_prediction(model_name="m")
    def predict():
        raise error

    with pytest.raises(type(error)):
        predict()
    assert written.event["status"] == status


@pytest.mark.parametrize(("error", "status"), CASES[:3])
def test_a_coroutine_that_raises_is_logged_and_raises(written, error, status):
    @written.log.log_prediction(model_name="m")
    async def predict():
        await asyncio.sleep(0)
        raise error

    with pytest.raises(type(error)):
        asyncio.run(predict())
    assert written.event["status"] == status


def test_a_timeout_around_a_coroutine_is_a_cancellation_to_it(written):
    @written.log.log_prediction(model_name="inner")
    async def inner():
        await asyncio.sleep(60)

    @written.log.log_prediction(model_name="outer")
    async def outer():
        await asyncio.wait_for(inner(), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(outer())
    assert {event["model_name"]: event["status"] for event in written.events} == {
        "inner": "cancelled",
        "outer": "timeout",
    }


def test_a_function_keeps_its_name_its_result_and_its_kind(written):
    @written.log.log_prediction
    def score(a: int, *, b: int = 2) -> int:
        """Say something."""
        written.log.current_prediction().label = "x"
        return a + b

    @written.log.log_prediction
    async def ascore():
        written.log.current_prediction().score = 0.5
        return 7

    assert score(1, b=3) == 4
    assert asyncio.run(ascore()) == 7
    assert (score.__name__, score.__doc__) == ("score", "Say something.")
    assert str(inspect.signature(score)) == "(a: 'int', *, b: 'int' = 2) -> 'int'"
    assert inspect.iscoroutinefunction(ascore)
    first, second = written.events
    assert (first["model_name"], first["prediction_label"]) == ("score", "x")
    assert (second["model_name"], second["prediction_score"]) == ("ascore", 0.5)


def test_a_bound_model_gives_its_name(written):
    @written.log.bind(model_name="fraud", model_version="3").log_prediction
    def score():
        return 1

    score()
    assert (written.event["model_name"], written.event["model_version"]) == ("fraud", "3")


def test_an_object_with_an_asynchronous_call_is_awaited(written):
    class Model:
        async def __call__(self):
            await asyncio.sleep(0.01)
            return 3

    assert asyncio.run(written.log.log_prediction(Model())()) == 3
    assert written.event["latency_ms"] >= 9
    assert written.event["model_name"] == "Model"


def test_a_generator_is_one_prediction(written):
    @written.log.log_prediction(model_name="m")
    def tokens(n):
        got = yield n
        yield got
        return "end"

    found = tokens(1)
    assert written.events == []
    assert next(found) == 1
    assert found.send(5) == 5
    with pytest.raises(StopIteration) as stop:
        next(found)
    assert stop.value.value == "end"
    assert written.event["status"] == "success"
    assert inspect.isgeneratorfunction(tokens)


def test_a_generator_that_is_given_up_is_cancelled(written):
    @written.log.log_prediction(model_name="m")
    def tokens():
        yield 1
        yield 2

    found = tokens()
    next(found)
    found.close()
    assert written.event["status"] == "cancelled"


def test_an_asynchronous_generator_is_one_prediction_and_closes_what_it_wraps(written):
    closed = []

    @written.log.log_prediction(model_name="m")
    async def tokens():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    async def all_of():
        return [token async for token in tokens()]

    async def one_of():
        found = tokens()
        assert await anext(found) == 1
        await found.aclose()

    assert asyncio.run(all_of()) == [1, 2]
    asyncio.run(one_of())
    assert [event["status"] for event in written.events] == ["success", "cancelled"]
    assert closed == [True, True]


def test_the_request_at_hand_gives_its_id_to_each_event(written):
    with written.log.request("r-7") as request_id:
        assert request_id == "r-7"
        written.log.prediction(model_name="m", latency_ms=1.0)
        with written.log.predict(model_name="m"):
            pass
        written.log.approved(model_name="m")
        written.log.prediction(model_name="m", latency_ms=1.0, request_id="own")
    written.log.registered(model_name="m")
    assert [event.get("request_id") for event in written.events] == ["r-7", "r-7", "r-7", "own", None]


def test_a_request_without_an_id_is_given_one(written):
    with written.log.request() as drawn:
        written.log.prediction(model_name="m", latency_ms=1.0)
    with written.log.predict(model_name="m"):
        pass
    first, second = written.events
    assert len(drawn) == 32
    assert first["request_id"] == drawn
    assert len(second["request_id"]) == 32


def test_a_function_called_with_a_request_id_uses_it(written):
    @written.log.log_prediction(model_name="m")
    def score(request_id):
        return request_id

    score(request_id="r-9")
    assert written.event["request_id"] == "r-9"


def test_tasks_do_not_see_each_others_request(written):
    async def serve(n):
        with written.log.request(f"r{n}"):
            await asyncio.sleep(0.001 * (5 - n))
            written.log.prediction(model_name=f"m{n}", latency_ms=1.0)

    async def all_of():
        await asyncio.gather(*map(serve, range(5)))

    asyncio.run(all_of())
    assert all(event["request_id"][1:] == event["model_name"][1:] for event in written.events)


def test_a_request_left_in_another_context_does_no_harm(written):
    request = written.log.request("r")
    contextvars.copy_context().run(request.__enter__)
    request.__exit__(None, None, None)
    prediction = written.log.predict(model_name="m")
    contextvars.copy_context().run(prediction.__enter__)
    prediction.__exit__(None, None, None)
    assert written.event["status"] == "success"


def test_outside_of_any_prediction_what_is_said_goes_nowhere(written):
    written.log.current_prediction().label = "x"
    with written.log.current_prediction():
        pass
    assert written.events == []


def test_threads_have_their_own_prediction(written):
    seen = []

    @written.log.log_prediction
    def score():
        other = threading.Thread(target=lambda: seen.append(written.log.current_prediction()))
        other.start()
        other.join()
        seen.append(written.log.current_prediction())

    score()
    assert seen[0] is not seen[1]


class Ambiguous:
    def __bool__(self):
        raise ValueError("ambiguous, as the truth of an array is")

    def __str__(self):
        raise ValueError("unreadable too")


def test_no_id_of_a_request_raises(written):
    for odd in (Ambiguous(), b"r1", 7, ""):
        with written.log.request(odd):
            written.log.prediction(model_name="m", latency_ms=1.0)
        with written.log.predict(model_name="m", request_id=odd):
            pass
    assert len(written.events) == 8
    assert [event["request_id"] for event in written.events[2:6]] == ["r1", "r1", "7", "7"]
