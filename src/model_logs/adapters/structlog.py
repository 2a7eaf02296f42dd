"""structlog: a processor that ends the chain, and a wrapper class that needs none.

`write` stands last among the processors and writes each line as an event. `BoundLogger` runs no processors where
there are none but those whose work it does itself, and costs half as much:

    structlog.configure(processors=[write], wrapper_class=BoundLogger, cache_logger_on_first_use=True)

Bound values and `structlog.contextvars` are honoured by both, with or without `merge_contextvars`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from structlog.contextvars import get_contextvars, merge_contextvars

from model_logs._logger import logger
from model_logs._logger.prediction import prediction
from model_logs.adapters.lines import PREDICT, filled, predicted, ready, rendered, send, traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict

__all__ = ["BoundLogger", "make_filtering_bound_logger", "render", "write"]

# A dict of all variables that were ever bound, so that none has to be looked for; where a version of structlog has no
# such thing, they are always looked for.
_VARIABLES = getattr(structlog.contextvars, "_CONTEXT_VARS", True)


def write(_: Any, method: str, event_dict: EventDict) -> NoReturn:
    """End a chain of processors: write the event, and leave nothing for structlog's own logger to write.

    Raises:
        structlog.DropEvent: Always; that is how structlog is told.
    """
    level, event, fields, options = _parts(method, event_dict)
    if fields.get("event_type") is PREDICT and options["error"] is None and level in _QUICK:
        rest = {name: value for name, value in fields.items() if name != "event_type"}
        if options["when"] is None and predicted(level, options["name"], event, rest):
            raise structlog.DropEvent
    send(level, event, fields, **options)
    raise structlog.DropEvent


def render(_: Any, method: str, event_dict: EventDict) -> str:
    """End a chain of processors whose result somebody else writes, such as `structlog.stdlib.ProcessorFormatter`."""
    level, event, fields, options = _parts(method, event_dict)
    return rendered(level, event, fields, **options)


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_QUICK = frozenset({"debug", "info", "warning"})
# Processors whose work `write` and `BoundLogger` do themselves.
_NEEDLESS = (write, merge_contextvars, structlog.processors.add_log_level, structlog.processors.format_exc_info)

# What most have, and what stands for a keyword that was not given.
_ALONE = [write]
_UNSAID: Any = object()
_NAMED = (
    *("event_type", "model_name", "request_id", "latency_ms"),
    *("model_version", "prediction_label", "prediction_score"),
)


def _parts(method: str, event_dict: EventDict) -> tuple[str, Any, dict[str, Any], dict[str, Any]]:
    """Return level, message, fields, and time and logger of a line."""
    if not isinstance(event_dict, Mapping):
        # A renderer stands before us in the chain, and has made text of the line.
        event_dict = {"event": event_dict}
    fields = {**get_contextvars(), **event_dict} if _VARIABLES else {**event_dict}
    # A level that is no name is a value of the caller's, and stays a label.
    level: str = str(fields.pop("level")).lower() if type(fields.get("level")) is str else method
    error = fields.pop("exc_info", None)
    # Made by other processors of structlog for the same purpose.
    if type(fields.get("exception")) is str:
        fields.update(_told_by_text(fields["exception"], fields))
    for name in ("stack", "exception"):
        if type(fields.get(name)) is str:
            fields["error_stack_trace"] = fields.pop(name)
    if fields.pop("stack_info", None) and "error_stack_trace" not in fields:
        fields["error_stack_trace"] = _stack()
    if type(fields.get("exception")) is list:
        fields.update(_told(fields.pop("exception"), fields))
    for name in ("_record", "_from_structlog"):
        fields.pop(name, None)
    if error is None and method == "exception" and "error_stack_trace" not in fields:
        error = True
    source = fields.pop("logger") if type(fields.get("logger")) is str else None
    options = {"name": source, "error": error, "when": _when(fields)}
    event = fields.pop("event", None)
    if event is None:
        # As `EventRenamer` leaves it.
        renamed = next((name for name in ("message", "msg") if type(fields.get(name)) is str), None)
        event = None if renamed is None else fields.pop(renamed)
    return level, event, fields, options


def _told(exceptions: list[Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an error that `dict_tracebacks` has made a list of: the last one was raised first."""
    first = exceptions[0] if exceptions and type(exceptions[0]) is dict else {}
    lines = [
        f'  File "{frame.get("filename")}", line {frame.get("lineno")}, in {frame.get("name")}'
        for one in reversed(exceptions)
        if type(one) is dict
        for frame in one.get("frames") or ()
        if type(frame) is dict
    ]
    kind, words = first.get("exc_type"), first.get("exc_value")
    module = first.get("exc_module") or first.get("module")
    found = {
        "error_type": f"{module}.{kind}" if module and module != "builtins" else kind,
        "error_message": words,
        "error_stack_trace": "\n".join(["Traceback (most recent call last):", *lines, f"{kind}: {words}"]),
    }
    return {name: value for name, value in found.items() if value and name not in fields}


def _told_by_text(traceback: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return class and words of an exception from the text that a processor has made of it: what is not indented."""
    words: list[str] = []
    for line in reversed(traceback.rstrip().splitlines()):
        if line[:1].isspace():
            break
        words.insert(0, line)
    kind, colon, first = words[0].partition(": ") if words else ("", "", "")
    if not all(part.isidentifier() for part in kind.split(".")):
        return {}
    message = "\n".join([first, *words[1:]]) if colon else None
    found = {"error_type": kind, "error_message": message}
    return {name: value for name, value in found.items() if value and name not in fields}


def _stack() -> str:
    from traceback import format_stack

    # Without the frames of logging itself.
    return "".join(format_stack(limit=50)[:-2])


def _when(fields: dict[str, Any]) -> datetime | None:
    """Take structlog's timestamp where it says which time it is; any other stays, and becomes a label."""
    stamp = fields.get("timestamp")
    if type(stamp) is not str:
        return None
    try:
        when = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    if when.tzinfo is None:
        return None
    del fields["timestamp"]
    return when


def _method(level: str) -> tuple[Callable[..., None], Callable[..., Any]]:
    """Return the methods of one level; the second can be awaited, though a line is too short to wait for."""
    # A failure says by itself how it ended, which takes the long way.
    quick = level in _QUICK

    # The keywords of a prediction are parameters, since Python fills those faster than a dictionary.
    def method(
        self: BoundLogger,
        event: Any = None,
        *args: Any,
        event_type: Any = _UNSAID,
        model_name: Any = _UNSAID,
        request_id: Any = _UNSAID,
        latency_ms: Any = _UNSAID,
        model_version: Any = _UNSAID,
        prediction_label: Any = _UNSAID,
        prediction_score: Any = _UNSAID,
        **fields: Any,
    ) -> None:
        if (
            event_type is PREDICT
            and quick
            and not (fields or args or self._context or _VARIABLES)
            and self._processors == _ALONE
            and not traced()
            and (made := ready(level, None, event)) is not None
        ):
            prediction(
                logger,
                None if model_name is _UNSAID else model_name,
                None if request_id is _UNSAID else request_id,
                None if latency_ms is _UNSAID else latency_ms,
                "success",
                None if model_version is _UNSAID else model_version,
                None if prediction_label is _UNSAID else prediction_label,
                None if prediction_score is _UNSAID else prediction_score,
                None,
                None,
                made,
            )
            return
        named = (event_type, model_name, request_id, latency_ms, model_version, prediction_label, prediction_score)
        fields = {n: v for n, v in zip(_NAMED, named, strict=True) if v is not _UNSAID} | fields
        _line(self, level, event, args, fields)

    async def awaited(self: BoundLogger, event: Any = None, *args: Any, **fields: Any) -> None:
        method(self, event, *args, **fields)

    method.__name__ = method.__qualname__ = level
    awaited.__name__ = awaited.__qualname__ = f"a{level}"
    return method, awaited


def _line(bound: BoundLogger, level: str, event: Any, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
    """Write a line of any kind, with its bound fields and after the user's own processors."""
    context, processors = bound._context, bound._processors  # noqa: SLF001 - of this module's class
    for processor in processors:
        if processor not in _NEEDLESS:
            bound._proxy_to_logger(level, filled(event, args) if args else event, **fields)  # noqa: SLF001
            return
    if context:
        fields = {**context, **fields}
    if _VARIABLES:
        fields = {**get_contextvars(), **fields}
    if level in _QUICK and not args and fields.get("event_type") is PREDICT and "exc_info" not in fields:
        del fields["event_type"]
        if predicted(level, None, event, fields):
            return
        fields["event_type"] = PREDICT
    fields["event"] = filled(event, args) if args else event
    at, event, fields, options = _parts(level, fields)
    send(at, event, fields, **options)


def _nothing(*_: Any, **__: Any) -> None:
    """Write nothing: the level is too low."""


async def _nothing_awaited(*_: Any, **__: Any) -> None:
    """Write nothing: the level is too low."""


class BoundLogger(structlog.BoundLoggerBase):
    """Writes lines of every level; for `structlog.configure(wrapper_class=...)`.

    The processors run only where there are others among them than `write`, `merge_contextvars`, `add_log_level` and
    `format_exc_info`. Each method has a twin to be awaited, `ainfo` beside `info`, which does the same.
    """

    _least = 0

    debug, adebug = _method("debug")
    info, ainfo = _method("info")
    warning, awarning = _method("warning")
    error, aerror = _method("error")
    critical, acritical = _method("critical")

    def exception(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level error with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self.error(event, *args, **fields)

    async def aexception(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `exception`."""
        fields.setdefault("exc_info", True)
        self.error(event, *args, **fields)

    def log(self, level: int | str, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of a level given by name or number; one between two levels is the lower of them."""
        number = _number(level)
        if number >= self._least:
            name = next((name for name, at in reversed(_LEVELS.items()) if number >= at), "debug")
            getattr(self, name)(event, *args, **fields)

    async def alog(self, level: int | str, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `log`."""
        self.log(level, event, *args, **fields)

    def is_enabled_for(self, level: int) -> bool:
        """Return whether lines of a level are written."""
        return level >= self._least

    def get_effective_level(self) -> int:
        """Return the lowest level that is written."""
        return self._least

    def msg(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `info`."""
        self.info(event, *args, **fields)

    def warn(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `warning`."""
        self.warning(event, *args, **fields)

    err = error

    def fatal(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `critical`."""
        self.critical(event, *args, **fields)


class _InfoAndAbove(BoundLogger):
    _least = 20
    debug, adebug = _nothing, _nothing_awaited


class _WarningAndAbove(_InfoAndAbove):
    _least = 30
    info, ainfo = _nothing, _nothing_awaited


class _ErrorAndAbove(_WarningAndAbove):
    _least = 40
    warning, awarning = _nothing, _nothing_awaited


class _CriticalAndAbove(_ErrorAndAbove):
    _least = 50
    error, aerror = _nothing, _nothing_awaited
    err = _nothing


_CLASSES = (BoundLogger, _InfoAndAbove, _WarningAndAbove, _ErrorAndAbove, _CriticalAndAbove)


def make_filtering_bound_logger(min_level: int | str) -> type[BoundLogger]:
    """Return the wrapper class that writes lines from a level on, as structlog's function of that name does.

    Args:
        min_level: A name such as "info", or a number of `logging`.
    """
    number = _number(min_level)
    return next((kind for kind in _CLASSES if kind._least >= number), _CriticalAndAbove)  # noqa: SLF001 - of this module


def _number(level: int | str) -> int:
    if not isinstance(level, str):
        return level
    return logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
