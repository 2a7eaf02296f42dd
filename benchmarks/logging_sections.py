"""The sections of the bench that are about the logger: cost, latency of a call, threads and processes, memory.

Each returns a `Section`. What is compared stands in `logger_limit` and `rivals`, how in `blocks`.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import logger_limit
from benchmarks.adapters import ADAPTERS
from benchmarks.blocks import calls, measure, quiet
from benchmarks.logger_limit import MODEL, VARIANTS
from benchmarks.rivals import RIVALS, SAME_WORK
from benchmarks.section import Goal, Section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from benchmarks.blocks import Call, Turns, Variant

__all__ = ["latency", "logger", "memory", "threads"]

_OWN = VARIANTS | ADAPTERS
OURS = "logger.prediction"
JSON_LOGGER = "python-json-logger"
# What the acceptance test asks of the ways through other libraries, by how their names begin.
_THROUGH = ("structlog", "stdlib")
_THREADS = 4


def _ours(name: str) -> bool:
    return name in _OWN and name not in RIVALS and name not in {"limit", "control", "write only"}


def _row(name: str, turns: dict[str, Turns]) -> dict[str, Any]:
    own, lines = turns[name], turns[name].lines
    size = lines.size / turns["limit"].lines.size - 1
    return {
        "variant": name.strip(),
        "ours": _ours(name),
        "times_limit": own.times(turns["limit"]),
        "faster_than_json_logger": turns[JSON_LOGGER].times(own),
        "ns": statistics.median(own.cpu),
        "bytes": lines.size,
        "same_size": abs(size) <= 0.05,
        "written": lines.written,
        "found": lines.found,
    }


def logger(*, quick: bool) -> Section:
    """Return CPU time of an event against the limit, for the logger and for the others."""
    turns = measure(_OWN | RIVALS | SAME_WORK, 15 if quick else 100)
    rows = [_row(name, turns) for name in turns]
    by_name = {row["variant"]: row for row in rows}
    ours, control = by_name[OURS], by_name["control"]["times_limit"]
    goals = [
        Goal("logger, declared fields: times the limit", ours["times_limit"], 1.15, wish=1.05),
        Goal("logger: times faster than python-json-logger", ours["faster_than_json_logger"], 6.5, most=False),
    ]
    goals += [
        Goal(f"{row['variant']}: times the limit", row["times_limit"], 1.9, wish=1.6)
        for row in rows
        if row["ours"] and row["variant"].startswith(_THROUGH)
    ]
    return Section({"rows": rows}, control, quiet(control), goals)


def _quietest_core() -> int:
    """Return the core that did the least for half a second."""

    def busy() -> dict[int, int]:
        found = {}
        for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
            name, *ticks = line.split()
            if name.startswith("cpu") and name != "cpu":
                found[int(name[3:])] = sum(map(int, ticks)) - int(ticks[3]) - int(ticks[4])
        return found

    if not hasattr(os, "sched_getaffinity"):
        return 0
    before = busy()
    time.sleep(0.5)
    after = busy()
    return min(os.sched_getaffinity(0), key=lambda core: after[core] - before[core])


def _nothing(path: str) -> Any:
    """Return a block that does nothing: what the measurement of a single call costs itself."""
    Path(path).touch()
    return lambda _: None


def _share(ordered: list[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _latencies(name: str, blocks: list[Call]) -> dict[str, Any]:
    everything = sorted(itertools.chain.from_iterable(block.took for block in blocks))
    kept = [block for block in blocks if not block.taken_away]
    alone = sorted(itertools.chain.from_iterable(block.took for block in kept))
    return {
        "variant": name.strip(),
        "ours": _ours(name),
        "calls": len(everything),
        **{f"p{share * 100:g}": _share(everything, share) for share in (0.5, 0.99, 0.999)},
        "calls_undisturbed": len(alone),
        **{f"p{share * 100:g}_undisturbed": _share(alone, share) for share in (0.5, 0.99, 0.999) if alone},
    }


def latency(*, quick: bool) -> Section:
    """Return the percentiles of a single call by the clock, all variants in turns on one core."""
    chosen = {"limit", "control", OURS, "  a message with a secret"} | {
        name for name in ADAPTERS if name.startswith(_THROUGH)
    }
    variants: dict[str, Variant] = {"nothing": _nothing}
    variants |= {name: variant for name, variant in _OWN.items() if name in chosen}
    variants |= {name: variant for name, variant in RIVALS.items() if "logstash" not in name and "=" not in name}
    core = _quietest_core()
    taken, lines = calls(variants, 100 if quick else 600, core)
    rows = [_latencies(name, blocks) for name, blocks in taken.items()]
    for row, found in zip(rows, lines.values(), strict=True):
        row |= {"written": found.written, "found": found.found}
    by_name = {row["variant"]: row for row in rows}
    # Block by block, as elsewhere: the medians of calls of the same round.
    control = statistics.median(
        statistics.median(again.took) / statistics.median(first.took)
        for first, again in zip(taken["limit"], taken["control"], strict=True)
    )
    for row in rows:
        row["p99_times_limit"] = row["p99"] / by_name["limit"]["p99"]
    goals = [Goal("p99 of a call, µs", by_name[OURS].get("p99_undisturbed", by_name[OURS]["p99"]) / 1000, 10)]
    return Section({"core": core, "rows": rows}, control, quiet(control), goals)


def threads(*, quick: bool) -> Section:
    """Return what four threads, and four processes, that write to one file at once cost for each event."""
    names = ["limit", "control", OURS, *(name for name in ADAPTERS if name.startswith(_THROUGH))]
    variants = {name: _OWN[name] for name in names}
    variants |= {name: RIVALS[name] for name in (JSON_LOGGER, "structlog, fast recipe")}
    rounds = 6 if quick else 20
    figures: dict[str, Any] = {}
    controls = []
    for kind, parallel in (("threads", {"threads": _THREADS}), ("processes", {"processes": _THREADS})):
        turns = measure(variants, rounds, block_ms=10, **parallel)
        figures[kind] = [
            _row(name, turns) | {"clock_times_limit": turns[name].times(turns["limit"], by_clock=True)}
            for name in turns
        ]
        controls.append(turns["control"].times(turns["limit"]))
    worst = max(controls, key=lambda control: abs(control - 1))
    return Section(figures, worst, quiet(worst), [])


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _grow(name: str, path: str, events: int, *, traced: bool, pipe: Connection) -> None:
    """Write that many events, each with an id of its own and one of 5,000 versions, and send what memory did."""
    # Set up as the logger of the variants is.
    write = _limit_of_one(path) if name == "limit" else logger_limit._logger(path).prediction  # noqa: SLF001
    samples = []
    if traced:
        tracemalloc.start()
    for number in range(events + events // 10):
        write(
            model_name=MODEL,
            model_version=str(number % 5000),
            request_id=f"{number:032x}",
            latency_ms=number % 997 / 7,
            prediction_label="legitimate",
            prediction_score=number % 1009 / 1009,
        )
        # The first tenth fills caches and is not looked at.
        if number >= events // 10 and number % (events // 10) == 0:
            samples.append(tracemalloc.get_traced_memory()[0] if traced else _resident())
            os.truncate(path, 0)
    samples.append(tracemalloc.get_traced_memory()[0] if traced else _resident())
    pipe.send(samples)


def _limit_of_one(path: str) -> Any:
    import orjson

    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(**fields: Any) -> None:
        os.write(fd, orjson.dumps(fields, None, orjson.OPT_APPEND_NEWLINE))

    return write


def memory(*, quick: bool) -> Section:
    """Return how much memory a process has gained after a million events, by the kernel and by tracemalloc."""
    events = 100_000 if quick else 1_000_000
    rows: list[dict[str, Any]] = [
        {
            "variant": name,
            "ours": _ours(name),
            "measured_by": "tracemalloc" if traced else "resident size",
            "samples": samples,
        }
        | {"gained": samples[-1] - samples[0], "gained_per_event": (samples[-1] - samples[0]) / events}
        for name, traced, samples in _grown(events)
    ]
    goals = [
        Goal(f"bytes gained for each event, {row['measured_by']}", row["gained_per_event"], 0.1)
        for row in rows
        if row["variant"] == OURS
    ]
    return Section({"events": events, "rows": rows}, None, quiet=True, goals=goals)


def _grown(events: int) -> Iterator[tuple[str, bool, list[int]]]:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for name, traced in itertools.product(("limit", OURS), (False, True)):
            ours, theirs = context.Pipe()
            path = str(Path(folder) / f"{name}-{traced}.log")
            process = context.Process(
                target=_grow, args=(name, path, events), kwargs={"traced": traced, "pipe": theirs}
            )
            process.start()
            theirs.close()
            yield name, traced, ours.recv()
            process.join()
