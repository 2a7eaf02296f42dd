"""The logging libraries under test, each set up as its own documentation says.

A writer is one call, `write(event_id, payload)`, that logs a prediction with that id as `request_id`. All of them
write JSON lines with the same fields; where a library needs a queue or a rotating file, it gets its own default.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

__all__ = ["VARIANTS", "Variant"]

Write = Callable[[str, str], None]
FIELDS = {
    "event_type": "predict",
    "model_name": "churn",
    "model_version": "3",
    "status": "success",
    "latency_ms": 12.5,
}


class Variant(NamedTuple):
    """One way to log.

    Attributes:
        name: As it stands in the table.
        open: Path of the file, or None for standard output, and a name of the process's own → the writer.
        to_stdout: Whether it can write to standard output at all.
    """

    name: str
    open: Callable[[str | None, str], Write]
    to_stdout: bool = True


def _model_logs(path: str | None, name: str) -> Write:
    from model_logs import logger

    logger.configure(path=path, service=f"proof-{name}", environment="development")

    def write(event_id: str, payload: str) -> None:
        logger.prediction(
            model_name="churn",
            model_version="3",
            request_id=event_id,
            latency_ms=12.5,
            status="success",
            message=payload,
        )

    return write


def _stdlib(make: Callable[[str | None], logging.Handler]) -> Callable[[str | None, str], Write]:
    def opened(path: str | None, name: str) -> Write:
        from pythonjsonlogger.json import JsonFormatter

        handler = make(path)
        target = getattr(handler, "formatted_by", handler)
        target.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(message)s"))
        log = logging.getLogger(f"proof.{name}")
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False

        def write(event_id: str, payload: str) -> None:
            log.info(payload, extra={"request_id": event_id, **FIELDS})

        return write

    return opened


def _file_or_stream(path: str | None) -> logging.Handler:
    return logging.FileHandler(path) if path else logging.StreamHandler(sys.stdout)


def _rotating(path: str | None) -> logging.Handler:
    from logging.handlers import RotatingFileHandler

    assert path
    return RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1000)


def _queued(path: str | None) -> logging.Handler:
    import atexit
    import queue
    from logging.handlers import QueueHandler, QueueListener

    target = _file_or_stream(path)
    handler = QueueHandler(queue.SimpleQueue())
    handler.formatted_by = target  # type: ignore[attr-defined]
    # QueueHandler.prepare would format in the caller and merge `extra` away; the listener does it, as documented.
    handler.prepare = lambda record: record  # type: ignore[method-assign]
    listener = QueueListener(handler.queue, target)
    listener.start()
    # Its thread is a daemon: whoever does not stop it loses what is queued at every exit.
    atexit.register(listener.stop)
    return handler


def _loguru(path: str | None, name: str) -> Write:
    from loguru import logger

    del name

    logger.remove()
    logger.add(path or sys.stdout, serialize=True, enqueue=True, format="{message}")

    def write(event_id: str, payload: str) -> None:
        logger.bind(request_id=event_id, **FIELDS).info(payload)

    return write


def _logstash_async(path: str | None, name: str) -> Write:
    from logstash_async.formatter import LogstashFormatter
    from logstash_async.handler import AsynchronousLogstashHandler

    assert path
    # The path names a file with the port of a receiver that appends each line to the case's file.
    port = int(Path(f"{path}.port").read_text(encoding="ascii"))
    handler = AsynchronousLogstashHandler("127.0.0.1", port, database_path=f"{Path(path).parent.parent}/{name}.db")
    handler.setFormatter(LogstashFormatter())
    log = logging.getLogger("proof")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False

    def write(event_id: str, payload: str) -> None:
        log.info(payload, extra={"request_id": event_id, **FIELDS})

    return write


VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("model-logs", _model_logs),
        Variant("json-logger, FileHandler", _stdlib(_file_or_stream)),
        Variant("json-logger, RotatingFileHandler", _stdlib(_rotating), to_stdout=False),
        Variant("json-logger, QueueHandler", _stdlib(_queued)),
        Variant("loguru, enqueue", _loguru),
        Variant("python-logstash-async", _logstash_async, to_stdout=False),
    )
}
