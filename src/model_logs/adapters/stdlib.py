"""The standard library's logging: a formatter, a handler, and a logger class that makes no records.

- `Formatter` goes with any handler and is for `logging.config.dictConfig`; it is python-json-logger's with our lines,
  so that its options work.
- `Handler` writes each record as an event by itself.
- `EventLogger`, for `logging.setLoggerClass`, does without the record wherever only `Handler` listens.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.core import RESERVED_ATTRS, BaseJsonFormatter

from model_logs.adapters._lines import LIMIT, filled, rendered, send

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EventLogger", "Formatter", "Handler"]

# What every record has; anything else in it is the caller's `extra`.
_OF_EVERY_RECORD = frozenset({*vars(logging.makeLogRecord({})), *RESERVED_ATTRS, "asctime", "message", "taskName"})
# What a format may ask for and the event has in fields of its own.
_TOLD_OTHERWISE = ("asctime", "exc_info", "levelname", "levelno", "message", "msg", "name", "stack_info")
_LEVELS = {number: logging.getLevelName(number).lower() for number in (10, 20, 30, 40, 50)}
# A record that waited in a queue for longer says itself when it was made.
_JUST_NOW_S = 0.005
_RECORD = "model_logs.record"


class Formatter(BaseJsonFormatter):
    """Makes each record the line of an event.

    Args:
        limit: The longest line in bytes; the default is what a pipe takes in one piece. Longer ones are cut, marked.
        args: Those of python-json-logger's formatters, as are the options.
        options: `static_fields`, `rename_fields`, `defaults`, ….
    """

    def __init__(self, *args: Any, limit: int = LIMIT, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limit = limit

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Collect the fields as python-json-logger does, and keep the record for the rest."""
        super().add_fields(log_data, record, message_dict)
        log_data[_RECORD] = record

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Return the line, without its newline."""
        record = log_data.pop(_RECORD)
        fields = {name: value for name, value in log_data.items() if name not in _TOLD_OTHERWISE}
        fields |= _of_record(record)
        return rendered(
            _level(record.levelno), record.message, fields, name=record.name, error=record.exc_info, limit=self._limit
        )


class Handler(logging.Handler):
    """Writes each record as an event; takes no lock, since a line is one system call."""

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make no lock."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        fields = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
        message = record.msg
        if isinstance(message, dict):
            fields, message = {**message, **fields}, None
        elif record.args:
            message = filled(message, record.args)
        fields |= _of_record(record)
        send(_level(record.levelno), message, fields, name=record.name, error=record.exc_info)


class EventLogger(logging.Logger):
    """Writes without making a record wherever `Handler` is the only handler that would be asked.

    Use it for all loggers to come: `logging.setLoggerClass(EventLogger)`. Where any other handler listens, or where a
    filter is set, it is an ordinary logger.
    """

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
            send(_level(level), filled(msg, args) if args else msg, extra or {}, name=self.name, error=exc_info)
        else:
            # One frame more than logging knows of lies between it and the caller.
            super()._log(level, msg, args, exc_info, extra, stack_info, stacklevel + 1)

    def _is_ours(self, level: int) -> bool:
        asked = False
        logger: logging.Logger | None = self
        if self.filters:
            return False
        while logger is not None:
            for handler in logger.handlers:
                if handler.level > level:
                    continue
                if type(handler) is not Handler or handler.filters:
                    return False
                asked = True
            logger = logger.parent if logger.propagate else None
        return asked


def _level(number: int) -> str:
    return _LEVELS.get(number) or logging.getLevelName(number).lower()


def _of_record(record: logging.LogRecord) -> dict[str, Any]:
    """Return what only a record knows: its time when it is not now, and text that was made of an exception before."""
    found: dict[str, Any] = {}
    if time() - record.created > _JUST_NOW_S:
        found["timestamp"] = datetime.fromtimestamp(record.created, tz=UTC)
    stack = (None if record.exc_info else record.exc_text) or record.stack_info
    if stack:
        found["error_stack_trace"] = stack
    return found
