"""The standard library's logging: a formatter, a handler, and a logger class that makes no records.

- `Handler` writes each record as an event by itself: what to use where nothing speaks against it.
- `Formatter` makes the line and leaves the writing to any other handler; it is python-json-logger's, with its
  options, for a `logging.config.dictConfig` that has a file or a stream already.
- `EventLogger`, for `logging.setLoggerClass`, makes no record wherever `Handler` is the only one that listens.
"""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, datetime
from operator import itemgetter
from time import time
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.core import RESERVED_ATTRS, BaseJsonFormatter

from model_logs._logger import logger
from model_logs._logger.complaints import complain
from model_logs._logger.encoding.text import is_a
from model_logs._logger.prediction import prediction
from model_logs.adapters.lines import LIMIT, PREDICT, filled, predicted, ready, rendered, send, traced
from model_logs.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EventLogger", "Formatter", "Handler"]

# What every record has; anything else in it is the caller's `extra`.
_OF_EVERY_RECORD = frozenset({*vars(logging.makeLogRecord({})), *RESERVED_ATTRS, "asctime", "message", "taskName"})
_LEVELS = {number: logging.getLevelName(number).lower() for number in (10, 20, 30, 40, 50)}
# A record that waited in a queue for longer says itself when it was made.
_JUST_NOW_S = 0.005
# Looked up once, since they are asked for with each line.
_INFO, _Record, _record_factory = logging.INFO, logging.LogRecord, logging.getLogRecordFactory

# A prediction with all that is usually said of one, looked up at once: to call with a dictionary of keywords costs
# Python more than to look them up.
_declared = itemgetter(
    *("model_name", "request_id", "latency_ms"), *("model_version", "prediction_label", "prediction_score")
)
_DECLARED = 7


class Handler(logging.Handler):
    """Writes each record as an event; takes no lock, since a line is one system call.

    A formatter that it is given is not asked: the message stands in the event as it is.
    """

    def __init__(self, level: int | str = logging.NOTSET, **options: Any) -> None:
        super().__init__(level)
        # `dictConfig` hands over whatever stands beside "()": what belongs to another handler raises nothing here.
        _say_unused("Handler", options)

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make no lock."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> Any:
        """Write a record that the filters let through."""
        # As in `logging`, which from Python 3.13 on wants a lock here.
        passed: Any = self.filter(record)
        if passed:
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; never raise, whatever the record holds."""
        try:
            self._write(record)
        except ContractError:
            raise
        except Exception as error:  # noqa: BLE001 - a record may hold anything; serving code never sees that
            problem = {"error_type": type(error).__name__, "error_message": "the record cannot be read"}
            send("error", type(record.msg).__name__, problem, name="model_logs.adapters")

    @staticmethod
    def _write(record: logging.LogRecord) -> None:
        fields = _extra(record)
        message: Any = record.msg
        if is_a(message, dict):
            fields, message = _of_dictionary(message, fields)
        elif record.args:
            message = filled(message, record.args)
        level, when = _level(record.levelno), _when(record)
        if (
            fields.get("event_type") is PREDICT
            and not record.exc_info
            and when is None
            and record.levelno < logging.ERROR
        ):
            rest = {name: value for name, value in fields.items() if name != "event_type"}
            if predicted(level, record.name, message, rest):
                return
        send(level, message, fields, name=record.name, error=record.exc_info, when=when)


class Formatter(BaseJsonFormatter):
    """Makes each record the line of an event.

    Args:
        args: Those of python-json-logger's formatters, as are the options. What a format asks for becomes a label,
            but level, message, name, time and exception, which have fields of their own.
        limit: The longest line in bytes; the default is what a pipe takes in one piece. Longer ones are cut, marked.
        options: `static_fields`, `rename_fields`, `defaults`, ….
    """

    def __init__(self, *args: Any, limit: int = LIMIT, **options: Any) -> None:
        known = inspect.signature(BaseJsonFormatter.__init__).parameters
        super().__init__(*args, **{name: value for name, value in options.items() if name in known})
        # How JSON is made is ours to say; what its formatters take for that means nothing here, and is no mistake.
        _say_unused("Formatter", {n: v for n, v in options.items() if n not in known and not n.startswith("json_")})
        self._limit = limit

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its newline."""
        message: Any = record.msg
        found: dict[str, Any] = {}
        own: dict[str, Any] = {}
        if is_a(message, dict):
            own, message = _of_dictionary(message, {})
        elif record.args:
            message = filled(message, record.args)
        self.add_fields(found, record, own)
        found = self.process_log_record(found)
        told = _TOLD_OTHERWISE | {new for old, new in self.rename_fields.items() if old in _STACKS}
        fields = {name: value for name, value in found.items() if name not in told} | _stack(record)
        level, when = _level(record.levelno), _when(record)
        return self.prefix + rendered(
            level, message, fields, name=record.name, error=record.exc_info, when=when, limit=self._limit
        )


class EventLogger(logging.Logger):
    """Writes without making a record wherever `Handler` is the only handler that would be asked.

    Use it for all loggers to come: `logging.setLoggerClass(EventLogger)`. Where any other handler listens, and where
    a filter or a factory of records is set, it is an ordinary logger, but for one that takes every name in `extra`.
    """

    def info(self, msg: object, *args: Any, extra: Mapping[str, object] | None = None, **options: Any) -> None:
        """Do as `logging.Logger.info`, and write a prediction without a detour."""
        if not self.isEnabledFor(_INFO):
            return
        if (
            type(extra) is dict
            and extra.get("event_type") is PREDICT
            and not args
            and not options
            and self._is_ours(_INFO)
        ):
            if len(extra) == _DECLARED and not traced() and (made := ready("info", self.name, msg)) is not None:
                try:
                    model, request, latency, version, label, score = _declared(extra)
                except KeyError:
                    pass
                else:
                    prediction(logger, model, request, latency, "success", version, label, score, None, None, made)
                    return
            fields = extra.copy()
            del fields["event_type"]
            if predicted("info", self.name, msg, fields):
                return
        # One frame more than logging knows of lies between it and the caller.
        options["stacklevel"] = options.get("stacklevel", 1) + 1
        self._log(_INFO, msg, args, extra=extra, **options)

    def _log(  # noqa: PLR0917 - logging's signature
        self,
        level: int,
        msg: object,
        args: Any,
        exc_info: Any = None,
        extra: Mapping[str, object] | None = None,
        stack_info: bool = False,
        stacklevel: int = 1,
    ) -> None:
        if not stack_info and type(msg) is not dict and self._is_ours(level):
            name = _LEVELS.get(level) or _level(level)
            send(name, filled(msg, args) if args else msg, extra or {}, name=self.name, error=exc_info)
        else:
            # One frame more than logging knows of lies between it and the caller.
            super()._log(level, msg, args, exc_info, extra, stack_info, stacklevel + 1)

    def makeRecord(  # noqa: N802, PLR0917 - logging's name and signature
        self,
        name: str,
        level: int,
        fn: str,
        lno: int,
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        extra: Mapping[str, object] | None = None,
        sinfo: str | None = None,
    ) -> logging.LogRecord:
        """Return a record; names in `extra` that a record has itself become labels instead of an error."""
        if extra and not _OF_EVERY_RECORD.isdisjoint(extra):
            labels = extra.get("labels")
            taken = {key: value for key, value in extra.items() if key in _OF_EVERY_RECORD}
            rest = {key: value for key, value in extra.items() if key not in _OF_EVERY_RECORD}
            extra = {**rest, "labels": {**taken, **labels} if type(labels) is dict else taken}
        return super().makeRecord(name, level, fn, lno, msg, args, exc_info, func, extra, sinfo)

    def _is_ours(self, level: int) -> bool:
        if self.filters or type(self) is not EventLogger or _record_factory() is not _Record:
            return False
        asked = False
        logger: logging.Logger | None = self
        while logger is not None:
            for handler in logger.handlers:
                if handler.level > level:
                    continue
                if type(handler) is not Handler or handler.filters or asked:
                    return False
                asked = True
            logger = logger.parent if logger.propagate else None
        return asked


# What a format may ask for and the event has in fields of its own.
_TOLD_OTHERWISE = frozenset(
    {"asctime", "created", "exc_info", "exc_text", "levelname", "levelno", "message", "msecs", "msg", "name"}
    | {"process", "stack_info"}
)


_STACKS = frozenset({"exc_info", "exc_text", "stack_info"})


def _of_dictionary(message: dict[Any, Any], fields: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the fields and the message of a record whose message is a dictionary."""
    found = {**message, **fields}
    name = next((name for name in ("message", "msg", "event") if type(message.get(name)) is str), None)
    return found, None if name is None else found.pop(name)


def _say_unused(where: str, options: dict[str, Any]) -> None:
    if options:
        complain(
            f"{where} options",
            f"model_logs.adapters.stdlib.{where} has no option {', '.join(sorted(options))}; it does nothing here. "
            "Next step: remove it from the logging configuration; logger.configure sets where events go.",
        )


def _level(number: Any) -> str:
    return _LEVELS.get(number) or str(logging.getLevelName(number)).lower()


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD} | _stack(record)


def _stack(record: logging.LogRecord) -> dict[str, Any]:
    """Return text that was made of an exception before, or the stack that the caller asked for."""
    stack = (None if record.exc_info else record.exc_text) or record.stack_info
    return {"error_stack_trace": stack} if stack else {}


def _when(record: logging.LogRecord) -> datetime | None:
    """Return when a record was made, where that is not now."""
    try:
        if time() - record.created < _JUST_NOW_S:
            return None
        return datetime.fromtimestamp(record.created, tz=UTC)
    except Exception:  # noqa: BLE001 - whoever made the record by hand may have put anything there: it is now
        return None
