"""The evaluator's state in the index `model-logs-state`: documents, each written only over the version that was read.

Every write says which version it replaces, so that of two processes one is told that it is not alone. What the
documents mean is known to `transitions`, `lease` and `silences`; here they have a kind and a body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.cluster import translated
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch import Elasticsearch

__all__ = ["INDEX", "StateConflictError", "Store", "Stored"]

INDEX = "model-logs-state"
_CONFLICT = 409
_MANY = 10_000


class StateConflictError(ModelLogsError):
    """Somebody else wrote the document since it was read."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it was read or written.

    Attributes:
        id: Its id.
        body: What it says.
        seq_no: With `primary_term`, the version that the next write replaces.
        updated: When it was written, by the writer's clock; None for what was just written here.
    """

    id: str
    body: Mapping[str, Any] = field(repr=False)
    seq_no: int
    primary_term: int
    updated: datetime | None = None


class Store:
    """The documents of `model-logs-state`.

    Args:
        client: Of the cluster.
    """

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def ensure(self) -> None:
        """Create the index where it is missing."""
        from elasticsearch import AuthorizationException, BadRequestError

        with translated(f"creating the index {INDEX}"):
            if self._client.indices.exists(index=INDEX):
                if not self._made_by_a_write():
                    return
                try:
                    self._client.indices.delete(index=INDEX, ignore_unavailable=True)
                except AuthorizationException:
                    # Most is found in it all the same; a person deletes it with more rights.
                    return
            body = json.loads(assets.path(f"mappings/{INDEX}.json").read_text(encoding="utf-8"))
            try:
                self._client.indices.create(index=INDEX, settings=body["settings"], mappings=body["mappings"])
            except BadRequestError as error:
                # Another process was faster.
                if "resource_already_exists" not in str(error):
                    raise

    def _made_by_a_write(self) -> bool:
        """Tell whether the index is empty and without our mapping.

        When somebody deletes the index, the next write in place of what was read is refused and makes an empty index
        all the same; in that one nothing would be found by its kind.
        """
        mappings = self._client.indices.get_mapping(index=INDEX)[INDEX]["mappings"]
        if mappings.get("properties", {}).get("kind", {}).get("type") == "keyword":
            return False
        self._client.indices.refresh(index=INDEX)
        return int(self._client.count(index=INDEX)["count"]) == 0

    def read(self, id_: str) -> Stored | None:
        """Return a document in its newest form, or None."""
        from elasticsearch import NotFoundError

        with translated(f"reading {id_} of {INDEX}"):
            try:
                found = self._client.get(index=INDEX, id=id_, realtime=True)
            except NotFoundError:
                return None
        return _stored(found.body)

    def write(
        self,
        id_: str,
        kind: str,
        body: Mapping[str, Any],
        previous: Stored | None,
        *,
        visible: bool = False,
    ) -> Stored:
        """Write a document in place of `previous`, or as a new one.

        Args:
            id_: Its id.
            kind: What `of_kind` finds it by.
            body: What it says.
            previous: What was read; None for a document that must not exist yet.
            visible: Return only when searches find it.

        Raises:
            StateConflictError: Somebody else wrote it since.
        """
        from elasticsearch import ConflictError

        version: dict[str, Any] = {"op_type": "create"}
        if previous is None:
            # Somebody may have deleted the index; made by a write alone it would have no mapping of ours.
            self.ensure()
        else:
            version = {"if_seq_no": previous.seq_no, "if_primary_term": previous.primary_term}
        document = {"kind": kind, "updated": datetime.now(UTC).isoformat(timespec="milliseconds"), "body": body}
        with translated(f"writing {id_} of {INDEX}"):
            try:
                done = self._client.index(index=INDEX, id=id_, document=document, refresh=visible, **version)
            except ConflictError as error:
                raise _conflict(id_) from error
        return Stored(id_, body, done["_seq_no"], done["_primary_term"])

    def delete(self, stored: Stored) -> None:
        """Delete a document that was read.

        Raises:
            StateConflictError: Somebody else wrote it since.
        """
        from elasticsearch import ConflictError, NotFoundError

        version: dict[str, Any] = {"if_seq_no": stored.seq_no, "if_primary_term": stored.primary_term}
        with translated(f"deleting {stored.id} of {INDEX}"):
            try:
                self._client.delete(index=INDEX, id=stored.id, refresh=True, **version)
            except NotFoundError:
                return
            except ConflictError as error:
                raise _conflict(stored.id) from error

    def of_kind(self, kind: str, *, fresh: bool = False) -> list[Stored]:
        """Return the documents of a kind, the newest first.

        Args:
            kind: Which.
            fresh: All of them; without it those that were written with `visible`, and whatever else is seen already.
        """
        with translated(f"looking for {kind} in {INDEX}"):
            if fresh:
                self._client.indices.refresh(index=INDEX, ignore_unavailable=True)
            found = self._client.search(
                index=INDEX,
                # Deleted meanwhile: nothing is remembered. The next write finds that out and begins anew.
                ignore_unavailable=True,
                query={"term": {"kind": kind}},
                sort=[{"updated": "desc"}],
                size=_MANY,
                seq_no_primary_term=True,
                allow_partial_search_results=False,
            )
        return [_stored(hit) for hit in found["hits"]["hits"]]


def _stored(hit: Mapping[str, Any]) -> Stored:
    source = hit["_source"]
    updated = datetime.fromisoformat(source["updated"])
    return Stored(hit["_id"], source["body"], hit["_seq_no"], hit["_primary_term"], updated)


def _conflict(id_: str) -> StateConflictError:
    return StateConflictError(
        f"Another process wrote {id_} of {INDEX} meanwhile.",
        next_step="Nothing to do: the evaluator reads the document again, or leaves the work to the other one.",
    )
