"""Lines of logging libraries as events: the shared part of the adapters, independent of each library.

A line that names an event type (`event_type="predict"`) is that event and is taken at its word, as `logger.event`
takes it. Any other line is a `log` event, whatever its message is called. Whoever wrote that one did not know the
contract: a value goes into the contract's field of its name only where it fits there, else into a label, so that
`extra={"status": 200}` never makes a line `unparsed`. Names that the contract does not know become labels.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from model_logs._logger import logger
from model_logs._logger.emit import emit, render
from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.fields import PLANS, Plan, label_name
from model_logs._logger.encoding.text import is_a, unique
from model_logs._logger.encoding.value_cache import READY, PreparedLine, make_ready
from model_logs._logger.outcome import outcome, stack
from model_logs._logger.prediction import prediction
from model_logs._logger.tracing import active_span
from model_logs.tables.contract import CARRIES, FIELDS, KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LIMIT", "PREDICT", "filled", "predicted", "rendered", "send"]

# What a pipe takes in one piece, however many processes write to it.
LIMIT = 4096
_LOG = "log"
# Whoever writes this word in a program has this very object.
PREDICT = "predict"
_LEVELS = {"warn": "warning", "fatal": "critical", "exception": "error", "msg": "info", "notset": "info"}
# Levels at which a line that says nothing of its status says that something failed.
_FAILED = frozenset({"error", "critical"})
_writer = logger._writer  # noqa: SLF001 - one package
# What the library says itself; a caller's value of such a name is a label.
_SAID = frozenset({"level", "logger", "message"})
_OBJECTS = {"labels": (dict,), "metrics": (dict,), "features": (dict,), "tags": (list, tuple, set, frozenset)}
# A line that names no type means something else by these.
_OF_A_TYPE = frozenset({"metrics", "features"})
# Fields by their names in the contract too: "user.name" as well as "user".
_KEYWORD_OF = {**{name: keyword for keyword, name in KEYWORDS.items()}, **{keyword: keyword for keyword in KEYWORDS}}
_CARRIED = {event_type: frozenset(names) for event_type, names in CARRIES.items()}


def predicted(level: str, name: str | None, event: Any, fields: dict[str, Any]) -> bool:
    """Write a prediction the short way; return false, and write nothing, for one that needs the long way.

    Args:
        level: In lower case, none of those of failures.
        name: As for `send`.
        event: As for `send`.
        fields: As for `send`, without `event_type`; a dictionary to be written into.

    Raises:
        ContractError: Only in a test that asked for it.
    """
    made = ready(level, name, event)
    if made is None or "labels" in fields:
        return False
    if traced():
        fields = {**active_span(), **fields}
    fields["labels"] = made
    try:
        prediction(logger, **fields)
    except TypeError:
        # Names that are no text.
        del fields["labels"]
        return False
    return True


def ready(level: str, name: str | None, event: Any) -> PreparedLine | None:
    """Return the prepared level, logger and message of a prediction's line; None where they need the long way."""
    if type(event) is not str:
        return None
    try:
        made: PreparedLine = READY.root[level][name][event]
    except KeyError:
        return make_ready(level, name, event)
    return made


def traced() -> bool:
    """Return whether a tracing library is loaded that may have an active span."""
    return "opentelemetry.trace" in sys.modules or "elasticapm" in sys.modules


def send(
    level: str,
    event: Any,
    fields: Mapping[str, Any],
    *,
    name: str | None = None,
    error: Any = None,
    when: Any = None,
) -> None:
    """Write one line of a logging library as an event; never raise, whatever the line holds.

    Args:
        level: In lower case.
        event: The message.
        fields: What the caller added: keywords of the contract, `event_type`, and names of the caller's own.
        name: The name of the library's logger.
        error: What the library takes for `exc_info`: an exception, a triple, or true for the one being handled.
        when: When it happened; now where it is None.

    Raises:
        ContractError: Only in a test that asked for it.
    """
    try:
        event_type, given = _event(level, event, fields, name, error, when)
    except Exception as problem:  # noqa: BLE001 - serving code never sees an error of ours
        _writer.survive(problem)
    else:
        emit(_writer, event_type, given)


def rendered(
    level: str,
    event: Any,
    fields: Mapping[str, Any],
    *,
    name: str | None = None,
    error: Any = None,
    when: Any = None,
    limit: int = LIMIT,
) -> str:
    """Return one line of a logging library as an event's text without newline, for a library that writes it.

    It is numbered and counted as written. Empty where the logger is disabled, or where a test captures events.

    Args:
        level: As for `send`.
        event: As for `send`.
        fields: As for `send`.
        name: As for `send`.
        error: As for `send`.
        when: As for `send`.
        limit: The longest line in bytes; longer ones are cut and marked.

    Raises:
        ContractError: Only in a test that asked for it.
    """
    try:
        event_type, given = _event(level, event, fields, name, error, when)
    except Exception as problem:  # noqa: BLE001 - serving code never sees an error of ours
        _writer.survive(problem)
        return ""
    return render(_writer, event_type, given, limit)[:-1].decode()


def filled(message: Any, args: Any) -> Any:
    """Return a message with its arguments put in; where they do not fit, with the arguments beside it."""
    try:
        if isinstance(args, tuple) and len(args) == 1 and isinstance(args[0], dict) and args[0]:
            args = args[0]
        return str(message) % args
    except Exception:  # noqa: BLE001 - an argument's own __str__ may raise anything
        return [message, *args] if type(args) is tuple else [message, args]


def _event(  # noqa: PLR0917 - by position, since it runs for each line
    level: str, event: Any, fields: Mapping[str, Any], name: str | None, error: Any, when: Any
) -> tuple[Any, dict[str, Any]]:
    """Return the event type and the keywords of one line."""
    level = _LEVELS.get(level, level)
    fields = _with_text_for_names(fields)
    named = fields.get("event_type")
    event_type = _LOG if named is None else named
    carried = _CARRIED.get(event_type) if type(event_type) is str else None
    given, labels = _sorted(fields, carried, free=named is None)
    raised = _exception(error)
    if raised is not None:
        status, found = outcome(raised)
        found = {key: value for key, value in found.items() if carried is None or KEYWORDS[key] in carried}
        # Of every exception that is logged, those too of which a prediction would not show it.
        given = {"error_stack_trace": stack(raised), **found, **given}
        if level in _FAILED:
            given.setdefault("status", status)
    elif level in _FAILED:
        given.setdefault("status", "error")
    if type(event) is str and not event:
        event = None
    given = {**_span(), **given, "level": level, "logger": name, "message": event, "timestamp": when}
    if labels:
        given["labels"] = labels
    return event_type, given


def _with_text_for_names(fields: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return fields whose names are text: with `-bb` Python raises where bytes meet text in a dictionary."""
    if all(type(name) is str for name in fields):
        return fields
    found: dict[Any, Any] = {}
    for name, value in fields.items():
        text = name if type(name) is str else label_name(name, Adjustments())
        found[unique(text, found)] = value
    return found


def _sorted(
    fields: Mapping[Any, Any], carried: frozenset[str] | None, *, free: bool
) -> tuple[dict[str, Any], dict[Any, Any]]:
    """Return the contract's keywords, and everything else as labels.

    Args:
        fields: What the caller added.
        carried: The fields that this type carries; None for a type of the caller's own.
        free: Whether the line names no type.
    """
    given: dict[str, Any] = {}
    labels: dict[Any, Any] = {}
    for key, value in fields.items():
        if value is None or key == "event_type":
            continue
        keyword = _KEYWORD_OF.get(key)
        if keyword is None or keyword in _SAID or not _taken(keyword, value, carried, free=free):
            labels[key] = value
        elif keyword == "labels":
            for name, inner in value.items():
                labels[unique(name, labels) if type(name) is str else name] = inner
        else:
            given[keyword] = value
    return given, labels


def _taken(keyword: str, value: Any, carried: frozenset[str] | None, *, free: bool) -> bool:
    """Return whether a value goes into the contract's field of that name."""
    if keyword in _OBJECTS:
        return type(value) in _OBJECTS[keyword] and not (free and keyword in _OF_A_TYPE)
    if not free:
        return True
    plan = PLANS[keyword]
    return (carried is None or plan.name in carried) and _fits(plan, value)


def _fits(plan: Plan, value: Any) -> bool:
    """Return whether a value's type fits the contract's field of that name."""
    if plan.kind not in ("keyword", "text"):
        number = type(value) is int or (type(value) is float and plan.kind == "float")
        return number and _in_range(plan, value)
    if not is_a(value, str):
        return plan.allowed is None and type(value) is int
    return plan.allowed is None or str(value).strip().lower() in plan.allowed


def _in_range(plan: Plan, value: float) -> bool:
    """Return whether a number is still a fact for the field; NaN is in no range."""
    _, low, high, _, _ = FIELDS[plan.name]
    return (low is None or value >= low) and (high is None or value <= high)


def _span() -> dict[str, str]:
    return active_span() if traced() else {}


def _exception(error: Any) -> BaseException | None:
    """Return the exception that a library's `exc_info` stands for."""
    if isinstance(error, BaseException):
        return error
    if isinstance(error, tuple):
        error = error[1] if len(error) > 1 else None
        return error if isinstance(error, BaseException) else None
    return None if error is None or error is False else sys.exc_info()[1]
