"""Truths that wait for their prediction: since when, and all of them from one view of the indices."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.outcomes.rows import FAMILY, pending_id, truth_key
from model_logs.query import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from model_logs.outcomes.truths import Truth

__all__ = ["waiting", "waiting_since"]

# Of a batch of truths each has one row, or two where an older release wrote them.
_PAGE = 10_000
# Between two pages a batch is joined.
_KEEP_ALIVE = "10m"


def waiting_since(
    client: Elasticsearch, truths: list[Truth], environment: str
) -> dict[tuple[str, str | None], datetime]:
    """Return since when these truths wait already: a row stands in the month of that time, and stays there."""
    ids = {pending_id(truth): truth_key(truth) for truth in truths}
    if not ids:
        return {}
    index = f"{FAMILY}-{environment}-*"
    with translated(f"reading {index}"):
        answer = client.search(
            index=index,
            size=_PAGE,
            query={"ids": {"values": list(ids)}},
            source_includes=["first_seen"],
            track_total_hits=False,
            ignore_unavailable=True,
            allow_no_indices=True,
            allow_partial_search_results=False,
        )
    since: dict[tuple[str, str | None], datetime] = {}
    for hit in answer["hits"]["hits"]:
        key, first_seen = ids[hit["_id"]], datetime.fromisoformat(hit["_source"]["first_seen"])
        since[key] = min(since.get(key, first_seen), first_seen)
    return since


def waiting(client: Elasticsearch, environment: str, page: int) -> Iterator[dict[str, Any]]:
    """Return the rows that are pending, from one view: rows that are deleted meanwhile move no other out of sight."""
    index = f"{FAMILY}-{environment}-*"
    doing = f"reading {index}"
    with translated(doing):
        client.indices.refresh(index=index, allow_no_indices=True, ignore_unavailable=True)
        if not client.indices.resolve_index(name=index).body["indices"]:
            return
    pending = {"term": {"state": "pending"}}
    # The rows of one request beside each other.
    by_request = [{"request_id": "asc"}]
    for hits in pages(client, index, pending, doing=doing, size=page, keep_alive=_KEEP_ALIVE, sort=by_request):
        yield from hits
