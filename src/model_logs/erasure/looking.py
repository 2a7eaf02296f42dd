"""The places where an erasure looks, and the documents that it finds there, batch by batch.

A place is one index: a backing index of a stream, an index of its failure store, or one of outcomes. They are looked
at one after the other, since a read-only one is opened for the time of its own deletions only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from model_logs import contract
from model_logs.cluster import translated
from model_logs.erasure.selection import request_id_of
from model_logs.query import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

    from model_logs.erasure.selection import Selection

__all__ = ["Found", "Place", "Plan", "batches", "look", "places"]

_PAGE: Final = 2_000
_KEEP_OPEN: Final = "5m"
# Of an event whose fields say enough.
_ENOUGH: Final = ["event.sequence", "process.entity_id", "request_id"]
_BLOCKS: Final = ("index.blocks.write", "index.blocks.read_only")


@dataclass(frozen=True, slots=True)
class Place:
    """One index that may hold what is to be erased.

    Attributes:
        index: Its name.
        kind: `events`, `unparsed`, `refused` (a failure store) or `outcomes`.
        name: The data stream, or the index family with its environment.
        environment: Which environment it belongs to.
        blocks: The settings that make it read-only; empty where it is not.
    """

    index: str
    kind: str
    name: str
    environment: str
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One document that is meant.

    Attributes:
        id: Its `_id`.
        writer: Its writer; empty where it says none.
        number: Its number; 0 where it says none.
        request_id: Its request; empty where it names none.
    """

    id: str
    writer: str = ""
    number: int = 0
    request_id: str = ""


@dataclass
class Plan:
    """What an erasure would delete.

    Attributes:
        counts: Place → its documents that are meant; only places that hold some.
        kept: Events of the audit trail that name one of the requests: they stay.
    """

    counts: dict[Place, int] = field(default_factory=dict)
    kept: int = 0

    @property
    def documents(self) -> int:
        """How many documents are meant."""
        return sum(self.counts.values())

    def by_name(self) -> dict[str, dict[str, int]]:
        """Return how many documents of each kind each stream or family holds."""
        found: dict[str, dict[str, int]] = {}
        for place, count in self.counts.items():
            kinds = found.setdefault(place.name, {})
            kinds[place.kind] = kinds.get(place.kind, 0) + count
        return found

    def document(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {
            "documents": self.documents,
            "places": self.by_name(),
            "read_only": sorted(place.index for place in self.counts if place.blocks),
            "kept_in_audit_trail": self.kept,
        }


def look(client: Elasticsearch, selection: Selection, *, progress: Callable[[int], None] = lambda _: None) -> Plan:
    """Count what an erasure would delete, and where.

    Args:
        client: The cluster.
        selection: What is meant.
        progress: Called with the number of documents found so far.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    plan = Plan()
    for place in places(client, selection):
        for batch in batches(client, place, selection):
            plan.counts[place] = plan.counts.get(place, 0) + len(batch)
            progress(plan.documents)
    trail = contract.load_contract().streams["lifecycle"].in_environment(selection.environment or "*")
    for query, counts in selection.in_events():
        if counts and not selection.model:
            with translated("looking into the audit trail"):
                plan.kept += client.count(index=trail, query=query, ignore_unavailable=True)["count"]
    return plan


def places(client: Elasticsearch, selection: Selection) -> Iterator[Place]:
    """Yield every index that may hold something, as it is now.

    Raises:
        ClusterError: The cluster refused.
    """
    loaded = contract.load_contract()
    environment = selection.environment or "*"
    for stream in loaded.streams.values():
        pattern = stream.in_environment(environment)
        with translated(f"looking at the streams {pattern}"):
            client.indices.refresh(index=pattern, ignore_unavailable=True, allow_no_indices=True)
            client.indices.refresh(index=f"{pattern}::failures", ignore_unavailable=True, allow_no_indices=True)
            streams = client.indices.get_data_stream(name=pattern, expand_wildcards="all").body["data_streams"]
        kind = {"unparsed": "unparsed", "lifecycle": ""}.get(stream.name, "events")
        for each in streams:
            named = each["name"], each["name"].rpartition("-")[2]
            if kind:
                yield from _with_blocks(client, [(i["index_name"], kind, *named) for i in each["indices"]])
            failed = (each.get("failure_store") or {}).get("indices") or ()
            yield from _with_blocks(client, [(i["index_name"], "refused", *named) for i in failed])
    for family in loaded.indices.values():
        with translated(f"looking at the indices {family.name}"):
            client.indices.refresh(index=f"{family.name}-{environment}-*", allow_no_indices=True)
            names = sorted(client.indices.get(index=f"{family.name}-{environment}-*", allow_no_indices=True).body)
        ours = [(name, "outcomes", name.rpartition("-")[0]) for name in names]
        yield from _with_blocks(client, [(*each, each[2].removeprefix(f"{family.name}-")) for each in ours])


def batches(client: Elasticsearch, place: Place, selection: Selection) -> Iterator[list[Found]]:
    """Yield the documents of one index that are meant; of a model also the truths about its requests.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    kinds = {"events": selection.in_events, "outcomes": selection.in_outcomes}
    for query, counts in kinds.get(place.kind, selection.in_texts)():
        for hits in _pages(client, place.index, query, whole=not counts):
            found = [_found(hit) for hit in hits if counts or _is_meant(hit["_source"], place, selection)]
            if selection.model and place.kind == "events":
                # Before the predictions: once these are gone, nothing leads to those truths any more.
                found = [*_truths(client, place, selection, found), *found]
            if found:
                yield found


def _is_meant(source: dict[str, Any], place: Place, selection: Selection) -> bool:
    if place.kind == "events" and request_id_of(source) in selection.request_ids:
        return False  # found by its field already
    return selection.fits(source)


def _truths(client: Elasticsearch, place: Place, selection: Selection, found: list[Found]) -> Iterator[Found]:
    requests = sorted({each.request_id for each in found if each.request_id})
    if requests:
        known = {each.id for each in found}
        for hits in _pages(client, place.index, selection.truths_without_model(requests), whole=False):
            yield from (each for each in map(_found, hits) if each.id not in known)


def _found(hit: dict[str, Any]) -> Found:
    from model_logs.audit.failures import writer_and_number

    source = hit["_source"]
    refused = source.get("document")
    document = refused if isinstance(refused, dict) else {"id": hit["_id"], "source": source}
    writer, number = writer_and_number(document) or ("", 0)
    return Found(hit["_id"], writer, number, request_id_of(source))


def _with_blocks(client: Elasticsearch, named: list[tuple[str, str, str, str]]) -> Iterator[Place]:
    if not named:
        return
    with translated("asking which indices are read-only"):
        settings = client.indices.get_settings(
            index=[each[0] for each in named], name="index.blocks.*", flat_settings=True
        ).body
    for index, kind, name, environment in named:
        said = settings.get(index, {}).get("settings", {})
        blocks = tuple(name for name in _BLOCKS if said.get(name) == "true")
        yield Place(index, kind, name, environment, blocks)


def _pages(
    client: Elasticsearch, index: str, query: dict[str, Any], *, whole: bool
) -> Iterator[list[dict[str, Any]]]:
    return pages(
        client,
        index,
        {"bool": {"filter": [query]}},
        doing=f"searching {index}",
        size=_PAGE,
        keep_alive=_KEEP_OPEN,
        source_includes=None if whole else _ENOUGH,
    )
