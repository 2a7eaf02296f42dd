"""The other logging libraries, as variants for `blocks`: the same 16 fields to a real file, lines within 5 % in size.

Each is set up as its own documentation says. Where a library puts more into a line than was asked for, its own
options take that away; loguru has none for `serialize=True`, so it stands here twice, once with a serializer of the
caller's. python-logstash-async sends to a TCP sink (`tcp_sink`) which appends to the file; a block of it ends when
its lines have arrived, so that what its thread does is counted too.

`SAME_WORK` holds those of them that can do what two of the logger's own variants do: two fields of the caller's own,
and a message with a secret. None of them looks for secrets, so the hook that each has for it calls our own function.
"""

from __future__ import annotations

import functools
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.logger_limit import ENVIRONMENT, MODEL, SERVICE, VERSION, python_json_logger

if TYPE_CHECKING:
    from benchmarks.blocks import Block, Values, Variant

__all__ = ["RIVALS", "SAME_WORK"]

_ID, _WRITER = "0123456789abcdef01234567-123456", "0123456789abcdef01234567"

# What python-logstash-async adds by itself beyond time and message, which here nobody asked for.
_LOGSTASH_ADDS = [
    *("func_name", "interpreter", "interpreter_version", "line", "logger_name", "logstash_async_version", "path"),
    *("process_name", "thread_name", "program", "logsource", "level", "@version", "type", "host", "pid"),
]


def _constant() -> dict[str, Any]:
    """Return the fields that are the same in each event; time and event type are each library's own."""
    return {
        "event.id": _ID,
        "event.sequence": 123456,
        "status": "success",
        "model_name": MODEL,
        "model_version": VERSION,
        "process.entity_id": _WRITER,
        "process.pid": os.getpid(),
        "host.name": os.uname().nodename,
        "service.name": SERVICE,
        "environment": ENVIRONMENT,
    }


def _logger(handler: logging.Handler, formatter: logging.Formatter) -> logging.Logger:
    handler.setFormatter(formatter)
    log = logging.getLogger("limit")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    return log


def _stdlib(handler: logging.Handler, formatter: logging.Formatter, left_out: tuple[str, ...] = ()) -> Block:
    """Return blocks of `logging.Logger.info`, with every field in `extra`."""
    log = _logger(handler, formatter)
    constant = {name: value for name, value in _constant().items() if name not in left_out}

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "predict",
                extra={
                    **constant,
                    "request_id": request_id,
                    "latency_ms": latency,
                    "prediction_label": label,
                    "prediction_score": score,
                },
            )

    return block


def _json_logger(path: str, *, with_orjson: bool) -> logging.Logger:
    from pythonjsonlogger.json import JsonFormatter
    from pythonjsonlogger.orjson import OrjsonFormatter

    return _logger(
        logging.FileHandler(path), (OrjsonFormatter if with_orjson else JsonFormatter)("%(asctime)s %(message)s")
    )


def _json_logger_free(path: str, *, with_orjson: bool) -> Block:
    log, constant = _json_logger(path, with_orjson=with_orjson), _constant()

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "predict",
                extra={
                    **constant,
                    "request_id": request_id,
                    "latency_ms": latency,
                    "prediction_label": label,
                    "prediction_score": score,
                    "region": "eu-west-1",
                    "tier": "gold",
                },
            )

    return block


def _json_logger_secret(path: str, *, with_orjson: bool) -> Block:
    from model_logs.redaction import redact

    log, constant = _json_logger(path, with_orjson=with_orjson), _constant()

    def clean(record: logging.LogRecord) -> bool:
        record.msg = redact(record.msg)
        return True

    log.addFilter(clean)

    def block(events: Values) -> None:
        for request_id, latency, _, _ in events:
            log.info(
                f"token={request_id} was refused",  # noqa: G004 - as the logger's own variant
                extra={**constant, "event_type": "predict", "request_id": request_id, "latency_ms": latency},
            )

    return block


def _json_logger_orjson(path: str) -> Block:
    from pythonjsonlogger.orjson import OrjsonFormatter

    return _stdlib(logging.FileHandler(path), OrjsonFormatter("%(asctime)s %(message)s"))


def _ecs(path: str) -> Block:
    from ecs_logging import StdlibFormatter

    # It writes the message twice, the place in the code, process and thread; the process is asked for.
    excluded = ("log", "ecs.version", "process.name", "process.thread")
    return _stdlib(logging.FileHandler(path), StdlibFormatter(exclude_fields=excluded), ("process.pid",))


def _structlog_logger(path: str, *first: Any) -> Any:
    import structlog

    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            *first,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=Path(path).open("ab")),  # noqa: SIM115 - for good
    )
    return structlog.get_logger().bind(**_constant())


def _structlog(path: str) -> Block:
    log = _structlog_logger(path)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "predict", request_id=request_id, latency_ms=latency, prediction_label=label, prediction_score=score
            )

    return block


def _structlog_free(path: str) -> Block:
    log = _structlog_logger(path)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "predict",
                request_id=request_id,
                latency_ms=latency,
                prediction_label=label,
                prediction_score=score,
                region="eu-west-1",
                tier="gold",
            )

    return block


def _structlog_secret(path: str) -> Block:
    from model_logs.redaction import redact

    def clean(_: Any, __: str, event_dict: Any) -> Any:
        event_dict["event"] = redact(event_dict["event"])
        return event_dict

    log = _structlog_logger(path, clean)

    def block(events: Values) -> None:
        for request_id, latency, _, _ in events:
            log.info(
                f"token={request_id} was refused",  # noqa: G004 - as the logger's own variant
                event_type="predict",
                request_id=request_id,
                latency_ms=latency,
            )

    return block


def _loguru_block(log: Any) -> Block:
    constant = _constant()

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.bind(
                **constant, request_id=request_id, latency_ms=latency, prediction_label=label, prediction_score=score
            ).info("predict")

    return block


def _loguru_as_is(path: str) -> Block:
    from loguru import logger

    logger.remove()
    logger.add(path, serialize=True, format="{message}")
    return _loguru_block(logger)


def _loguru_own(path: str) -> Block:
    """Return loguru with the recipe of its documentation for lines of one's own: a patcher and a format."""
    from loguru import logger

    def patching(record: Any) -> None:
        fields = {"timestamp": record["time"].isoformat(), "event_type": record["message"], **record["extra"]}
        record["extra"]["serialized"] = orjson.dumps(fields).decode()

    logger.remove()
    logger.add(path, format="{extra[serialized]}")
    return _loguru_block(logger.patch(patching))


def _logstash_async(path: str, *, database: bool) -> Block:
    from logstash_async.constants import constants
    from logstash_async.formatter import LogstashFormatter
    from logstash_async.handler import AsynchronousLogstashHandler

    constants.FORMATTER_RECORD_FIELD_SKIP_LIST += _LOGSTASH_ADDS
    # A block waits for its lines, so its thread may not sleep for two seconds in between.
    constants.QUEUE_CHECK_INTERVAL = 0.02
    file = Path(path)
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tcp_sink", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert sink.stdout is not None
    handler = AsynchronousLogstashHandler(
        "127.0.0.1", int(sink.stdout.readline()), database_path=f"{path}.db" if database else None
    )
    block = _stdlib(handler, LogstashFormatter(extra_prefix=None))

    def arrived_after(offset: int) -> int:
        with file.open("rb") as lines:
            lines.seek(offset)
            return lines.read().count(b"\n")

    def until_arrived(events: Values) -> None:
        before = file.stat().st_size
        block(events)
        while arrived_after(before) < len(events):
            handler.flush()
            time.sleep(0.002)

    return until_arrived


RIVALS: dict[str, Variant] = {
    "python-json-logger": python_json_logger,
    "python-json-logger, orjson": _json_logger_orjson,
    "structlog, fast recipe": _structlog,
    "loguru, serializer of one's own": _loguru_own,
    "loguru, serialize=True": _loguru_as_is,
    "ecs-logging": _ecs,
    "python-logstash-async, in memory": functools.partial(_logstash_async, database=False),
    "python-logstash-async, SQLite": functools.partial(_logstash_async, database=True),
}

SAME_WORK: dict[str, Variant] = {
    "two labels: python-json-logger": functools.partial(_json_logger_free, with_orjson=False),
    "two labels: python-json-logger, orjson": functools.partial(_json_logger_free, with_orjson=True),
    "two labels: structlog, fast recipe": _structlog_free,
    "a secret: python-json-logger": functools.partial(_json_logger_secret, with_orjson=False),
    "a secret: python-json-logger, orjson": functools.partial(_json_logger_secret, with_orjson=True),
    "a secret: structlog, fast recipe": _structlog_secret,
}
