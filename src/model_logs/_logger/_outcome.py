"""What an exception means for the prediction that it ended: its status, and what is logged of the error."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["outcome"]

# By name, so that nothing has to be imported: asyncio, concurrent.futures, socket, requests, httpx, urllib3,
# SQLAlchemy, Celery and gevent each have their own classes for the same thing.
_TIMEOUTS = frozenset({"TimeoutError", "Timeout", "TimeoutException", "SoftTimeLimitExceeded"})
_CANCELLED = frozenset(
    {"CancelledError", "Cancelled", "KeyboardInterrupt", "GeneratorExit", "GreenletExit", "SystemExit"}
)
_CALLERS_FAULT = range(400, 500)
_HTTP = range(100, 600)
_MOST_FRAMES = 50
_STACK_LIMIT = 16_384


def outcome(error: BaseException) -> tuple[str, dict[str, Any]]:
    """Return the status and the fields of an exception that left the body of a prediction.

    Timeouts and cancellations are told by the names of their classes; an exception that carries a status code of 400
    to 499, as those of web frameworks do, is `invalid`: the caller's fault.
    """
    names = {base.__name__ for base in type(error).__mro__}
    fields: dict[str, Any] = {"error_type": _class_name(type(error))}
    if names & _CANCELLED:
        return "cancelled", fields
    fields["error_message"] = _words(error) or None
    code = _status_code(error)
    if type(code) is int and code in _HTTP:
        fields["http_response_status_code"] = code
        if code in _CALLERS_FAULT:
            return "invalid", fields
    fields["error_stack_trace"] = stack(error)
    return ("timeout" if names & _TIMEOUTS else "error"), fields


def stack(error: BaseException) -> str:
    """Return an exception's traceback as Python prints it, cut in the middle of what is too deep."""
    from traceback import format_exception

    try:
        text = "".join(format_exception(error, limit=-_MOST_FRAMES))
    except Exception as another:  # noqa: BLE001 - the exception to be shown may be of any kind, and has to go on
        return f"<the stack cannot be shown: {type(another).__name__}>"
    if len(text) <= _STACK_LIMIT:
        return text
    return f"{text[: _STACK_LIMIT // 2]}\n…\n{text[-_STACK_LIMIT // 2 :]}"


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception of a user's own may fail to say what it is
        return f"<{type(error).__name__} cannot be read>"


def _status_code(error: BaseException) -> Any:
    try:
        return getattr(error, "status_code", None)
    except Exception:  # noqa: BLE001 - it may be a property
        return None


def _class_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
