"""The shipper on a bad network: Toxiproxy between it and the real node. `tests/tools.sh` installs it with Go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.proof import toxiproxy
from benchmarks.proof.toxiproxy import down, up

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    toxiproxy.find() is None, reason="Toxiproxy is not here: `bash tests/tools.sh` installs it where there is Go"
)


@pytest.fixture
def way(ship) -> Iterator[toxiproxy.Way]:
    """A way to the node that can be poisoned."""
    with toxiproxy.running() as running:
        assert running is not None
        yield running.way(int(ship.url.rpartition(":")[2]))


@pytest.mark.parametrize(
    "toxic",
    [
        down("latency", latency=300),
        down("reset_peer", timeout=20),
        down("limit_data", bytes=200),
        up("limit_data", bytes=30_000),
        down("timeout", timeout=0),
        down("slicer", average_size=7, delay=2_000),
    ],
    ids=["latency", "reset", "answer-cut", "request-cut", "answer-swallowed", "answer-in-pieces"],
)
def test_a_bad_network_loses_nothing_and_doubles_nothing(ship, way, writer, found, toxic: dict[str, Any]):
    lines = writer.lines(3_000)
    (ship.logs / "a.log").write_bytes(lines)
    ship.url, direct = f"http://127.0.0.1:{way.port}", ship.url
    process = ship.command("--once", "--batch-events", "100", "--timeout", "2", "--max-wait", "60")
    for _ in range(3):
        with way.poisoned(toxic):
            time.sleep(0.4)
        time.sleep(0.1)
    _, talk = process.communicate(timeout=120)
    assert process.returncode == 0, talk
    ship.url = direct
    assert found(lines.splitlines()) == (3_000, 3_000)
