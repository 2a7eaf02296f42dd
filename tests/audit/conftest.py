"""Events of writers, put straight into the streams: lost ones are simply not put there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch import Elasticsearch

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
PREDICTION = "logs-model.prediction-production"


class Streams:
    """Puts events into the streams of a cluster: number n of a writer happens n seconds after the start."""

    def __init__(self, es: Elasticsearch) -> None:
        self.es = es

    @staticmethod
    def writer() -> str:
        return os.urandom(12).hex()

    def put(
        self,
        writer: str,
        numbers: Iterable[int],
        stream: str = PREDICTION,
        *,
        lag_s: float = 0.5,
        step_s: float = 1.0,
        **fields: Any,
    ) -> None:
        operations: list[dict[str, Any]] = []
        for number in numbers:
            happened = START + timedelta(seconds=number * step_s)
            operations += [
                {"create": {"_index": stream, "_id": f"{writer}-{number}"}},
                {
                    "@timestamp": happened.isoformat(),
                    "event": {
                        "id": f"{writer}-{number}",
                        "sequence": number,
                        "ingested": (happened + timedelta(seconds=lag_s)).isoformat(),
                    },
                    "event_type": "predict",
                    "environment": "production",
                    "process": {"entity_id": writer},
                    "service": {"name": "scoring"},
                    "host": {"name": "host-1"},
                }
                | fields,
            ]
        for begin in range(0, len(operations), 20_000):
            answer = self.es.bulk(operations=operations[begin : begin + 20_000])
            assert not answer["errors"], answer["items"][0]

    def close(self, writer: str, number: int) -> None:
        self.put(writer, [number], "logs-model.lifecycle-production", event_type="writer_closed")

    def rollover(self, stream: str = PREDICTION) -> None:
        self.es.indices.rollover(alias=stream)


@pytest.fixture
def streams(applied: Elasticsearch) -> Streams:
    return Streams(applied)
