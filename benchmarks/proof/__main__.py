"""Runs the loss suite and writes its table: `python -m benchmarks.proof --output docs/proof`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.proof.cases import CASES, Case, networked
from benchmarks.proof.journey import JOURNEYS, Journey, come_through, world
from benchmarks.proof.toxiproxy import running

if TYPE_CHECKING:
    from benchmarks.proof.tally import Tally
    from benchmarks.proof.toxiproxy import Toxiproxy

__all__: list[str] = []

Row = tuple["Case | Journey", str, "Tally"]

_INTRODUCTION = """\
# What is lost: the loss suite

`make proof` writes this page. Each case runs real processes, and disturbs them.

- *written*: calls of the library that returned
- *found*: events of these calls in the output
- *doubled*: second copies of an event
- *torn*: lines that are not one whole JSON object
- *told*: losses that the library counted itself (`logger.stats()`); the other libraries count none
- *times*: how often the disturbance happened, if that is counted

The other libraries are the control: same run, same fields, each set up by its own documentation (a queue's
listener is stopped at exit, a database of unsent events is opened again). On the way to Elasticsearch the control
is the run without a disturbance. In a case without a guarantee, every loss must be told. Only the shipper can tell a
loss by `copytruncate`, and does ([ship](ship.md)).
"""


def _markdown(rows: list[Row], seconds: float) -> str:
    load = os.getloadavg()[2]
    took = (
        f"It took {seconds / 60:.0f} minutes on {os.cpu_count()} cores, whose load over the last 15 was {load:.0f}."
    )
    parts = [_INTRODUCTION, f"{took}\n"]
    group = ""
    for case, variant, came_to in rows:
        if case.group != group:
            group = case.group
            parts.append(f"\n## {group}\n")
            parts.append("| case | library | written | found | lost | lost % | doubled | torn | told | times |")
            parts.append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        share = 100 * came_to.lost / came_to.written if came_to.written else 0.0
        name = f"**{variant}**" if variant == "model-logs" else variant
        told, times = ("-" if n is None else n for n in (came_to.told, came_to.times))
        name = name if case.promised or variant != "model-logs" else f"{name} (not promised)"
        parts.append(
            f"| {case.name} | {name} | {came_to.written} | {came_to.found} | {came_to.lost} | {share:.2f} |"
            f" {came_to.doubled} | {came_to.torn} | {told} | {times} |"
        )
    return "\n".join(parts) + "\n"


def _broken(case: Case | Journey, variant: str, came_to: Tally) -> str:
    """Return what model-logs promised and did not keep in this case; empty when all is well."""
    # Killed processes cannot tell; where they can, every loss that is not promised away must have been counted.
    untold = came_to.lost - (came_to.told or 0)
    found = {
        "nothing was written": not came_to.written,
        "the harm was not done": came_to.times == 0 and "control" not in case.name,
        f"{came_to.doubled} doubled": came_to.doubled,
        f"{came_to.lost} lost": case.promised and came_to.lost,
        f"{came_to.lost} lost, {came_to.told} told": untold > 0 and "copytruncate" not in case.name,
    }
    return next((said for said, wrong in found.items() if wrong), "") if variant == "model-logs" else ""


class _Clock:
    """Says how far the run is."""

    def __init__(self, planned: int) -> None:
        self._planned = planned
        self._done = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def came(self, case: Case | Journey, variant: str, came_to: Tally) -> Row:
        """Return the row of a case that is done."""
        with self._lock:
            self._done += 1
            counts = ", ".join(f"{name} {n}" for name, n in asdict(came_to).items() if n is not None)
            passed = f"{time.monotonic() - self._began:.0f} s"
            print(
                f"[{self._done}/{self._planned}, {passed}] {case.group}: {case.name}: {variant}: {counts}",
                file=sys.stderr,
            )
        return case, variant, came_to


def _run_cases(chosen: list[tuple[Case, str]], clock: _Clock) -> list[Row]:
    """Run the writers through their cases."""
    rows: list[Row] = []
    for case, variant in chosen:
        with tempfile.TemporaryDirectory(prefix="model-logs-proof-") as folder:
            rows.append(clock.came(case, variant, case.run(variant, Path(folder) / "case")))
    return rows


def _run_journeys(chosen: list[Journey], toxiproxy: Toxiproxy | None, clock: _Clock) -> list[Row]:
    """Run the shipper through its cases; the node is started only when one was chosen."""
    if not chosen:
        return []
    with world(toxiproxy) as here:
        return [clock.came(journey, "model-logs", come_through(here, journey)) for journey in chosen]


def _run(only: str, library: str) -> list[Row]:
    """Run what was chosen: the writers on one side, and the shipper on the other at the same time."""
    with running() as toxiproxy:
        proxied = list(networked(toxiproxy)) if toxiproxy else []
        if not toxiproxy:
            for journey in JOURNEYS:
                if journey.proxied:
                    print(f"Skipped: {journey.group}: {journey.name}", file=sys.stderr)
        cases = [
            (case, variant)
            for case in (*CASES, *proxied)
            for variant in case.variants
            if only in f"{case.group} {case.name}" and library in variant
        ]
        journeys = [
            journey
            for journey in JOURNEYS
            if only in f"{journey.group} {journey.name}"
            and library in "model-logs"
            and (toxiproxy or not journey.proxied)
        ]
        clock = _Clock(len(cases) + len(journeys))
        with ThreadPoolExecutor(1) as side:
            shipped = side.submit(_run_journeys, journeys, toxiproxy, clock)
            return [*_run_cases(cases, clock), *shipped.result()]


def main() -> None:
    """Run the chosen cases, write the tables, and exit 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run cases whose group or name contains this")
    parser.add_argument("--library", default="", help="run libraries whose name contains this")
    parser.add_argument("--output", type=Path, help="write OUTPUT.md and OUTPUT.json")
    options = parser.parse_args()
    began = time.monotonic()
    rows = _run(options.only, options.library)
    broken = [(case, said) for case, variant, came_to in rows if (said := _broken(case, variant, came_to))]
    text = _markdown(rows, time.monotonic() - began)
    if options.output:
        options.output.with_suffix(".md").write_text(text, encoding="utf-8")
        data = [
            {"group": case.group, "case": case.name, "library": variant, "promised": case.promised, **asdict(came_to)}
            for case, variant, came_to in rows
        ]
        options.output.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    else:
        print(text)
    for case, said in broken:
        print(f"Promise not kept: {case.group}: {case.name}: {said}", file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
