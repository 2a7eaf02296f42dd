"""Keeps `model-logs-models`: which models are expected to predict, so that one that never did is missed.

The registry's events say which versions serve where (`registry`); a model is expected while one of them does. A model
that no registry put into service is expected for a day after its last prediction, or after its next run by its
schedule. A row holds the facts that `models.yml` or tags state of the model. Rows with another `source` are
somebody's own and are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import query
from model_logs.alerts.rulebook import serving_versions as registry
from model_logs.catalog import tags
from model_logs.catalog.facts import NAMES, TAG_KEYS
from model_logs.catalog.models_file import Catalog
from model_logs.cluster import reason_of, translated
from model_logs.errors import ClusterError
from model_logs.printing import printable
from model_logs.state.documents import id_of
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.serving_versions import RegisteredVersions
    from model_logs.state.store import Store, Stored

__all__ = ["INDEX", "Keeper"]

INDEX = "model-logs-models"
_ID = "alerts-models"
_OURS = frozenset({"registry", "predictions"})
_EXPECTED_AFTER_LAST_SEEN = timedelta(hours=24)
# Nobody runs a model less often, and a longer span is a slip of the pen.
_LONGEST_SCHEDULE_MINUTES = 400 * 24 * 60
_CONFIRMED_AT_LEAST = timedelta(hours=1)
# Clocks of shippers differ, and what one of them holds back arrives with the time at which it was taken in.
_OVERLAP = timedelta(hours=1)
# What was said of versions that do not serve is of use as long as an event may come late.
_LATE = timedelta(days=2)
_PAGE = 1_000
_CHUNK = 1_000
_CONFLICT, _ABSENT, _FAILED = 409, 404, 300

_SEEN = """
// When did each model predict first and last? Nobody gets the answers of shadow traffic.
FROM logs-model.prediction-*
| WHERE @timestamp >= ?_tstart AND @timestamp < ?_tend AND event_type == "predict"
    AND (variant IS NULL OR variant != "shadow")
| STATS earliest = MIN(@timestamp), latest = MAX(@timestamp) BY model_name, environment
| LIMIT 10000
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the index, with the version that the next write replaces."""

    document: Mapping[str, Any]
    seq_no: int
    primary_term: int

    @property
    def ours(self) -> bool:
        return self.document.get("source") in _OURS


@dataclass(slots=True)
class _Memory:
    registry: dict[str, RegisteredVersions] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    read_to: str | None = None
    seen_to: str | None = None


class Keeper:
    """Keeps the index current; one process at a time, which is the leader.

    Args:
        client: Of the cluster.
        store: Where it remembers what it read.
        serving_aliases: The aliases that mean the version that serves.
        catalog: What `models.yml` states of models.

    Attributes:
        catalog: The same, with what tags of the registry state.
    """

    def __init__(
        self,
        client: Elasticsearch,
        store: Store,
        *,
        serving_aliases: Iterable[str] = registry.SERVING_ALIASES,
        catalog: Catalog | None = None,
    ) -> None:
        self._client = client
        self._store = store
        self._aliases = frozenset(alias.strip().lower() for alias in serving_aliases)
        self._stored: Stored | None = None
        self._memory: _Memory | None = None
        self.catalog = catalog or Catalog()
        self._columns: frozenset[str] = frozenset()
        self._rows: dict[str, _Row] = {}

    def forget(self) -> None:
        """Read everything anew before the next update: another process may have worked meanwhile."""
        self._memory = None

    def update(self, at: datetime, *, still_leading: Callable[[], None] = lambda: None) -> None:
        """Read the events until `at`, and write the rows that differ.

        Args:
            at: The time.
            still_leading: Called between the pages of the registry's events, of which there may be years.

        Raises:
            QueryError: The predictions could not be read whole; nothing was changed.
            StateConflictError: Another process works.
            ClusterError: The cluster cannot be reached or refuses. Rows that it refuses by themselves are tried again
                the next time; all others are written, and what was read is remembered.
        """
        memory = self._memory or self._load()
        # Changed on the way: where that fails half-way, it is read anew.
        self._memory = None
        self._read_registry(memory, at, still_leading)
        self._read_predictions(memory, at)
        stated = {key: known.facts.facts(known.version) for key, known in memory.registry.items()}
        self.catalog = replace(self.catalog, registered={key: each for key, each in stated.items() if each.stated()})
        self._tidy(memory, at)
        if not self._columns.issuperset(NAMES):
            self._columns = self._read_columns()
        refused = self._write(self._desired(memory, at), at)
        body = {
            "registry": {key: registry.stored(each) for key, each in memory.registry.items()},
            "first": memory.first,
            "latest": memory.latest,
            "read_to": memory.read_to,
            "seen_to": memory.seen_to,
        }
        self._stored = self._store.write(_ID, "models", body, self._stored)
        self._memory = memory
        if refused:
            key, reason = min(refused.items())
            raise ClusterError(
                f"{INDEX} did not take every row, {len(refused)} of them not; the first is {printable(key, most=80)}:"
                f" {printable(reason, most=300)}",
                next_step="Wait a minute: the rows are written again; look at the reason if it stays.",
            )

    def _load(self) -> _Memory:
        self._stored = self._store.read(_ID)
        self._rows = self._read_rows()
        if self._stored is None:
            return _Memory()
        body = self._stored.body
        known = {key: registry.from_stored(each) for key, each in body["registry"].items()}
        # The registry's events are few and read anew at each start: one that came very late is found then.
        return _Memory(known, dict(body["first"]), dict(body["latest"]), None, body["seen_to"])

    def _read_registry(self, memory: _Memory, at: datetime, still_leading: Callable[[], None]) -> None:
        for event in self._registry_events(memory.read_to, still_leading):
            registry.fold(memory.registry, event, serving_aliases=self._aliases)
            ingested = event.get("event", {}).get("ingested")
            if ingested:
                # A shipper whose clock is ahead must not hide what others take in until then.
                memory.read_to = min(max(memory.read_to or "", ingested), iso(at))

    def _registry_events(self, read_to: str | None, still_leading: Callable[[], None]) -> Iterator[dict[str, Any]]:
        terms: list[dict[str, Any]] = [
            {"terms": {"event_type": list(registry.SPOKEN)}},
            {"term": {"status": "success"}},
            # Of tags, of which there may be many, those that state a fact.
            {
                "bool": {
                    "should": [
                        {"bool": {"must_not": {"terms": {"event_type": list(tags.EVENT_TYPES)}}}},
                        {"terms": {"tag.key": list(TAG_KEYS)}},
                    ]
                }
            },
        ]
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

    def _tidy(self, memory: _Memory, at: datetime) -> None:
        """Drop remembered predictions and registry states that no rule needs any more."""
        for key, known in list(memory.registry.items()):
            known.forget(iso(at - _LATE))
            if not (known.versions or known.aliases or known.retired or known.facts.tags):
                del memory.registry[key]
        for key in [key for key, latest in memory.latest.items() if latest < iso(at - self._expected_for(key))]:
            if key not in memory.registry or not memory.registry[key].serving:
                del memory.latest[key]
                memory.first.pop(key, None)

    def _expected_for(self, key: str) -> timedelta:
        """Return how long a model is expected after its last prediction: a day longer than its schedule."""
        minutes = self.catalog.facts(*_named(key)).schedule_minutes or 0
        return _EXPECTED_AFTER_LAST_SEEN + timedelta(minutes=min(minutes, _LONGEST_SCHEDULE_MINUTES))

    def _desired(self, memory: _Memory, at: datetime) -> dict[str, dict[str, Any]]:
        """Return model and environment → the row that the index should hold."""
        rows: dict[str, dict[str, Any]] = {}
        for key, known in memory.registry.items():
            if known.serving:
                rows[key] = {"source": "registry", "since": known.since, "production_version": known.version}
        for key, latest in memory.latest.items():
            if key in rows:
                rows[key]["last_seen"] = latest
            elif key not in memory.registry or not memory.registry[key].retired:
                rows[key] = {"source": "predictions", "since": memory.first[key], "last_seen": latest}
        for key, row in rows.items():
            name, environment = _named(key)
            stated = self.catalog.facts(name, environment).row()
            row |= {column: value for column, value in stated.items() if column in self._columns}
            row |= {
                "model_environment": key,
                "model_name": name,
                "environment": environment,
                "@timestamp": iso(at),
            }
        return rows

    # --- the index ------------------------------------------------------------------------------------------------

    def _read_columns(self) -> frozenset[str]:
        """Return the columns that the index takes; one of an earlier version, before `apply`, lacks some."""
        with translated(f"reading the mapping of {INDEX}"):
            answer = self._client.indices.get_mapping(index=INDEX)
        return frozenset(name for index in answer.values() for name in index["mappings"].get("properties", {}))

    def _read_rows(self) -> dict[str, _Row]:
        """Return every row by its id, over as many searches as needed."""
        rows: dict[str, _Row] = {}
        with translated(f"reading {INDEX}"):
            pit = self._client.open_point_in_time(index=INDEX, keep_alive="1m")["id"]
            try:
                after: list[Any] | None = None
                while True:
                    hits = self._client.search(
                        pit={"id": pit, "keep_alive": "1m"},
                        sort=["_shard_doc"],
                        size=_PAGE,
                        search_after=after,
                        seq_no_primary_term=True,
                        track_total_hits=False,
                    )["hits"]["hits"]
                    rows |= {hit["_id"]: _row(hit) for hit in hits}
                    if len(hits) < _PAGE:
                        return rows
                    after = hits[-1]["sort"]
            finally:
                self._client.close_point_in_time(id=pit)

    def _write(self, wanted: Mapping[str, dict[str, Any]], at: datetime) -> dict[str, str]:
        """Write the rows that differ, each by itself, and return the reasons of those that were refused."""
        by_id = {id_of(key): row for key, row in wanted.items()}
        stale = iso(at - _CONFIRMED_AT_LEAST)
        operations: list[tuple[str, dict[str, Any] | None]] = []
        for id_, row in by_id.items():
            before = self._rows.get(id_)
            if before is None or (before.ours and _differs(before.document, row, stale)):
                operations.append((id_, row))
        operations += [(id_, None) for id_, before in self._rows.items() if before.ours and id_ not in by_id]
        refused: dict[str, str] = {}
        for start in range(0, len(operations), _CHUNK):
            refused |= self._write_some(operations[start : start + _CHUNK])
        return refused

    def _write_some(self, operations: list[tuple[str, dict[str, Any] | None]]) -> dict[str, str]:
        from elasticsearch import BadRequestError

        body: list[Any] = []
        for id_, row in operations:
            before = self._rows.get(id_)
            # Only on top of what was read: a row that is somebody's own by now is left alone.
            place: dict[str, Any] = {"_id": id_}
            if before:
                place |= {"if_seq_no": before.seq_no, "if_primary_term": before.primary_term}
            if row is None:
                body.append({"delete": place})
            else:
                body += [{"index" if before else "create": place}, row]
        refused: dict[str, str] = {}
        with translated(f"writing {INDEX}"):
            try:
                answer = self._client.bulk(index=INDEX, operations=body, refresh=True)
            except BadRequestError as error:
                # One row, its id for example, may make Elasticsearch refuse the whole request.
                if len(operations) == 1:
                    return {self._named(*operations[0]): reason_of(error)}
                middle = len(operations) // 2
                return self._write_some(operations[:middle]) | self._write_some(operations[middle:])
        unknown: list[str] = []
        for (id_, row), item in zip(operations, answer["items"], strict=True):
            (done,) = item.values()
            if done["status"] == _CONFLICT:
                unknown.append(id_)
            elif row is None and done["status"] in {200, _ABSENT}:
                del self._rows[id_]
            elif row is not None and done["status"] < _FAILED:
                self._rows[id_] = _Row(row, done["_seq_no"], done["_primary_term"])
            else:
                reason = (done.get("error") or {}).get("reason", f"status {done['status']}")
                refused[self._named(id_, row)] = str(reason)
        self._read_again(unknown)
        return refused

    def _named(self, id_: str, row: Mapping[str, Any] | None) -> str:
        return str((row or self._rows[id_].document).get("model_environment", id_))

    def _read_again(self, ids: list[str]) -> None:
        """Read rows that somebody else wrote meanwhile; those that are ours are written the next time."""
        if not ids:
            return
        with translated(f"reading {INDEX}"):
            found = self._client.mget(index=INDEX, ids=ids)
        for id_, doc in zip(ids, found["docs"], strict=True):
            self._rows.pop(id_, None)
            if doc.get("found"):
                self._rows[id_] = _row(doc)


def _named(key: str) -> tuple[str, str]:
    name, _, environment = key.rpartition("|")
    return name, environment


def _row(hit: Mapping[str, Any]) -> _Row:
    return _Row(hit["_source"], hit["_seq_no"], hit["_primary_term"])


def _differs(before: Mapping[str, Any], row: Mapping[str, Any], stale: str) -> bool:
    """Whether a row has new values, or is due to be confirmed."""
    time = "@timestamp"
    same = {**before, time: None} == {**row, time: None}
    return not same or str(before.get(time, "")) <= stale
