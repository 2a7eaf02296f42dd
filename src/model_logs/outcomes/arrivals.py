"""Truths that services logged with `logger.outcome(...)`: read from the prediction stream, where they arrive."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from model_logs.outcomes.places import predictions_of
from model_logs.outcomes.truths import Truth
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

__all__ = ["arrived"]

_PAGE = 5_000


def arrived(client: Elasticsearch, environment: str, *, start: datetime, end: datetime) -> Iterator[Truth]:
    """Return the truths that were stored in a stretch of time, in the order of their arrival.

    Args:
        client: The cluster.
        environment: Where they were logged.
        start: Begin, included; by the time of ingest, so that nothing that comes late is missed.
        end: End, excluded.

    Raises:
        UnknownNameError: There is no such environment.
        ClusterError: The cluster refused, or answered in part.
    """
    span = {"gte": iso(start, "microseconds"), "lt": iso(end, "microseconds")}
    after = None
    while True:
        with predictions_of(client, environment, "reading outcomes from") as stream:
            answer = client.search(
                index=stream,
                size=_PAGE,
                query={
                    "bool": {"filter": [{"term": {"event_type": "outcome"}}, {"range": {"event.ingested": span}}]}
                },
                sort=["event.ingested", "event.id"],
                search_after=after,
                source_includes=["@timestamp", "request_id", "model_name", "actual_label", "actual_value"],
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        hits = answer["hits"]["hits"]
        for hit in hits:
            row = hit["_source"]
            if row.get("request_id") and ("actual_label" in row or "actual_value" in row):
                at = datetime.fromisoformat(row["@timestamp"])
                yield Truth(
                    row["request_id"], at, row.get("actual_label"), row.get("actual_value"), row.get("model_name")
                )
        if len(hits) < _PAGE:
            return
        after = hits[-1]["sort"]
