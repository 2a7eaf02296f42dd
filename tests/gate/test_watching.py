"""A watch ends before its window only where a version surely fails; a pass is judged once, at the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.events import index, moment
from tests.support.gates import START, traffic

from model_logs import gate
from model_logs.gate.watching import watch

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

LAG = timedelta(seconds=1)


class Clock:
    """A clock that is moved by whoever waits for it: events come as it goes."""

    def __init__(self, client: Elasticsearch, events: list[dict[str, object]]) -> None:
        self.now = START
        self._client, self._waiting = client, events

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        index(self._client, [event for event in self._waiting if moment(event) + LAG <= self.now], lag=LAG)
        self._waiting = [event for event in self._waiting if moment(event) + LAG > self.now]


@pytest.mark.parametrize(("failing", "verdict"), [(0.1, "failed"), (0.0, "passed")])
def test_a_watch_ends_early_on_a_failure_alone(applied: Elasticsearch, failing: float, verdict: str) -> None:
    clock = Clock(applied, traffic(1, minutes=16, failing=failing, per_minute=60))
    looks: list[int] = []
    question = gate.Question("churn", "7", "production", "degraded")
    found = watch(
        applied,
        question,
        every=timedelta(minutes=2),
        on_look=lambda over, _all, _predictions: looks.append(over),
        clock=clock,
        sleep=clock.sleep,
    )
    assert found.verdict == verdict
    assert (clock.now < START + timedelta(minutes=9)) == (verdict == "failed")
    if verdict == "failed":
        assert found.deciding is not None
        assert found.deciding.title == "Error rate"
        assert found.window.blocks < 30
    else:
        assert found.window.end == START + timedelta(minutes=15)
        assert looks == sorted(set(looks))
    assert found.at.tzinfo == UTC
