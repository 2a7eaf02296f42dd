"""Reads whole events of one request, or of one model, from the streams, bounded in number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs import contract
from model_logs.cluster import translated
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from elasticsearch import Elasticsearch

__all__ = ["MOST", "around", "of_model", "of_request", "outcomes_of", "row_of"]

# So many events of one question are shown; nobody reads more.
MOST = 1_000
_EVERYWHERE = "logs-model.*-*"


def of_request(client: Elasticsearch, request_id: str) -> list[dict[str, Any]]:
    """Return the events of a request in every service, and those of the same distributed trace, the oldest first.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    found = _search(client, _EVERYWHERE, [{"term": {"request_id": request_id}}])
    traces = sorted({event["trace"]["id"] for event in found if (event.get("trace") or {}).get("id")})
    if not traces:
        return found
    wider = _search(client, _EVERYWHERE, [{"terms": {"trace.id": traces}}])
    by_id = {event["event"]["id"]: event for event in (*found, *wider)}
    return sorted(by_id.values(), key=lambda event: (event["@timestamp"], event["event"]["id"]))


def outcomes_of(client: Elasticsearch, request_id: str) -> list[dict[str, Any]]:
    """Return the truths about the predictions of a request.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    family = contract.load_contract().indices["model-logs-outcomes"]
    return _search(client, f"{family.name}-*", [{"term": {"request_id": request_id}}])


def of_model(
    client: Elasticsearch, model: str, *, until: datetime | None = None, event_types: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return the life of a model from the audit trail, the oldest first; of more than can be shown, the newest.

    Args:
        client: The cluster.
        model: The model; names that it had before are followed.
        until: Only what happened before.
        event_types: Only events of these types; all without any.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    stream = contract.load_contract().streams["lifecycle"].in_environment("*")
    wanted = [*event_types]
    names, found = [model], []
    for name in names:
        filters: list[dict[str, Any]] = [{"term": {"model_name": name}}]
        if until is not None:
            filters.append({"range": {"@timestamp": {"lte": iso(until)}}})
        if wanted:
            filters.append({"terms": {"event_type": [*wanted, "renamed"]}})
        events = _search(client, stream, filters, newest=True)
        found += events
        earlier = {event.get("previous_name") for event in events if event["event_type"] == "renamed"}
        names += [each for each in earlier if each and each not in names]
    return sorted(found, key=lambda event: (event["@timestamp"], event["event"]["id"]))


def row_of(client: Elasticsearch, model: str, environment: str) -> dict[str, Any]:
    """Return the row of a model in `model-logs-models`; empty where it is not expected to predict.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    filters = [{"term": {"model_environment": f"{model}|{environment}"}}]
    found = _search(client, "model-logs-models", filters)
    return found[0] if found else {}


def around(
    client: Elasticsearch,
    begin: datetime,
    end: datetime,
    event_types: Iterable[str],
) -> list[dict[str, Any]]:
    """Return events of some types from a stretch of time, whatever model they are about.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    stream = contract.load_contract().streams["lifecycle"].in_environment("*")
    span = {"gte": iso(begin), "lte": iso(end)}
    return _search(client, stream, [{"terms": {"event_type": list(event_types)}}, {"range": {"@timestamp": span}}])


def _search(
    client: Elasticsearch, index: str, filters: list[dict[str, Any]], *, newest: bool = False
) -> list[dict[str, Any]]:
    with translated(f"reading {index}"):
        answer = client.search(
            index=index,
            size=MOST,
            query={"bool": {"filter": filters}},
            sort=[{"@timestamp": {"order": "desc" if newest else "asc"}}],
            track_total_hits=False,
            allow_partial_search_results=False,
            ignore_unavailable=True,
        )
    found = [hit["_source"] for hit in answer["hits"]["hits"]]
    return found[::-1] if newest else found
