"""What a line of a logging library is as an event; shared by the adapters, and about none of the libraries.

A line that names an event type (`event_type="predict"`) is that event; any other line is a `log` event, whatever its
message is called. Names that the contract does not know become labels.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from model_logs._contract_table import KEYWORDS
from model_logs._logger import logger
from model_logs._logger._emit import emit, render
from model_logs._logger._outcome import outcome
from model_logs._logger._trace import active_span

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LIMIT", "filled", "rendered", "send"]

# What a pipe takes in one piece, however many processes write to it.
LIMIT = 4096
_FAILED = frozenset({"error", "critical", "fatal", "exception"})
_KNOWN = frozenset(KEYWORDS)
_LEVELS = {"warn": "warning", "fatal": "critical", "exception": "error", "msg": "info", "notset": "info"}
_writer = logger._writer  # noqa: SLF001 - one package


def send(level: str, event: Any, fields: Mapping[str, Any], *, name: str | None = None, error: Any = None) -> None:
    """Write one line of a logging library as an event.

    Args:
        level: In lower case.
        event: The message.
        fields: What the caller added: keywords of the contract, `event_type`, and names of the caller's own.
        name: The name of the library's logger.
        error: What the library takes for `exc_info`: an exception, a triple, or true for the one being handled.
    """
    emit(_writer, *_event(level, event, fields, name, error))


def rendered(
    level: str,
    event: Any,
    fields: Mapping[str, Any],
    *,
    name: str | None = None,
    error: Any = None,
    limit: int = LIMIT,
) -> str:
    """Return the same as a line of text without its newline, for a library that writes it itself.

    Args:
        level: As for `send`.
        event: As for `send`.
        fields: As for `send`.
        name: As for `send`.
        error: As for `send`.
        limit: The longest line in bytes; longer ones are cut and marked.
    """
    return render(_writer, *_event(level, event, fields, name, error), limit)[:-1].decode()


def filled(message: Any, args: Any) -> Any:
    """Return a message with its arguments; one that they do not fit is written with them beside it."""
    if isinstance(args, tuple) and len(args) == 1 and isinstance(args[0], dict) and args[0]:
        args = args[0]
    try:
        return str(message) % args
    except Exception:  # noqa: BLE001 - an argument's own __str__ may raise anything
        return [message, *args] if isinstance(args, tuple) else [message, args]


def _event(
    level: str, event: Any, fields: Mapping[str, Any], name: str | None, error: Any
) -> tuple[Any, dict[str, Any]]:
    given: dict[str, Any] = {"level": _LEVELS.get(level, level), "logger": name, **_span()}
    given |= {key: value for key, value in fields.items() if key in _KNOWN}
    if event is not None and event != "":
        given.setdefault("message", event)
    raised = _exception(error)
    if raised is not None:
        status, found = outcome(raised)
        given = {**found, "status": status, **given}
    elif level in _FAILED:
        given.setdefault("status", "error")
    unknown = {key: value for key, value in fields.items() if key not in _KNOWN and key != "event_type"}
    if unknown:
        labels = given.get("labels")
        given["labels"] = {**unknown, **labels} if isinstance(labels, dict) else unknown
    return fields.get("event_type") or "log", given


def _span() -> dict[str, str]:
    modules = sys.modules
    return active_span() if "opentelemetry.trace" in modules or "elasticapm" in modules else {}


def _exception(error: Any) -> BaseException | None:
    """Return the exception that a library's `exc_info` stands for."""
    if isinstance(error, BaseException):
        return error
    if isinstance(error, tuple):
        error = error[1] if len(error) > 1 else None
        return error if isinstance(error, BaseException) else None
    return sys.exc_info()[1] if error else None
