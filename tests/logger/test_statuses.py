"""Wherever an exception carries a status, a bad request is the caller's fault and a time-out is a time-out."""

from __future__ import annotations

import asyncio
import enum
import http
import subprocess
import urllib.error
from concurrent.futures import Future
from email.message import Message
from types import SimpleNamespace

import pytest


class GrpcStatus(enum.Enum):
    """Shaped like grpc.StatusCode."""

    INVALID_ARGUMENT = (3, "invalid argument")
    NOT_FOUND = (5, "not found")
    DEADLINE_EXCEEDED = (4, "deadline exceeded")
    CANCELLED = (1, "cancelled")
    UNAVAILABLE = (14, "unavailable")


class FailedError(Exception):
    """Of any framework: attributes as they are given."""

    def __init__(self, **attributes):
        super().__init__("no")
        vars(self).update(attributes)


def of(module, name, *bases):
    return type(name, bases or (Exception,), {"__module__": module})("no")


def around(found):
    error = ConnectionError(found)
    assert error.args == (found,)
    return error


def attempt_of(error):
    future = Future()
    future.set_exception(error)
    return future


INVALID = [
    (FailedError(status_code=404), 404),
    (FailedError(status_code="422"), 422),
    (FailedError(status_code=http.HTTPStatus.CONFLICT), 409),
    (FailedError(code=400), 400),  # werkzeug
    (FailedError(code=http.HTTPStatus.NOT_FOUND), 404),  # google-api-core
    (urllib.error.HTTPError("http://x", 403, "no", Message(), None), 403),
    (FailedError(error_code=400), 400),
    (FailedError(error_code="404"), 404),
    (FailedError(status=410), 410),  # aiohttp
    (FailedError(status="404 Not Found"), 404),  # falcon, bottle
    (FailedError(status=b"404"), 404),  # Twisted
    (FailedError(status_int=404), 404),  # WebOb
    (FailedError(http_status=429), 429),
    (FailedError(response=SimpleNamespace(status_code=404)), 404),  # requests, httpx
    (FailedError(response=SimpleNamespace(status=404)), 404),
    (FailedError(response={"ResponseMetadata": {"HTTPStatusCode": 400}}), 400),  # botocore
    (FailedError(code=lambda: GrpcStatus.INVALID_ARGUMENT), 400),
    (FailedError(code=lambda: GrpcStatus.NOT_FOUND), 404),
    (FailedError(status=lambda: "StatusCode.NOT_FOUND"), 404),  # Triton
    (FailedError(get_http_status_code=lambda: 400, error_code="INVALID_PARAMETER_VALUE"), 400),  # MLflow
    (of("django.http.response", "Http404"), 404),
    (of("django.core.exceptions", "PermissionDenied"), 403),
    (ExceptionGroup("some", [FailedError(code=404)]), 404),
    (ExceptionGroup("some", [ExceptionGroup("inner", [FailedError(status_code="400")])]), 400),
]
OTHERS = [
    (FailedError(code=lambda: GrpcStatus.DEADLINE_EXCEEDED), "timeout"),
    (FailedError(code=lambda: GrpcStatus.CANCELLED), "cancelled"),
    (FailedError(code=lambda: GrpcStatus.UNAVAILABLE), "error"),
    (FailedError(status_code=504), "timeout"),
    (ExceptionGroup("some", [TimeoutError()]), "timeout"),
    (ExceptionGroup("some", [FailedError(code=404), TimeoutError()]), "timeout"),
    (ExceptionGroup("some", [FailedError(code=404), ValueError()]), "error"),
    (BaseExceptionGroup("some", [asyncio.CancelledError()]), "cancelled"),
    (subprocess.TimeoutExpired("x", 1), "timeout"),
    (of("elastic_transport", "ConnectionTimeout"), "timeout"),
    (urllib.error.URLError(TimeoutError("timed out")), "timeout"),
    (FailedError(reason=of("urllib3", "ReadTimeoutError")), "timeout"),  # urllib3's MaxRetryError
    (around(FailedError(reason=of("urllib3", "ReadTimeoutError"))), "timeout"),  # requests
    (around(attempt_of(of("httpx", "ReadTimeout"))), "timeout"),  # tenacity
    (around(attempt_of(ValueError())), "error"),
    (around(Future()), "error"),
    (FailedError(reason="a read timeout"), "error"),
    (of("grpc", "FutureCancelledError"), "cancelled"),
    (FailedError(code="e3q8"), "error"),  # SQLAlchemy
    (FailedError(code=1006), "error"),  # websockets
    (FailedError(status_code=True), "error"),
    (FailedError(status_code=None, code=object(), response=object()), "error"),
    (FailedError(status="404x"), "error"),
]


def leave(written, error):
    with pytest.raises(type(error)) as caught, written.log.predict(model_name="m"):
        raise error
    assert caught.value is error
    return written.event


@pytest.mark.parametrize(("error", "code"), INVALID)
def test_a_bad_request_is_invalid_wherever_its_status_stands(written, error, code):
    event = leave(written, error)
    assert (event["status"], event["http"]["response"]["status_code"]) == ("invalid", code)


@pytest.mark.parametrize(("error", "status"), OTHERS)
def test_other_statuses_are_what_they_mean(written, error, status):
    assert leave(written, error)["status"] == status


def test_an_exception_whose_reason_cannot_be_read_is_an_error(written):
    class UnreadableError(Exception):
        @property
        def reason(self):
            raise LookupError

    event = leave(written, UnreadableError("no"))
    assert (event["status"], event["error"]["message"]) == ("error", "no")


def test_what_is_raised_from_a_bad_request_is_an_error_of_its_own(written):
    error = ValueError("mine")
    error.__cause__ = FailedError(status_code=404)
    assert leave(written, error)["status"] == "error"


def test_a_group_around_one_exception_is_told_as_that_one(written):
    event = leave(written, ExceptionGroup("unhandled errors in a TaskGroup", [FailedError(code=404)]))
    assert event["error"]["type"].endswith("FailedError")
    assert event["error"]["message"] == "no"


class UnprintableError(Exception):
    """Cannot be shown, and says odd things of itself."""

    __module__ = property(lambda self: 1 / 0)

    def __str__(self):
        raise MemoryError

    __repr__ = __str__

    @property
    def response(self):
        raise OSError


def test_an_exception_that_cannot_be_printed_goes_on_and_is_logged(written):
    event = leave(written, UnprintableError())
    assert event["status"] == "error"
    assert "UnprintableError" in event["error"]["type"]
    assert event["error"]["message"] == "<UnprintableError cannot be read>"


@pytest.mark.parametrize(
    ("limit", "status"), [(None, "cancelled"), (0, "timeout"), (5, "timeout"), (60_000, "cancelled")]
)
def test_a_time_out_around_a_prediction_is_one_where_its_limit_is_known(written, limit, status):
    async def predict():
        with written.log.predict(model_name="m"):
            await asyncio.sleep(30)

    written.log.configure(timeout_ms=limit)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(predict(), 0.02))
    assert written.event["status"] == status


def test_a_prediction_may_have_a_limit_of_its_own(written):
    with pytest.raises(asyncio.CancelledError), written.log.predict(model_name="m", timeout_ms=0):
        raise asyncio.CancelledError
    with pytest.raises(KeyboardInterrupt), written.log.predict(model_name="m", timeout_ms=0):
        raise KeyboardInterrupt
    with pytest.raises(asyncio.CancelledError), written.log.predict(model_name="m", timeout_ms="soon"):
        raise asyncio.CancelledError
    assert [event["status"] for event in written.events] == ["timeout", "cancelled", "cancelled"]
