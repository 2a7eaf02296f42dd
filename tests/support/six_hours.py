"""Six hours of 50,000 random events of every kind, in a cluster and as plain dictionaries to compute from.

For tests that compare each panel's query with an independent computation.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.support.events import index, life_cycle, moment, predictions
from tests.support.health import measurements

from model_logs import dashboards, query
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch import Elasticsearch

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
SECONDS = 6 * 3600
END = START + timedelta(seconds=SECONDS)
NUMBER = 50_000
LAG = timedelta(seconds=2.5)
FAILURES = frozenset({"error", "timeout", "failed"})
# The baseline that every module's events are compared with.
# A row of another model than the one with a baseline, and without the columns of the join's other side.
OWNED = {"model_environment": "fraud|production", "model_name": "fraud", "environment": "production", "owner": "risk"}
BASELINE = {
    "model_environment": "churn|production",
    "model_name": "churn",
    "environment": "production",
    "baseline_version": "0",
    "baseline_p50_ms": 8.0,
    "baseline_p99_ms": 12.5,
    "baseline_error_rate": 0.0625,
    "recorded_by": "alice",
}


@dataclass(frozen=True)
class Day:
    """What is stored. `all_` are understood; `broken` cannot be, and lie in the streams for that."""

    client: Elasticsearch
    all_: list[dict[str, Any]]
    broken: list[dict[str, Any]]
    disks: list[dict[str, Any]]
    start: datetime = START
    end: datetime = END
    by_type: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, *types: str) -> list[dict[str, Any]]:
        """Return the events of some types."""
        return [event for name in types for event in self.by_type.get(name, [])]

    def before(self, *types: str) -> int:
        """Return how many of some types lie one millisecond before the day."""
        return sum(event["event_type"] in types for event in _edges()[::2])

    def ask(self, panel: str, **options: Any) -> list[dict[str, Any]]:
        """Ask a panel's query as it is shipped, over exactly the time of the events."""
        span = {"start": self.start, "end": self.end} | options
        return query.run(self.client, _text(panel), allow_top_n=True, **span).records()


@cache
def _text(wanted: str) -> str:
    every = (panel for name in dashboards.names() for panel in dashboards.load_dashboard(name).panels)
    return next(panel.text for panel in every if panel.id == wanted)


@cache
def _edges() -> list[dict[str, Any]]:
    """Return events one millisecond before the day, and just after it, in turn."""
    edges = predictions(3, 2, START, SECONDS) + life_cycle(5, 2, START, SECONDS)
    for event, when in zip(edges, (START - timedelta(milliseconds=1), END) * 2, strict=True):
        event["@timestamp"] = iso(when)
    return edges


@cache
def _made() -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    dice = random.Random(17)  # test data
    events = predictions(1, 20_000, START, SECONDS)
    events += life_cycle(2, 2_000, START, SECONDS) + _verdicts(dice, 500)
    wrong: tuple[dict[str, Any], ...] = ({"latency_ms": "fast"}, {"latency_ms": -1}, {"fallback_level": "none"})
    broken = [{**event, **dice.choice(wrong)} for event in measurements(4, 700, START, SECONDS)]
    events += measurements(9, NUMBER - len(events) - len(broken), START, SECONDS)
    disks = [_disk(dice, number) for number in range(600)]
    return events, broken, disks


def _verdicts(dice: random.Random, number: int) -> list[dict[str, Any]]:
    """Return gates and experiments at random moments, some of them at the same one."""
    found = []
    for at in range(number):
        event: dict[str, Any] = {
            "@timestamp": iso(START + timedelta(seconds=dice.randrange(SECONDS))),
            "event": {"id": f"verdict-{at}"},
            "status": "success",
            "environment": dice.choice(("production", "staging")),
            "model_name": dice.choice(("churn", "fraud")),
            "model_version": "2",
        }
        if dice.random() < 0.6:  # most are gates
            gate = {"id": str(at), "name": "promotion", "objective": "p99", "value": at / 8, "threshold": 100.0}
            event |= {"event_type": dice.choice(("gate_passed", "gate_failed", "gate_inconclusive")), "gate": gate}
        else:
            experiment = {"id": str(at), "name": "kill-a-worker", "outcome": dice.choice(("completed", "aborted"))}
            event |= {"event_type": "chaos_finished", "experiment": experiment}
        found.append(event)
    return found


def _disk(dice: random.Random, number: int) -> dict[str, Any]:
    roles = dice.choice(
        (["data_hot", "ingest"], ["data_hot", "data_warm"], ["data_cold"], ["data", "data_hot"], ["master"])
    )
    disk = {
        "total_bytes": 1_000_000,
        "available_bytes": dice.randrange(1_000_000),
        "used_pct": dice.randrange(6400) / 64,
    }
    when = iso(START + timedelta(seconds=dice.randrange(SECONDS)))
    return {"@timestamp": when, "node": {"id": f"n{number}", "name": f"n{number}", "roles": roles}, "disk": disk}


def of_everything(client: Elasticsearch) -> Day:
    """Return the day; `is_stored` and `store` say whether and put it into the cluster."""
    all_, broken, disks = _made()
    by_type = defaultdict(list)
    for event in all_:
        by_type[event["event_type"]].append(event)
    return Day(client, all_, broken, disks, by_type=dict(by_type))


def is_stored(client: Elasticsearch) -> bool:
    """Whether nothing else than the day is there."""
    count = client.count(index="logs-model.*", allow_no_indices=True, ignore_unavailable=True)["count"]
    return int(count) == NUMBER + 4


def store(client: Elasticsearch, day: Day) -> None:
    """Store the day in an empty cluster.

    Raises:
        AssertionError: The cluster did not take all of it.
    """
    index(client, day.all_ + day.broken, lag=LAG, unparsed=True)
    # Outside the range by one millisecond on either side: none of these may be counted.
    index(client, _edges())
    operations: list[Any] = []
    for document in day.disks:
        operations += [{"create": {"_index": "metrics-model.node-default"}}, document]
    operations += [{"index": {"_index": "model-logs-baselines", "_id": BASELINE["model_environment"]}}, BASELINE]
    operations += [{"index": {"_index": "model-logs-models", "_id": OWNED["model_environment"]}}, OWNED]
    if client.bulk(operations=operations, refresh=True)["errors"]:
        raise AssertionError("a disk sample or the baseline was refused")


def in_buckets(events: Iterable[dict[str, Any]], seconds: int, name: str) -> dict[Any, list[dict[str, Any]]]:
    """Return the events by (begin of the bucket of so many seconds, value of a field)."""
    found = defaultdict(list)
    for event in events:
        found[moment(event).timestamp() // seconds * seconds, event[name]].append(event)
    return dict(found)


def rank_is_near(values: list[float], percentile: float, found: float) -> bool:
    """Whether a value stands within half a percent of the rank that was asked for, and of one value."""
    values = sorted(values)
    slack = 0.005 + 1 / len(values)
    low, high = bisect_left(values, found) / len(values), bisect_right(values, found) / len(values)
    return low - slack <= percentile / 100 <= high + slack


def error_rate(events: list[dict[str, Any]]) -> float | None:
    """Return how many percent failed of those that failed or succeeded."""
    judged = [event["status"] in FAILURES for event in events if event["status"] in FAILURES | {"success"}]
    return 100 * sum(judged) / len(judged) if judged else None
