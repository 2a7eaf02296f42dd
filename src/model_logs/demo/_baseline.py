"""The baseline that later versions are compared with: what version 1 did while it was alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from model_logs import assets, logger, query

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = ["record"]

INDEX = "model-logs-baselines"


def record(client: Elasticsearch, environment: str, start: datetime, end: datetime, user: str) -> int:
    """Measure what each model did in the time and store it as its baseline; return how many models."""
    client.indices.refresh(index="logs-model.prediction-*")
    file = assets.path("dashboards/queries/_baseline.esql")
    measured = query.run(client, file, start=start, end=end, filters={"environment": [environment]}).records()
    now = datetime.now(UTC)
    for row in measured:
        window = {"baseline_from": start, "baseline_to": end, "recorded_at": now, "recorded_by": user}
        client.index(index=INDEX, id=row["model_environment"], document=row | window)
        figures = {
            name.removeprefix("baseline_"): float(value)
            for name, value in row.items()
            if name.startswith("baseline_") and isinstance(value, int | float)
        }
        logger.baseline_recorded(
            model_name=row["model_name"], model_version=row["baseline_version"], user=user, metrics=figures
        )
    client.indices.refresh(index=INDEX)
    return len(measured)
