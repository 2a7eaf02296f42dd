"""How much of the speed of raw `_bulk` the shipper keeps: the same documents, the same node, the same run, in pairs.

Raw is the upper limit for one process: the finished bodies lie in memory and are only sent, by as many connections as
the shipper uses; they are the documents that the shipper makes of the file, with their offsets. The shipper reads
lines from a file, parses, checks and batches them, and keeps its checkpoint. Rounds alternate, each into empty
streams; the first pair warms the server up and is not counted. The run prints the median of the paired ratios, and
says "too noisy" when two raw runs that follow each other differ by over 10 %.

Beside the clock it counts the CPU time of this process and of the server, which other load disturbs little:
`cpu_ratio` is what remains of the speed where processors are the bottleneck, as with the node on the same machine.
Each round ships the file once more without `parse/forms.py`, which has to earn its place.

Run it as: python -m benchmarks.shipper_bulk [--url URL] [--events 60000] [--rounds 7]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import queue
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Self
from unittest.mock import patch

import orjson
from elasticsearch import Elasticsearch

from model_logs import install
from model_logs.cluster import Connection
from model_logs.parse import Document, Origin, Parser
from model_logs.parse.forms import Forms
from model_logs.ship import Settings, Shipper
from model_logs.ship.files.checkpoint import digest
from model_logs.ship.sending.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = "logs-model.*"


def stamp(seconds: float) -> str:
    """Return a time as the contract wants it."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lines(count: int) -> list[bytes]:
    """Return lines as the logger writes them: one model, a live clock, free of redaction hits."""
    writer = os.urandom(12).hex()
    start = time.time() - 60
    return [
        orjson.dumps(
            {
                "@timestamp": stamp(start + n / 1000),
                "event": {"id": f"{writer}-{n}", "sequence": n},
                "event_type": "predict",
                "status": "success",
                "model_name": "churn",
                "model_version": "3",
                "stage": "production",
                "request_id": f"req-{n}",
                "latency_ms": 12.5 + n % 97,
                "prediction_label": "yes",
                "prediction_score": 0.75,
                "environment": "production",
                "process": {"entity_id": writer, "pid": os.getpid()},
                "host": {"name": "benchmark"},
                "service": {"name": "scoring", "version": "1.0.0"},
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for n in range(1, count + 1)
    ]


def finished(log: Path) -> list[Document]:
    """Return the documents that the shipper makes of a file, stamped as it stamps them: some hundred lines alike."""
    found, start, parser = log.stat(), time.time(), Parser()
    lines = log.read_bytes().splitlines(keepends=True)
    origin = Origin(str(log), found.st_dev, found.st_ino, digest(lines[0][:-1]), 0)
    documents, offset = [], 0
    for n, line in enumerate(lines):
        documents.append(parser.parse(line[:-1], origin, ingested=stamp(start + n // 250 / 100), offset=offset))
        offset += len(line)
    return documents


def emptied(client: Elasticsearch) -> None:
    """Make the streams anew, so that each round indexes into empty ones."""
    client.indices.delete_data_stream(name=STREAMS)
    install.install(client)


class Meter:
    """The time and the CPU time of one run, here and in the cluster."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client
        self.seconds = self.here = self.cluster = 0.0

    @property
    def cpu(self) -> float:
        """Both together."""
        return self.here + self.cluster

    def _cluster(self) -> float:
        nodes = self._client.nodes.stats(metric="process")["nodes"].values()
        return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes) / 1000

    def __enter__(self) -> Self:
        self.cluster = -self._cluster()
        self.here = -time.process_time()
        self.seconds = -time.perf_counter()
        return self

    def __exit__(self, *details: object) -> None:
        self.seconds += time.perf_counter()
        self.here += time.process_time()
        self.cluster += self._cluster()


def raw(client: Elasticsearch, wire: Wire, documents: list[Document], batch: int, senders: int) -> Meter:
    """Send finished bodies."""
    bodies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for begin in range(0, len(documents), batch):
        bodies.put(b"".join([document.entry for document in documents[begin : begin + batch]]))
    failures: list[bytes] = []

    def send() -> None:
        while True:
            try:
                body = bodies.get_nowait()
            except queue.Empty:
                return
            answer = wire.bulk(body)
            if not answer.startswith(b'{"errors":false'):
                failures.append(answer)

    threads = [threading.Thread(target=send) for _ in range(senders)]
    with Meter(client) as meter:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise SystemExit(f"raw _bulk failed: {failures[0][:500]!r}")
    return meter


@contextmanager
def without_forms() -> Iterator[None]:
    """Let every line go the way of a line of no known form."""
    with (
        patch.object(Forms, "document", lambda *_: None),
        patch.object(Forms, "learn", lambda *_: None),
    ):
        yield


def shipped(client: Elasticsearch, url: str, log: Path, settings: Settings, expected: int) -> Meter:
    """Ship the file with a fresh state."""
    shipper = Shipper(
        Connection(url), settings, say=lambda message: print(message, file=sys.stderr), show_progress=False
    )
    with Meter(client) as meter:
        totals = shipper.run()
    if totals.created != expected:
        raise SystemExit(f"shipped {totals.created} of {expected}: {log}")
    return meter


def measure(url: str, events: int, rounds: int, senders: int, batch: int) -> dict[str, object]:
    """Run the pairs and return the figures."""
    client, wire = Elasticsearch(url, request_timeout=60), Wire(Connection(url))
    install.install(client)
    written = lines(events)
    pairs: list[dict[str, Meter]] = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "a.log"
        log.write_bytes(b"".join(written))
        documents = finished(log)
        for n in range(rounds + 1):
            settings = Settings(
                (str(log),), Path(folder) / f"state{n}", once=True, senders=senders, batch_events=batch
            )
            pair: dict[str, Meter] = {}
            for who in ("raw", "ship", "again", "bare") if n % 2 else ("bare", "ship", "raw", "again"):
                emptied(client)
                if who == "ship":
                    pair[who] = shipped(client, url, log, settings, events)
                elif who == "bare":
                    with without_forms():
                        other = replace(settings, state=Path(folder) / f"bare{n}")
                        pair[who] = shipped(client, url, log, other, events)
                else:
                    pair[who] = raw(client, wire, documents, batch, senders)
            told = ", ".join(
                f"{who} {events / meter.seconds:,.0f}/s ({1e6 * meter.cluster / events:.0f} + "
                f"{1e6 * meter.here / events:.1f} us)"
                for who, meter in pair.items()
            )
            print(f"round {n}: {told}", file=sys.stderr)
            pairs.append(pair)
    pairs = pairs[1:]
    noise = median(pair["raw"].seconds / pair["again"].seconds for pair in pairs)
    return {
        "events": events,
        "rounds": rounds,
        "senders": senders,
        "batch_events": batch,
        "bytes_per_line": round(sum(map(len, written)) / events, 1),
        "raw_per_second": round(median(events / pair["raw"].seconds for pair in pairs)),
        "ship_per_second": round(median(events / pair["ship"].seconds for pair in pairs)),
        "ratio": round(median(pair["raw"].seconds / pair["ship"].seconds for pair in pairs), 3),
        "control": round(noise, 3),
        "verdict": "too noisy" if not 0.9 <= noise <= 1.1 else "measured",
        "cluster_cpu_us": round(1e6 * median(pair["raw"].cluster for pair in pairs) / events, 1),
        "raw_cpu_us": round(1e6 * median(pair["raw"].here for pair in pairs) / events, 1),
        "ship_cpu_us": round(1e6 * median(pair["ship"].here for pair in pairs) / events, 1),
        "cpu_ratio": round(median(pair["raw"].cpu / pair["ship"].cpu for pair in pairs), 3),
        "without_forms": {
            "ratio": round(median(pair["raw"].seconds / pair["bare"].seconds for pair in pairs), 3),
            "ship_cpu_us": round(1e6 * median(pair["bare"].here for pair in pairs) / events, 1),
            "cpu_ratio": round(median(pair["raw"].cpu / pair["bare"].cpu for pair in pairs), 3),
        },
    }


def main() -> None:
    """Parse the options, find or start a node, print one JSON object."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--url", help="A cluster whose logs-model.* streams may be deleted; else a node is started.")
    options.add_argument("--events", type=int, default=60_000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--senders", type=int, default=2)
    options.add_argument("--batch", type=int, default=5_000)
    given = options.parse_args()
    rest = (given.events, given.rounds, given.senders, given.batch)
    if given.url:
        print(json.dumps(measure(given.url, *rest), indent=2))
        return
    from model_logs.node import start_node

    with tempfile.TemporaryDirectory() as home, start_node(Path(home), heap="1g", stop_with_parent=True) as node:
        print(json.dumps(measure(node.url, *rest), indent=2))


if __name__ == "__main__":
    main()
