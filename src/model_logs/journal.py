"""A file of events that must not be lost: `write` returns with the line on the disk, or raises.

`model_logs.logger` serves predictions: it never raises, and holds in memory what a disk refuses. A registry's
receiver and a release gate need the opposite. They can ask their caller to come again, and so nothing may wait in
memory: `write` returns when the line was handed to the disk (`fsync`), or raises. The number of a line that was
refused is used for the next one, so that `audit` sees no gap where nothing was lost.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from model_logs._logger.complaints import prepare
from model_logs._logger.config import changes, from_environment
from model_logs._logger.emit import line_of
from model_logs._logger.writing.file import FILE_LIMIT, FileSink
from model_logs._logger.writing.writer import Writer
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from model_logs._logger.writing.identity import Number

__all__ = ["Journal", "JournalError"]

# Of the end of a file, when it is read again.
_TAIL_BYTES = 4 << 20


class JournalError(ModelLogsError):
    """An event could not be written to the disk; nothing of it is kept in memory.

    Attributes:
        written: How many of the events before it, in the same call, are on the disk.
    """

    written = 0


class _Numbers(Writer):
    """A writer that draws ids and numbers and counts; the journal itself hands the lines to the disk."""

    def __init__(self, service: str, environment: str | None) -> None:
        super().__init__()
        given = changes({"service": service, "environment": environment})
        self._config = replace(from_environment(), **given)
        self._describe()

    def _prepare(self) -> bool:
        return not self.config.disabled


class Journal:
    """A file of events that are on the disk when `write` returns.

    Several processes may write to one file. A forked process is a writer of its own.

    Args:
        path: The file; its folder is made where it is missing.
        service: `service.name` of each event.
        environment: `environment` of each event; the one of the logger's variables where it is None.
    """

    def __init__(self, path: str | os.PathLike[str], *, service: str, environment: str | None = None) -> None:
        prepare()
        self._writer = _Numbers(service, environment)
        self._sink = FileSink(str(Path(path).expanduser().absolute()), self._writer.tally)
        self._sink.held.most = 0
        self._service, self._environment = service, environment
        self._lock = threading.Lock()
        self._pid = 0
        # Numbers that were drawn for lines that the disk refused; they belong to the next lines.
        self._drawn: list[tuple[bytes, bytes, Number]] = []

    @property
    def path(self) -> str:
        """The file."""
        return self._sink.name

    def try_to_open(self) -> None:
        """See now that the file can be opened.

        Raises:
            JournalError: It cannot.
        """
        with self._lock:
            self._check()

    def write(self, event_type: str, fields: Mapping[str, Any]) -> None:
        """Write one event, and return when the disk has it.

        Args:
            event_type: One of the contract's.
            fields: Keywords of the contract; `event_id` and `timestamp` where they are not the writer's.

        Raises:
            JournalError: It is not on the disk; it can be written again.
        """
        self.write_all([(event_type, fields)])

    def write_all(self, events: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Write events in their order, and return their number when the disk has them: one `fsync` for all.

        Args:
            events: The type and the fields of each, as `write` takes them.

        Raises:
            JournalError: One is not on the disk; its `written` of those before it are.
        """
        # Whoever makes them may fail at it: before the first is written.
        made = list(events)
        with self._lock:
            if self._pid != os.getpid():
                self._begin()
            return self._write(made)

    def close(self) -> None:
        """End this writer with a `writer_closed` event, as far as the disk lets us."""
        with self._lock:
            if self._pid != os.getpid() or self._writer.stats()["writer"] is None:
                return
            try:
                self._write([("writer_closed", {"status": "success"})])
            except JournalError:
                return
            # Whoever writes after this is another writer.
            self._pid = 0

    def tail(self) -> Iterator[bytes]:
        """Yield the lines at the end of the file (4 MiB), the oldest first; none where there is no file."""
        try:
            with Path(self.path).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                if size > _TAIL_BYTES:
                    file.readline()
                yield from file
        except OSError:
            return

    def _begin(self) -> None:
        """Begin as a new writer: the first event of this process."""
        self._writer = _Numbers(self._service, self._environment)
        self._sink.tally = self._writer.tally
        self._sink.after_fork()
        self._drawn = []
        self._pid = os.getpid()

    def _write(self, events: list[tuple[str, Mapping[str, Any]]]) -> int:
        appended, error = 0, None
        if events:
            self._check()
        for event_type, fields in events:
            stamp = self._writer.current(time())
            if stamp is None:
                raise JournalError(
                    "The logger is disabled by MODEL_LOGS_DISABLED, and this event must not be lost.",
                    next_step="Unset that variable for this process.",
                )
            if appended == len(self._drawn):
                self._drawn.append(self._writer.draw(stamp))
            line = line_of(self._writer, stamp, event_type, fields, FILE_LIMIT, self._drawn[appended])
            error = self._sink.put([line])
            if error is not None:
                break
            appended += 1
        if appended:
            try:
                os.fsync(self._sink.fd)
            except OSError as refused:
                # Nobody knows which of the lines the disk has; their numbers and ids are used again.
                appended, error = 0, refused
        del self._drawn[:appended]
        if error is not None:
            raise self._refused(error, appended) from error
        return appended

    def _check(self) -> None:
        self._sink.be_patient()
        if not self._sink.check():
            error = self._sink.refused or OSError("it cannot be opened")
            raise self._refused(error) from error

    def _refused(self, error: OSError, written: int = 0) -> JournalError:
        found = JournalError(
            f"{self.path} did not take an event: {error.strerror or error}.",
            next_step="Nothing of it was stored: repair the disk, and let the caller send it again.",
        )
        found.written = written
        return found
