"""The writer: one for each process, with an id of its own and a counter, so that a missing event can be seen.

Its `stamp` is all that a call needs for one millisecond, in one tuple that is replaced and never changed: a call that
has read it goes on with parts that belong together, whatever other threads do. The id is drawn at the first event,
and again in a forked child; events themselves are made in `_prediction` and `_emit`.
"""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import replace
from itertools import count
from threading import RLock
from time import gmtime, time_ns
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from model_logs._logger._config import Config, from_environment
from model_logs._logger._sink import FILE_LIMIT, Sink, complain, open_sink
from model_logs._logger._tally import Tally, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MIDDLE", "NEVER", "Stamp", "Writer"]

# Millisecond, begin of the line up to the sequence number, the numbers, heads of events as they were made before,
# `write` and its descriptor, the longest line.
Stamp: TypeAlias = "tuple[int, bytes, Iterator[bytes], dict[Any, bytes], Callable[[int, bytes], int], int, int]"
NEVER: Stamp = (-1, b"", iter(()), {}, os.write, -1, 0)
# Between the sequence number in the id and the sequence number.
MIDDLE = b'","sequence":'


class Writer:
    """Draws ids and sequence numbers, keeps the sink open and counts what happens.

    Attributes:
        stamp: What to write with; NEVER when something changed since.
        tail: The fields that stand in each event of this process, as JSON members.
        tally: The counters that `stats` shows.
        strict: Raise on what would only be counted; for tests.
    """

    def __init__(self) -> None:
        self.stamp: Stamp = NEVER
        self.tail = b""
        self.tally = Tally()
        self.strict = False
        self._config: Config | None = None
        self._sink: Sink | None = None
        self._captured: Callable[[int, bytes], int] | None = None
        self._lock = RLock()
        self._id = ""
        self._pid = -1
        self._counter = count(1)
        self._drawn_before = 0
        # What belongs together is replaced together: threads read these without the lock.
        self._identity: tuple[bytes, Iterator[bytes], dict[Any, bytes]] = (b"", iter(()), {})
        self._clock = (-1, b"")
        self._hooked = False

    @property
    def config(self) -> Config:
        """What `configure` and the environment say."""
        if self._config is None:
            self._config = from_environment()
        return self._config

    def configure(self, changes: dict[str, Any]) -> None:
        """Change the configuration, and open the file now, so that a mistake shows at the start."""
        with self._lock:
            before = self.config
            self._config = replace(before, **changes)
            self.stamp = NEVER
            if self._sink is not None and self._config.path != before.path:
                self._sink.close()
                self._sink = None
            if self._sink is None and not self._config.disabled:
                self._sink = open_sink(self._config.path, self.tally)
            self._describe()

    def tick(self, now: int) -> Stamp | None:
        """Return the stamp for a new millisecond, or None when nothing is to be written.

        Args:
            now: Milliseconds since 1970, UTC.
        """
        if self._pid != os.getpid():
            # Almost always at_fork was here before; a fork that Python does not know of is caught here.
            self.forget()
        second, ms = divmod(now, 1000)
        at, begin = self._clock
        if second != at or self.stamp is NEVER:
            with self._lock:
                if not self._prepare():
                    return None
                begin = b'{"@timestamp":"%04d-%02d-%02dT%02d:%02d:%02d' % gmtime(second)[:6]
                self._clock = (second, begin)
        identity, numbers, heads = self._identity
        prefix = b'%b.%03dZ","event":{"id":"%b-' % (begin, ms, identity)
        self.stamp = stamp = (now, prefix, numbers, heads, *self._target())
        return stamp

    def _target(self) -> tuple[Callable[[int, bytes], int], int, int]:
        if self._captured is not None:
            return self._captured, -1, FILE_LIMIT
        sink = self._sink
        return (sink.write, sink.fd, sink.limit) if sink is not None else NEVER[4:]

    def _prepare(self) -> bool:
        config = self.config
        if self._captured is None:
            if config.disabled:
                self.stamp = NEVER
                return False
            if self._sink is None:
                self._sink = open_sink(config.path, self.tally)
            else:
                self._sink.check()
        if not self._id:
            self._draw_id()
        return True

    def _draw_id(self) -> None:
        self._id = os.urandom(12).hex()
        self._pid = os.getpid()
        self._counter = count(1)
        self._describe()
        if not self._hooked:
            self._hooked = True
            os.register_at_fork(after_in_child=self.forget)
            atexit.register(self.close)
        self._finish_with_multiprocessing()

    def _finish_with_multiprocessing(self) -> None:
        # Its children leave through os._exit, which skips atexit and runs these.
        process = sys.modules.get("multiprocessing.process")
        util = sys.modules.get("multiprocessing.util")
        if process is not None and util is not None and process.parent_process() is not None:
            util.Finalize(None, self.close, exitpriority=0)

    def _describe(self) -> None:
        config = self.config
        service = {k: v for k, v in (("name", config.service), ("version", config.service_version)) if v}
        fields = {
            "process": {"entity_id": self._id, "pid": os.getpid()},
            "host": {"name": config.host},
            **({"service": service} if service else {}),
            "environment": config.environment,
        }
        self.tail = orjson.dumps(fields)[1:-1]
        self._identity = (self._id.encode(), map(orjson.dumps, self._counter), {})

    def forget(self) -> None:
        """Be nobody: the next event draws a new id. Called in a forked child."""
        self._lock = RLock()
        self.stamp = NEVER
        self._id = ""
        self._pid = os.getpid()
        self._clock = (-1, b"")
        self._drawn_before = 0
        self.tally.clear()

    def recover(self, line: bytes, error: OSError | None) -> None:
        """Save a line that was not written, or not whole, or count it as dropped."""
        if self._sink is not None:
            self._sink.recover(line, error)
            self.stamp = NEVER

    def survive(self, error: Exception) -> None:
        """Count an error of our own instead of raising it into serving code."""
        self.tally.add("dropped.internal")
        complain("internal", f"an event was dropped by an error of ours: {type(error).__name__}: {error}")

    def close(self) -> None:
        """End this writer with a `writer_closed` event; an event after it belongs to a new writer."""
        with self._lock:
            if not self._id or self._pid != os.getpid():
                return
            stamp = self.tick(time_ns() // 1_000_000)
            if stamp is None:
                return
            _, prefix, numbers, _, write, fd, _ = stamp
            number = next(numbers)
            line = b"".join(
                (
                    prefix,
                    number,
                    MIDDLE,
                    number,
                    b'},"event_type":"writer_closed","status":"success",',
                    self.tail,
                    b"}\n",
                )
            )
            self._drawn_before += drawn(self._counter) - 1
            self._id = ""
            self.stamp = NEVER
            try:
                if write(fd, line) != len(line):
                    self.recover(line, None)
            except OSError as error:
                self.recover(line, error)

    def divert(self, write: Callable[[int, bytes], int] | None) -> None:
        """Hand lines to a function instead of the sink, or, with None, to the sink again."""
        with self._lock:
            self._captured = write
            self.stamp = NEVER

    def stats(self) -> dict[str, Any]:
        """Return the counters of this process."""
        counts = self.tally.read()
        dropped = {name.partition(".")[2]: n for name, n in counts.items() if name.startswith("dropped.")}
        drawn_now = drawn(self._counter) - 1 if self._id else 0
        return {
            "writer": self._id or None,
            "sequence": drawn_now,
            "path": self.config.path,
            "written": self._drawn_before + drawn_now - sum(dropped.values()),
            "dropped": dropped,
            **{name: counts.get(name, 0) for name in COUNTERS},
        }


# What stats() shows beside written and dropped, with what each means in docs/logger.md.
COUNTERS = (
    "coerced",
    "incomplete",
    "invalid",
    "placeholder",
    "redacted",
    "reopened",
    "short_write",
    "truncated",
    "unknown_keyword",
)
