"""The HTTP status that an exception carries: the one place that knows where frameworks and clients put it.

Everything is told by names, so that no framework has to be imported. What the exception itself carries counts, not
what its `__cause__` does: who raises an error of their own from a client's 404 says that it is theirs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["status_code"]

_HTTP = range(300, 600)
# Starlette, FastAPI, Django REST, Litestar, Sanic, tornado, openai, Elasticsearch; werkzeug, urllib, google-api-core,
# and gRPC by a method; aiohttp, falcon, bottle, CherryPy, Twisted and, as a method, Triton's client; WebOb, Pyramid;
# stripe and other clients; clients of JavaScript's manner; xmlrpc.
_NAMES = (
    *("status_code", "code", "error_code", "status", "status_int", "http_status", "http_status_code"),
    *("statusCode", "errcode"),
)
_METHODS = ("code", "status", "get_http_status_code")
# Most; google-api-client; Elasticsearch.
_RESPONSES = ("response", "resp", "meta")
# requests, httpx, aiohttp, urllib3, botocore.
_OF_RESPONSES = ("status_code", "status", "code")
# Classes that say it by being what they are: module's first part → name → status.
_CLASSES = {
    "django": {
        "Http404": 404,
        "BadRequest": 400,
        "PermissionDenied": 403,
        "SuspiciousOperation": 400,
        "RequestAborted": 499,
    },
    "kserve": {"InvalidInput": 400, "ModelNotFound": 404},
    "fastapi": {"RequestValidationError": 422, "WebSocketRequestValidationError": 422},
}
_GRPC = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_DIGITS = 3


def status_code(error: BaseException) -> int | None:
    """Return the HTTP status that an exception carries, or the one that a gRPC status corresponds to; else None."""
    for name in _NAMES:
        found = _number(_attribute(error, name))
        if found is not None:
            return found
    for name in _METHODS:
        found = _number(_called(error, name))
        if found is not None:
            return found
    for name in _RESPONSES:
        found = _of_response(_attribute(error, name))
        if found is not None:
            return found
    return _of_class(type(error))


def _of_response(response: Any) -> int | None:
    # Not `if response`: those of requests are false when they say that something failed.
    if response is None:
        return None
    if issubclass(type(response), dict):
        metadata = response.get("ResponseMetadata")
        return _number(metadata.get("HTTPStatusCode")) if issubclass(type(metadata), dict) else None
    return next((found for name in _OF_RESPONSES if (found := _number(_attribute(response, name))) is not None), None)


def _of_class(kind: type) -> int | None:
    for base in kind.__mro__:
        known = _CLASSES.get(str(base.__module__).partition(".")[0], {}).get(base.__name__)
        if known is not None:
            return known
    return None


def _number(value: Any) -> int | None:
    """Return an HTTP status from a value: 404, HTTPStatus.NOT_FOUND, "404 Not Found", gRPC's NOT_FOUND; else None."""
    kind = type(value)
    if issubclass(kind, bool):
        return None
    if hasattr(kind, "__index__"):
        found = int(kind.__index__(value))
    elif kind is float:
        found = int(value) if value.is_integer() else 0
    elif issubclass(kind, (str, bytes)):
        text = str.__str__(value) if issubclass(kind, str) else bytes(value).decode("ascii", "replace")
        digits, _, _ = text.strip().partition(" ")
        if len(digits) == _DIGITS and digits.isascii() and digits.isdigit():
            found = int(digits)
        else:
            return _GRPC.get(text.rpartition(".")[2])
    else:
        # An enum of gRPC's: its name says it.
        name = _attribute(value, "name")
        return _GRPC.get(name) if type(name) is str else None
    return found if found in _HTTP else None


def _attribute(of: Any, name: str) -> Any:
    try:
        return getattr(of, name, None)
    except Exception:  # noqa: BLE001 - it may be a property of somebody else's
        return None


def _called(of: Any, name: str) -> Any:
    try:
        method = getattr(of, name, None)
        return method() if callable(method) else None
    except Exception:  # noqa: BLE001 - as above
        return None
