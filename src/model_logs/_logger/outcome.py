"""Status and error fields of a prediction that an exception ended."""

from __future__ import annotations

from model_logs._logger.exception_status import status_code
from model_logs.redaction import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CANCELLED", "outcome", "prepare_stacks", "stack"]

# By name, so that nothing has to be imported: asyncio, concurrent.futures, socket, subprocess, requests, httpx,
# urllib3, botocore, redis, pymongo, SQLAlchemy, Elasticsearch, Kafka, Celery and gevent each have their own classes
# for the same thing, and end their names alike.
_TIMEOUTS = (
    *("Timeout", "TimeoutError", "TimeoutException", "TimeoutExpired", "TimedOut", "TimedOutError"),
    *("TimeLimitExceeded", "DeadlineExceeded", "DeadlineExceededError"),
)
CANCELLED = frozenset({"CancelledError", "FutureCancelledError", "Cancelled", "GreenletExit"})
# What servers raise where the client left: Starlette (two), werkzeug, Litestar, Django, aiohttp; and Ray's own.
_CLIENT_GONE = frozenset(
    {"ClientDisconnect", "WebSocketDisconnect", "ClientDisconnected", "ClientDisconnectException"}
    | {"UnreadablePostError", "ClientDisconnectedError", "TaskCancelledError"}
)
_LEFT = CANCELLED | _CLIENT_GONE | {"KeyboardInterrupt", "GeneratorExit", "SystemExit"}
_CALLERS_FAULT = range(400, 500)
# "Client closed request", as nginx has it, and gRPC's CANCELLED.
_CLIENT_LEFT = 499
_GATEWAY_TIMEOUT = 504
# Of several exceptions in a group the gravest one says how the prediction ended.
_GRAVEST = ("error", "timeout", "invalid", "cancelled")
_MOST_IN_GROUP = 100
# Whose messages hold the input that did not fit: module's first part → the class, of which only the name is logged.
_QUOTES_INPUT = {"mlflow": "MlflowException", "pydantic_core": "ValidationError"}
_LEFT_OUT = "<left out: it may hold the input>"
# Shorter lines of a message stand elsewhere in a stack, too.
_TELLING = 8
# One exception in another in another.
_DEEPEST = 5
_MOST_FRAMES = 50
_STACK_LIMIT = 16_384
# Of the module `traceback`, which is not loaded at import.
_format: Any = None


def prepare_stacks() -> None:
    """Load the modules that print a stack: at an error memory may be short, and at exit imports fail."""
    global _format  # noqa: PLW0603 - one module, loaded once
    from traceback import format_exception

    _format = format_exception


def outcome(error: BaseException) -> tuple[str, dict[str, Any]]:
    """Return the status and the fields of an exception that left the body of a prediction; never raise.

    Timeouts and cancellations are told by the names of their classes; an exception that carries a status of 400 to
    499, as those of web frameworks do, is `invalid`: the caller's fault. A group is what is gravest in it.
    """
    try:
        return _outcome(error)
    except Exception:  # noqa: BLE001 - the exception may be of any kind, and memory out: it is still an error
        return "error", {}


def _outcome(error: BaseException) -> tuple[str, dict[str, Any]]:
    leaves = _leaves(error)
    told = [(_status(leaf), leaf) for leaf in leaves]
    (status, code), decisive = min(told, key=lambda found: _GRAVEST.index(found[0][0]))
    # Around one exception a group, such as that of a task group, says nothing of its own.
    shown = decisive if len(leaves) == 1 else error
    fields: dict[str, Any] = {"error_type": _class_name(type(shown))}
    if code is not None:
        fields["http_response_status_code"] = code
    if status == "cancelled" and code is None:
        return status, fields
    fields["error_message"] = _words(shown) or None
    if status in ("error", "timeout"):
        fields["error_stack_trace"] = stack(error)
    return status, fields


def _leaves(error: BaseException) -> list[BaseException]:
    """Return the exceptions in a group and in its groups; a single exception by itself."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < _MOST_IN_GROUP:
        one = waiting.pop(0)
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        else:
            found.append(one)
    return found or [error]


def _status(error: BaseException) -> tuple[str, int | None]:
    names = [base.__name__ for base in type(error).__mro__]
    if not _LEFT.isdisjoint(names):
        return "cancelled", None
    code = status_code(error)
    if code == _CLIENT_LEFT:
        return "cancelled", code
    if code in _CALLERS_FAULT:
        return "invalid", code
    if code == _GATEWAY_TIMEOUT or any(name.endswith(_TIMEOUTS) for name in names) or _around_timeout(error):
        return "timeout", code
    return "error", code


def _around_timeout(error: BaseException) -> bool:
    """Return whether an exception only hands on a time-out of another class, as clients that try again do.

    In `reason` (urllib, urllib3), as the only argument (requests), or as the last attempt (tenacity). Not the cause:
    whoever raises an error of their own from a time-out says that it is theirs.
    """
    for _ in range(_DEEPEST):
        found = _handed_on(error)
        if found is None:
            return False
        error = found
        if any(base.__name__.endswith(_TIMEOUTS) for base in type(error).__mro__):
            return True
    return False


def _handed_on(error: BaseException) -> BaseException | None:
    try:
        found: Any = getattr(error, "reason", None)
        if not isinstance(found, BaseException) and len(error.args) == 1:
            (found,) = error.args
            done = getattr(found, "done", None)
            if callable(done) and done() is True:
                found = found.exception()
        return found if isinstance(found, BaseException) else None
    except Exception:  # noqa: BLE001 - attributes of somebody else's exceptions may raise anything
        return None


def stack(error: BaseException) -> str:
    """Return an exception's traceback as Python prints it, cut in the middle of what is too deep; never raise.

    What is cut is looked through for secrets beforehand, also where redaction is off: half of one is not recognized.
    """
    try:
        if _format is None:
            prepare_stacks()
        text = _without_input("".join(_format(error, limit=-_MOST_FRAMES)), error)
        if len(text) > _STACK_LIMIT:
            text = redact(text)
    except Exception as another:  # noqa: BLE001 - the exception to be shown may be of any kind, and has to go on
        return f"<the stack cannot be shown: {type(another).__name__}>"
    if len(text) <= _STACK_LIMIT:
        return text
    return f"{text[: _STACK_LIMIT // 2]}\n…\n{text[-_STACK_LIMIT // 2 :]}"


def _without_input(text: str, error: BaseException) -> str:
    """Return a printed stack without the messages that hold the input, of whichever exception around or behind it."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < _MOST_IN_GROUP:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [behind for behind in (one.__cause__, one.__context__) if behind is not None]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        if _quotes_input(one):
            words = str(one)
            # Line by line, too: a group sets lines in.
            for part in (words, *(line.strip() for line in words.splitlines())):
                if len(part) >= _TELLING:
                    text = text.replace(part, _LEFT_OUT)
    return text


def _quotes_input(error: BaseException) -> bool:
    return any(
        _QUOTES_INPUT.get(kind.__module__.partition(".")[0]) == kind.__name__
        for kind in type(error).__mro__
        if type(kind.__module__) is str
    )


def _words(error: BaseException) -> str:
    try:
        return _LEFT_OUT if _quotes_input(error) else str(error)
    except Exception:  # noqa: BLE001 - an exception of a user's own may fail to say what it is
        return f"<{type(error).__name__} cannot be read>"


def _class_name(kind: type) -> str:
    # As the interpreter has it, and not a class of a user's own with other ideas.
    module, name = type.__dict__["__module__"].__get__(kind), type.__dict__["__qualname__"].__get__(kind)
    return name if module == "builtins" or type(module) is not str else f"{module}.{name}"
