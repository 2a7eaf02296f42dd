"""Quality of the demo's answers once the truth is known: the share of right ones, and the distance of the data.

In real life labels come days later, here at once; both figures are computed from what was asked and answered. The
truths of most predictions are logged as outcomes when all questions are answered, and those of the rest never, so
that the share that is known is seen too.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_logs import logger
from model_logs.demo.models import training_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from elasticsearch import Elasticsearch

    from model_logs.outcomes import Summary

__all__ = ["Judge", "Judged", "collect", "distance", "tell"]

# Answers that are judged together: enough for a share, few enough for a line over half a minute.
_TOGETHER = 150
# Of so many predictions the truth of one stays unknown.
_UNKNOWN = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer, and the true result."""

    version: str
    features: list[float | None]
    label: str
    truth: str


class Judge:
    """Collects answers and logs their quality and drift, for each model in groups."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Judged]] = {}
        self._lock = threading.Lock()

    def add(self, model: str, judged: Judged) -> None:
        """Take one answer; the one that completes a group logs what came of it."""
        with self._lock:
            group = self._waiting.setdefault(model, [])
            group.append(judged)
            if len(group) < _TOGETHER:
                return
            self._waiting[model] = []
        self._log(model, group)

    def finish(self) -> None:
        """Log the remaining answers."""
        with self._lock:
            groups, self._waiting = self._waiting, {}
        for model, group in groups.items():
            if group:
                self._log(model, group)

    def _log(self, model: str, group: list[Judged]) -> None:
        logger.quality(
            model_name=model,
            model_version=group[-1].version,
            stage="production",
            prediction_quality=sum(one.label == one.truth for one in group) / len(group),
            drift_score=distance(model, [one.features for one in group]),
        )


def distance(model: str, rows: Sequence[Sequence[float | None]]) -> float:
    """Return how far rows are from the training data: 0 for the same, 1 for nothing in common.

    For each feature the largest difference of the two cumulative distributions (Kolmogorov and Smirnov), and of those
    the mean. Missing values do not count.
    """
    import numpy as np

    seen = np.array(rows, dtype=float)
    found = []
    for column, trained in zip(seen.T, np.array(training_rows(model)).T, strict=True):
        values = np.sort(column[~np.isnan(column)])
        if not values.size:
            continue
        trained_sorted = np.sort(trained)
        points = np.concatenate((values, trained_sorted))
        shares = [np.searchsorted(each, points, side="right") / each.size for each in (values, trained_sorted)]
        found.append(float(np.abs(shares[0] - shares[1]).max()))
    return sum(found) / len(found) if found else 0.0


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
