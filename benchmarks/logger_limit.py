"""How far the logger is from the limit: `orjson.dumps` of a dict of the same 16 fields, and one `os.write`.

    python benchmarks/logger_limit.py [--rounds 80] [--output json] [VARIANT ...]

One process for each variant, each with a file of its own. In each round every process runs one block of a few
milliseconds, in shuffled order and one at a time; the ratio of CPU time for an event to that of the limit in the same
round is taken, and the median of all rounds reported. A second process of the limit is the control: when its ratio is
outside 0.97 to 1.03 the run is too noisy to say anything, and exits 4. Every line that was written is parsed and
counted afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

Values = list[tuple[str, float, str, float]]
Block = "Callable[[Values], None]"

MODEL, VERSION, SERVICE, ENVIRONMENT = "fraud-detection-model", "3", "fraud-api", "production"
BLOCK_MS = 5.0
CONTROL = (0.97, 1.03)
_KEEP_BYTES = 64 << 20


def values(n: int = 2048) -> Values:
    """Return what changes from event to event: request id, latency, class, score."""
    made = random.Random(7)  # noqa: S311 - the same values in each process
    return [
        (
            f"{made.getrandbits(128):032x}",
            made.lognormvariate(2.5, 0.6),
            made.choice(("legitimate", "suspicious")),
            made.random(),
        )
        for _ in range(n)
    ]


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


VARIANTS: dict[str, Callable[[str], Any]] = {
    "limit": limit,
    "control": limit,
    "write only": write_only,
    "logger.prediction": prediction,
    "  request id from the context": request_from_context,
    "  four more fields of the contract": four_more,
    "  two labels": two_labels,
    "  a message with a secret": message,
    "python-json-logger": python_json_logger,
}


def _work(name: str, path: str, pipe: Connection) -> None:
    """Run blocks on demand: for each number received, that many events; the answer is their CPU time."""
    block, events = VARIANTS[name](path), values()
    while n := pipe.recv():
        chosen = events[:n]
        begin = time.process_time_ns()
        block(chosen)
        pipe.send(time.process_time_ns() - begin)
        if Path(path).stat().st_size > _KEEP_BYTES:
            os.truncate(path, 0)
    pipe.close()


@contextlib.contextmanager
def _workers(names: list[str], folder: str) -> Iterator[dict[str, Connection]]:
    context = multiprocessing.get_context("spawn")
    pipes, processes = {}, []
    for index, name in enumerate(names):
        pipes[name], theirs = context.Pipe()
        process = context.Process(target=_work, args=(name, str(Path(folder) / f"{index}.log"), theirs))
        process.start()
        processes.append(process)
    try:
        yield pipes
    finally:
        for pipe in pipes.values():
            pipe.send(0)
        for process in processes:
            process.join(10)


def _ask(pipe: Connection, n: int) -> float:
    pipe.send(n)
    return float(pipe.recv()) / n


def measure(names: list[str], rounds: int) -> tuple[dict[str, list[float]], dict[str, dict[str, float]]]:
    """Return CPU nanoseconds for each event by variant and round, and what was found in the files."""
    with tempfile.TemporaryDirectory() as folder:
        with _workers(names, folder) as pipes:
            sizes = dict.fromkeys(names, 200)
            for name, pipe in pipes.items():
                for _ in range(5):
                    cost = _ask(pipe, sizes[name])
                    sizes[name] = max(20, min(2048, int(BLOCK_MS * 1e6 / cost)))
            costs: dict[str, list[float]] = {name: [] for name in names}
            for _ in range(rounds):
                for name in random.sample(names, len(names)):
                    costs[name].append(_ask(pipes[name], sizes[name]))
        found = {name: _read(Path(folder) / f"{index}.log", name) for index, name in enumerate(names)}
    return costs, found


def _read(path: Path, name: str) -> dict[str, float]:
    """Parse every line that was written; a line that is no JSON ends the run."""
    lines = path.read_bytes().splitlines()
    if name != "write only":
        for line in lines:
            orjson.loads(line)
    return {"lines": len(lines), "bytes": statistics.median(map(len, lines)) + 1}


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
    costs, found = measure(chosen, options.rounds)
    rows = [
        {
            "variant": name.strip(),
            "times_limit": statistics.median(a / b for a, b in zip(costs[name], costs["limit"], strict=True)),
            "ns": statistics.median(costs[name]),
            **found[name],
        }
        for name in chosen
    ]
    control = next(row["times_limit"] for row in rows if row["variant"] == "control")
    quiet = CONTROL[0] <= control <= CONTROL[1]
    if options.output == "json":
        sys.stdout.write(json.dumps({"rounds": options.rounds, "quiet": quiet, "rows": rows}, indent=2) + "\n")
    else:
        for row in rows:
            sys.stdout.write(
                f"{row['variant']:36} {row['times_limit']:6.3f} x limit {row['ns']:8.0f} ns  {row['bytes']:.0f} B\n"
            )
    if not quiet:
        sys.stderr.write(f"too noisy: the control is {control:.3f}. Next step: run it again on a quiet machine.\n")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
