"""Events in the failure store, by writer and number; read document by document, since they are not searchable.

It is small where all is well; nothing but numbers is kept of it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

__all__ = ["Failures", "read_failures", "writer_and_number"]

# Of the logger's own ids: the writer's 96 bits and the number.
_ID = re.compile(r"([0-9a-f]{24})-([1-9]\d{0,17})")
_PAGE = 5_000
# A failure is dated when it failed, which is after the event; a writer's clock may run ahead.
_AHEAD = timedelta(hours=1)


@dataclass
class Failures:
    """The numbers of one writer in the failure store.

    Attributes:
        copies: How often each number is there.
        inside: The numbers whose own time is within the window.
    """

    copies: Counter[int] = field(default_factory=Counter)
    inside: set[int] = field(default_factory=set)


def read_failures(client: Elasticsearch, start: datetime, end: datetime) -> dict[str, Failures]:
    """Return the failed events since `start`, by writer.

    Args:
        client: Of the cluster.
        start: Begin of the window.
        end: End of the window.

    Raises:
        ClusterError: The failure store cannot be read.
    """
    found: dict[str, Failures] = {}
    for source in _sources(client, start - _AHEAD):
        named = writer_and_number(source)
        if named is None:
            continue
        writer, number = named
        failures = found.setdefault(writer, Failures())
        failures.copies[number] += 1
        if start <= _time(source, start) < end:
            failures.inside.add(number)
    return found


def _sources(client: Elasticsearch, since: datetime) -> Iterator[dict[str, Any]]:
    with translated("reading the failure store"):
        opened = client.open_point_in_time(index="logs-model.*::failures", keep_alive="2m", ignore_unavailable=True)
    pit, after = opened["id"], None
    try:
        while True:
            with translated("reading the failure store"):
                page = client.search(
                    pit={"id": pit, "keep_alive": "2m"},
                    size=_PAGE,
                    query={"range": {"@timestamp": {"gte": since.isoformat()}}},
                    sort=[{"@timestamp": "asc"}],
                    search_after=after,
                    source_includes=["document.id", "document.source"],
                    track_total_hits=False,
                )
            hits = page["hits"]["hits"]
            for hit in hits:
                yield hit["_source"].get("document") or {}
            if len(hits) < _PAGE:
                return
            pit, after = page["pit_id"], hits[-1]["sort"]
    finally:
        with translated("reading the failure store"):
            client.close_point_in_time(id=pit)


def writer_and_number(document: dict[str, Any]) -> tuple[str, int] | None:
    """Return the writer and the number of a document (`id`, `source`), by its fields or its id; None without them."""
    source = document.get("source")
    if isinstance(source, dict):
        process, event = source.get("process"), source.get("event")
        writer = process.get("entity_id") if isinstance(process, dict) else None
        number = event.get("sequence") if isinstance(event, dict) else None
        if isinstance(writer, str) and type(number) is int:
            return writer, number
    match = _ID.fullmatch(str(document.get("id")))
    return (match[1], int(match[2])) if match else None


def _time(document: dict[str, Any], otherwise: datetime) -> datetime:
    source = document.get("source")
    stamp = source.get("@timestamp") if isinstance(source, dict) else None
    try:
        found = datetime.fromisoformat(str(stamp))
    except ValueError:
        return otherwise
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
