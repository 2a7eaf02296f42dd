"""Figures of a running shipper for `/metrics`: lag, queue, duration and time of the last round, and the counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from model_logs.metrics import MetricSample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_logs.ship.sending.bulk import Batch
    from model_logs.ship.sending.sender_threads import Senders
    from model_logs.ship.totals import Totals

__all__ = ["ShipFigures"]

# The sizes of all files are asked so often, in seconds.
_MEASURED = 5.0
_COUNTED = {
    "read": "Lines that became an event.",
    "created": "Events that the cluster stored.",
    "known": "Events that the cluster had already.",
    "unparsed": "Lines that were not understood.",
    "ignored": "Lines that are not about models.",
    "refused": "Events in the failure store.",
    "dead_letters": "Events in the dead-letter file.",
    "retries": "Requests and events that were sent again.",
    "truncated": "Files that were cut or written over.",
    "missed": "Files that were lost sight of.",
    "unreadable": "Files that could not be read.",
    "checkpoint_failures": "Times that the checkpoint could not be written.",
}


class ShipFigures:
    """The figures, written by the shipper's main thread and read by that of `/metrics`.

    Args:
        totals: The counts of the run.

    Attributes:
        wanted: Somebody reads them; without it a round costs nothing more.
    """

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self.wanted = False
        self._last = self._duration = 0.0
        self._queued = 0
        self._measured = 0.0

    def round_ended(self, begun: float, batch: Batch, senders: Senders, measure: Callable[[], None]) -> None:
        """Remember a round.

        Args:
            begun: When it began, by the stopwatch.
            batch: The events that are read and not handed to a sender.
            senders: Those that are under way.
            measure: Brings the lag up to date.
        """
        if not self.wanted:
            return
        now = time.monotonic()
        self._last, self._duration = time.time(), now - begun
        self._queued = len(batch.documents) + senders.waiting
        if now - self._measured >= _MEASURED:
            measure()
            self._measured = now

    def samples(self) -> Iterator[MetricSample]:
        """Yield the figures."""
        totals = self._totals
        yield MetricSample(
            "ship_last_round_timestamp_seconds", "When the last round ended; 0 before the first.", self._last
        )
        yield MetricSample("ship_round_duration_seconds", "Duration of the last round.", self._duration)
        yield MetricSample("ship_queue_events", "Events that are read and not acknowledged.", self._queued)
        yield MetricSample("ship_lag_bytes", "Bytes in the files that are not acknowledged.", totals.lag_bytes)
        yield MetricSample(
            "ship_lag_seconds", "Age of the youngest acknowledged event while bytes wait.", totals.lag_s
        )
        yield MetricSample("ship_bytes_total", "Bytes of log files that are acknowledged.", totals.bytes)
        for name, meaning in _COUNTED.items():
            yield MetricSample("ship_" + name + "_total", meaning, getattr(totals, name))
