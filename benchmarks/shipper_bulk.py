"""How much of the speed of raw `_bulk` the shipper keeps: the same documents, the same node, the same run, in pairs.

Raw is the upper limit for one process: the finished bodies lie in memory and are only sent, by as many connections as
the shipper uses. The shipper reads lines from a file, parses, checks and batches them, and keeps its checkpoint.
Rounds alternate, each into empty streams; the first pair warms the server up and is not counted. The run prints the
median of the paired ratios, and says "too noisy" when two raw runs that follow each other differ by more than 10 %.

Run it as: python -m benchmarks.shipper_bulk [--url URL] [--events 60000] [--rounds 7]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import queue
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import orjson
from elasticsearch import Elasticsearch

from model_logs import bootstrap
from model_logs.cluster import Connection
from model_logs.parse import Document, Origin, Parser
from model_logs.ship import Settings, Shipper
from model_logs.ship.bulk import encoded
from model_logs.ship.wire import Wire

STREAMS = "logs-model.*"


def lines(count: int) -> list[bytes]:
    """Return lines as the logger writes them: one model, a live clock, free of redaction hits."""
    writer = os.urandom(12).hex()
    start = time.time() - 60
    return [
        orjson.dumps(
            {
                "@timestamp": dt.datetime.fromtimestamp(start + n / 1000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[
                    :-3
                ]
                + "Z",
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


def emptied(client: Elasticsearch) -> None:
    """Make the streams anew, so that each round indexes into empty ones."""
    client.indices.delete_data_stream(name=STREAMS)
    bootstrap.install(client)


def raw(wire: Wire, documents: list[Document], batch: int, senders: int) -> float:
    """Send finished bodies and return the seconds it took."""
    bodies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for begin in range(0, len(documents), batch):
        bodies.put(b"".join(map(encoded, documents[begin : begin + batch])))
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
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    if failures:
        raise SystemExit(f"raw _bulk failed: {failures[0][:500]!r}")
    return took


def shipped(url: str, log: Path, settings: Settings, expected: int) -> float:
    """Ship the file with a fresh state and return the seconds it took."""
    shipper = Shipper(
        Connection(url), settings, say=lambda message: print(message, file=sys.stderr), show_progress=False
    )
    started = time.perf_counter()
    totals = shipper.run()
    took = time.perf_counter() - started
    if totals.created != expected:
        raise SystemExit(f"shipped {totals.created} of {expected}: {log}")
    return took


def measure(url: str, events: int, rounds: int, senders: int, batch: int) -> dict[str, object]:
    """Run the pairs and return the figures."""
    client, wire = Elasticsearch(url, request_timeout=60), Wire(Connection(url))
    bootstrap.install(client)
    written = lines(events)
    parser = Parser()
    documents = [
        parser.parse(line, Origin("benchmark", 1, 1, "0", 0), ingested="2026-01-01T00:00:00.000Z") for line in written
    ]
    ratios, raws, ships, control = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "a.log"
        log.write_bytes(b"".join(written))
        for n in range(rounds + 1):
            settings = Settings(
                (str(log),), Path(folder) / f"state{n}", once=True, senders=senders, batch_events=batch
            )
            times = {}
            for who in ("raw", "ship", "again") if n % 2 else ("ship", "raw", "again"):
                emptied(client)
                if who == "ship":
                    times[who] = shipped(url, log, settings, events)
                else:
                    times[who] = raw(wire, documents, batch, senders)
            if n:
                ratios.append(times["raw"] / times["ship"])
                control.append(times["raw"] / times["again"])
                raws.append(events / times["raw"])
                ships.append(events / times["ship"])
            print(
                f"round {n}: raw {events / times['raw']:,.0f}/s, ship {events / times['ship']:,.0f}/s",
                file=sys.stderr,
            )
    noise = statistics.median(control)
    return {
        "events": events,
        "rounds": rounds,
        "senders": senders,
        "batch_events": batch,
        "bytes_per_line": round(sum(map(len, written)) / events, 1),
        "raw_per_second": round(statistics.median(raws)),
        "ship_per_second": round(statistics.median(ships)),
        "ratio": round(statistics.median(ratios), 3),
        "control": round(noise, 3),
        "verdict": "too noisy" if not 0.9 <= noise <= 1.1 else "measured",
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
    from model_logs.node import start

    with tempfile.TemporaryDirectory() as home, start(Path(home), heap="1g", stop_with_parent=True) as node:
        print(json.dumps(measure(node.url, *rest), indent=2))


if __name__ == "__main__":
    main()
