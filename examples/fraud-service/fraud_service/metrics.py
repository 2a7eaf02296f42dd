"""Figures of the service for Prometheus, at `/metrics`: of this process, so run one worker for each port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from model_logs import logger

if TYPE_CHECKING:
    from fraud_service.answering import Decision
    from fraud_service.features import FeatureStore
    from fraud_service.model import Model

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.5, 1.0)
_STATES = {"closed": 0, "half_open": 1, "open": 2}


class Metrics:
    """What is counted and measured.

    Args:
        model: Whose circuit is shown.
        features: Whose age is shown.
    """

    def __init__(self, model: Model, features: FeatureStore) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "fraud_answers", "Answers by the level that gave them; 0 is the model.", ["level"], registry=self.registry
        )
        self.failures = Counter("fraud_failures", "Requests that no level answered.", registry=self.registry)
        self.seconds = Histogram(
            "fraud_answer_seconds", "Time to an answer.", buckets=_BUCKETS, registry=self.registry
        )
        circuit = Gauge("fraud_circuit", "The circuit: 0 closed, 1 half open, 2 open.", registry=self.registry)
        circuit.set_function(lambda: _STATES[model.circuit_state])
        age = Gauge("fraud_feature_age_seconds", "Age of the features; NaN if unknown.", registry=self.registry)
        age.set_function(lambda: float("nan") if (found := features.age_s()) is None else found)
        lost = Gauge("fraud_events_lost", "Events that could not be logged.", registry=self.registry)
        lost.set_function(lambda: float(sum(logger.stats()["dropped"].values())))

    def count(self, decision: Decision) -> None:
        """Count an answer."""
        self._answers.labels(str(decision.level)).inc()

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)
