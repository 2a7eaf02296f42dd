"""Gates over many windows of real events under a drifting load: how often they are right. Minutes: `make soak`."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.events import index
from tests.support.gates import START, traffic

from model_logs import gate

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

LAG = timedelta(seconds=1)
MINUTES = 15
WINDOW = timedelta(minutes=MINUTES)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_600)]


def ask(client: Elasticsearch, number: int, version: str) -> gate.Judgement:
    end = START + (number + 1) * WINDOW
    question = gate.Question("churn", version, "production", end=end, against_version="6")
    return gate.judge(client, question, now=end + timedelta(seconds=30))


def test_thirty_per_cent_slower_fails_and_equal_speed_passes_in_nine_of_ten_runs(applied: Elasticsearch) -> None:
    """1,000 events a minute of each version, 15 minutes; time is compressed by written timestamps alone."""
    found: Counter[tuple[str, str]] = Counter()
    for number in range(10):
        for at, (version, slower) in enumerate((("6", 1.0), ("7", 1.0), ("8", 1.3))):
            begin = START + number * WINDOW
            events = traffic(100 * at + number, version=version, slower=slower, start=begin, per_minute=1_000)
            index(applied, events, lag=LAG)
        for version in ("7", "8"):
            found[version, ask(applied, number, version).verdict] += 1
    sys.stdout.write(f"{dict(found)}\n")
    assert found["7", "passed"] >= 9, found
    assert found["8", "failed"] >= 9, found


def test_of_a_hundred_windows_of_equal_versions_few_fail_and_few_are_inconclusive(applied: Elasticsearch) -> None:
    """Six requests a second of each version."""
    found: Counter[str] = Counter()
    for number in range(100):
        for at, version in enumerate(("6", "7")):
            begin = START + number * WINDOW
            index(applied, traffic(1_000 * at + number, version=version, start=begin, per_minute=360), lag=LAG)
        judged = ask(applied, number, "7")
        found[judged.verdict] += 1
    sys.stdout.write(f"{dict(found)}\n")
    assert found["failed"] <= 8, found
    assert found["inconclusive"] <= 20, found


@pytest.mark.parametrize("events", [10**3, 10**5])
def test_counts_are_those_of_the_raw_lines_and_the_p99_is_near(applied: Elasticsearch, events: int) -> None:
    written = traffic(events, per_minute=round(events / MINUTES), failing=0.01)
    index(applied, written, lag=LAG)
    end = START + WINDOW
    found = gate.judge(applied, gate.Question("churn", "7", "production", end=end), now=end + timedelta(seconds=30))
    assert found.table.total("predictions") == len(written)
    assert found.table.total("failures") == sum(event["status"] == "error" for event in written)
    assert found.table.total("slow") == sum(event["latency_ms"] >= 100 for event in written)
    latencies = sorted(event["latency_ms"] for event in written)
    assert found.setting.p99_ms == pytest.approx(latencies[int(0.99 * len(latencies))], rel=0.02)
