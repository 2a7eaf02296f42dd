"""The history of a model version: its author and approver, its baseline and gates, its alerts and experiments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.catalog.facts import ModelFacts
from model_logs.catalog.models_file import Catalog
from model_logs.lineage import approvals, reading, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elasticsearch import Elasticsearch

__all__ = ["Lineage", "Trace", "lineage", "trace"]

_ALERTS = ("alert_fired", "alert_recovered")
_CHAOS = ("chaos_started", "chaos_finished")
_GATES = ("gate_passed", "gate_failed", "gate_inconclusive", "gate_overridden")
# What stands around a prediction in time may have to do with it.
_AROUND = timedelta(hours=1)


@dataclass(frozen=True)
class Lineage:
    """The life of a model, or of one of its versions.

    Attributes:
        model: The model.
        version: The version; None for the whole model.
        history: Its events of the registry and of deployments, the oldest first.
        run_id: The training run of the version.
        author: Who created the version.
        verdict: The last attested event that approved or rejected it.
        claims: Approvals and rejections since then that are not attested, and count for nothing.
        baseline: The last baseline that was recorded.
        gates: Verdicts of gates.
        drift: When its data drifted.
        alerts: Alerts about the model.
        experiments: Chaos experiments that name the model.
        facts: Its owner, tier, schedule, data class and card, as they are stated today.
        run: The run of the version: id, author, data sets, metrics and parameters, as far as the registry told them.
    """

    model: str
    version: str | None
    history: list[dict[str, Any]] = field(default_factory=list)
    run_id: str | None = None
    author: str | None = None
    verdict: dict[str, Any] | None = None
    claims: list[dict[str, Any]] = field(default_factory=list)
    baseline: dict[str, Any] | None = None
    gates: list[dict[str, Any]] = field(default_factory=list)
    drift: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    experiments: list[dict[str, Any]] = field(default_factory=list)
    facts: ModelFacts = field(default_factory=ModelFacts)
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def approver(self) -> str | None:
        """Who approved or rejected it last."""
        return _user(self.verdict) if self.verdict else None

    @property
    def approved_by_its_author(self) -> bool:
        """Whether the same person made and approved it."""
        approved = self.verdict is not None and self.verdict["event_type"] == "approved"
        return approved and self.author is not None and self.author == self.approver

    def document(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "model_name": self.model,
            "model_version": self.version,
            "author": self.author,
            "approver": self.approver,
            "approved_by_its_author": self.approved_by_its_author,
            "run_id": self.run_id,
            "verdict": self.verdict,
            "claims": self.claims,
            "baseline": self.baseline,
            "history": self.history,
            "gates": self.gates,
            "drift": self.drift,
            "alerts": self.alerts,
            "experiments": self.experiments,
            "stated": self.facts.stated(),
            "run": self.run,
        }


@dataclass(frozen=True)
class Trace:
    """The events and versions of one request.

    Attributes:
        request_id: The request.
        predictions: Its predictions, in every service, the oldest first.
        others: Other events of the request or of its distributed trace.
        outcomes: What was true.
        lineages: Of each model and version that answered, until it answered.
        alerts: Alerts about these models within an hour.
        experiments: Chaos experiments within an hour.
    """

    request_id: str
    predictions: list[dict[str, Any]]
    others: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    lineages: list[Lineage]
    alerts: list[dict[str, Any]]
    experiments: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "request_id": self.request_id,
            "predictions": self.predictions,
            "other_events": self.others,
            "outcomes": self.outcomes,
            "lineages": [each.document() for each in self.lineages],
            "alerts": self.alerts,
            "experiments": self.experiments,
        }


def trace(client: Elasticsearch, request_id: str, *, catalog: Catalog | None = None) -> Trace:
    """Return the trace of a request.

    Args:
        client: The cluster.
        request_id: As the services logged it.
        catalog: What `models.yml` states of models.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    events = reading.of_request(client, request_id)
    predictions = [event for event in events if event["event_type"] == "predict"]
    others = [event for event in events if event["event_type"] not in {"predict", "outcome"}]
    asked = {
        (event["model_name"], event.get("model_version")): event for event in predictions if event.get("model_name")
    }
    lineages = [
        lineage(client, model, version, until=_moment(event), environment=event["environment"], catalog=catalog)
        for (model, version), event in asked.items()
    ]
    alerts: list[dict[str, Any]] = []
    experiments: list[dict[str, Any]] = []
    if predictions:
        begin, end = _moment(predictions[0]) - _AROUND, _moment(predictions[-1]) + _AROUND
        models = {model for model, _ in asked}
        near = reading.around(client, begin, end, (*_ALERTS, *_CHAOS))
        alerts = [event for event in near if event["event_type"] in _ALERTS and event.get("model_name") in models]
        experiments = [event for event in near if event["event_type"] in _CHAOS]
    outcomes = reading.outcomes_of(client, request_id)
    return Trace(request_id, predictions, others, outcomes, lineages, alerts, experiments)


def lineage(
    client: Elasticsearch,
    model: str,
    version: str | None = None,
    *,
    until: datetime | None = None,
    environment: str = "production",
    catalog: Catalog | None = None,
) -> Lineage:
    """Return the life of a model, or of one version of it.

    Args:
        client: The cluster.
        model: The model.
        version: Only what is about this version; the whole model without it.
        until: Only what happened before.
        environment: Where its owner and the like are asked for.
        catalog: What `models.yml` states of models.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    events = reading.of_model(client, model, until=until)
    ours = [event for event in events if _is_about(event, version)]
    created = _last(ours, ("version_created",))
    verdict, claims = approvals.standing(ours)
    return Lineage(
        model=model,
        version=version,
        history=[
            event
            for event in ours
            if event["event_type"] not in {*_ALERTS, *_CHAOS, *_GATES, "drift_detected", "baseline_recorded"}
        ],
        run_id=created.get("run_id") if created else None,
        author=_user(created) if created else None,
        verdict=verdict,
        claims=claims,
        baseline=_last(events, ("baseline_recorded",)),
        gates=[event for event in ours if event["event_type"] in _GATES],
        drift=[event for event in ours if event["event_type"] == "drift_detected"],
        alerts=[event for event in events if event["event_type"] in _ALERTS],
        experiments=[event for event in ours if event["event_type"] in _CHAOS],
        facts=stated.facts(client, model, environment, version=version, events=events, catalog=catalog or Catalog()),
        run=stated.run(created or {}),
    )


def _is_about(event: Mapping[str, Any], version: str | None) -> bool:
    """Tell whether an event is about a version: as the new one, as the one before, or as one of all."""
    if version is None:
        return True
    named = event.get("model_version")
    return named in {None, version} or event.get("previous_version") == version


def _last(events: Iterable[dict[str, Any]], event_types: Iterable[str]) -> dict[str, Any] | None:
    wanted = set(event_types)
    fitting = [e for e in events if e["event_type"] in wanted and e.get("status") in {None, "success"}]
    return fitting[-1] if fitting else None


def _user(event: Mapping[str, Any] | None) -> str | None:
    name = ((event or {}).get("user") or {}).get("name")
    return str(name) if name else None


def _moment(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["@timestamp"])
