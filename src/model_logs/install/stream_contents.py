"""Contents of the data streams of model-logs: documents, failed documents, size, lifecycle phase. It only reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from model_logs import contract
from model_logs.cluster import translated

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = ["StreamContents", "family_documents", "find_streams", "lookup_documents", "patterns"]

AUDIT = "lifecycle"


@dataclass(frozen=True, slots=True)
class StreamContents:
    """The contents of one data stream.

    Attributes:
        name: Of the stream.
        documents: In its backing indices.
        bytes: Of the backing indices on disk, replicas included.
        indices: How many backing indices it has.
        phases: Life-cycle phase → backing indices in it; `none` for those without a policy, or not taken up yet.
        audit: Whether it is the audit trail.
        failures: Documents in its failure store; None when that may not be read (`read_failure_store`).
        failure_bytes: Of the failure store on disk.
    """

    name: str
    documents: int
    bytes: int
    indices: int
    phases: dict[str, int]
    audit: bool
    failures: int | None = 0
    failure_bytes: int = 0

    @property
    def empty(self) -> bool:
        """Whether the stream holds no document, not even a failed one."""
        return self.documents == 0 and self.failures == 0  # unknown is not empty

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return asdict(self)


def patterns() -> list[str]:
    """Return the patterns that match our data streams and nobody else's."""
    loaded = contract.load_contract()
    metrics = loaded.metrics_stream.name.rpartition("-")[0]
    return [f"logs-{stream.dataset}-*" for stream in loaded.streams.values()] + [f"{metrics}-*"]


def find_streams(client: Elasticsearch, *, fresh: bool = False) -> list[StreamContents]:
    """Return every data stream of ours, by name, whatever its environment.

    Args:
        client: The cluster.
        fresh: Count the newest second too, which takes the right to refresh.

    Raises:
        ClusterError: The cluster cannot be asked.
    """
    ours = ",".join(patterns())
    with translated("looking for the data streams of model-logs"):
        streams = client.indices.get_data_stream(name=ours, expand_wildcards="all").body["data_streams"]
    if not streams:
        return []
    with translated("asking what the data streams hold"):
        if fresh:
            client.indices.refresh(index=ours)
        documents = _documents(client, ours)
        stats = client.indices.stats(index=ours, metric="store").body["indices"]
        phases = client.ilm.explain_lifecycle(index=ours).body["indices"]
    found = []
    for stream in sorted(streams, key=lambda each: str(each["name"])):
        failures, failure_bytes = _failed(client, stream, fresh=fresh)
        held = _held(stream, documents, stats, phases)
        found.append(replace(held, failures=failures, failure_bytes=failure_bytes))
    return found


def lookup_documents(client: Elasticsearch, *, fresh: bool = False) -> dict[str, int]:
    """Return the documents in each lookup index that exists."""
    counts = {}
    for name in contract.load_contract().lookups:
        with translated(f"counting the documents of {name}"):
            if client.indices.exists(index=name):
                if fresh:
                    client.indices.refresh(index=name)
                counts[name] = int(client.count(index=name).body["count"])
    return counts


def family_documents(client: Elasticsearch, *, fresh: bool = False) -> dict[str, tuple[str, int]]:
    """Return the environment and the documents of each index of a family, such as that of outcomes, by name."""
    found = {}
    for family in contract.load_contract().indices:
        ours = f"{family}-*"
        with translated(f"counting the documents of {ours}"):
            resolved = client.indices.resolve_index(name=ours, expand_wildcards="all").body["indices"]
            if not resolved:
                continue
            if fresh:
                client.indices.refresh(index=ours)
            counts = _documents(client, ours)
        for name in sorted(each["name"] for each in resolved):
            environment = name.removeprefix(f"{family}-").rpartition("-")[0]
            found[name] = environment, counts.get(name, 0)
    return found


def _documents(client: Elasticsearch, index: str) -> dict[str, int]:
    """Return backing index → documents."""
    answer = client.search(
        index=index,
        size=0,
        aggregations={"indices": {"terms": {"field": "_index", "size": 10_000}}},
        allow_partial_search_results=False,
    ).body
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["indices"]["buckets"]}


def _failed(client: Elasticsearch, stream: dict[str, Any], *, fresh: bool) -> tuple[int | None, int]:
    """Return documents and bytes of the stream's failure store; None for documents that may not be counted."""
    from elasticsearch import AuthorizationException

    failed = [index["index_name"] for index in (stream.get("failure_store") or {}).get("indices") or []]
    if not failed:
        return 0, 0
    store = f"{stream['name']}::failures"
    with translated(f"counting what is in {store}"):
        try:
            if fresh:
                client.indices.refresh(index=store)
            count = int(client.count(index=store).body["count"])
            stats = client.indices.stats(index=",".join(failed), metric="store").body["_all"]
        except AuthorizationException:
            return None, 0
    return count, int(stats["total"]["store"]["size_in_bytes"])


def _held(stream: dict[str, Any], documents: dict[str, int], stats: Any, explained: dict[str, Any]) -> StreamContents:
    backing = [index["index_name"] for index in stream["indices"]]
    phases: dict[str, int] = {}
    for index in backing:
        phase = explained.get(index, {}).get("phase") or "none"
        phases[phase] = phases.get(phase, 0) + 1
    return StreamContents(
        name=stream["name"],
        documents=sum(documents.get(index, 0) for index in backing),
        bytes=sum(stats[index]["total"]["store"]["size_in_bytes"] for index in backing if index in stats),
        indices=len(backing),
        phases=phases,
        audit=stream["name"].startswith(f"logs-{contract.load_contract().streams[AUDIT].dataset}-"),
    )
