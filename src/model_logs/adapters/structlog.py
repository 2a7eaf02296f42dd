"""structlog: a processor that ends the chain, and a wrapper class that needs none.

`write` stands last among the processors and writes each line as an event. `BoundLogger` does the same at a third of
the cost: it runs no processors, since an event needs none; contextvars and bound values are honoured by both.

    structlog.configure(wrapper_class=BoundLogger, cache_logger_on_first_use=True)
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from structlog.contextvars import get_contextvars

from model_logs.adapters._lines import filled, rendered, send

if TYPE_CHECKING:
    from structlog.typing import EventDict

__all__ = ["BoundLogger", "render", "write"]


def write(_: Any, method: str, event_dict: EventDict) -> NoReturn:
    """End a chain of processors: write the event, and leave nothing for structlog's own logger to write.

    Raises:
        structlog.DropEvent: Always; that is how structlog is told.
    """
    level, event, fields, error = _parts(method, event_dict)
    send(level, event, fields, name=fields.pop("logger", None), error=error)
    raise structlog.DropEvent


def render(_: Any, method: str, event_dict: EventDict) -> str:
    """End a chain of processors whose result somebody else writes, such as `structlog.stdlib.ProcessorFormatter`."""
    level, event, fields, error = _parts(method, event_dict)
    return rendered(level, event, fields, name=fields.pop("logger", None), error=error)


def _parts(method: str, event_dict: EventDict) -> tuple[str, Any, dict[str, Any], Any]:
    fields = {**get_contextvars(), **event_dict}
    level = str(fields.pop("level", method))
    error = fields.pop("exc_info", None)
    # Made by other processors of structlog for the same purpose.
    if "exception" in fields:
        fields.setdefault("error_stack_trace", fields.pop("exception"))
    if "stack" in fields:
        fields.setdefault("error_stack_trace", fields.pop("stack"))
    for name in ("_record", "_from_structlog"):
        fields.pop(name, None)
    return (
        level,
        fields.pop("event", None),
        fields,
        error or (method == "exception" and "error_stack_trace" not in fields),
    )


class BoundLogger(structlog.BoundLoggerBase):
    """Writes events without structlog's processors; for `structlog.configure(wrapper_class=...)`."""

    def debug(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level debug."""
        self._send("debug", event, args, fields)

    def info(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level info."""
        self._send("info", event, args, fields)

    def warning(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level warning."""
        self._send("warning", event, args, fields)

    def error(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level error."""
        self._send("error", event, args, fields)

    def critical(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level critical."""
        self._send("critical", event, args, fields)

    def exception(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of level error with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self._send("error", event, args, fields)

    def log(self, level: int | str, event: Any = None, *args: Any, **fields: Any) -> None:
        """Write a line of a level given by name or number."""
        from logging import getLevelName

        name = level if isinstance(level, str) else getLevelName(level)
        self._send(name.lower(), event, args, fields)

    msg = info
    warn = warning
    err = error
    fatal = critical

    async def adebug(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `debug`; writing a line is too short to be awaited."""
        self._send("debug", event, args, fields)

    async def ainfo(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `info`."""
        self._send("info", event, args, fields)

    async def awarning(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `warning`."""
        self._send("warning", event, args, fields)

    async def aerror(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `error`."""
        self._send("error", event, args, fields)

    async def acritical(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `critical`."""
        self._send("critical", event, args, fields)

    async def aexception(self, event: Any = None, *args: Any, **fields: Any) -> None:
        """Do as `exception`."""
        fields.setdefault("exc_info", True)
        self._send("error", event, args, fields)

    def _send(self, level: str, event: Any, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
        if args:
            event = filled(event, args)
        context = self._context
        if context:
            fields = {**context, **fields}
        # Without any context variable there is none of structlog's.
        if copy_context():
            fields = {**get_contextvars(), **fields}
        error = fields.pop("exc_info", None) if "exc_info" in fields else None
        send(level, event, fields, error=error)
