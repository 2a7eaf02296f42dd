"""The erasure itself: each batch is written down in the audit trail, and then deleted.

In this order a crash between the two leaves an event about documents that are still there; the next run finds them
again. The other way round, numbers would be missing without a record, which `model-logs audit` calls lost.
"""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from model_logs.audit.erased import packed
from model_logs.cluster import translated
from model_logs.environments import UNKNOWN
from model_logs.erasure.blocks import lifted, put_back
from model_logs.erasure.looking import Plan, batches, places
from model_logs.errors import ClusterError
from model_logs.retrying import Pauses
from model_logs.state.audit_trail import Recorder
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    from model_logs.erasure.looking import Found, Place
    from model_logs.erasure.selection import Selection

__all__ = ["Request", "erase"]

_SERVICE: Final = "model-logs-erase"
_GONE: Final = 404
_FAILED: Final = 300
_BUSY: Final = frozenset({429, 503})
_ATTEMPTS: Final = 8
_PAUSES: Final = Pauses(0.5, 30.0)


@dataclass(frozen=True)
class Request:
    """Who wants what erased, and why.

    Attributes:
        selection: What is meant.
        user: Who asked for it.
        reason: Why; it stands in the audit trail, so it names nobody whose data goes.
        id: Of this run, in each of its events.
    """

    selection: Selection
    user: str
    reason: str
    id: str = field(default_factory=lambda: secrets.token_hex(12))


def erase(
    client: Elasticsearch,
    request: Request,
    *,
    told: Callable[[str], None],
    progress: Callable[[int], None] = lambda _: None,
) -> Plan:
    """Erase what is meant, and return what was deleted; it may be interrupted and run again.

    Args:
        client: The cluster.
        request: What, who and why.
        told: Called with a sentence for each read-only index that is opened and closed.
        progress: Called with the number of documents deleted so far.

    Raises:
        ClusterError: The cluster refused; what was deleted before is in the audit trail.
        InconclusiveError: The life cycle is changing an index just now.
    """
    put_back(client, told)
    done = Plan()
    for place in places(client, request.selection):
        _Place(client, request, place, done, told, progress).erase()
    return done


@dataclass
class _Place:
    """The erasure in one index."""

    client: Elasticsearch
    request: Request
    place: Place
    done: Plan
    told: Callable[[str], None]
    progress: Callable[[int], None]
    _batches: int = 0

    def erase(self) -> None:
        with ExitStack() as opened:
            for batch in batches(self.client, self.place, self.request.selection):
                if not self._batches:
                    opened.enter_context(lifted(self.client, self.place, self.told))
                self._batches += 1
                self._record(batch)
                deleted = self._delete([each.id for each in batch])
                self.done.counts[self.place] = self.done.counts.get(self.place, 0) + deleted
                self.progress(self.done.documents)
            if self._batches:
                with translated(f"refreshing {self.place.index}"):
                    self.client.indices.refresh(index=self.place.index)

    def _record(self, batch: list[Found]) -> None:
        place, request = self.place, self.request
        known = () if place.environment == UNKNOWN else (place.environment,)
        recorder = Recorder(self.client, _SERVICE, environments=known, default_environment=place.environment)
        numbers: dict[str, list[int]] = {}
        for each in batch:
            if each.writer and each.number:
                numbers.setdefault(each.writer, []).append(each.number)
        about: dict[str, Any] = {
            "user.name": request.user,
            "reason": request.reason,
            "erasure.id": request.id,
            "erasure.by": "model" if request.selection.model else "request_ids",
            "model_name": request.selection.model or None,
            "erasure.before": iso(request.selection.before) if request.selection.before else None,
            "erasure.place": place.name,
            "erasure.kind": place.kind,
        }
        for part, ranges in enumerate(packed(numbers) or [None]):
            recorder.record(
                "erased",
                f"erased-{request.id}-{place.index[-60:]}-{self._batches}-{part}",
                datetime.now(UTC),
                {**about, "erasure.documents": 0 if part else len(batch), "erasure.ranges": ranges},
            )

    def _delete(self, ids: list[str]) -> int:
        """Delete documents of the index; return how many were there."""
        deleted, left = 0, ids
        for tries in range(1, _ATTEMPTS + 1):
            operations = [{"delete": {"_index": self.place.index, "_id": each}} for each in left]
            with translated(f"deleting from {self.place.index}"):
                items = [item["delete"] for item in self.client.bulk(operations=operations)["items"]]
            deleted += sum(int(item["status"]) < _FAILED for item in items)
            left = [item["_id"] for item in items if item["status"] in _BUSY]
            for item in items:
                if item["status"] >= _FAILED and item["status"] not in _BUSY | {_GONE}:
                    raise ClusterError(
                        f"{self.place.index} did not let {item['_id']} be deleted: {item.get('error')}.",
                        next_step="Mend that, and run the same command again; it continues where it stopped.",
                    )
            if not left:
                return deleted
            time.sleep(_PAUSES.after(tries))
        raise ClusterError(
            f"{self.place.index} had no room for {len(left)} deletions, {_ATTEMPTS} times.",
            next_step="Run the same command again when the cluster is less busy; it continues where it stopped.",
        )
