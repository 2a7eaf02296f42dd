"""Whether the names that a report is narrowed to exist at all: a mistyped one must not look like a quiet model.

A name that has events, but none in the time range, is no mistake: the report itself says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch import Elasticsearch

__all__ = ["check_names"]

_STREAMS = "logs-model.*"
_WORDS = {"model_name": "model", "environment": "environment"}
# So many names are looked through for one that is meant.
_MOST_KNOWN = 10_000


def check_names(client: Elasticsearch, filters: Mapping[str, Sequence[str]]) -> None:
    """Refuse a name that no event bears, at any time, while others exist.

    Args:
        client: Of the cluster that holds the events.
        filters: Field → the names that were asked for.

    Raises:
        UnknownNameError: No event bears one of the names.
        ClusterError: The cluster cannot be asked.
    """
    for field, names in filters.items():
        if names:
            _check(client, field, names)


def _check(client: Elasticsearch, field: str, names: Sequence[str]) -> None:
    # By number: a name may be longer than the name of an aggregation.
    asked: dict[str, Any] = {str(number): {"filter": {"term": {field: name}}} for number, name in enumerate(names)}
    asked["known"] = {"terms": {"field": field, "size": _MOST_KNOWN}}
    with translated(f"looking for the {_WORDS[field]} that was asked for"):
        found = client.search(index=_STREAMS, size=0, aggs=asked, ignore_unavailable=True).body.get("aggregations")
    # Without any stream there is no answer, and nothing to compare with.
    known = [str(bucket["key"]) for bucket in found["known"]["buckets"]] if found else []
    for number, name in enumerate(names):
        if known and not found[str(number)]["doc_count"]:
            raise UnknownNameError(f"event of the {_WORDS[field]}", name, known)
