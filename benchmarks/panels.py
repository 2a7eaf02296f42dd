"""How long each panel of the dashboards takes, over 500,000 and over 5,000,000 predictions of one day.

The day is that of twenty models in three environments, and a dashboard shows all of it: each panel reads everything.
The events have the fields that the logger writes, go in by parallel `_bulk` requests under the real templates, and
lie on the disk as the node merged them by itself. Each panel's own query is asked as `model-logs report` asks it. The
first round after the load is told apart; of the others the median counts. Elasticsearch keeps no answers of ES|QL,
but the files of the index stay in the memory of the operating system, and so do filters in that of Elasticsearch.

Beside the clock stands the CPU time of the node, which other work on the machine disturbs little: on two cores that
have nothing else to do a panel takes a little more than half of it.

The node is the development node with a heap of 2 GB, and with the compiler and the garbage collector that
Elasticsearch itself comes with (C2, G1). `--development` leaves it as `model-logs node start` runs it, which is made
for a quick start: there everything takes about three times as long.

Run it as: python -m benchmarks.panels [--predictions 500000 5000000] [--rounds 7] [--url URL] [--write]
It takes about ten minutes on two idle cores, most of them for the load.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from model_logs import dashboards, install, query
from model_logs.cluster import Connection, connect
from model_logs.ship.sending.wire import TemporaryError, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from model_logs.dashboards import Panel
    from model_logs.node import RunningNode

PAGE = Path(__file__).parents[1] / "docs" / "dashboards.md"
BEGIN, END = "<!-- written by python -m benchmarks.panels --write -->", "<!-- end of what it wrote -->"

DAY = timedelta(hours=24)
CHUNK = 2_500
SENDERS = 3
WRITERS = 60
MODELS = 20
# Of the predictions: how many tell the use of a GPU, the age of their features, a fallback; how many events are none.
GPU_MODELS, FRESH_MODELS = 4, 8
FALLBACKS = 0.02
QUALITY_EACH = 200
LIFE_CYCLE = 400
UNPARSED = 2_000

HEAP = "2g"
# After the node's own options, which ask for the quick compiler and the collector of small heaps.
AS_PACKAGED = "-XX:TieredStopAtLevel=4 -XX:-UseSerialGC -XX:+UseG1GC"

# What the issue promises at the last size, in seconds.
LIMITS = {"prediction-latency": 3.0}
LIMIT = 1.5


@dataclass(frozen=True)
class Found:
    """How long one panel took: the first time after the load, and each time after that, in seconds.

    Attributes:
        first: By the clock.
        times: By the clock.
        cpu: What the node used for each of `times`; empty where it is not ours.
    """

    first: float
    times: list[float]
    cpu: list[float]

    @property
    def median(self) -> float:
        """Of all rounds but the first."""
        return statistics.median(self.times)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.times):.2f} to {max(self.times):.2f})"


def _when(begin: float, place: float) -> str:
    at = begin + place * DAY.total_seconds()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at))}.{int(at % 1 * 1000):03}Z"


def bodies(first: int, count: int, begin: float) -> Iterator[bytes]:
    """Yield bulk bodies with so many predictions spread over the day, in the order of time.

    Args:
        first: The number of the first one, so that a second call continues the writers' sequences.
        count: How many.
        begin: Of the day, in seconds since 1970.
    """
    chance = random.Random(first)  # noqa: S311 - the same events in each run
    lines: list[str] = []
    for number in range(first, first + count):
        writer, sequence = number % WRITERS, number // WRITERS + 1
        model = min(int(chance.expovariate(0.25)), MODELS - 1)
        version = "2" if chance.random() < 0.7 else "1"
        environment = ("production", "production", "production", "production", "staging", "development")[number % 6]
        at = _when(begin, (number - first) / count)
        status = "success" if chance.random() < 0.985 else chance.choice(("error", "timeout", "cancelled", "invalid"))
        level = chance.randrange(1, 5) if chance.random() < FALLBACKS else 0
        more = f',"gpu_utilization_pct":{chance.random() * 100:.2f}' if model < GPU_MODELS else ""
        more += f',"feature_freshness_s":{chance.random() * 300:.1f}' if model < FRESH_MODELS else ""
        lines.append(
            f'{{"create":{{"_index":"logs-model.prediction-{environment}","_id":"{writer:024x}-{sequence}"}}}}\n'
            f'{{"@timestamp":"{at}","event":{{"id":"{writer:024x}-{sequence}","sequence":{sequence},"ingested":"{at}"}},'
            f'"event_type":"predict","status":"{status}","model_name":"model-{model:02}","model_version":"{version}",'
            f'"stage":"production","process":{{"entity_id":"{writer:024x}","pid":{4000 + writer}}},'
            f'"host":{{"name":"serving-{writer % 12}"}},"service":{{"name":"scoring-{writer % 5}"}},'
            f'"environment":"{environment}","request_id":"{chance.getrandbits(128):032x}",'
            f'"latency_ms":{chance.lognormvariate(2.5, 0.6):.6f},"prediction_label":"yes",'
            f'"prediction_score":{chance.random():.6f},"fallback_level":{level}{more}}}\n'
        )
        if number % QUALITY_EACH == 0:
            lines.append(_quality(number, f"model-{model:02}", environment, at))
        if len(lines) >= CHUNK:
            yield "".join(lines).encode()
            lines = []
    if lines:
        yield "".join(lines).encode()


def _quality(number: int, model: str, environment: str, at: str) -> str:
    chance = random.Random(number)  # noqa: S311 - the same events in each run
    return (
        f'{{"create":{{"_index":"logs-model.prediction-{environment}","_id":"quality-{number}"}}}}\n'
        f'{{"@timestamp":"{at}","event":{{"id":"quality-{number}","ingested":"{at}"}},"event_type":"quality",'
        f'"status":"success","model_name":"{model}","model_version":"2","environment":"{environment}",'
        f'"drift_score":{chance.random():.4f},"prediction_quality":{chance.randrange(2)}}}\n'
    )


def others(begin: float) -> bytes:
    """Return a bulk body with what is no prediction: life-cycle events, disk samples, what was not understood."""
    chance = random.Random(3)  # noqa: S311 - the same events in each run
    lines: list[str] = []

    def add(stream: str, name: str, at: str, fields: dict[str, Any]) -> None:
        document = {"@timestamp": at, "event": {"id": name, "ingested": at}, **fields}
        lines.extend((json.dumps({"create": {"_index": stream, "_id": name}}), json.dumps(document)))

    for number in range(LIFE_CYCLE):
        subject = {"model_name": f"model-{number % MODELS:02}", "model_version": "2", "environment": "production"}
        what = chance.choice(("registered", "transitioned", "deployed", "gate_passed", "chaos_finished"))
        moved = {"previous_stage": "staging", "stage": "production"} if what == "transitioned" else {}
        event = {"event_type": what, "status": "success", "user": {"name": "alice"}, **subject, **moved}
        add("logs-model.lifecycle-production", f"life-{number}", _when(begin, number / LIFE_CYCLE), event)
    for number in range(UNPARSED):
        event = {"event_type": "unparsed", "reason": f"no pattern knows this line, kind {number % 9}"}
        source = {"log": {"file": {"path": f"/var/log/{number % 4}.log"}}, "environment": "production"}
        add("logs-model.unparsed-production", f"bad-{number}", _when(begin, number / UNPARSED), event | source)
    for number in range(24 * 60 * 3):
        node = {"name": f"node-{number % 3}", "roles": ["data_hot"]}
        event = {"node": node, "disk": {"used_pct": 40 + number / 200, "available_bytes": 10**11}}
        add("metrics-model.node-default", f"disk-{number}", _when(begin, number / (24 * 60 * 3)), event)
    return ("\n".join(lines) + "\n").encode()


def _sent(wire: Wire, body: bytes) -> bytes:
    """Send a body, and again where the node had no room for it: such a body is refused as a whole."""
    for _ in range(60):
        try:
            return wire.bulk(body)
        except TemporaryError as error:
            if error.ambiguous:
                raise
            time.sleep(1)
    return b"no room for a minute"


def load(wire: Wire, total: int, parts: Iterator[bytes]) -> float:
    """Send bulk bodies by several connections at once; return the seconds that it took."""
    waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=2 * SENDERS)
    refused: list[bytes] = []

    def send() -> None:
        while (body := waiting.get()) is not None:
            answer = _sent(wire, body)
            if not answer.startswith(b'{"errors":false'):
                refused.append(answer[:500])

    senders = [threading.Thread(target=send, daemon=True) for _ in range(SENDERS)]
    began = time.perf_counter()
    for sender in senders:
        sender.start()
    with _progress(total) as advance:
        for body in parts:
            waiting.put(body)
            advance(body.count(b"\n") // 2)
            if refused or not all(sender.is_alive() for sender in senders):
                sys.exit(f"The load was refused: {refused[:1]}")
    for _ in senders:
        waiting.put(None)
    for sender in senders:
        sender.join()
    if refused:
        sys.exit(f"The load was refused: {refused[:1]}")
    return time.perf_counter() - began


class _progress:  # noqa: N801 - used as a function
    """A progress bar where there is a terminal."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._bar = Progress(console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("storing predictions", total=total)

    def __enter__(self) -> Any:
        self._bar.start()
        return lambda number: self._bar.advance(self._task, number)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def measure(
    client: Elasticsearch, panels: list[Panel], start: datetime, rounds: int, node: psutil.Process | None
) -> dict[str, Found]:
    """Ask every panel, round by round, so that none has the machine for itself while another has not."""
    times: dict[str, list[float]] = {panel.id: [] for panel in panels}
    cpu: dict[str, list[float]] = {panel.id: [] for panel in panels}
    for _ in range(rounds + 1):
        for panel in panels:
            used, began = _cpu(node), time.perf_counter()
            query.run(client, panel.text, start=start, end=start + DAY, allow_top_n=True, timeout=120)
            times[panel.id].append(time.perf_counter() - began)
            cpu[panel.id].append(_cpu(node) - used)
    return {name: Found(all_[0], all_[1:], cpu[name][1:] if node else []) for name, all_ in times.items()}


def _cpu(node: psutil.Process | None) -> float:
    if node is None:
        return 0.0
    found = node.cpu_times()
    return float(found.user + found.system)


def settle(client: Elasticsearch) -> None:
    """Make everything visible, and wait until the node has merged what it wants to merge."""
    client.options(request_timeout=600).indices.flush(index="logs-model.*", wait_if_ongoing=True)
    client.indices.refresh(index="logs-model.*,metrics-model.*", expand_wildcards="all")
    for _ in range(300):
        if not client.indices.stats(index="logs-model.*", metric="merge")["_all"]["total"]["merges"]["current"]:
            return
        time.sleep(1)


def table(panels: list[Panel], found: dict[int, dict[str, Found]]) -> str:
    """Return the figures as a table in Markdown, in seconds."""
    sizes = list(found)
    head = "".join(f" {size:,} | first | CPU |" for size in sizes)
    lines = [f"| panel |{head} growth | at most |", f"|---|{'--:|--:|--:|' * len(sizes)}--:|--:|"]
    for panel in panels:
        cells = "".join(_cells(found[size][panel.id]) for size in sizes)
        last = found[sizes[-1]][panel.id]
        growth = last.median / found[sizes[0]][panel.id].median
        limit = LIMITS.get(panel.id, LIMIT)
        missed = "" if last.median < limit else " (missed)"
        lines.append(f"| {panel.title} |{cells} {growth:.1f} times | {limit:g}{missed} |")
    return "\n".join(lines)


def _cells(found: Found) -> str:
    cpu = f"{statistics.median(found.cpu):.2f}" if found.cpu else ""
    return f" {found} | {found.first:.2f} | {cpu} |"


def _write(text: str) -> None:
    """Put the text between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _node(stack: ExitStack, *, development: bool) -> RunningNode:
    """Start a development node of one's own."""
    from model_logs.node import start_node

    if not development:
        os.environ["_JAVA_OPTIONS"] = AS_PACKAGED
    # Serial collection cleans up too late for a limit on what Java holds at the moment: all is refused then.
    settings = {"indices.breaker.total.use_real_memory": not development}
    home = stack.enter_context(tempfile.TemporaryDirectory())
    return stack.enter_context(start_node(Path(home), heap=HEAP, settings=settings, stop_with_parent=True))


def main() -> None:
    """Fill a node, step by step, and ask every panel at each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=int, nargs="+", default=[500_000, 5_000_000], help="sizes, growing")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--url", help="an empty cluster; a development node is started otherwise")
    parser.add_argument("--development", action="store_true", help="leave the node's options for a quick start")
    parser.add_argument("--write", action="store_true", help=f"put the table into docs/{PAGE.name}")
    asked = parser.parse_args()
    start = (datetime.now(UTC) - DAY).replace(second=0, microsecond=0)
    panels = [panel for name in dashboards.names() for panel in dashboards.load_dashboard(name).panels]
    found: dict[int, dict[str, Found]] = {}
    with ExitStack() as stack:
        node = None if asked.url else _node(stack, development=asked.development)
        connection = Connection(node.url if node else asked.url, timeout=120)
        process = psutil.Process(node.pid) if node else None
        client, wire = stack.enter_context(connect(connection)), Wire(connection)
        install.install(client)
        wire.bulk(others(start.timestamp()))
        stored = 0
        for size in sorted(asked.predictions):
            seconds = load(wire, size - stored, bodies(stored, size - stored, start.timestamp()))
            print(f"{size:,} predictions, the last {size - stored:,} of them in {seconds:.0f} s", file=sys.stderr)
            stored = size
            settle(client)
            found[size] = measure(client, panels, start, asked.rounds, process)
        version = client.info()["version"]["number"]
    where = "a cluster of one's own" if asked.url else f"one node, {os.cpu_count()} cores, heap {HEAP}"
    options = ", options for a quick start" if asked.development else ""
    text = (
        f"Seconds; median (lowest to highest) of {asked.rounds} rounds, and the first round after the load."
        f" Elasticsearch {version}, {where}{options}; load of the machine at the end {os.getloadavg()[0]:.1f};"
        f" {datetime.now(UTC):%Y-%m-%d}.\n\n{table(panels, found)}"
    )
    print(text)
    if asked.write:
        _write(text)


if __name__ == "__main__":
    main()
