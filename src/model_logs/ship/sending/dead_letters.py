"""The file of events that the cluster refuses outright, each with the reason: one JSON object a line, mode 0640.

Each line holds `time`, `status`, `reason`, `stream`, `id` and the `event` as it was to be stored. It is on the disk
before the checkpoint passes the event. A crash in between writes it a second time, with the same id.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import threading
from typing import TYPE_CHECKING

import orjson

from model_logs.errors import ShipError
from model_logs.ship.sending.wire import NOTHING_LOST
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from model_logs.parse import Document

__all__ = ["DeadLetters"]


class DeadLetters:
    """The file of refused events; opened at the first one.

    Args:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def write(self, refused: Iterable[tuple[Document, int, str]]) -> None:
        """Append refused documents, each with status and reason, durably.

        Raises:
            ShipError: They cannot be written; then the run must end, so that nothing passes them.
        """
        now = iso(dt.datetime.now(dt.UTC))
        data = b"".join(
            orjson.dumps(
                {
                    "time": now,
                    "status": status,
                    "reason": reason,
                    "stream": document.data_stream,
                    "id": document.id,
                    "event": orjson.Fragment(document.body),
                },
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for document, status, reason in refused
        )
        with self._lock:
            try:
                self._append(data)
            except OSError as error:
                raise ShipError(
                    f"Refused events cannot be written to {self.path}: {error.strerror}. {NOTHING_LOST}",
                    next_step="Free space, correct the mode or give another file (--dead-letters), then start again.",
                ) from error

    def _append(self, data: bytes) -> None:
        self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            size = os.fstat(descriptor).st_size
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, size)  # no half line: the events come again at the next start
                raise
        finally:
            os.close(descriptor)
