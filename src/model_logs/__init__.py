"""Structured logs for the life of a machine-learning model: `from model_logs import logger`.

This package offers the logger and nothing else at import; the command lines, the shipper and the development node
load when they are used. Importing it opens no file, reads no environment and configures no logging.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from model_logs._logger import logger

__all__ = ["__version__", "logger"]

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """Load the logger when it is asked for, and not with every part of this package."""
    if name == "logger":
        from model_logs._logger import logger

        globals()["logger"] = logger
        return logger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
