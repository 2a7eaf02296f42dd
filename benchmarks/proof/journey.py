"""The second half of the way: from the file through `model-logs ship` to the streams, with harm in between.

A real development node, the real shipper in a process of its own, and Toxiproxy between the two. The lines are
written by the logger beforehand; each is looked for by its id afterwards. The control is the case without harm.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.proof.processes import Load, run
from benchmarks.proof.tally import Tally
from model_logs import bootstrap, node
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
        proxied: The URL by way of Toxiproxy; None where there is no Toxiproxy.
        toxics: URL of Toxiproxy's own API for that way.
        lines: A file with the events that the logger wrote.
    """

    home: Path
    running: node.RunningNode
    proxied: str | None
    toxics: str
    lines: Path

    @property
    def client(self) -> Any:
        """A client of the node as it runs now."""
        return connect(Connection(url=self.running.url))


Harm = Callable[..., "subprocess.Popen[bytes]"]


@dataclass(frozen=True)
class Journey:
    """One case.

    Attributes:
        name: What is done.
        harm: (world, the shipper, how to start another) → the shipper to wait for.
        proxied: Whether the shipper goes by way of Toxiproxy.
        promised: Whether no event may be lost; doubled is only promised within one backing index.
    """

    name: str
    harm: Harm
    proxied: bool = False
    promised: bool = True
    group: str = "On the way to Elasticsearch"


def _api(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> None:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})  # noqa: S310  loopback
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310  as above


@contextmanager
def _toxiproxy(target: str) -> Iterator[tuple[str | None, str]]:
    """Start Toxiproxy before the node where its server is installed (`tests/tools.sh` says how)."""
    server = shutil.which("toxiproxy-server") or os.environ.get("TOXIPROXY_SERVER")
    if not server:
        print("toxiproxy-server is not installed: those cases are left out", file=sys.stderr)
        yield None, ""
        return
    api = "http://127.0.0.1:18474"
    process = subprocess.Popen([server, "-port", "18474"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                _api(f"{api}/version")
                break
            except OSError:
                time.sleep(0.05)
        upstream = target.removeprefix("http://")
        _api(f"{api}/proxies", {"name": "node", "listen": "127.0.0.1:18475", "upstream": upstream, "enabled": True})
        yield "http://127.0.0.1:18475", f"{api}/proxies/node/toxics"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def world() -> Iterator[World]:
    """Start the node and Toxiproxy, and have the logger write the events."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="model-logs-proof-")))
        running = node.start(folder / "node", progress=True)
        proxied, toxics = stack.enter_context(_toxiproxy(running.url))
        run("model-logs", folder / "written", Load(processes=4, count=EVENTS // 4))
        here = World(folder / "node", running, proxied, toxics, folder / "written" / "log" / "events.jsonl")
        try:
            yield here
        finally:
            here.running.stop()


def _ships(here: World, journey: Journey, state: Path) -> Callable[[], subprocess.Popen[bytes]]:
    url = here.proxied if journey.proxied and here.proxied else here.running.url
    command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "ship", "--once"]
    command += [
        str(here.lines),
        "--state",
        str(state),
        "--max-wait",
        "120",
        "--batch-events",
        "500",
        "--timeout",
        "5",
    ]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, "--url", url], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

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
    bootstrap.install(client)
    with tempfile.TemporaryDirectory(prefix="model-logs-proof-state-") as state:
        start = _ships(here, journey, Path(state))
        journey.harm(here, start(), start).wait()
    found = _ids(here.client, "logs-model.prediction-*")
    expected = set()
    for line in here.lines.read_bytes().splitlines():
        event = json.loads(line)
        if event["event_type"] == "predict":
            expected.add(event["request_id"])
    doubled = sum(count - 1 for count in found.values())
    return Tally(len(expected), len(expected & found.keys()), len(expected - found.keys()), doubled, 0)


def _wait_for_some(here: World, share: float = 0.2) -> None:
    """Wait until that share of the events has arrived, or 10 s have gone."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        here.client.indices.refresh(index=STREAMS)
        if here.client.count(index="logs-model.prediction-*")["count"] > EVENTS * share:
            return
        time.sleep(0.02)


def _nothing(here: World, shipper: Any, start: Any) -> Any:
    del here, start
    return shipper


def _kill(times: int, here: World, shipper: Any, start: Any) -> Any:
    del here
    for number in range(times):
        time.sleep(0.4 + 0.03 * (number % 10))  # it needs 0.3 s to start
        if shipper.poll() is not None:
            print(f"only {number} kills before the end", file=sys.stderr)
            break
        shipper.send_signal(signal.SIGKILL)
        shipper.wait()
        shipper = start()
    return shipper


def _restart(here: World, shipper: Any, start: Any) -> Any:
    del start
    _wait_for_some(here)
    port = int(here.running.url.rpartition(":")[2])
    here.running.stop()
    time.sleep(2)
    here.running = node.start(here.home, port=port)
    return shipper


def _kill_node(here: World, shipper: Any, start: Any) -> Any:
    del start
    _wait_for_some(here)
    port = int(here.running.url.rpartition(":")[2])
    os.kill(here.running.pid, signal.SIGKILL)
    time.sleep(1)
    here.running = node.start(here.home, port=port)
    return shipper


def _block(setting: str, here: World, shipper: Any, start: Any) -> Any:
    """Set a block as a full disk or an administrator does, and take it away after 3 s."""
    del start
    _wait_for_some(here)
    here.client.indices.put_settings(index=STREAMS, settings={setting: True})
    time.sleep(3)
    here.client.indices.put_settings(index=STREAMS, settings={setting: None})
    return shipper


def _toxic(body: dict[str, Any], here: World, shipper: Any, start: Any) -> Any:
    """Poison the way between the shipper and the node for 3 s, five times."""
    del start
    for number in range(5):
        if shipper.poll() is not None:
            print(f"only {number} times before the end", file=sys.stderr)
            break
        _api(here.toxics, {"name": f"toxic{number}", **body})
        time.sleep(0.6)
        _api(f"{here.toxics}/toxic{number}", method="DELETE")
        time.sleep(0.2)
    return shipper


def _rollover(here: World, shipper: Any, start: Any) -> Any:
    """Ship everything, roll over, and ship it again from the start: what ids can and cannot do."""
    shipper.wait()
    here.client.indices.rollover(alias="logs-model.prediction-development")
    with tempfile.TemporaryDirectory(prefix="model-logs-proof-state-") as state:
        again = _ships(here, Journey("", _nothing), Path(state))()
        again.wait()
    return start()


def _again(here: World, shipper: Any, start: Any) -> Any:
    """Ship everything twice with no memory of the first time."""
    shipper.wait()
    with tempfile.TemporaryDirectory(prefix="model-logs-proof-state-") as state:
        _ships(here, Journey("", _nothing), Path(state))().wait()
    return start()


def _down(kind: str, **attributes: Any) -> dict[str, Any]:
    return {"type": kind, "stream": "downstream", "toxicity": 1.0, "attributes": attributes}


def _up(kind: str, **attributes: Any) -> dict[str, Any]:
    return _down(kind, **attributes) | {"stream": "upstream"}


JOURNEYS: tuple[Journey, ...] = (
    Journey("no harm (the control)", _nothing),
    Journey("shipped twice from the start", _again),
    Journey("shipper killed 50 times (SIGKILL)", partial(_kill, 50)),
    Journey("node stopped and started", _restart),
    Journey("node killed (SIGKILL) and started", _kill_node),
    Journey("streams write-blocked (403) for 3 s", partial(_block, "index.blocks.write")),
    Journey("disk over its flood stage (429) for 3 s", partial(_block, "index.blocks.read_only_allow_delete")),
    Journey("latency of 500 ms, five times", partial(_toxic, _down("latency", latency=500)), proxied=True),
    Journey("connections reset, five times", partial(_toxic, _down("reset_peer", timeout=50)), proxied=True),
    Journey("answers cut after 200 bytes, five times", partial(_toxic, _down("limit_data", bytes=200)), proxied=True),
    Journey("requests cut after 50 kB, five times", partial(_toxic, _up("limit_data", bytes=50_000)), proxied=True),
    Journey("answers swallowed (time-out), five times", partial(_toxic, _down("timeout", timeout=0)), proxied=True),
    Journey("rollover between two shipments", _rollover, promised=False),
)
