"""Searches one event in the cluster: indexed, visible to search, or in the failure store or among unparsed events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.verify.probe import EVENT_TYPE

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = ["Place", "ProbedCluster"]

_STREAMS = "logs-model.*"
_FORBIDDEN = 403
_NOT_FOUND = 404
# The failure store takes what a blocked index cannot; the shipper sends it again until the block is gone.
_PASSING = frozenset({"cluster_block_exception", "es_rejected_execution_exception"})


@dataclass(frozen=True)
class Place:
    """Where the event is.

    Attributes:
        kind: `found`, `unparsed`, `failure` or `elsewhere`.
        stream: The data stream.
        reason: Why it is not where it belongs; empty for `found`.
    """

    kind: str
    stream: str
    reason: str = ""


class ProbedCluster:
    """One cluster and the stream that the event belongs into.

    Args:
        client: Of the cluster.
        environment: The event's.
    """

    def __init__(self, client: Elasticsearch, environment: str) -> None:
        self._client = client
        self.stream = f"logs-model.prediction-{environment}"
        with translated("asking the cluster for its name"):
            self.uuid = str(client.info()["cluster_uuid"])
        # Where we may not look, and so cannot know.
        self.blind = ""

    def exists(self) -> bool:
        """Tell whether the stream is there."""
        with translated(f"looking for {self.stream}"):
            answer = self._client.options(ignore_status=_NOT_FOUND).indices.get_data_stream(name=self.stream)
        return "data_streams" in answer.body

    def indexed(self, identifier: str) -> bool:
        """Tell whether the index that the stream writes to has the event, visible to search or not."""
        with translated(f"looking for the event in {self.stream}"):
            answer = self._client.options(ignore_status=[_FORBIDDEN, _NOT_FOUND]).indices.get_data_stream(
                name=self.stream
            )
            if "data_streams" not in answer.body:
                return False
            index = answer["data_streams"][0]["indices"][-1]["index_name"]
            found = self._client.options(ignore_status=[_FORBIDDEN, _NOT_FOUND]).get(
                index=index, id=identifier, source=False, realtime=True
            )
        return bool(found.body.get("found"))

    def place(self, identifier: str) -> Place | None:
        """Return where a search finds the event; None when it finds it nowhere."""
        with translated("searching for the event"):
            answer = self._client.search(
                index=_STREAMS,
                query={"ids": {"values": [identifier]}},
                source_includes=["data_stream", "event_type", "reason", "error", "environment", "labels.environment"],
                ignore_unavailable=True,
                size=10,
            )
        for hit in answer["hits"]["hits"]:
            found = self._place(hit["_source"])
            if found is not None:
                return found
        return self._failure(identifier)

    def _place(self, source: dict[str, Any]) -> Place | None:
        names = source.get("data_stream") or {}
        stream = f"{names.get('type')}-{names.get('dataset')}-{names.get('namespace')}"
        if source.get("event_type") == "unparsed":
            message = (source.get("error") or {}).get("message")
            return Place("unparsed", stream, ": ".join(filter(None, (str(source.get("reason")), message))))
        if stream == self.stream and source.get("event_type") == EVENT_TYPE:
            return Place("found", stream)
        written = (source.get("labels") or {}).get("environment")
        said = f" (the event says {written})" if written else ""
        return Place("elsewhere", stream, f"its environment became {source.get('environment')}{said}")

    def _failure(self, identifier: str) -> Place | None:
        client = self._client.options(ignore_status=[400, _FORBIDDEN, _NOT_FOUND])
        with translated("looking into the failure store"):
            answer = client.search(
                index=f"{_STREAMS}::failures",
                query={"term": {"document.id": identifier}},
                source_includes=["document.index", "error.type", "error.message"],
                ignore_unavailable=True,
                size=1,
            )
        if "hits" not in answer.body:
            self.blind = "failure store: no right to look (read_failure_store)"
            return None
        for hit in answer["hits"]["hits"]:
            error = hit["_source"].get("error") or {}
            if error.get("type") not in _PASSING:
                where = (hit["_source"].get("document") or {}).get("index") or self.stream
                return Place("failure", f"{where}::failures", f"{error.get('type')}: {error.get('message')}")
        return None

    def blocks(self) -> str:
        """Return the known reasons why the cluster cannot take the event; empty where there is none."""
        client = self._client.options(ignore_status=[_FORBIDDEN, _NOT_FOUND])
        with translated("asking for blocks"):
            settings = client.cluster.get_settings(flat_settings=True).body
            indices = client.indices.get_settings(index=self.stream, name="index.blocks.*", flat_settings=True).body
        whole = [
            name
            for level in ("persistent", "transient")
            for name, value in (settings.get(level) or {}).items()
            if name.startswith("cluster.blocks.") and value == "true"
        ]
        single = [
            f"{name} of {index}"
            for index, body in indices.items()
            if isinstance(body, dict)
            for name, value in (body.get("settings") or {}).items()
            if value == "true"
        ]
        return ", ".join(whole + single)
