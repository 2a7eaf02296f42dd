"""Reading every document that a search finds, page by page, from one view of its indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elasticsearch import Elasticsearch

__all__ = ["pages"]


def pages(
    client: Elasticsearch,
    index: str,
    query: dict[str, Any],
    *,
    doing: str,
    size: int,
    keep_alive: str,
    sort: Sequence[dict[str, str]] = (),
    source_includes: Sequence[str] | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """Yield the hits of a search, as the indices were when it began: later writes move none out of sight.

    Args:
        client: Of the cluster.
        index: The indices, by name or pattern; one of them is there.
        query: In the query DSL.
        doing: What is done, for the message of an error: `reading the audit trail`.
        size: The hits of a page.
        keep_alive: How long the view is kept between two pages.
        sort: The order; a number that no other document has comes last in any case.
        source_includes: The fields that are wanted; None for all.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    with translated(doing):
        view = client.open_point_in_time(index=index, keep_alive=keep_alive, allow_partial_search_results=False)["id"]
    after: list[Any] | None = None
    try:
        while True:
            with translated(doing):
                answer = client.search(
                    pit={"id": view, "keep_alive": keep_alive},
                    size=size,
                    query=query,
                    sort=[*sort, {"_shard_doc": "asc"}],
                    search_after=after,
                    source_includes=source_includes,
                    track_total_hits=False,
                    allow_partial_search_results=False,
                )
            view, hits = answer["pit_id"], answer["hits"]["hits"]
            if hits:
                yield hits
            if len(hits) < size:
                return
            after = hits[-1]["sort"]
    finally:
        with translated(doing):
            client.close_point_in_time(id=view)
