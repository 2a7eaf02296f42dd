"""The outcomes of the demo's predictions: known to the clients at once, logged by the service later.

In real life somebody finds out days later. Here the truths of most predictions are logged when all questions are
answered, and those of the rest never, so that the share that is known is seen too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from elasticsearch import Elasticsearch

    from model_logs.outcomes import Summary

__all__ = ["collect", "tell"]

# Of so many predictions the truth of one stays unknown.
_UNKNOWN = 10


def tell(truths: Iterable[tuple[str, str, str]]) -> int:
    """Log the outcomes of predictions (model, request id, class), but for one in ten; return their number."""
    told = 0
    for number, (model, request_id, label) in enumerate(truths, 1):
        if number % _UNKNOWN:
            logger.outcome(request_id=request_id, label=label, model_name=model)
            told += 1
    return told


def collect(client: Elasticsearch, environment: str, began: datetime, ended: datetime) -> Summary:
    """Join the truths that arrived with their predictions, as `model-logs outcomes collect` does each hour."""
    from model_logs import outcomes

    client.indices.refresh(index="logs-model.*")
    return outcomes.join(client, outcomes.arrived(client, environment, start=began, end=ended), environment)
