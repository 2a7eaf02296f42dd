"""Structured logs for the life of a machine-learning model: `from model_logs import logger`.

This package offers the logger and nothing else at import; the command lines, the shipper and the development node
load when they are used. Importing it opens no file, reads no environment and configures no logging.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
