"""Bytes to the cluster and back: one request, one answer, and what kind of trouble it was.

It goes below the client's own methods because those parse and copy every body; the connection, its TLS and its
credentials are the client's. Nothing is sent again here: `bulk` decides that.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from model_logs.cluster import authorization, connect, translated
from model_logs.errors import ClusterError, ShipError
from model_logs.ship.sending.deadline import limited, watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elastic_transport import BaseNode

    from model_logs.cluster import Connection

__all__ = ["NOTHING_LOST", "FatalError", "TemporaryError", "TooLargeError", "Wire", "reason_of"]

# What every error adds that ends a run between reading and acknowledgement.
NOTHING_LOST = "Nothing is lost: the checkpoint is before it."

_TEMPORARY = frozenset({408, 429, 500, 502, 503, 504})
# What a proxy answers to a request that is too large for it, where it does not know 413. Elasticsearch answers JSON.
_OF_A_PROXY = frozenset({400, 411, 414, 431, 494, 500, 502, 504})
_BULK = (
    "/_bulk?require_data_stream=true&filter_path=errors,items.*.status,items.*.failure_store,items.*.error.type"
    ",items.*.error.reason,items.*.error.caused_by.type,items.*.error.caused_by.reason"
)


class TemporaryError(Exception):
    """The cluster cannot take anything now; what was sent may have arrived.

    Attributes:
        ambiguous: Whether it may have arrived.
        broken: Whether the request was broken off, or refused by something that is no Elasticsearch: it may be too
            large for something between.
    """

    def __init__(self, reason: str, *, ambiguous: bool, broken: bool = False) -> None:
        super().__init__(reason)
        self.ambiguous = ambiguous
        self.broken = broken


class TooLargeError(Exception):
    """The request is larger than the cluster, or something before it, accepts."""


class FatalError(ShipError):
    """The cluster refuses the request as such; sending it again cannot help.

    Attributes:
        foreign: The answer in words, where it is not Elasticsearch's: something between may dislike what stands in
            the request.
    """

    foreign = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster at the URL: name, UUID and version."""

    uuid: str
    version: str


class Wire:
    """The way to one cluster; safe to use from several threads.

    Args:
        connection: Where it is, and who asks.

    Raises:
        ConfigurationError: The URL or the credentials make no sense.
    """

    def __init__(self, connection: Connection) -> None:
        self.shown = connection.shown
        self._client = connect(connection, check=False).options(max_retries=0)
        self._nodes = self._client.transport.node_pool
        for node in self._nodes.all():
            watch(node.pool)  # type: ignore[attr-defined]  # the client's default nodes are urllib3's
        self._timeout = connection.timeout
        self._headers = {"content-type": "application/x-ndjson", "accept": "application/json"}
        granted = authorization(connection)
        if granted:
            self._headers["authorization"] = granted

    def __len__(self) -> int:
        """How many nodes there are to talk to."""
        return len(self._nodes)

    def greet(self) -> Cluster:
        """Return the cluster that answers at the URL.

        Raises:
            TemporaryError: Nobody does, or it is not ready.
            ClusterError: It cannot be used.
        """
        from elasticsearch import ApiError, ConnectionError, ConnectionTimeout  # noqa: A004 - the client's own names

        from model_logs.cluster import check_version

        try:
            with limited(self._timeout) as request, translated(f"asking {self.shown} for its version"):
                info = self._client.info().body
        except ClusterError as error:
            cause = error.__cause__
            if request.expired:
                raise TemporaryError(self._late(), ambiguous=False) from error
            if isinstance(cause, ConnectionError | ConnectionTimeout) and not _is_tls(cause):
                raise TemporaryError(f"{self.shown} does not answer: {cause.message}", ambiguous=False) from error
            if isinstance(cause, ApiError) and cause.status_code in _TEMPORARY:
                raise TemporaryError(f"{self.shown} answers {cause.status_code}", ambiguous=False) from error
            raise
        info = dict(info) if isinstance(info, dict) else {}
        check_version(info, self.shown)
        return Cluster(str(info.get("cluster_uuid") or "_na_"), str(info["version"]["number"]))

    def answers(self) -> bool:
        """Whether the cluster answers small requests now, a bulk request without events among them."""
        try:
            status, raw = self._request("POST", _BULK, b"\n")
            return status == 400 and _is_json(raw) and self._request("GET", "/", b"")[0] == 200  # noqa: PLR2004
        except TemporaryError:
            return False

    def templates_missing(self) -> bool:
        """Whether no index template of model-logs is installed; False where we may not ask.

        Raises:
            TemporaryError: The cluster is not ready.
            FatalError: It refuses the request.
        """
        path = "/_index_template?filter_path=index_templates.index_template.index_patterns"
        status, raw = self._request("GET", path, b"")
        if _may_not(status, raw):
            return False
        with self._understood():
            found = self._parsed(status, raw).get("index_templates", [])
            patterns = [p for each in found for p in each["index_template"].get("index_patterns", [])]
            return not any(pattern.startswith("logs-model.") for pattern in patterns)

    def bulk(self, body: bytes) -> bytes:
        """Send one `_bulk` request and return the answer as it came.

        Raises:
            TemporaryError: Nothing was taken, or nobody knows.
            TooLargeError: It must be cut in two.
            FatalError: It is refused as a whole.
        """
        status, raw = self._request("POST", _BULK, body)
        if status != 200:  # noqa: PLR2004
            self._parsed(status, raw)
        return raw

    def known(self, streams: Iterable[str], ids: list[str]) -> set[str] | None:
        """Return which of the ids the streams hold, in whatever backing index; None where we may not ask.

        Raises:
            TemporaryError: The cluster cannot say now.
            TooLargeError: It must be asked of fewer.
            FatalError: It refuses the request.
        """
        target = ",".join(streams)
        found: set[str] = set()
        while ids:
            query = {"size": len(ids), "_source": False, "query": {"ids": {"values": ids}}}
            hits = self._refreshed_search(target, query)
            if hits is None:
                return None
            with self._understood():
                found.update(hit["_id"] for hit in hits)
            if len(hits) < len(ids):
                break
            # As many as may be shown; where some stand twice, there are more.
            before, ids = ids, [id_ for id_ in ids if id_ not in found]
            if len(ids) == len(before):
                raise TemporaryError(f"{self.shown} returns documents that were not asked for", ambiguous=True)
        return found

    def failures(self, streams: Iterable[str], ids: list[str]) -> dict[str, tuple[str, str]] | None:
        """Return why the failure store took each of the ids, as type and message; None where we may not ask.

        Raises:
            TemporaryError: The cluster cannot say now.
            FatalError: It refuses the request.
        """
        hits = self._refreshed_search(
            ",".join(f"{stream}::failures" for stream in streams),
            {
                "size": len(ids),
                "_source": ["document.id", "error.type", "error.message"],
                "query": {"terms": {"document.id": ids}},
                "collapse": {"field": "document.id"},  # a repeat is stored again: the newest reason counts
                "sort": [{"@timestamp": "desc"}],
            },
        )
        if hits is None:
            return None
        with self._understood():
            sources = [hit["_source"] for hit in hits]
            return {
                s["document"]["id"]: (str(s["error"].get("type", "")), str(s["error"].get("message", "")))
                for s in sources
            }

    def blocked(self, streams: Iterable[str]) -> bool:
        """Whether the index that one of the streams writes to has a block; False where we may not ask.

        Raises:
            TemporaryError: The cluster cannot say now.
            FatalError: It refuses the request.
        """
        path = f"/_data_stream/{_quoted(streams)}?filter_path=data_streams.indices.index_name"
        status, raw = self._request("GET", path, b"")
        if _may_not(status, raw):
            return False
        with self._understood():
            # Older indices of a stream are read-only by their policy: only the last is written to.
            names = [str(s["indices"][-1]["index_name"]) for s in self._parsed(status, raw).get("data_streams", [])]
        status, raw = self._request("GET", f"/{_quoted(names)}/_settings/index.blocks.*?flat_settings=true", b"")
        if _may_not(status, raw):
            return False
        with self._understood():
            return any("true" in index["settings"].values() for index in self._parsed(status, raw).values())

    def _refreshed_search(self, target: str, query: dict[str, object]) -> list[dict[str, Any]] | None:
        """Search what is stored until now; None where we may not."""
        target = quote(target, safe=",:")
        path = f"/{target}/_refresh?ignore_unavailable=true&filter_path=_shards.failed"
        status, raw = self._request("POST", path, b"")
        if _may_not(status, raw):
            return None
        self._parsed(status, raw)
        path = (
            f"/{target}/_search?ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false"
            "&filter_path=hits.hits._id,hits.hits._source"
        )
        body = orjson.dumps({"track_total_hits": False} | query)
        status, raw = self._request("POST", path, body, "application/json")
        if _may_not(status, raw):
            return None
        with self._understood():
            found: list[dict[str, Any]] = list(self._parsed(status, raw).get("hits", {}).get("hits", []))
        return found

    def _request(self, method: str, path: str, body: bytes, content_type: str = "") -> tuple[int, bytes]:
        import elastic_transport

        headers = self._headers | {"content-type": content_type} if content_type else self._headers
        node = self._nodes.get()
        try:
            with limited(self._timeout) as request:
                answer = node.perform_request(
                    method,
                    path,
                    body=body or None,
                    headers=elastic_transport.HttpHeaders(headers),
                    request_timeout=self._timeout,
                )
        except (elastic_transport.TransportError, OSError, ValueError) as error:
            self._leave(node)
            timed_out = isinstance(error, elastic_transport.ConnectionTimeout)
            if request.expired or timed_out:
                raise TemporaryError(self._late(), ambiguous=True, broken=True) from error
            if _is_tls(error):
                raise FatalError(
                    f"No trusted connection to {self.shown}: {error}",
                    next_step="Give the CA's certificate with --ca-certs.",
                ) from error
            said = str(getattr(error, "message", error))
            refused = "refused" in said or "NewConnectionError" in said
            message = f"{self.shown} does not answer: {said}"
            raise TemporaryError(message, ambiguous=not refused, broken=not refused) from error
        if request.expired:  # an answer without a length seems to be whole wherever it ends
            self._leave(node)
            raise TemporaryError(self._late(), ambiguous=True, broken=True)
        if len(self._nodes) > 1:
            self._nodes.mark_live(node)
        return answer.meta.status, bytes(answer.body)

    def _leave(self, node: BaseNode) -> None:
        """Ask another node for a while, where the URLs name several; the request itself is not sent again here."""
        if len(self._nodes) > 1:
            self._nodes.mark_dead(node)

    def _late(self) -> str:
        return f"{self.shown} did not answer within {self._timeout:g} s"

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        """Take JSON of another form than Elasticsearch's for no answer at all."""
        try:
            yield
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise TemporaryError(f"{self.shown} answers another question than was asked", ambiguous=True) from error

    def _parsed(self, status: int, raw: bytes) -> dict[str, Any]:
        if status == 413:  # noqa: PLR2004 - its name in HTTP says the same as the exception
            raise TooLargeError
        if status in _OF_A_PROXY and not _is_json(raw):
            message = f"{self.shown} answers {status}: {reason_of(raw)}"
            raise TemporaryError(message, ambiguous=status >= 500, broken=True)  # noqa: PLR2004
        if status in _TEMPORARY:
            raise TemporaryError(f"{self.shown} answers {status}: {reason_of(raw)}", ambiguous=status >= 500)  # noqa: PLR2004
        if _blocked(raw) and status == 403:  # noqa: PLR2004
            raise TemporaryError(f"{self.shown} answers {status}: {reason_of(raw)}", ambiguous=False)
        if status >= 300:  # noqa: PLR2004
            steps = {
                401: "Give an API key (--api-key) or a user and password (--username, --password).",
                403: "Give a key or a user that may create documents in logs-model.* (see docs/ship.md).",
            }
            refused = FatalError(
                f"{self.shown} refuses the request, {status}: {reason_of(raw)}. {NOTHING_LOST}",
                next_step=steps.get(status, "Check that the URL leads to Elasticsearch itself, and read its log."),
            )
            if status != 401 and not _is_json(raw):  # noqa: PLR2004
                refused.foreign = f"{self.shown} answers {status}: {reason_of(raw)}"
            raise refused
        try:
            found = orjson.loads(raw or b"{}")
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise TemporaryError(f"{self.shown} answers something that is no JSON", ambiguous=True)
        return found


def _quoted(names: Iterable[str]) -> str:
    return quote(",".join(names), safe=",")


def _is_json(raw: bytes) -> bool:
    return raw.lstrip().startswith(b"{")


def _may_not(status: int, raw: bytes) -> bool:
    """Whether Elasticsearch refuses the question to these credentials."""
    return status in {401, 403} and _is_json(raw) and not _blocked(raw)


def _blocked(raw: bytes) -> bool:
    """Whether an answer speaks of a block on the cluster or an index, which somebody will take away."""
    return b"cluster_block_exception" in raw


def _is_tls(error: object) -> bool:
    import elastic_transport

    return isinstance(error, elastic_transport.TlsError)


def reason_of(raw: bytes) -> str:
    """Return the reason in an error's body, or the beginning of the body."""
    try:
        found = orjson.loads(raw)
        error = found["error"]
        return f"{error['type']}: {error['reason']}" if isinstance(error, dict) else str(error)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return raw[:300].decode("utf-8", "replace") or "no reason given"
