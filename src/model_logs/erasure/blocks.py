"""Read-only indices: opened for the time of a deletion, and closed again whatever happens.

The cold phase makes an index read-only. Before its block is lifted, a record of it stands in `model-logs-state`; the
record goes when the block is back. What a kill leaves open, the next erasure closes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from model_logs.cluster import translated
from model_logs.errors import InconclusiveError
from model_logs.state.documents import id_of
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

    from model_logs.erasure.looking import Place
    from model_logs.state.store import Stored

__all__ = ["lifted", "put_back"]

_KIND: Final = "lifted-block"
# Steps of a life cycle that need the index to stay as it is.
_BUSY: Final = frozenset({"shrink", "forcemerge", "searchable_snapshot"})


@contextmanager
def lifted(client: Elasticsearch, place: Place, told: Callable[[str], None]) -> Iterator[None]:
    """Let documents of a read-only index be deleted within the block; an index that is not read-only stays as it is.

    Raises:
        InconclusiveError: The life cycle is changing this index just now.
        ClusterError: The cluster refused.
    """
    if not place.blocks:
        yield
        return
    _not_busy(client, place.index)
    store = Store(client)
    store.ensure()
    key = id_of(f"{_KIND}-{place.index}")
    record = store.read(key)
    if record is None:
        record = store.write(key, _KIND, {"index": place.index, "blocks": list(place.blocks)}, None, visible=True)
    told(f"{place.index} is read-only: {', '.join(place.blocks)} is lifted until its documents are deleted.")
    try:
        with translated(f"lifting the block of {place.index}"):
            client.indices.put_settings(index=place.index, settings=dict.fromkeys(place.blocks, False))
        yield
    finally:
        _close(client, store, record)
        told(f"{place.index} is read-only again.")


def put_back(client: Elasticsearch, told: Callable[[str], None]) -> int:
    """Make indices read-only again that an interrupted erasure left open; return how many.

    Raises:
        ClusterError: The cluster refused.
    """
    store = Store(client)
    left = store.of_kind(_KIND)
    for record in left:
        _close(client, store, record)
        told(f"{record.body['index']} was left open by an interrupted erasure; it is read-only again.")
    return len(left)


def _close(client: Elasticsearch, store: Store, record: Stored) -> None:
    from elasticsearch import NotFoundError

    index = record.body["index"]
    with translated(f"making {index} read-only again"):
        try:
            # What was deleted leaves the disk with the next merge, and a read-only index has none of its own.
            client.indices.forcemerge(index=index, max_num_segments=1, wait_for_completion=False)
            client.indices.put_settings(index=index, settings=dict.fromkeys(record.body["blocks"], True))
        except NotFoundError:
            pass  # its policy deleted it meanwhile
    store.delete(record)


def _not_busy(client: Elasticsearch, index: str) -> None:
    with translated(f"asking for the life cycle of {index}"):
        said = client.ilm.explain_lifecycle(index=index).body["indices"].get(index, {})
    if said.get("action") in _BUSY and said.get("step") != "complete":
        raise InconclusiveError(
            f"The life cycle of {index} is at the action {said['action']}: its block cannot be lifted now."
            " What was erased before stays erased.",
            next_step="Run the same command again in some minutes; it continues where it stopped.",
        )
