"""Several thousand random events in a cluster, and the same as plain dictionaries to compute from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class Events:
    start: datetime
    end: datetime
    predictions: list[dict[str, Any]]
    life_cycle: list[dict[str, Any]]

    def predict(self) -> list[dict[str, Any]]:
        return [event for event in self.predictions if event["event_type"] == "predict"]


@pytest.fixture
def events(applied: Elasticsearch) -> Events:
    from model_logs.testing.events import index, life_cycle, predictions

    start = datetime(2026, 3, 14, 6, tzinfo=UTC)
    seconds = 6 * 3600
    events = Events(
        start,
        start + timedelta(seconds=seconds),
        predictions(1, 6_000, start, seconds),
        life_cycle(2, 300, start, seconds),
    )
    assert index(applied, events.predictions + events.life_cycle) == 6_900
    # Outside the range by one millisecond on either side: none of these may be counted.
    edges = predictions(3, 2, start, seconds)
    for event, moment in zip(edges, (events.start - timedelta(milliseconds=1), events.end), strict=True):
        event["@timestamp"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    index(applied, edges)
    return events
