"""Runs the loss suite and writes its table: `python -m benchmarks.proof --output docs/proof`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.proof.cases import CASES, Case
from benchmarks.proof.journey import JOURNEYS, Journey, come_through, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.proof.tally import Tally

__all__: list[str] = []

Row = tuple["Case | Journey", str, "Tally"]

_INTRODUCTION = """\
# What is lost: the loss suite

Written by `make proof`. Each case runs real processes; *written* counts the calls of the library that came back,
*found* those of them that stand in what was written, *doubled* the second copies, *torn* the lines that are not one
whole JSON object. *Told* is how many losses the library counted itself (`logger.stats()`); the others count none.
The other libraries are the control: same run, same fields, each set up as its own documentation says.
"""


def _markdown(rows: list[Row]) -> str:
    parts = [_INTRODUCTION]
    group = ""
    for case, variant, came_to in rows:
        if case.group != group:
            group = case.group
            parts.append(f"\n## {group}\n")
            parts.append("| case | library | written | found | lost | lost % | doubled | torn | told |")
            parts.append("|---|---|--:|--:|--:|--:|--:|--:|--:|")
        share = 100 * came_to.lost / came_to.written if came_to.written else 0.0
        name = f"**{variant}**" if variant == "model-logs" else variant
        told = "-" if came_to.told is None else came_to.told
        parts.append(
            f"| {case.name} | {name} | {came_to.written} | {came_to.found} | {came_to.lost} | {share:.2f} |"
            f" {came_to.doubled} | {came_to.torn} | {told} |"
        )
    return "\n".join(parts) + "\n"


def _broken(case: Case | Journey, variant: str, came_to: Tally) -> str:
    """Return what model-logs promised and did not keep in this case; empty when all is well."""
    if variant != "model-logs":
        return ""
    if came_to.torn and case.promised:
        return f"{came_to.torn} torn lines"
    if case.promised and came_to.lost:
        return f"{came_to.lost} lost"
    if isinstance(case, Journey):
        return f"{came_to.doubled} doubled" if case.promised and came_to.doubled else ""
    # Killed processes cannot tell; where they can, every loss must have been counted.
    if not case.promised and came_to.lost > (came_to.told or 0) and "copytruncate" not in case.name:
        return f"{came_to.lost} lost, {came_to.told} told"
    return ""


def _came(case: Case | Journey, variant: str, came_to: Tally) -> Row:
    print(f"{case.group}: {case.name}: {variant}: {came_to}", file=sys.stderr)
    return case, variant, came_to


def _cases(only: str, library: str) -> Iterator[Row]:
    """Run the writers through their cases."""
    for case in CASES:
        if only not in f"{case.group} {case.name}":
            continue
        for variant in case.variants:
            if library in variant:
                with tempfile.TemporaryDirectory(prefix="model-logs-proof-") as folder:
                    yield _came(case, variant, case.run(variant, Path(folder) / "case"))


def _journeys(only: str, library: str) -> Iterator[Row]:
    """Run the shipper through its cases; the node is started only when one was chosen."""
    chosen = [journey for journey in JOURNEYS if only in f"{journey.group} {journey.name}"]
    if not chosen or library not in "model-logs":
        return
    with world() as here:
        for journey in chosen:
            if here.proxied or not journey.proxied:
                yield _came(journey, "model-logs", come_through(here, journey))


def main() -> None:
    """Run the chosen cases, write the tables, and exit 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run cases whose group or name contains this")
    parser.add_argument("--library", default="", help="run libraries whose name contains this")
    parser.add_argument("--output", type=Path, help="write OUTPUT.md and OUTPUT.json")
    options = parser.parse_args()
    rows = [*_cases(options.only, options.library), *_journeys(options.only, options.library)]
    text = _markdown(rows)
    if options.output:
        options.output.with_suffix(".md").write_text(text, encoding="utf-8")
        data = [
            {"group": case.group, "case": case.name, "library": variant, **asdict(came_to)}
            for case, variant, came_to in rows
        ]
        options.output.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    else:
        print(text)
    broken = [(case, said) for case, variant, came_to in rows if (said := _broken(case, variant, came_to))]
    for case, said in broken:
        print(f"Promise not kept: {case.group}: {case.name}: {said}", file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
