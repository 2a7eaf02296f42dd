"""Runs variants of the same work in turns, a process for each, and says what every turn cost: the bench's harness.

In each round every variant runs one block of a few milliseconds, in shuffled order and one at a time, so that what
else the machine does meets all of them alike; costs of the same round are then compared, never those of different
ones. Every line that is written is parsed and counted. What the variants are is told by `logger_limit` and `rivals`.
"""

from __future__ import annotations

import array
import contextlib
import functools
import multiprocessing
import os
import random
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

__all__ = ["CONTROL", "Block", "Call", "Lines", "Turns", "Values", "Variant", "calls", "measure", "quiet", "values"]

Values = list[tuple[str, float, str, float]]
Block = Callable[[Values], None]
Variant = Callable[[str], Block]

BLOCK_MS = 5.0
CONTROL = (0.97, 1.03)
_KEEP_BYTES = 64 << 20
_CALLS = 100
# Before the single calls of a block, so that they meet a process that has just worked, as in a serving one.
_WARMING = 20


def quiet(ratio: float) -> bool:
    """Return whether something compared with itself came out the same, so that the run says anything."""
    return CONTROL[0] <= ratio <= CONTROL[1]


@functools.cache
def values(n: int = 2048) -> Values:
    """Return what changes from event to event: request id, latency, class, score."""
    made = random.Random(7)  # noqa: S311 - the same values in each process
    return [
        (
            f"{made.getrandbits(128):032x}",
            made.lognormvariate(2.5, 0.6),
            made.choice(("legitimate", "suspicious")),
            made.random(),
        )
        for _ in range(n)
    ]


@dataclass
class Lines:
    """What was found in a variant's file.

    Attributes:
        written: Calls that came back.
        found: Lines there, each of them parsed.
        size: Median bytes of a line.
    """

    written: int = 0
    found: int = 0
    size: float = 0


@dataclass
class Turns:
    """Nanoseconds for each event, by round: of CPU in all threads and processes, and of the clock."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    lines: Lines = field(default_factory=Lines)

    def times(self, other: Turns, *, by_clock: bool = False) -> float:
        """Return the median of this variant's cost over the other's in the same round."""
        pairs = zip(self.wall, other.wall, strict=True) if by_clock else zip(self.cpu, other.cpu, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


@dataclass(frozen=True)
class Call:
    """Single calls of one block: nanoseconds of each, and how often the kernel took the core away meanwhile."""

    took: array.array[int]
    taken_away: int


def _block(block: Block, n: int, threads: int) -> tuple[int, int]:
    """Return the CPU time and the clock time of n events in each thread."""
    chosen = (values(min(n, 2048)) * (n // 2048 + 1))[:n]
    others = [threading.Thread(target=block, args=(chosen,)) for _ in range(threads if threads > 1 else 0)]
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    if others:
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()
    else:
        block(chosen)
    return time.process_time_ns() - cpu, time.perf_counter_ns() - wall


def _calls(block: Block, n: int) -> tuple[bytes, int]:
    """Return the clock time of each of n calls as bytes, and how often the core was taken away."""
    took, now = array.array("q", bytes(8 * n)), time.perf_counter_ns
    ones = [[value] for value in values(n)]
    for one in ones[:_WARMING]:
        block(one)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    for index, one in enumerate(ones):
        begin = now()
        block(one)
        took[index] = now() - begin
    return took.tobytes(), resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw - before


def _work(variant: Variant, path: str, pipe: Connection, threads: int, core: int | None) -> None:
    """Do what is asked for until told to end: n events as a block, or, where n is negative, as single calls."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    block = variant(path)
    while n := pipe.recv():
        pipe.send(_calls(block, -n) if n < 0 else _block(block, n, threads))
    pipe.close()


class _Group:
    """The processes of one variant, which write to the same file."""

    def __init__(self, variant: Variant, path: Path, processes: int, threads: int, core: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.path, self.lines, self._read_most, self._parallel = path, Lines(), 0, threads * processes
        self._pipes, self._processes = [], []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(variant, str(path), theirs, threads, core))
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def run(self, n: int) -> tuple[float, float]:
        """Return CPU and clock nanoseconds for each event of a block."""
        began = time.perf_counter_ns()
        for pipe in self._pipes:
            pipe.send(n)
        answers = [pipe.recv() for pipe in self._pipes]
        wall = time.perf_counter_ns() - began if len(answers) > 1 else answers[0][1]
        events = n * self._parallel
        self.lines.written += events
        self._tidy()
        return sum(cpu for cpu, _ in answers) / events, wall / events

    def calls(self, n: int) -> Call:
        """Return what each of n calls took."""
        self._pipes[0].send(-n)
        took, taken_away = self._pipes[0].recv()
        self.lines.written += n
        self._tidy()
        self.lines.written += min(n, _WARMING)
        found = array.array("q")
        found.frombytes(took)
        return Call(found, taken_away)

    def end(self) -> None:
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.send(0)
        for process in self._processes:
            process.join(20)
        self._read()

    def _tidy(self) -> None:
        if self.path.stat().st_size > _KEEP_BYTES:
            self._read()
            os.truncate(self.path, 0)

    def _read(self) -> None:
        """Parse and count every line; one that is no JSON ends the run. Lines of `x` are the raw write's."""
        sizes = []
        with self.path.open("rb") as file:
            for line in file:
                sizes.append(len(line))
                if not line.startswith(b"xx"):
                    orjson.loads(line)
        self.lines.found += len(sizes)
        # Of the part with most lines: the last one may be a logger's good-bye alone.
        if len(sizes) > self._read_most:
            self._read_most, self.lines.size = len(sizes), statistics.median(sizes)


@contextlib.contextmanager
def _groups(
    variants: dict[str, Variant], processes: int, threads: int, core: int | None
) -> Iterator[dict[str, _Group]]:
    with tempfile.TemporaryDirectory() as folder:
        groups: dict[str, _Group] = {}
        try:
            for index, (name, variant) in enumerate(variants.items()):
                groups[name] = _Group(variant, Path(folder) / f"{index}.log", processes, threads, core)
            yield groups
        finally:
            for group in groups.values():
                group.end()


def measure(
    variants: dict[str, Variant], rounds: int, *, processes: int = 1, threads: int = 1, block_ms: float = BLOCK_MS
) -> dict[str, Turns]:
    """Return what each variant's blocks cost, round by round.

    Args:
        variants: Name → what opens a file and returns the function that writes a block of events.
        rounds: How many blocks of each are compared.
        processes: How many write to the same file at once.
        threads: How many in each process.
        block_ms: About how much CPU time a block takes in each thread.
    """
    turns = {name: Turns() for name in variants}
    with _groups(variants, processes, threads, None) as groups:
        sizes = dict.fromkeys(variants, 200)
        for name, group in groups.items():
            for _ in range(5):
                cost, _ = group.run(sizes[name])
                sizes[name] = max(20, int(block_ms * 1e6 / cost))
        for _ in range(rounds):
            for name in random.sample(list(variants), len(variants)):
                cpu, wall = groups[name].run(sizes[name])
                turns[name].cpu.append(cpu)
                turns[name].wall.append(wall)
    for name, group in groups.items():
        turns[name].lines = group.lines
    return turns


def calls(
    variants: dict[str, Variant], rounds: int, core: int | None
) -> tuple[dict[str, list[Call]], dict[str, Lines]]:
    """Return what single calls of each variant took, block by block, all on one core.

    Args:
        variants: As for `measure`.
        rounds: How many blocks of 100 calls.
        core: The core that all of them run on, in turns.
    """
    taken: dict[str, list[Call]] = {name: [] for name in variants}
    with _groups(variants, 1, 1, core) as groups:
        for group in groups.values():
            group.calls(_CALLS)
        for _ in range(rounds):
            for name in random.sample(list(variants), len(variants)):
                taken[name].append(groups[name].calls(_CALLS))
    return taken, {name: group.lines for name, group in groups.items()}
