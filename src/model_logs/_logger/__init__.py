"""The logger, behind `model_logs.logger`; nothing here is for import by users.

Importing it is part of what a serving process pays at its start, so its modules do without typing, threading, math,
select and contextlib: each says `TYPE_CHECKING = False` itself, which type checkers know, and loads what is rare
where it is used. orjson has loaded dataclasses, datetime, enum, inspect and re already.
"""

from __future__ import annotations

from model_logs._logger.facade import Logger
from model_logs._logger.writing.writer import Writer

__all__ = ["Logger", "logger"]

logger = Logger(Writer())
