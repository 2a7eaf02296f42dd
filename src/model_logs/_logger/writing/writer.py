"""The writer: one for each process, with an id of its own and a counter, so that a missing event can be seen.

Its `stamp` is all that a call needs for one millisecond, in one tuple that is replaced and never changed: a call that
has read it goes on with parts that belong together, whatever other threads do. The id is drawn at the first event,
and again in a forked child. Events themselves are made in `prediction` and `emit`.
"""

from __future__ import annotations

import atexit
import os
import stat
import sys
from _thread import RLock
from dataclasses import replace
from itertools import count
from time import gmtime, time

from model_logs._logger.complaints import complain, prepare
from model_logs._logger.config import Config, from_environment, say_unlisted
from model_logs._logger.encoding.features import sampled
from model_logs._logger.encoding.line_prefix import LinePrefixes
from model_logs._logger.outcome import prepare_stacks
from model_logs._logger.writing.counters import Tally, drawn
from model_logs._logger.writing.file import FILE_LIMIT, FileSink
from model_logs._logger.writing.held import Held
from model_logs._logger.writing.identity import Identity
from model_logs._logger.writing.stream import StreamSink
from model_logs.redaction import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from model_logs._logger.writing.identity import Number
    from model_logs._logger.writing.sink import Sink

__all__ = ["COUNTERS", "NEVER", "Stamp", "Write", "Writer"]

Write: TypeAlias = "Callable[[int, bytes], int]"
# From when to when it holds (seconds since 1970), the line up to the last digits of the number in the id, what
# stands between those and the last digits of the sequence number, the digits, ends of lines that were made before,
# `write` and its descriptor.
Stamp: TypeAlias = "tuple[float, float, bytes, bytes, Iterator[Number], LinePrefixes, Write, int]"
NEVER: Stamp = (0.0, 0.0, b"", b"", iter(()), LinePrefixes(b""), os.write, -1)
# What stats() shows beside written and dropped; what each means stands in docs/logger.md.
COUNTERS = (
    "coerced",
    "incomplete",
    "invalid",
    "open_failed",
    "placeholder",
    "redacted",
    "reopened",
    "short_write",
    "truncated",
    "unknown_keyword",
    "written_later",
)


class Writer:
    """Draws ids and sequence numbers, keeps the sink open and counts what happens.

    Attributes:
        stamp: What to write with; NEVER when something changed since.
        tally: The counters that `stats` shows.
        redact: Replaces secrets in text; None when redaction is off.
        trace: Give each event the active trace and span.
        features_sample: The share of requests whose features are written.
        strict: Raise on what would only be counted; for tests.
    """

    def __init__(self) -> None:
        self.stamp: Stamp = NEVER
        self.tally = Tally()
        self.redact: Callable[[str], str] | None = None
        self.trace = False
        self.features_sample = 0.0
        self.strict = False
        self._config: Config | None = None
        self._identity: Identity | None = None
        self._clock = (-1, b"")
        self._closed = False
        # Counts what could not be counted otherwise; taking one needs no frame and next to no memory.
        self.at_the_end = count()
        self._closing: Write = self._write_closing
        self._held = Held()
        self._sink: Sink | None = None
        self._file: FileSink | None = None
        self._captured: Write | None = None
        self._lock = RLock()
        self._pid = os.getpid()
        self._hooked = False

    @property
    def config(self) -> Config:
        """The configuration from `configure` and the environment."""
        if self._config is None:
            self._config = from_environment()
        return self._config

    def configure(self, changes: dict[str, Any]) -> None:
        """Change the configuration, and open the file now, so that a mistake shows at the start."""
        with self._lock:
            self._hook()
            self._config = replace(self.config, **changes)
            self._closed = False
            if self._identity is not None:
                self._identity.describe(self._config)
            if not self._config.disabled:
                self._open()
            self.stamp = NEVER

    def ready(self) -> Writer:
        """Load the modules that an error will need, and return this writer."""
        if not self._hooked:
            self._hook()
        return self

    def current(self, now: float) -> Stamp | None:
        """Return the stamp that holds at a time, or None when nothing is to be written."""
        stamp = self.stamp
        return stamp if stamp[0] <= now < stamp[1] else self.tick(now)

    def tick(self, now: float) -> Stamp | None:
        """Return the stamp for a new millisecond or a new block of numbers; None when nothing is to be written.

        Args:
            now: Seconds since 1970, UTC.
        """
        if self._pid != os.getpid():
            # Almost always `forget` ran in the child already; a fork that Python does not know of is caught here.
            self.forget()
        ms = int(now * 1000)
        second = ms // 1000
        at, begin = self._clock
        identity = self._identity
        if second != at or identity is None or self.stamp is NEVER:
            with self._lock:
                if self._captured is None and not self._prepare():
                    return None
                if self._identity is None:
                    self._identity = Identity(self.config)
                    self._finish_with_multiprocessing()
                begin = b'{"@timestamp":"%04d-%02d-%02dT%02d:%02d:%02d.' % gmtime(second)[:6]
                self._clock = (second, begin)
                identity = self._identity
        digits, numbers = identity.block
        prefix = b'%b%03dZ","event":{"id":"%b-%b' % (begin, ms % 1000, identity.name, digits)
        write, fd = self._target()
        stamp = (ms / 1000, (ms + 1) / 1000, prefix, b'","sequence":' + digits, numbers, identity.heads, write, fd)
        self.stamp = stamp
        if self._target()[0] is not write:
            # A line of another thread was refused meanwhile: what follows waits behind it.
            self.stamp = NEVER
        return stamp

    def draw(self, stamp: Stamp) -> tuple[bytes, bytes, Number]:
        """Draw a sequence number; return the parts of the line around its two places, and its last digits."""
        while (number := next(stamp[4], None)) is None:
            with self._lock:
                if self._identity is not None:
                    self._identity.next_block()
            stamp = self.tick(time()) or stamp
        return stamp[2], stamp[3], number

    def _target(self) -> tuple[Write, int]:
        if self._captured is not None:
            return self._captured, -1
        sink = self._sink
        if sink is None:
            return os.write, -1
        return (self._closing if self._closed else sink.write), sink.fd

    @property
    def captures(self) -> bool:
        """Whether lines go to a test instead of the sink."""
        return self._captured is not None

    @property
    def limit(self) -> int:
        """The longest line in bytes."""
        return self._sink.limit if self._captured is None and self._sink is not None else FILE_LIMIT

    def _prepare(self) -> bool:
        """Open the configured sink where it is not open; false when logging is off."""
        if self.config.disabled:
            return False
        self._hook()
        if self._sink is None:
            self._open()
        else:
            self._sink.check()
        return True

    def _open(self) -> None:
        config, held = self.config, self._held
        path, held.most, held.most_bytes = config.path, config.hold_events, config.hold_bytes
        if path is not None and _is_file(path):
            self._file = sink = self._file or FileSink(path, self.tally, held)
            sink.move(path)
            self._sink = sink
        elif not isinstance(self._sink, StreamSink) or self._sink.path != path:
            stream = StreamSink(path, self.tally, held)
            stream.check()
            self._sink = stream
        if self._sink is not None:
            # What waited for the place before goes to this one.
            self._sink.flush()
        say_unlisted(config.environment)
        self._describe()
        # The expressions are compiled now, and not while a request is served.
        redact("token")

    def _describe(self) -> None:
        self.redact = redact if self.config.redact else None
        self.trace = self.config.trace
        self.features_sample = self.config.features_sample
        if self.features_sample:
            sampled("", self.features_sample)  # the hash is loaded now, and not at the interpreter's end

    def _hook(self) -> None:
        if not self._hooked:
            self._hooked = True
            # What it takes to tell of an error is loaded while there is none.
            prepare()
            prepare_stacks()
            os.register_at_fork(after_in_child=self.forget)
            atexit.register(self.end)

    def _finish_with_multiprocessing(self) -> None:
        # Its children leave through os._exit, which skips atexit and runs these. Not before the first event: they
        # forget at their start what was registered while their main module was imported.
        process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
        if process is not None and util is not None and process.parent_process() is not None:
            util.Finalize(None, self.end, exitpriority=0)

    def forget(self) -> None:
        """Be nobody: the next event draws a new id. Called in a forked child."""
        self._lock = RLock()
        self._pid = os.getpid()
        self._identity = None
        self._clock = (-1, b"")
        self._closed = False
        # The parent writes what it holds.
        self._held.clear()
        self.stamp = NEVER
        self.tally.clear()
        for sink in (self._sink, self._file):
            if sink is not None:
                sink.after_fork()

    def recover(self, line: bytes, error: OSError | None) -> None:
        """Recover a line that was not, or not wholly, written, or count it as dropped."""
        if self._sink is not None:
            self._sink.recover(line, error)
        else:
            # The process was told to be silent while this event was on its way.
            self.tally.add("dropped.disabled")
        self.stamp = NEVER

    def survive(self, error: Exception) -> None:
        """Count an error of our own instead of raising it into serving code; never raise.

        Memory or the stack may be at its end, and then nothing works but what needs neither.
        """
        try:
            self.tally.add("dropped.internal")
            complain("internal", f"an event was dropped by an error in model-logs: {type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001 - all that is left is to count, without a call of Python's
            for _ in self.at_the_end:
                break

    def close(self) -> None:
        """End this writer with a `writer_closed` event, and write held lines.

        An event that comes later has the next number of the same writer, and a `writer_closed` of its own behind it:
        a server may log a few lines more before it ends, and nobody tells us that it does.
        """
        with self._lock:
            if self._pid != os.getpid() or self._captured is not None:
                return
            identity = self._identity
            if identity is not None and not self._closed:
                self.write_close()
                self._closed = True
                self.stamp = NEVER
            if self._sink is not None:
                self._sink.flush(last=True)

    def end(self) -> None:
        """Close at the end of the process: lines that cannot be written now are dropped, counted and reported."""
        self.close()
        if self._pid == os.getpid() and self._sink is not None:
            self._sink.abandon()

    @property
    def closes(self) -> bool:
        """Whether `close` was called; each later event then closes the writer again."""
        return self._closed and self._captured is None

    def write_close(self) -> None:
        """Write the `writer_closed` event."""
        stamp = self.tick(time())
        if stamp is None:
            return
        prefix, middle, (number, _) = self.draw(stamp)
        body = b'},"event_type":"writer_closed","status":"success",'
        self._write(b"".join((prefix, number, middle, number, body, stamp[5].tail, b"}\n")))

    def _write_closing(self, _: int, line: bytes) -> int:
        """Write a line and the `writer_closed` event behind it."""
        self._write(line)
        self.write_close()
        return len(line)

    def _write(self, line: bytes) -> None:
        sink = self._sink
        if sink is None:
            return
        try:
            if sink.write(sink.fd, line) != len(line):
                self.recover(line, None)
        except OSError as error:
            self.recover(line, error)

    def divert(self, write: Write, *, strict: bool) -> tuple[Any, ...]:
        """Hand lines to a function instead of the sink, under another identity; return the state for `restore`."""
        with self._lock:
            before = (self._identity, self.tally, self._captured, self.strict, self._closed)
            self._identity, self.tally, self._captured, self.strict = None, Tally(), write, strict
            self._closed = False
            self._describe()
            self.stamp = NEVER
            return before

    def restore(self, before: tuple[Any, ...]) -> None:
        """Write to the sink again."""
        with self._lock:
            self._identity, self.tally, self._captured, self.strict, self._closed = before
            self.stamp = NEVER

    def stats(self) -> dict[str, Any]:
        """Return the counters of this process."""
        # Read in this order, an event that another thread writes meanwhile is not lost or held before it is drawn.
        counts = self.tally.read()
        held = len(self._held.lines) if self._captured is None else 0
        dropped = {name.partition(".")[2]: n for name, n in counts.items() if name.startswith("dropped.")}
        if uncounted := drawn(self.at_the_end):
            dropped["internal"] = dropped.get("internal", 0) + uncounted
        identity = self._identity
        drawn_now = identity.drawn if identity is not None else 0
        # An error of ours happens before a number is drawn.
        lost = sum(n for reason, n in dropped.items() if reason != "internal")
        return {
            "writer": identity.name.decode() if identity is not None else None,
            "sequence": drawn_now,
            "path": self.config.path,
            "written": drawn_now - lost - held,
            "held": held,
            "dropped": dropped,
            **{name: counts.get(name, 0) for name in COUNTERS},
        }


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        # Not there yet, or not to be seen: opening it will tell.
        return True
