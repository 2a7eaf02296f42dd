"""The logger, behind `model_logs.logger`; nothing here is for import by users."""

from __future__ import annotations

from model_logs._logger._facade import Logger
from model_logs._logger._writer import Writer

__all__ = ["Logger", "logger"]

logger = Logger(Writer())
