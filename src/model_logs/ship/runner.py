"""The run of a shipper: read, parse, batch, send, acknowledge, remember; until the end or a signal.

One thread reads and parses, `senders` wait for the cluster. What this module guarantees: a checkpoint never passes
bytes that are not acknowledged; every line that is read is sent, known, refused with a count, or read again later.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import TYPE_CHECKING

from model_logs.errors import ShipError
from model_logs.parse import Origin, Parser
from model_logs.ship.figures import ShipFigures
from model_logs.ship.files.checkpoint import Checkpoint, Lock
from model_logs.ship.files.descriptors import budget
from model_logs.ship.files.follow import Follower
from model_logs.ship.sending.bulk import Batch, Settler
from model_logs.ship.sending.dead_letters import DeadLetters
from model_logs.ship.sending.patience import Patience
from model_logs.ship.sending.sender_threads import Senders
from model_logs.ship.sending.wire import TemporaryError, Wire
from model_logs.ship.text_lines import stop_for_text
from model_logs.ship.totals import Progress, Totals, newest_of
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.cluster import Connection
    from model_logs.parse import Document
    from model_logs.ship.files.checkpoint import Entry
    from model_logs.ship.files.chunks import Chunk
    from model_logs.ship.files.source import Source
    from model_logs.ship.settings import Settings

__all__ = ["Shipper"]

# A checkpoint says how far we may send before the next one: after a crash only that stretch is in doubt.
_RESERVE = 64 << 20
# While nobody knows whether the cluster has the events of a file, they are looked up. The answer to the first few may
# end the doubt: until it comes, the next batch is parsed and waits.
_FIRST_IN_DOUBT = 500
_CHECKPOINT_EVERY = 1.0
_SHORTEST_PAUSE = 0.01


class _InterruptedError(Exception):
    """A signal came while the main thread waited for the senders."""


class Shipper:
    """Ships files to a cluster until they end, or until `stop`.

    Args:
        connection: Which cluster.
        settings: What, and how patiently.
        say: Called with each message for people.
        show_progress: Whether to write a line over and over; None asks whether standard error is a terminal.
    """

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        *,
        say: Callable[[str], None],
        show_progress: bool | None = None,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self.totals = Totals()
        self.figures = ShipFigures(self.totals)
        self._progress = Progress(self.totals, say, shown=show_progress)
        self._tell = say
        self._patience = Patience(settings.max_wait, self._say)
        self._parser = Parser(
            environments=settings.environments,
            default_environment=settings.default_environment,
            other_lines=settings.other_lines,
            attested=settings.attested,
        )
        self._stopping = 0
        self._batch = Batch()
        self._saved = 0.0
        self._dirty = False
        self._save_error: OSError | None = None
        self._checkpoint: Checkpoint
        self._follower: Follower
        self._senders: Senders

    def stop(self) -> None:
        """Ask the run to end: what is read is sent and acknowledged, the rest stays for the next run.

        The second time, it does not wait for what is under way. Safe in a signal handler and from any thread.
        """
        self._stopping += 1

    def run(self) -> Totals:
        """Ship.

        Returns:
            What was done; `totals` holds it as well when this raises.

        Raises:
            ShipError: No file matches (with `once`), another shipper holds the state, or it cannot go on.
            ClusterError: The cluster cannot be used, or is not prepared.
        """
        settings = self._settings
        started = time.monotonic()
        with Lock(settings.state):
            wire = Wire(self._connection)
            cluster = self._reached(wire)
            if cluster is None:
                self.totals.interrupted = settings.once
                return self.totals
            self._checkpoint = Checkpoint(settings.state, cluster)
            self._follower = Follower(
                settings.patterns,
                self._entries(),
                grace=settings.grace,
                avoid=(settings.state, settings.dead_letter_path),
                totals=self.totals,
                say=self._say,
                most_open=budget(len(wire) * (settings.senders + 1)),
            )
            settler = Settler(wire, self._patience, DeadLetters(settings.dead_letter_path), self._say)
            self._senders = Senders(settings.senders, settler.settle)
            try:
                self._first_look()
                self._follow()
                self._flush()
            finally:
                self._finish()
                self.totals.interrupted = self.totals.interrupted and self._stopping > 0
                self.totals.seconds = time.monotonic() - started
        if self._save_error is not None:
            raise ShipError(
                f"The checkpoint {self._checkpoint.path} cannot be written: {self._save_error.strerror}. What was"
                " shipped is in the cluster; the next run sends the last part again, and nothing is stored twice.",
                next_step="Free space for it, or give another folder with --state.",
            )
        return self.totals

    def _say(self, message: str) -> None:
        self._progress.clear()
        self._tell(message)

    def _reached(self, wire: Wire) -> str | None:
        """Wait for the cluster and return its UUID; None when a signal came first."""
        attempt = 0
        while not self._stopping:
            try:
                cluster = wire.greet()
                missing = wire.templates_missing()
            except TemporaryError as error:
                self._patience.wait(attempt, str(error))
                attempt += 1
                continue
            self._patience.answered()
            if missing:
                raise ShipError(
                    f"{wire.shown} has no index template of model-logs: what we sent would land in streams of another"
                    " shape.",
                    next_step="Run `elk-bootstrap apply` first, then start again.",
                )
            return cluster.uuid
        return None

    def _entries(self) -> list[Entry]:
        if self._settings.from_start:
            return []
        entries, message = self._checkpoint.load()
        if message:
            self._say(message)
        return entries

    def _first_look(self) -> None:
        now = time.monotonic()
        self._follower.scan(now)
        self._follower.adopt(now)
        if self._follower.sources:
            return
        missing = self._follower.missing_message()
        if self._settings.once:
            raise ShipError(
                missing if not self.totals.unreadable else "No file that matches can be read.",
                next_step="Check the path; quote a pattern, so that the shell does not expand it: 'logs/*.log*'.",
            )
        self._say(f"{missing} Waiting for one.")

    def _follow(self) -> None:
        """Read and send until everything is done (`once`) or a signal comes."""
        settings, follower = self._settings, self._follower
        # A run that ends by itself was interrupted wherever it ends otherwise.
        self.totals.interrupted = settings.once
        pause, next_scan, last_look = _SHORTEST_PAUSE, 0.0, False
        while not self._stopping:
            now = time.monotonic()
            if now >= next_scan and not settings.once:
                follower.scan(now)
                next_scan = now + max(1.0, settings.poll)
            try:
                moved = self._round(now)
            except _InterruptedError:
                return
            self._acknowledge()
            follower.release(now)
            self._progress.show(self._measure)
            self.figures.round_ended(now, self._batch, self._senders, self._measure)
            if moved:
                pause = _SHORTEST_PAUSE
                continue
            if self._batch.ends and self._may_submit and (settings.once or self._senders.idle):
                self._flush()
            elif not self._senders.idle:
                self._acknowledge(pause)
                pause = min(pause * 2, settings.poll)
            elif not settings.once:
                time.sleep(pause)
                pause = min(pause * 2, settings.poll)
            elif last_look:
                follower.unfinished()
                self.totals.interrupted = False
                return
            else:
                # A rotation during the first look may have hidden a file from it.
                last_look = True
                follower.scan(now)

    def _round(self, now: float) -> bool:
        """Take the next lines of each file; return whether there were any."""
        moved = False
        for source in list(self._follower.sources.values()):
            if self._settings.once:
                if source.goal is None:
                    source.goal = source.size()
                if source.position >= source.goal:
                    continue
            chunk = self._follower.read(source, now)
            if chunk is not None:
                moved = True
                self._take(source, chunk)
        return moved

    def _take(self, source: Source, chunk: Chunk) -> None:
        """Parse the lines of a chunk into batches."""
        settings, parse, totals = self._settings, self._parser.parse, self.totals
        most_bytes, most_events = settings.batch_bytes, settings.batch_events
        if source.doubtful and self._senders.idle:
            most_events = min(most_events, _FIRST_IN_DOUBT)
        totals.holes += chunk.holes
        totals.overlong += chunk.overlong
        ingested = iso(dt.datetime.now(dt.UTC))
        # A file's name may be bytes that are no text; an event is text.
        path = os.fsencode(source.path).decode("utf-8", "replace")
        origin = Origin(path, source.device, source.inode, source.identity, chunk.offset)
        batch = self._batch
        begin = start = chunk.offset
        before = totals.read
        for line, size in zip(chunk.lines, chunk.sizes or map(len, chunk.lines), strict=True):
            offset = start
            start += size + 1
            text = line
            if line[:1] != b"{":
                text = line.lstrip(b"\0")  # a loss of power leaves zeros before the next line
                totals.holes += len(line) - len(text)
            document = parse(text, origin, ingested=ingested, offset=offset)
            if not document.entry:
                self._left_out(source, document)
                continue
            totals.read += 1
            if document.unparsed:
                totals.unparsed += 1
                if self._parser.missing:
                    stop_for_text(document, self._parser.missing, path, offset)
            batch.documents.append(document)
            batch.size += len(document.entry)
            if batch.size >= most_bytes or len(batch.documents) >= most_events:
                self._mark(source, begin, start, totals.read - before)
                try:
                    self._submit()
                except _InterruptedError:
                    source.position = start  # the rest of the chunk is for the next run
                    raise
                batch, begin, before = self._batch, start, totals.read
        self._mark(source, begin, chunk.end, totals.read - before)

    def _left_out(self, source: Source, document: Document) -> None:
        """Count a line that is not about models; an empty one is none."""
        if document.ignored:
            self.totals.read += 1
            self.totals.ignored += 1
            self._batch.left_out[source, document.ignored] += 1

    def _mark(self, source: Source, begin: int, end: int, lines: int) -> None:
        """Note that the batch holds what stands in the source up to `end`."""
        batch = self._batch
        batch.ends[source] = end
        batch.lines[source] += lines
        batch.doubtful = batch.doubtful or begin < source.doubtful_until

    @property
    def _may_submit(self) -> bool:
        """Whether a sender could take the batch, and no answer is awaited that may save it from being looked up."""
        senders = self._senders
        return senders.idle or not (senders.full or any(source.doubtful for source in self._batch.ends))

    def _submit(self) -> None:
        """Hand the batch to the senders, after a checkpoint where one is due."""
        while not self._may_submit:
            self._acknowledge(0.1)
            self._progress.show(self._measure)
            if self._stopping:
                raise _InterruptedError
        self._flush()

    def _flush(self) -> None:
        """Hand over what the batch holds, full or not."""
        batch, self._batch = self._batch, Batch()
        if not batch.ends:
            return
        batch.doubtful = batch.doubtful or any(source.doubtful for source in batch.ends)
        if any(end > source.reserved for source, end in batch.ends.items()):
            self._save()
        self._senders.submit(batch)

    def _acknowledge(self, timeout: float = 0.0) -> None:
        """Count what the senders have settled, and remember it.

        Raises:
            ModelLogsError: A batch failed.
        """
        totals = self.totals
        for batch in self._senders.settled(timeout):
            if batch.failure is not None:
                raise batch.failure
            for source, end in batch.ends.items():
                totals.bytes += end - source.acknowledged
                source.acknowledged = end
                source.lines += batch.lines[source]
                # What was refused says nothing of the events behind it.
                source.doubtful = batch.known > 0 or (source.doubtful and not batch.created)
            for (source, pattern), count in batch.left_out.items():
                source.left_out += count
                self._checkpoint.left_out[pattern] += count
            totals.created += batch.created
            totals.known += batch.known
            totals.refused += batch.refused
            totals.dead_letters += batch.dead_letters
            totals.retries += batch.retries
            if batch.documents:
                totals.newest = newest_of(batch.documents[-1].body) or totals.newest
            self._dirty = True
        if self._dirty and time.monotonic() - self._saved >= _CHECKPOINT_EVERY:
            self._save()

    def _save(self, *, last: bool = False) -> None:
        """Write the checkpoint; a failure is counted and said, and the one before stays."""
        sources = list(self._follower.sources.values())
        entries = [
            source.entry(reserve=0 if last and source.acknowledged == source.position else _RESERVE)
            for source in sources
        ]
        self._saved, self._dirty = time.monotonic(), False
        try:
            self._checkpoint.save([*self._follower.waiting_entries, *entries])
        except OSError as error:
            self.totals.checkpoint_failures += 1
            if self._save_error is None:
                self._say(
                    f"The checkpoint {self._checkpoint.path} cannot be written: {error.strerror}. Shipping goes on;"
                    " after a crash more would be sent again. Free space for it."
                )
            self._save_error = error
            self._dirty = True
        else:
            self._save_error = None
        for source, entry in zip(sources, entries, strict=True):
            source.reserved = entry.reserved

    def _measure(self) -> None:
        self.totals.measure(self._follower.sources.values())

    def _finish(self) -> None:
        """End the senders, acknowledge what they settled, and write the last checkpoint."""
        deadline = time.monotonic() + self._settings.stop_wait
        try:
            while not self._senders.idle and time.monotonic() < deadline and self._stopping <= 1:
                self._acknowledge(0.1)
        except Exception:  # noqa: BLE001, S110 - raised from `_follow` already, or a batch that stays for the next run
            pass
        self._patience.abort.set()
        self._senders.close()
        self._measure()
        self._save(last=True)
        self._follower.close()
        self._progress.clear()
