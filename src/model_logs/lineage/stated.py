"""What people and registries state of a model: its owner and the like, and the run that trained a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.catalog.facts import ModelFacts, facts_from
from model_logs.catalog.tags import EVENT_TYPES, RegisteredFacts
from model_logs.lineage import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.catalog.models_file import Catalog

__all__ = ["facts", "run"]

_PARAMETER = "param_"


def facts(
    client: Elasticsearch,
    model: str,
    environment: str,
    *,
    version: str | None,
    events: Iterable[Mapping[str, Any]],
    catalog: Catalog,
) -> ModelFacts:
    """Return the facts about a model: as the evaluator has them, then by `models.yml`, then by tags in its life.

    Args:
        client: The cluster.
        model: The model.
        environment: Where it predicts.
        version: The version, whose own tags go before those of the model.
        events: Its life, the oldest first.
        catalog: What `models.yml` states of models.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    tags = RegisteredFacts()
    for event in events:
        if event["event_type"] in EVENT_TYPES and event.get("status") in {None, "success"}:
            tags.take_in(event)
    row = facts_from(reading.row_of(client, model, environment))
    return row.over(catalog.facts(model, environment)).over(tags.facts(version))


def run(created: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the event of a new version tells of its training run; empty where it tells nothing.

    Args:
        created: The event `version_created`.
    """
    labels = created.get("labels") or {}
    datasets = [each.strip() for each in str(labels.get("run_datasets") or "").split(",")]
    told = {
        "run_id": created.get("run_id"),
        "author": labels.get("run_author"),
        "datasets": [each for each in datasets if each],
        "metrics": created.get("metrics"),
        "parameters": {
            name.removeprefix(_PARAMETER): value for name, value in labels.items() if name.startswith(_PARAMETER)
        },
    }
    return {name: value for name, value in told.items() if value}
