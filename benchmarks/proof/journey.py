"""The second half of the way: from the file through `model-logs ship` to the streams, with harm in between.

A real development node, the real shipper in a process of its own, and Toxiproxy between the two. The lines are
written by the logger beforehand; each is looked for by its id afterwards. The control is the case without harm.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.proof.processes import Load, run
from benchmarks.proof.tally import Tally
from benchmarks.proof.toxiproxy import Toxiproxy, Way, down, up
from model_logs import install, node
from model_logs.cluster import Connection, connect

__all__ = ["JOURNEYS", "Journey", "World", "world"]

STREAMS = "logs-model.*"
EVENTS = 120_000


@dataclass
class World:
    """What the journeys share.

    Attributes:
        home: The node's folder.
        running: The node; a journey that restarts it puts the new one here.
        way: To the node through Toxiproxy; None where there is no Toxiproxy.
        lines: A file with the events that the logger wrote.
    """

    home: Path
    running: node.RunningNode
    way: Way | None
    lines: Path

    @property
    def client(self) -> Any:
        """A client of the node as it runs now."""
        return connect(Connection(url=self.running.url))


Shipper = subprocess.Popen[bytes]
# Called with the folder of its state.
Start = Callable[[], Shipper]
Harm = Callable[..., tuple[Shipper, int]]


@dataclass(frozen=True)
class Journey:
    """One case.

    Attributes:
        name: What is done.
        harm: (world, the shipper, how to start another) → the shipper to wait for, and how often harm was done.
        proxied: Whether the shipper goes by way of Toxiproxy.
        promised: Whether no event may be lost or doubled.
    """

    name: str
    harm: Harm
    proxied: bool = False
    promised: bool = True
    group: str = "On the way to Elasticsearch"


@contextmanager
def world(toxiproxy: Toxiproxy | None) -> Iterator[World]:
    """Start the node and have the logger write the events."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="model-logs-proof-")))
        running = node.start_node(folder / "node", progress=True)
        way = toxiproxy.way(_port(running)) if toxiproxy else None
        run("model-logs", folder / "written", Load(processes=4, count=EVENTS // 4))
        here = World(folder / "node", running, way, folder / "written" / "log" / "events.jsonl")
        try:
            yield here
        finally:
            here.running.stop()


def _port(running: node.RunningNode) -> int:
    return int(running.url.rpartition(":")[2])


def _ships(here: World, journey: Journey, state: Path) -> Start:
    url = f"http://127.0.0.1:{here.way.port}" if journey.proxied and here.way else here.running.url
    command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "ship", "--once"]
    command += [str(here.lines), "--state", str(state), "--url", url]
    command += ["--max-wait", "120", "--batch-events", "500", "--timeout", "5"]

    def start() -> Shipper:
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    return start


def _ids(client: Any, index: str) -> Counter[str]:
    """Return how often each request id stands in an index pattern, page by page."""
    client.indices.refresh(index=index)
    found: Counter[str] = Counter()
    point = client.open_point_in_time(index=index, keep_alive="1m")["id"]
    after: list[Any] | None = None
    while True:
        page = client.search(
            pit={"id": point, "keep_alive": "1m"},
            size=10_000,
            source=False,
            docvalue_fields=["request_id"],
            sort=[{"_shard_doc": "asc"}],
            **({"search_after": after} if after else {}),
        )["hits"]["hits"]
        if not page:
            client.close_point_in_time(id=point)
            return found
        found.update(hit["fields"]["request_id"][0] for hit in page if "fields" in hit)
        after = page[-1]["sort"]


def come_through(here: World, journey: Journey) -> Tally:
    """Empty the streams, ship with the journey's harm, and count by id what arrived."""
    client = here.client
    client.indices.delete_data_stream(name=STREAMS, expand_wildcards="all")
    install.install(client)
    with tempfile.TemporaryDirectory(prefix="model-logs-proof-state-") as state:
        start = _ships(here, journey, Path(state))
        shipper, times = journey.harm(here, Path(state), start(), start)
        code = shipper.wait()
    if code:
        raise RuntimeError(f"{journey.name}: the shipper ended with {code}")
    found = _ids(here.client, "logs-model.prediction-*")
    expected = set()
    for line in here.lines.read_bytes().splitlines():
        event = json.loads(line)
        if event["event_type"] == "predict":
            expected.add(event["request_id"])
    doubled = sum(count - 1 for count in found.values())
    counted = Tally(len(expected), len(expected & found.keys()), len(expected - found.keys()), doubled, 0)
    return replace(counted, times=times)


def _wait_for_some(here: World, shipper: Shipper, share: float = 0.2) -> None:
    """Wait until that share of the events has arrived."""
    while True:
        here.client.indices.refresh(index=STREAMS)
        if here.client.count(index="logs-model.prediction-*")["count"] > EVENTS * share:
            return
        if shipper.poll() is not None:
            raise RuntimeError("the shipper ended before the harm")
        time.sleep(0.02)


def _nothing(here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    del here, state, start
    return shipper, 0


def _stamps(state: Path) -> list[int]:
    return [checkpoint.stat().st_mtime_ns for checkpoint in state.glob("checkpoint-*.json")]


def _kill(times: int, here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    """Kill each shipper when it is seen at work: its checkpoint has changed."""
    del here
    for done in range(times):
        before = _stamps(state)
        while _stamps(state) == before:
            if shipper.poll() is not None:
                return shipper, done
            time.sleep(0.005)
        time.sleep(0.006 * (done % 6))
        shipper.send_signal(signal.SIGKILL)
        shipper.wait()
        shipper = start()
    return shipper, times


def _stop_node(  # noqa: PLR0917 - the first two are bound below
    how: signal.Signals, settings: dict[str, object], here: World, state: Path, shipper: Shipper, start: Start
) -> tuple[Shipper, int]:
    """Stop the node or kill it, and start it again; for a few seconds with other settings where some are given."""
    del state, start
    _wait_for_some(here, shipper)
    port = _port(here.running)
    for each in [settings, {}] if settings else [{}]:
        if how is signal.SIGKILL:
            os.kill(here.running.pid, how)
        else:
            here.running.stop()
        time.sleep(1)
        here.running = node.start_node(here.home, port=port, settings=each)
        time.sleep(4 if each else 0)
    return shipper, 1


def _block(setting: str, here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    """Set a block as a full disk or an administrator does, and take it away after 3 s."""
    del state, start
    _wait_for_some(here, shipper)
    here.client.indices.put_settings(index=STREAMS, settings={setting: True})
    time.sleep(3)
    here.client.indices.put_settings(index=STREAMS, settings={setting: None})
    return shipper, 1


def _toxic(toxic: dict[str, Any], here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    """Poison the way between the shipper and the node for 0.6 s, five times."""
    del state, start
    assert here.way
    for done in range(5):
        if shipper.poll() is not None:
            return shipper, done
        with here.way.poisoned(toxic):
            time.sleep(0.6)
        time.sleep(0.1)
    return shipper, 5


def _roll_over(here: World) -> None:
    here.client.indices.rollover(alias="logs-model.prediction-development")


def _again(here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    """Ship everything twice with no memory of the first time."""
    del state, start
    shipper.wait()
    with tempfile.TemporaryDirectory(prefix="model-logs-proof-state-") as other:
        second = _ships(here, Journey("", _nothing), Path(other))()
        second.wait()
    return second, 1


def _rollover(here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    """Roll over five times and kill the shipper each time: what it sent last is sent again, into another index."""
    for done in range(5):
        before = _stamps(state)
        while _stamps(state) == before:
            if shipper.poll() is not None:
                return shipper, done
            time.sleep(0.005)
        shipper.send_signal(signal.SIGKILL)
        shipper.wait()
        _roll_over(here)
        shipper = start()
    return shipper, 5


def _replay(here: World, state: Path, shipper: Shipper, start: Start) -> tuple[Shipper, int]:
    """Ship half, roll over, and ship all again with no memory; roll over once more in the middle of that."""
    del start
    _wait_for_some(here, shipper, 0.5)
    shipper.send_signal(signal.SIGKILL)
    shipper.wait()
    _roll_over(here)
    for checkpoint in state.glob("checkpoint-*"):
        checkpoint.unlink()
    second = _ships(here, Journey("", _nothing), state)()
    _wait_for_some(here, second, 0.7)
    _roll_over(here)
    return second, 2


JOURNEYS: tuple[Journey, ...] = (
    Journey("no harm (the control)", _nothing),
    Journey("shipped twice from the start", _again),
    Journey("shipper killed 50 times (SIGKILL)", partial(_kill, 50)),
    Journey("node stopped and started", partial(_stop_node, signal.SIGTERM, {})),
    Journey("node killed (SIGKILL) and started", partial(_stop_node, signal.SIGKILL, {})),
    Journey(
        "node refuses every request (429) for 4 s",
        partial(_stop_node, signal.SIGTERM, {"indexing_pressure.memory.limit": "10kb"}),
    ),
    Journey("streams write-blocked (403) for 3 s", partial(_block, "index.blocks.write")),
    Journey("disk over its flood stage (429) for 3 s", partial(_block, "index.blocks.read_only_allow_delete")),
    Journey("latency of 500 ms, five times", partial(_toxic, down("latency", latency=500)), proxied=True),
    Journey("connections reset, five times", partial(_toxic, down("reset_peer", timeout=50)), proxied=True),
    Journey("answers cut after 200 bytes, five times", partial(_toxic, down("limit_data", bytes=200)), proxied=True),
    Journey("requests cut after 50 kB, five times", partial(_toxic, up("limit_data", bytes=50_000)), proxied=True),
    Journey("answers swallowed (time-out), five times", partial(_toxic, down("timeout", timeout=0)), proxied=True),
    Journey("five rollovers, the shipper killed at each", _rollover),
    Journey("a rollover in the middle of a replay", _replay),
)
