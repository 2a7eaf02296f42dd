"""The shards after a year, by Elastic's own life-cycle steps: busy environments and quiet ones, side by side.

Everything is installed by `elk-bootstrap apply`, and no policy is changed. Each stream gets one event a day; then the
clock of every index is put back by a day and ILM runs until nothing moves any more, 365 times. The development node
only stores policies; the runner of `tests/java/ilm-runner` drives Elastic's steps. The failure stores are not part of
it: their life cycle is that of data streams, which does not run on the node.

    python -m benchmarks.year_of_shards              # some twenty minutes
    python -m benchmarks.year_of_shards --days 60

It prints the table of docs/bootstrap.md and writes docs/shards.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elasticsearch import Elasticsearch

from model_logs import install
from model_logs.node import start_node

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Year", "by_kind"]

ROOT = Path(__file__).parent.parent
RUNNER = ROOT / "tests" / "java" / "ilm-runner"
OURS = "logs-model.*,metrics-model.*"
HEADERS = {"accept": "application/json"}


class Year:
    """A node on which days pass when they are told to.

    Args:
        client: Of a node with the runner.
        environments: All of them, the busy ones included.
        busy: Those that are.
    """

    def __init__(self, client: Elasticsearch, environments: Iterable[str], busy: Iterable[str]) -> None:
        self._client = client
        self._environments, busy = tuple(environments), tuple(busy)
        client.cluster.put_settings(persistent={"cluster.max_shards_per_node": 10_000})
        report = install.apply_plan(client, install.make_plan(client, self._environments, busy=busy))
        assert report.complete, [each for each in report.results if each.outcome == "failed"]

    def day(self) -> None:
        """Let every stream get an event, and let a day pass."""
        operations: list[dict[str, Any]] = []
        for stream in install.stream_names(self._environments):
            operations += [{"create": {"_index": stream}}, {"@timestamp": datetime.now(UTC).isoformat()}]
        answer = self._client.bulk(operations=operations, refresh=True)
        assert not answer["errors"], answer
        self._settle(self._pass(1))

    def _pass(self, days: int) -> tuple[int, bool]:
        answer = self._client.perform_request("POST", f"/_time_passes?days={days}", headers=HEADERS)
        return answer.body["steps"], answer.body["busy"]

    def _settle(self, before: tuple[int, bool]) -> None:
        """Wait until three looks in a row find nothing that moves."""
        still = 0
        while still < 3:
            time.sleep(0.03)
            now = self._pass(0)
            still = still + 1 if now[0] == before[0] else 0
            before = now

    def indices(self) -> dict[str, int]:
        """Return stream → backing indices."""
        streams = self._client.indices.get_data_stream(name=OURS)["data_streams"]
        return {stream["name"]: len(stream["indices"]) for stream in streams}

    def stuck(self) -> int:
        """Return how many indices are in the step ERROR."""
        explained = self._client.ilm.explain_lifecycle(index=OURS)["indices"]
        return sum(body.get("step") == "ERROR" for body in explained.values())


def by_kind(indices: dict[str, int]) -> dict[str, int]:
    """Return kind of stream and of environment → backing indices, which have one primary shard each."""
    found: Counter[str] = Counter()
    for name, count in indices.items():
        stream, _, environment = name.rpartition("-")
        pace = environment.partition("_")[0]
        found[f"{stream}, {pace}" if pace in {"busy", "quiet"} else name] += count
    return dict(sorted(found.items()))


def main() -> None:
    """Let the days pass, and print what is there at the end."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--each", type=int, default=3, help="how many environments are busy, and how many quiet")
    arguments = parser.parse_args()
    days, numbers = arguments.days, range(1, arguments.each + 1)
    busy, quiet = [f"busy_{number}" for number in numbers], [f"quiet_{number}" for number in numbers]
    began = time.monotonic()
    settings = {"indices.lifecycle.poll_interval": "1h"}  # the year asks for each look itself
    with (
        tempfile.TemporaryDirectory() as home,
        start_node(home, heap="3g", settings=settings, extra_java=[RUNNER], stop_with_parent=True) as node,
        Elasticsearch(node.url, request_timeout=300) as client,
    ):
        year = Year(client, [*busy, *quiet], busy)
        at: dict[int, dict[str, int]] = {}
        for day in range(1, days + 1):
            year.day()
            if day % 30 == 0 or day == days:
                at[day] = by_kind(year.indices())
                print(f"day {day}, {time.monotonic() - began:.0f} s, stuck: {year.stuck()}, {at[day]}", flush=True)
        found = {
            "made_by": f"python -m benchmarks.year_of_shards --days {days} --each {arguments.each}",
            "elasticsearch": client.info()["version"]["number"],
            "environments": {"busy": len(busy), "quiet": len(quiet)},
            "events_a_day_and_stream": 1,
            "stuck": year.stuck(),
            "primary_shards": {str(day): kinds for day, kinds in at.items()},
        }
    if days == 365:
        (ROOT / "docs" / "shards.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
