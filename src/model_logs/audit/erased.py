"""Numbers that an erasure took away, as the audit trail's events `erased` say: erased, not lost.

Only attested events count: a serving process that loses events could otherwise write that they were erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from model_logs import contract
from model_logs.audit.records import Range, joined, ranges_of
from model_logs.cluster import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from elasticsearch import Elasticsearch

__all__ = ["erased_ranges", "packed"]

# A keyword longer than 8,191 characters is not stored in columns by logsdb.
_LONGEST: Final = 8_000
_PAGE: Final = 1_000


def packed(numbers: Mapping[str, list[int]]) -> list[str]:
    """Return the numbers of writers as texts of bounded length: JSON, writer → first and last numbers.

    Args:
        numbers: Writer → its numbers, in any order.
    """
    texts: list[str] = []
    part: dict[str, list[Range]] = {}
    size = 2
    for writer, unsorted in sorted(numbers.items()):
        for span in ranges_of(sorted(set(unsorted))):
            needs = len(f"[{span[0]},{span[1]}],") + (0 if writer in part else len(orjson.dumps(writer)) + 6)
            if part and size + needs > _LONGEST:
                texts.append(orjson.dumps(part).decode())
                part, size = {}, 2
                needs += len(orjson.dumps(writer)) + 6
            part.setdefault(writer, []).append(span)
            size += needs
    return [*texts, orjson.dumps(part).decode()] if part else texts


def erased_ranges(client: Elasticsearch, writers: Iterable[str]) -> dict[str, list[Range]]:
    """Return the numbers of some writers that were erased, by writer, sorted and joined.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    wanted = set(writers)
    found: dict[str, list[Range]] = {}
    for text in _texts(client) if wanted else ():
        for writer, spans in orjson.loads(text).items():
            if writer in wanted:
                found.setdefault(writer, []).extend((first, last) for first, last in spans)
    return {writer: joined(sorted(spans)) for writer, spans in found.items()}


def _texts(client: Elasticsearch) -> Iterator[str]:
    stream = contract.load_contract().streams["lifecycle"].in_environment("*")
    filters = [{"term": {"event_type": "erased"}}, {"term": {"attested": True}}]
    after: Any = None
    while True:
        with translated("reading what was erased"):
            answer = client.search(
                index=stream,
                size=_PAGE,
                query={"bool": {"filter": filters}},
                sort=[{"@timestamp": "asc"}, {"event.id": "asc"}],
                search_after=after,
                source_includes=["erasure.ranges"],
                track_total_hits=False,
                allow_partial_search_results=False,
                ignore_unavailable=True,
            )
        hits = answer["hits"]["hits"]
        for hit in hits:
            ranges = (hit["_source"].get("erasure") or {}).get("ranges")
            if isinstance(ranges, str):
                yield ranges
        if len(hits) < _PAGE:
            return
        after = hits[-1]["sort"]
