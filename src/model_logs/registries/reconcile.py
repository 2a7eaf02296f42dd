"""Compares a registry with the audit trail, and writes down the changes that nobody reported.

The trail is the life-cycle stream of the cluster together with the file that receiver or plugin write, since its
last lines may not be shipped yet. The registry is looked at twice, a moment apart: a change that is on its way is not
missed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import orjson

from model_logs import contract
from model_logs.cluster import translated
from model_logs.registries.differences import differences
from model_logs.registries.state import told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elasticsearch import Elasticsearch

    from model_logs.journal import Journal
    from model_logs.registries.approval import Approval
    from model_logs.registries.change import Change
    from model_logs.registries.state import State

__all__ = ["missed", "trail", "write_changes"]

_PAGE = 5_000
_FIELDS = (
    *("@timestamp", "event.id", "event.sequence", "event_type", "status", "model_name", "model_version", "stage"),
    *("alias", "tag.key", "tag.value", "previous_name", "labels", "registry"),
)


def trail(client: Elasticsearch, environment: str, registry: str) -> Iterator[dict[str, Any]]:
    """Yield the events of one registry from the life-cycle stream, the oldest first.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    stream = contract.load_contract().streams["lifecycle"].in_environment(environment)
    after = None
    while True:
        with translated(f"reading the audit trail {stream}"):
            answer = client.search(
                index=stream,
                size=_PAGE,
                query={"bool": {"filter": [{"term": {"registry": registry}}]}},
                sort=["@timestamp", "event.sequence", "event.id"],
                search_after=after,
                source_includes=list(_FIELDS),
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        hits = answer["hits"]["hits"]
        for hit in hits:
            yield hit["_source"]
        if len(hits) < _PAGE:
            return
        after = hits[-1]["sort"]


def missed(
    events: Callable[[], Iterable[dict[str, Any]]],
    journal: Journal,
    look: Callable[[], State],
    registry: str,
    *,
    settle_s: float = 10.0,
    wait: Callable[[float], object] = time.sleep,
) -> list[Change]:
    """Return the changes that stand in the registry and not in the trail, at two looks.

    Args:
        events: Reads the trail's events anew.
        journal: The file that receiver or plugin write.
        look: Asks the registry what it holds.
        registry: Its name.
        settle_s: Seconds between the two looks.
        wait: Waits.
    """
    first = {change.record_id for change in _differing(events, journal, look, registry)}
    if not first:
        return []
    wait(settle_s)
    return [change for change in _differing(events, journal, look, registry) if change.record_id in first]


def write_changes(changes: Iterable[Change], journal: Journal, approval: Approval) -> int:
    """Write changes into the file, with the approvals that they mean, and return how many events that were.

    Raises:
        JournalError: The disk refused one; what stands before it is written.
    """
    return journal.write_all(
        (each.event_type, each.keywords) for change in changes for each in approval.with_verdict(change)
    )


def _differing(
    events: Callable[[], Iterable[dict[str, Any]]], journal: Journal, look: Callable[[], State], registry: str
) -> list[Change]:
    # The registry first: what is changed after that look is not missed, and may be in the trail already.
    found = look()
    known = {event["event"]["id"]: event for event in events()}
    known |= {event["event"]["id"]: event for event in _lines(journal, registry)}
    ordered = sorted(known.values(), key=lambda event: (event["@timestamp"], event["event"].get("sequence") or 0))
    return list(differences(told_by(ordered, found.workspaces), found, registry))


def _lines(journal: Journal, registry: str) -> Iterator[dict[str, Any]]:
    for line in journal.tail():
        try:
            event = orjson.loads(line)
            if event.get("registry") == registry and event["event"]["id"] and event["@timestamp"]:
                yield event
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            # Half a line, or one of another program.
            continue
