"""Keeps `model-logs-models`: which models are expected to predict, so that one that never did is missed.

The registry's events say which version is in production where; archived and deleted models leave. A model that no
registry speaks of is expected for a day after its last prediction. Rows with another `source` are somebody's own and
are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import query
from model_logs.alerts.documents import iso
from model_logs.cluster import translated
from model_logs.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.alerts.store import Store, Stored

__all__ = ["Keeper", "Registry", "fold"]

INDEX = "model-logs-models"
_ID = "alerts-models"
_SPOKEN = (
    "transitioned",
    "deployed",
    "archived",
    "deleted",
    "renamed",
    "rolled_back",
    "alias_set",
    "alias_removed",
)
# MLflow has aliases in place of stages; these two mean the version that serves.
_SERVING_ALIASES = {"champion", "production"}
_EXPECTED_AFTER_LAST_SEEN = timedelta(hours=24)
_CONFIRMED_AT_LEAST = timedelta(hours=1)
# Clocks of shippers differ, and what one of them holds back arrives with the time at which it was taken in.
_OVERLAP = timedelta(hours=1)
_PAGE = 1_000

_SEEN = """
// When did each model predict first and last?
FROM logs-model.prediction-*
| WHERE @timestamp >= ?_tstart AND @timestamp < ?_tend AND event_type == "predict"
| STATS earliest = MIN(@timestamp), latest = MAX(@timestamp) BY model_name, environment
| LIMIT 10000
"""


@dataclass(frozen=True, slots=True)
class Registry:
    """What the registry's newest event says of one model in one environment.

    Attributes:
        version: The version in production; None when none is.
        since: Since when.
        at: The time of that event.
    """

    version: str | None
    since: str | None
    at: str


@dataclass(slots=True)
class _Memory:
    registry: dict[str, Registry] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    read_to: str | None = None
    seen_to: str | None = None


def fold(known: dict[str, Registry], event: Mapping[str, Any]) -> None:
    """Take one event of the registry into account; events of one model come in the order of time.

    Args:
        known: `model|environment` → what is known; changed in place.
        event: The source of a lifecycle event.
    """
    name, environment, at = event.get("model_name"), event.get("environment"), event["@timestamp"]
    if not name or not environment or event.get("status") != "success":
        return
    key = f"{name}|{environment}"
    before = known.get(key)
    if before and at < before.at:
        return
    version = event.get("model_version")
    kind = event["event_type"]
    if kind == "renamed":
        old = f"{event.get('previous_name')}|{environment}"
        moved = known.get(old)
        if moved and moved.at > at:
            return
        # The old name is not expected any more, although it predicted today.
        known[old] = Registry(None, None, at)
        if moved and moved.version is not None:
            # Since now: under its new name it had no time yet.
            known[key] = Registry(moved.version, at, at)
    elif _enters(event):
        unchanged = before is not None and before.version == (version or "?")
        known[key] = Registry(version or "?", before.since if before and unchanged else at, at)
    elif _leaves(event) and (before is None or version in {None, before.version}):
        known[key] = Registry(None, None, at)


def _enters(event: Mapping[str, Any]) -> bool:
    match event["event_type"]:
        case "transitioned":
            return event.get("stage") == "production"
        case "deployed" | "rolled_back":
            return event.get("stage") in {None, "production"}
        case "alias_set":
            return event.get("alias") in _SERVING_ALIASES
    return False


def _leaves(event: Mapping[str, Any]) -> bool:
    match event["event_type"]:
        case "archived" | "deleted":
            return True
        case "transitioned":
            return event.get("stage") != "production"
        case "alias_removed":
            return event.get("alias") in _SERVING_ALIASES
    return False


class Keeper:
    """Keeps the index current; one process at a time, which is the leader.

    Args:
        client: Of the cluster.
        store: Where it remembers what it read.
    """

    def __init__(self, client: Elasticsearch, store: Store) -> None:
        self._client = client
        self._store = store
        self._stored: Stored | None = None
        self._memory: _Memory | None = None
        self._rows: dict[str, dict[str, Any]] = {}

    def forget(self) -> None:
        """Read everything anew before the next update: another process may have worked meanwhile."""
        self._memory = None

    def update(self, at: datetime, *, still_leading: Callable[[], None] = lambda: None) -> None:
        """Take in what happened until `at`, and write the rows that differ.

        Args:
            at: The time.
            still_leading: Called between the pages of the registry's events, of which there may be years.

        Raises:
            QueryError: The predictions could not be read whole; nothing was changed.
            StateConflictError: Another process works.
            ClusterError: The cluster cannot be reached or refuses.
        """
        memory = self._memory or self._load()
        # Changed on the way: where that fails half-way, it is read anew.
        self._memory = None
        self._read_registry(memory, at, still_leading)
        self._read_predictions(memory, at)
        self._write(self._desired(memory, at), at)
        body = {
            "registry": {key: [each.version, each.since, each.at] for key, each in memory.registry.items()},
            "first": memory.first,
            "latest": memory.latest,
            "read_to": memory.read_to,
            "seen_to": memory.seen_to,
        }
        self._stored = self._store.write(_ID, "models", body, self._stored)
        self._memory = memory

    def _load(self) -> _Memory:
        self._stored = self._store.read(_ID)
        with translated(f"reading {INDEX}"):
            found = self._client.search(index=INDEX, query={"match_all": {}}, size=10_000)
        self._rows = {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}
        if self._stored is None:
            return _Memory()
        body = self._stored.body
        registry = {key: Registry(*values) for key, values in body["registry"].items()}
        # The registry's events are few and read anew at each start: one that came very late is found then.
        return _Memory(registry, dict(body["first"]), dict(body["latest"]), None, body["seen_to"])

    def _read_registry(self, memory: _Memory, at: datetime, still_leading: Callable[[], None]) -> None:
        for event in self._registry_events(memory.read_to, still_leading):
            fold(memory.registry, event)
            ingested = event.get("event", {}).get("ingested")
            if ingested:
                # A shipper whose clock is ahead must not hide what others take in until then.
                memory.read_to = min(max(memory.read_to or "", ingested), iso(at))

    def _registry_events(self, read_to: str | None, still_leading: Callable[[], None]) -> Iterator[dict[str, Any]]:
        terms: list[dict[str, Any]] = [{"terms": {"event_type": list(_SPOKEN)}}, {"term": {"status": "success"}}]
        if read_to:
            # Neighbours on the way may arrive in another order; what was read already changes nothing.
            since = datetime.fromisoformat(read_to) - _OVERLAP
            terms.append({"range": {"event.ingested": {"gte": iso(since)}}})
        after: list[Any] | None = None
        while True:
            with translated("reading the registry's events"):
                found = self._client.search(
                    index="logs-model.lifecycle-*",
                    query={"bool": {"filter": terms}},
                    sort=[{"@timestamp": "asc"}, {"event.id": "asc"}],
                    size=_PAGE,
                    search_after=after,
                    allow_partial_search_results=False,
                )
            hits = found["hits"]["hits"]
            yield from (hit["_source"] for hit in hits)
            if len(hits) < _PAGE:
                return
            still_leading()
            after = hits[-1]["sort"]

    def _read_predictions(self, memory: _Memory, at: datetime) -> None:
        start = at - _EXPECTED_AFTER_LAST_SEEN
        if memory.seen_to:
            start = max(start, min(datetime.fromisoformat(memory.seen_to), at) - _OVERLAP)
        for row in query.run(self._client, _SEEN, start=start, end=at).records():
            key = f"{row['model_name']}|{row['environment']}"
            memory.first.setdefault(key, iso(row["earliest"]))
            memory.latest[key] = max(memory.latest.get(key, ""), iso(row["latest"]))
        memory.seen_to = iso(at)

    def _desired(self, memory: _Memory, at: datetime) -> dict[str, dict[str, Any]]:
        rows: dict[str, dict[str, Any]] = {}
        for key, known in memory.registry.items():
            if known.version is not None:
                rows[key] = {"source": "registry", "since": known.since, "production_version": known.version}
        oldest = iso(at - _EXPECTED_AFTER_LAST_SEEN)
        for key in [key for key, latest in memory.latest.items() if latest < oldest and key not in rows]:
            del memory.latest[key]
            memory.first.pop(key, None)
        for key, latest in memory.latest.items():
            if key in memory.registry:
                if key in rows:
                    rows[key]["last_seen"] = latest
            else:
                rows[key] = {"source": "predictions", "since": memory.first[key], "last_seen": latest}
        for key, row in rows.items():
            name, _, environment = key.rpartition("|")
            row |= {"model_environment": key, "model_name": name, "environment": environment}
        return rows

    def _write(self, rows: dict[str, dict[str, Any]], at: datetime) -> None:
        operations: list[Any] = []
        stale = iso(at - _CONFIRMED_AT_LEAST)
        for key, row in rows.items():
            before = self._rows.get(key)
            bare = before and {name: value for name, value in before.items() if name != "@timestamp"}
            if before and before.get("source") not in {"registry", "predictions"}:
                continue
            if bare == row and before and before.get("@timestamp", "") > stale:
                continue
            self._rows[key] = {**row, "@timestamp": iso(at)}
            operations += [{"index": {"_id": key}}, self._rows[key]]
        for key, before in list(self._rows.items()):
            if key not in rows and before.get("source") in {"registry", "predictions"}:
                del self._rows[key]
                operations += [{"delete": {"_id": key}}]
        if operations:
            with translated(f"writing {INDEX}"):
                answer = self._client.bulk(index=INDEX, operations=operations, refresh=True)
            if answer["errors"]:
                # Which rows are there is not known any more.
                self.forget()
                first = next(each for item in answer["items"] for each in item.values() if each.get("error"))
                raise ClusterError(
                    f"{INDEX} did not take every row: {first['error'].get('reason')}",
                    next_step="Nothing, if it passes: the rows are written again in a minute.",
                )
