"""The ways through structlog and the standard library, as variants for `blocks`: the event of `logger.prediction`.

Each line carries a level and a message beside the 16 fields, and a logger's name where the library has one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from benchmarks.logger_limit import ENVIRONMENT, MODEL, SERVICE, VERSION

if TYPE_CHECKING:
    from benchmarks.blocks import Block, Values, Variant

__all__ = ["ADAPTERS"]


def _configure(path: str) -> None:
    from model_logs import logger

    logger.configure(path=path, service=SERVICE, environment=ENVIRONMENT)


def _stdlib(log: logging.Logger, handler: logging.Handler) -> Block:
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(handler)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "scored",
                extra={
                    "event_type": "predict",
                    "model_name": MODEL,
                    "model_version": VERSION,
                    "request_id": request_id,
                    "latency_ms": latency,
                    "prediction_label": label,
                    "prediction_score": score,
                },
            )

    return block


def stdlib_logger(path: str) -> Block:
    """Return `EventLogger`, which makes no records, with `Handler`."""
    from model_logs.adapters.stdlib import EventLogger, Handler

    _configure(path)
    return _stdlib(EventLogger("limit"), Handler())


def stdlib_handler(path: str) -> Block:
    """Return an ordinary logger with `Handler`."""
    from model_logs.adapters.stdlib import Handler

    _configure(path)
    return _stdlib(logging.getLogger("limit"), Handler())


def stdlib_formatter(path: str) -> Block:
    """Return an ordinary logger with a FileHandler and `Formatter`."""
    from model_logs.adapters.stdlib import Formatter

    _configure(path)
    handler = logging.FileHandler(path)
    handler.setFormatter(Formatter())
    return _stdlib(logging.getLogger("limit"), handler)


def _structlog(path: str, **settings: Any) -> Block:
    import structlog

    from model_logs.adapters.structlog import write

    _configure(path)
    structlog.configure(processors=[write], cache_logger_on_first_use=True, **settings)
    # Bound, as structlog advises where it counts: else a proxy looks each method up.
    log = structlog.get_logger().bind()

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "scored",
                event_type="predict",
                model_name=MODEL,
                model_version=VERSION,
                request_id=request_id,
                latency_ms=latency,
                prediction_label=label,
                prediction_score=score,
            )

    return block


def structlog_wrapper(path: str) -> Block:
    """Return structlog with `BoundLogger` for its wrapper class."""
    from model_logs.adapters.structlog import BoundLogger

    return _structlog(path, wrapper_class=BoundLogger)


def structlog_processor(path: str) -> Block:
    """Return structlog with `write` for its only processor."""
    return _structlog(path)


ADAPTERS: dict[str, Variant] = {
    "structlog, BoundLogger": structlog_wrapper,
    "stdlib, EventLogger": stdlib_logger,
    # What follows is not held to 1.9 times the limit: it runs structlog's own wrapper, or makes a LogRecord.
    "write as the only processor": structlog_processor,
    "Handler on an ordinary Logger": stdlib_handler,
    "Formatter on a FileHandler": stdlib_formatter,
}
