"""Notices events that came late: after the windows that they belong to were judged.

No clock is asked: each slot of time has a number of events, remembered when it was judged; a slot that has grown
since then got late ones. So it works for shippers and hosts whose clocks are wrong as well.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from model_logs import query
from model_logs.alerts.rulebook.rules import GRID

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.state.store import Store, Stored

__all__ = ["SLOT", "LateEvents"]

# A slot is either wholly in a window or wholly out of it.
SLOT = GRID
_ID = "alerts-late"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_COUNTS = """
// How many events happened in each half minute?
FROM logs-model.prediction-*, logs-model.lifecycle-*, logs-model.unparsed-*, metrics-model.node-default
| WHERE @timestamp >= ?_tstart AND @timestamp < ?_tend
| STATS events = COUNT(*) BY slot = DATE_TRUNC(30 seconds, @timestamp)
| SORT slot
| LIMIT 10000
"""


class LateEvents:
    """Remembers how many events each slot had.

    Args:
        client: Of the cluster.
        store: Where it remembers.
        lookback: How far back late events are looked for; older ones count in panels and in no alert.
    """

    def __init__(self, client: Elasticsearch, store: Store, *, lookback: timedelta) -> None:
        self._client = client
        self._store = store
        self._lookback = lookback
        self._stored: Stored | None = None
        self._counts: dict[str, int] | None = None
        self._pending: tuple[datetime, datetime] | None = None

    def forget(self) -> None:
        """Read everything anew before the next look."""
        self._counts = None

    def look(self, at: datetime) -> tuple[datetime, datetime] | None:
        """Compare the counts of events in the slots before `at` with the remembered counts.

        Args:
            at: The end of the newest judged window.

        Returns:
            First slot that has grown and end of the last one, together with what is not `done` yet; None for none.

        Raises:
            QueryError: The counts are not whole; nothing was remembered.
        """
        if self._counts is None:
            self._load()
        remembered = self._counts or {}
        start = at - self._lookback
        answer = query.run(self._client, _COUNTS, start=start, end=at)
        found = {
            _key(slot): events for slot, events in zip(answer.values("slot"), answer.values("events"), strict=True)
        }
        judged_to = remembered.get("to")
        grown = [
            _EPOCH + int(key) * SLOT
            for key, events in found.items()
            if judged_to is not None and int(key) < judged_to and events > remembered.get(key, 0)
        ]
        if grown:
            first, end = min(grown), max(grown) + SLOT
            if self._pending:
                first, end = min(first, self._pending[0]), max(end, self._pending[1])
            self._pending = (first, end)
        self._counts = {**found, "to": int(_key(at))}
        self._write()
        return self._pending

    def done(self) -> None:
        """Say that the windows over the late slots were judged again."""
        self._pending = None
        self._write()

    def _load(self) -> None:
        self._stored = self._store.read(_ID)
        body = self._stored.body if self._stored else {}
        self._counts = dict(body.get("counts", {}))
        pending = body.get("pending")
        self._pending = (datetime.fromisoformat(pending[0]), datetime.fromisoformat(pending[1])) if pending else None

    def _write(self) -> None:
        pending = [moment.isoformat() for moment in self._pending] if self._pending else None
        self._stored = self._store.write(_ID, "late", {"counts": self._counts, "pending": pending}, self._stored)


def _key(moment: datetime) -> str:
    return str((moment - _EPOCH) // SLOT)
