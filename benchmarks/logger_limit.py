"""How far the logger is from the limit: `orjson.dumps` of a dict of the same 16 fields, and one `os.write`.

    python -m benchmarks.logger_limit [--rounds 80] [--output json] [VARIANT ...]

How it is measured is in `blocks`: the ratio of CPU time for an event to that of the limit in the same round is taken,
and the median of all rounds reported. A second process of the limit is the control: when its ratio is outside 0.97 to
1.03 the run is too noisy to say anything, and exits 4. The whole comparison, with other libraries, is `make bench`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.blocks import measure, quiet

if TYPE_CHECKING:
    from benchmarks.blocks import Values, Variant

MODEL, VERSION, SERVICE, ENVIRONMENT = "fraud-detection-model", "3", "fraud-api", "production"


def _open(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def limit(path: str) -> Any:
    """Return the limit: the timestamp, the id and the number are constant."""
    fd, dumps, write, newline = _open(path), orjson.dumps, os.write, orjson.OPT_APPEND_NEWLINE
    pid, host = os.getpid(), os.uname().nodename

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            write(
                fd,
                dumps(
                    {
                        "@timestamp": "2026-11-22T07:37:29.123Z",
                        "event.id": "0123456789abcdef01234567-123456",
                        "event.sequence": 123456,
                        "event_type": "predict",
                        "status": "success",
                        "model_name": MODEL,
                        "model_version": VERSION,
                        "process.entity_id": "0123456789abcdef01234567",
                        "process.pid": pid,
                        "host.name": host,
                        "service.name": SERVICE,
                        "environment": ENVIRONMENT,
                        "request_id": request_id,
                        "latency_ms": latency,
                        "prediction_label": label,
                        "prediction_score": score,
                    },
                    None,
                    newline,
                ),
            )

    return block


def write_only(path: str) -> Any:
    """Return the same number of bytes, written without making them."""
    fd, write = _open(path), os.write
    line = b"x" * 490 + b"\n"

    def block(events: Values) -> None:
        for _ in events:
            write(fd, line)

    return block


def _logger(path: str, **settings: Any) -> Any:
    from model_logs import logger

    logger.configure(path=path, service=SERVICE, environment=ENVIRONMENT, **settings)
    return logger


def prediction(path: str) -> Any:
    """Return the logger on the declared fields."""
    logger = _logger(path)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            logger.prediction(
                model_name=MODEL,
                model_version=VERSION,
                request_id=request_id,
                latency_ms=latency,
                prediction_label=label,
                prediction_score=score,
            )

    return block


def request_from_context(path: str) -> Any:
    """Return the logger where the request id is ambient."""
    logger = _logger(path)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            with logger.request(request_id):
                logger.prediction(
                    model_name=MODEL,
                    model_version=VERSION,
                    latency_ms=latency,
                    prediction_label=label,
                    prediction_score=score,
                )

    return block


def request_at_hand(path: str) -> Any:
    """Return the logger where the request's block was entered before: reading the ContextVar alone."""
    logger = _logger(path)

    def block(events: Values) -> None:
        with logger.request("6513270e269e0d37f2a74de452e6b438"):
            for _, latency, label, score in events:
                logger.prediction(
                    model_name=MODEL,
                    model_version=VERSION,
                    latency_ms=latency,
                    prediction_label=label,
                    prediction_score=score,
                )

    return block


def two_labels(path: str) -> Any:
    """Return the logger with two names of the user's own."""
    logger = _logger(path)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            logger.prediction(
                model_name=MODEL,
                model_version=VERSION,
                request_id=request_id,
                latency_ms=latency,
                prediction_label=label,
                prediction_score=score,
                labels={"region": "eu-west-1", "tier": "gold"},
            )

    return block


def four_more(path: str) -> Any:
    """Return the logger with four more fields of the contract."""
    logger = _logger(path)

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            logger.prediction(
                model_name=MODEL,
                model_version=VERSION,
                request_id=request_id,
                latency_ms=latency,
                prediction_label=label,
                prediction_score=score,
                stage="production",
                variant="canary",
                batch_size=1,
                fallback_level=0,
                cache_hit=False,
            )

    return block


def message(path: str) -> Any:
    """Return the logger with a message that holds a secret: the long way, with redaction."""
    logger = _logger(path)

    def block(events: Values) -> None:
        for request_id, latency, _, _ in events:
            logger.prediction(
                model_name=MODEL, request_id=request_id, latency_ms=latency, message=f"token={request_id} was refused"
            )

    return block


def python_json_logger(path: str) -> Any:
    """Return python-json-logger with a FileHandler and the same fields as `extra`."""
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.FileHandler(path)
    handler.setFormatter(JsonFormatter("%(asctime)s %(message)s"))
    log = logging.getLogger("limit")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    pid, host = os.getpid(), os.uname().nodename

    def block(events: Values) -> None:
        for request_id, latency, label, score in events:
            log.info(
                "predict",
                extra={
                    "event.id": "0123456789abcdef01234567-123456",
                    "event.sequence": 123456,
                    "status": "success",
                    "model_name": MODEL,
                    "model_version": VERSION,
                    "process.entity_id": "0123456789abcdef01234567",
                    "process.pid": pid,
                    "host.name": host,
                    "service.name": SERVICE,
                    "environment": ENVIRONMENT,
                    "request_id": request_id,
                    "latency_ms": latency,
                    "prediction_label": label,
                    "prediction_score": score,
                },
            )

    return block


VARIANTS: dict[str, Variant] = {
    "limit": limit,
    "control": limit,
    "write only": write_only,
    "logger.prediction": prediction,
    "  request id at hand in the context": request_at_hand,
    "  request id from a block for each event": request_from_context,
    "  four more fields of the contract": four_more,
    "  two labels": two_labels,
    "  a message with a secret": message,
    "python-json-logger": python_json_logger,
}


def main() -> int:
    """Measure, print, and return 4 when the control says that the run was too noisy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="*", help="names as in the table; all by default")
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument("--output", choices=("table", "json"), default="table")
    options = parser.parse_args()
    chosen = [
        n for n in VARIANTS if not options.variants or n.strip() in options.variants or n in {"limit", "control"}
    ]
    turns = measure({name: VARIANTS[name] for name in chosen}, options.rounds)
    rows = [
        {
            "variant": name.strip(),
            "times_limit": of.times(turns["limit"]),
            "ns": statistics.median(of.cpu),
            "lines": of.lines.found,
            "bytes": of.lines.size,
        }
        for name, of in turns.items()
    ]
    control = turns["control"].times(turns["limit"])
    if options.output == "json":
        sys.stdout.write(
            json.dumps({"rounds": options.rounds, "quiet": quiet(control), "rows": rows}, indent=2) + "\n"
        )
    else:
        for row in rows:
            sys.stdout.write(
                f"{row['variant']:36} {row['times_limit']:6.3f} x limit {row['ns']:8.0f} ns  {row['bytes']:.0f} B\n"
            )
    if not quiet(control):
        sys.stderr.write(f"too noisy: the control is {control:.3f}. Next step: run it again on a quiet machine.\n")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
