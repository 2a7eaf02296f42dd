"""The life-cycle events of one day, as the cluster holds them now, each with the hash of its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from model_logs import contract
from model_logs.cluster import translated
from model_logs.query import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

__all__ = ["Document", "days", "documents", "late"]

_PAGE = 1_000
_DAY = timedelta(days=1)
_KEEP_OPEN = "2m"


@dataclass(frozen=True, slots=True)
class Document:
    """One event.

    Attributes:
        id: Its id.
        digest: SHA-256 of its stream and its content in canonical form: keys in order, no blanks.
        day: The day of its time, UTC.
        ingested: When it was handled, by the shipper's word; None where it does not say.
        about: What it is, for people.
    """

    id: str
    digest: str
    day: date
    ingested: datetime | None
    about: str


def documents(client: Elasticsearch, day: date) -> Iterator[Document]:
    """Yield the events of a day (UTC), by their time.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = {"gte": begin.isoformat(), "lt": (begin + _DAY).isoformat()}
    yield from _search(client, {"range": {"@timestamp": span}})


def late(client: Elasticsearch, since: datetime, before: date) -> Iterator[Document]:
    """Yield the events of days before one that were handled after a moment: they came after their day was sealed.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    filters = [
        {"range": {"event.ingested": {"gte": since.isoformat()}}},
        {"range": {"@timestamp": {"lt": str(before)}}},
    ]
    yield from _search(client, {"bool": {"filter": filters}})


def days(client: Elasticsearch) -> tuple[date, date] | None:
    """Return the first and the last day that have events; None where there are none.

    Raises:
        ClusterError: The cluster refused.
    """
    with translated("looking for the days of the audit trail"):
        answer = client.search(
            index=_pattern(),
            size=0,
            aggs={"first": {"min": {"field": "@timestamp"}}, "last": {"max": {"field": "@timestamp"}}},
            allow_partial_search_results=False,
        )
    found = answer["aggregations"]
    if found["first"]["value"] is None:
        return None
    first, last = (datetime.fromtimestamp(found[name]["value"] / 1000, UTC).date() for name in ("first", "last"))
    return first, last


def _pattern() -> str:
    return contract.load_contract().streams["lifecycle"].in_environment("*")


def _search(client: Elasticsearch, query: dict[str, Any]) -> Iterator[Document]:
    # What is written meanwhile belongs to the next look.
    doing = "reading the audit trail"
    with translated(doing):
        client.indices.refresh(index=_pattern(), ignore_unavailable=True, allow_no_indices=True)
    by_time = [{"@timestamp": "asc"}]
    for hits in pages(client, _pattern(), query, doing=doing, size=_PAGE, keep_alive=_KEEP_OPEN, sort=by_time):
        for hit in hits:
            yield _document(hit)


def _document(hit: dict[str, Any]) -> Document:
    source = hit["_source"]
    canonical = orjson.dumps([hit["_id"], source], option=orjson.OPT_SORT_KEYS)
    event = source.get("event") or {}
    ingested = event.get("ingested")
    words = (
        source.get("event_type"),
        source.get("model_name"),
        source.get("model_version"),
        source.get("@timestamp"),
    )
    return Document(
        id=hit["_id"],
        digest=hashlib.sha256(canonical).hexdigest(),
        day=datetime.fromisoformat(source["@timestamp"]).astimezone(UTC).date(),
        ingested=datetime.fromisoformat(ingested) if ingested else None,
        about=" ".join(str(word) for word in words if word is not None),
    )
