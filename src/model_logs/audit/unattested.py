"""Decisions that are not attested: written by the ordinary path, so by anybody with a log file.

A search and no ES|QL: an index from before the mark existed has no such column, and is simply no hit.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from model_logs import contract
from model_logs.cluster import translated

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = ["unattested_decisions"]

_MOST: Final = 1_000
_NAMED: Final = ("user", "service", "host")


def unattested_decisions(
    client: Elasticsearch, start: datetime, end: datetime, *, environment: str | None = None
) -> list[dict[str, Any]]:
    """Return the unattested decisions of a window, the latest first; of more than a thousand, the latest.

    Args:
        client: Of the cluster.
        start: Begin of the window, included.
        end: End of the window, excluded.
        environment: Only those of this environment.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    filters: list[dict[str, Any]] = [
        {"term": {"attested": False}},
        {"range": {"@timestamp": {"gte": start.isoformat(), "lt": end.isoformat()}}},
    ]
    if environment:
        filters.append({"term": {"environment": environment}})
    with translated("looking for unattested decisions"):
        answer = client.search(
            index=contract.load_contract().streams["lifecycle"].in_environment("*"),
            size=_MOST,
            query={"bool": {"filter": filters}},
            sort=[{"@timestamp": "desc"}, {"event.id": "asc"}],
            track_total_hits=False,
            allow_partial_search_results=False,
            ignore_unavailable=True,
        )
    return [_shown(hit["_source"]) for hit in answer["hits"]["hits"]]


def _shown(source: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an event that name it."""
    return {
        "@timestamp": datetime.fromisoformat(source["@timestamp"]),
        "id": source["event"]["id"],
        "event": source["event_type"],
        "model_name": source.get("model_name"),
        "model_version": source.get("model_version"),
        **{name: (source.get(name) or {}).get("name") for name in _NAMED},
        "environment": source.get("environment"),
    }
