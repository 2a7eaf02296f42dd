"""The counts of a run of the shipper, and their display: one line on a terminal, a summary at the end."""

from __future__ import annotations

import datetime as dt
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from model_logs.ship.files.source import Source

__all__ = ["Progress", "Totals"]

_TRUNCATED = (
    "{:,} files were truncated while they were followed (copytruncate?): nobody can know whether lines were written"
    " between the last look and the cut. Rotate by rename instead."
)


@dataclass
class Totals:
    """Counts since the start.

    Attributes:
        read: Lines that became an event.
        created: Events that the cluster stored now.
        known: Events that it had already.
        unparsed: Of those read, the ones that became `unparsed`.
        ignored: Of those read, the ones that are not about models, as `other_lines.yml` says; they were not sent.
        refused: Events that it put into the failure store.
        dead_letters: Events that it refused outright; they are in the dead-letter file.
        bytes: Bytes of log files that are acknowledged.
        files: Files that were followed.
        retries: Requests and events that were sent again because the cluster could not take them.
        truncated: Files that were cut or written over while they were followed.
        gone: Files that ended (deleted, or renamed to a name that no pattern matches) and were read to their end.
        missed: Files that were lost sight of, or written over while no shipper ran: what stood in them last is not
            known.
        overlong: Lines above 4 MiB, of which only the beginning was kept.
        holes: Zero bytes that were skipped.
        unreadable: Files that could not be opened.
        checkpoint_failures: Times that the checkpoint could not be written.
        lag_bytes: Bytes in the files that are not acknowledged.
        lag_s: Age of the youngest acknowledged event while there are such bytes, else 0.
        partial: Bytes of last lines without an end, which were left.
        seconds: How long the run took.
        interrupted: Whether a signal ended a run that would have ended by itself.
    """

    read: int = 0
    created: int = 0
    known: int = 0
    unparsed: int = 0
    ignored: int = 0
    refused: int = 0
    dead_letters: int = 0
    bytes: int = 0
    files: int = 0
    retries: int = 0
    truncated: int = 0
    gone: int = 0
    missed: int = 0
    overlong: int = 0
    holes: int = 0
    unreadable: int = 0
    checkpoint_failures: int = 0
    lag_bytes: int = 0
    lag_s: float = 0.0
    partial: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    newest: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether everything that was written is in its stream; where that cannot be known, it is not said."""
        lost = self.refused or self.dead_letters or self.unreadable or self.missed or self.truncated
        return not (lost or self.interrupted)

    def age(self, now: dt.datetime) -> float:
        """Return how old the youngest acknowledged event is, in seconds; 0 when nothing waits or none has a time."""
        if not self.lag_bytes or not self.newest:
            return 0.0
        try:
            then = dt.datetime.fromisoformat(self.newest)
        except ValueError:
            return 0.0
        return max(0.0, (now - then).total_seconds())

    def measure(self, sources: Collection[Source]) -> None:
        """Bring the lag up to date.

        Args:
            sources: The files that are followed.
        """
        self.partial = sum(source.partial for source in sources)
        self.lag_bytes = sum(max(0, each.size() - each.acknowledged - each.partial) for each in sources)
        self.lag_s = self.age(dt.datetime.now(dt.UTC))

    def document(self) -> dict[str, object]:
        """Return the summary for `--output json`."""
        values = asdict(self)
        del values["newest"]
        values["seconds"] = round(self.seconds, 3)
        values["lag_s"] = round(self.lag_s, 3)
        values["events_per_second"] = round((self.created + self.known) / self.seconds, 1) if self.seconds else 0.0
        return values

    def sentences(self) -> list[str]:
        """Return the summary for people, the trouble last."""
        rate = self.created / self.seconds if self.seconds else 0.0
        lines = [
            (
                f"{self.created:,} events stored, {self.known:,} known already, from {self.files:,} files"
                f" ({self.bytes:,} bytes) in {self.seconds:.1f} s ({rate:,.0f}/s)."
            )
        ]
        trouble = [
            (self.unparsed, "{:,} lines were not understood: see the stream logs-model.unparsed-*."),
            (self.ignored, "{:,} lines are not about models, as other_lines.yml says: they were left out."),
            (self.refused, "{:,} events were refused and are in the failure store: see <stream>::failures."),
            (self.dead_letters, "{:,} events were refused outright: see the dead-letter file."),
            (self.truncated, _TRUNCATED),
            (self.missed, "{:,} files were lost sight of: what stood in them last may be missing."),
            (self.unreadable, "{:,} files could not be read."),
            (self.overlong, "{:,} lines were above 4 MiB; only their beginning was kept."),
            (self.checkpoint_failures, "{:,} times the checkpoint could not be written."),
            (self.partial, "{:,} bytes at the end of files are of lines that have not ended yet; they were left."),
            (self.lag_bytes, "{:,} bytes are not shipped yet; the next run goes on there."),
        ]
        lines += [sentence.format(count) for count, sentence in trouble if count]
        if self.interrupted:
            left = "some of the files may not be" if self.files else "nothing was"
            lines.append(
                f"The run was interrupted before its end: {left} shipped. Start it again; it goes on from there."
            )
        return lines


class Progress:
    """Tells on the way: one line that is written over on a terminal, else a line a minute while there is news.

    Args:
        totals: What to show.
        say: Called with each message where there is no terminal.
        shown: Whether there is a terminal; None asks standard error.
    """

    def __init__(self, totals: Totals, say: Callable[[str], None], *, shown: bool | None = None) -> None:
        self._totals = totals
        self._say = say
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._every = 0.5 if self._shown else 60.0
        self._before = (time.monotonic(), 0)
        self._width = 0

    def show(self, measure: Callable[[], None]) -> None:
        """Tell when it is time; `measure` brings the lag up to date."""
        now = time.monotonic()
        if now < self._before[0] + self._every:
            return
        totals = self._totals
        done = totals.created + totals.known
        rate = (done - self._before[1]) / max(now - self._before[0], 1e-9)
        news, self._before = done != self._before[1], (now, done)
        if not (self._shown or news):
            return
        measure()
        percent = 100 * totals.bytes / ((totals.bytes + totals.lag_bytes) or 1)
        refused = totals.refused + totals.dead_letters
        line = (
            f"{done:,} events ({rate:,.0f}/s)  known {totals.known:,}  refused {refused:,}"
            f"  {percent:.0f} % of the files  behind {totals.lag_bytes / 1e6:,.1f} MB, {totals.lag_s:,.0f} s"
        )
        if not self._shown:
            self._say(line)
            return
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def clear(self) -> None:
        """Take the line away, so that a message can be written."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


def newest_of(body: bytes) -> str:
    """Return the `@timestamp` of a document's body; empty when it has none."""
    try:
        found = orjson.loads(body).get("@timestamp", "")
    except orjson.JSONDecodeError:
        return ""
    return found if isinstance(found, str) else ""
