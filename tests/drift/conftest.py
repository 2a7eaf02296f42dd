"""Events with features, in the cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

START = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def with_features() -> Callable[..., list[dict[str, Any]]]:
    """Make one prediction for each row of features, a millisecond apart."""

    def make(rows: Iterable[dict[str, Any]], start: datetime = START, **more: Any) -> list[dict[str, Any]]:
        return [
            {
                "@timestamp": iso(start + timedelta(milliseconds=number)),
                "event": {"id": f"{start:%d%H}-{more.get('model_name', 'churn')}-{more.get('variant', '')}-{number}"},
                "event_type": "predict",
                "status": "success",
                "environment": "production",
                "model_name": "churn",
                "model_version": "3",
                "request_id": f"r-{number}",
                "latency_ms": 1.5,
                "features": row,
                **more,
            }
            for number, row in enumerate(rows)
        ]

    return make
