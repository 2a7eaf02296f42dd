"""Structured logs for the life of a machine-learning model: `from model_logs import logger`.

This package offers the logger and nothing else at import; the command lines, the shipper and the development node
load when they are used. Importing it opens no file, reads no environment and configures no logging.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
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


class _OldPaths:
    """A finder that is asked last, for modules that nothing else found: those of ours may have moved."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the specification of a moved module."""
        del path, target
        if not name.startswith("model_logs."):
            return None
        from model_logs.old_paths import spec

        return spec(name)


sys.meta_path.append(_OldPaths)
