"""Runs the bench and writes its page: `make bench`.

    python -m benchmarks [--quick] [--only SECTION]... [--output FOLDER]

A whole run takes a quarter of an hour, more on a busy machine, and writes docs/benchmarks.md, docs/benchmarks.json
and docs/images/bench-*.svg. With `--only`, the other sections of the page stay as they were. `--quick` measures
little and writes nothing unless told where. It exits 4 when a section was too noisy to say anything.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import logging_sections, report
from benchmarks.applying import applying
from benchmarks.blocks import quiet
from benchmarks.section import Goal, Section
from benchmarks.storage import storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

__all__: list[str] = []

_ALONE: dict[str, Callable[..., Section]] = {
    "logger": logging_sections.logger,
    "latency": logging_sections.latency,
    "threads": logging_sections.threads,
    "memory": logging_sections.memory,
}
_ON_A_NODE = ("apply", "shipper", "storage")
_LIBRARIES = (
    *("ecs-logging", "elasticsearch", "loguru", "model-logs", "orjson", "python-json-logger"),
    *("python-logstash-async", "structlog"),
)


def _cpu() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _measured(name: str, measure: Callable[[], Section]) -> dict[str, Any]:
    """Return a section's figures with the conditions under which they came about."""
    print(f"{name}: measuring", file=sys.stderr)
    before, began = os.getloadavg()[0], time.monotonic()
    section = measure()
    section.conditions = {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "seconds": round(time.monotonic() - began, 1),
        "load_before": before,
        "load_after": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "python": platform.python_version(),
        "versions": {library: version(library) for library in _LIBRARIES},
    }
    said = "measured" if section.quiet else "too noisy"
    print(f"{name}: {said} in {section.conditions['seconds']} s", file=sys.stderr)
    return section.as_dict()


def _shipper(url: str, *, quick: bool) -> Section:
    from benchmarks.shipper_bulk import measure

    found: dict[str, Any] = measure(
        url, events=10_000 if quick else 60_000, rounds=3 if quick else 5, senders=2, batch=5_000
    )
    goals = [Goal("shipper: share of raw _bulk", found["ratio"], 0.70, wish=0.95, most=False)]
    return Section(found, found["control"], quiet(found["control"]), goals)


def _on_a_node(chosen: list[str], *, quick: bool) -> dict[str, Any]:
    """Start a development node and measure on it; `apply` first, as the others leave things behind."""
    from elasticsearch import Elasticsearch

    from model_logs.node import start_node

    def with_client(name: str, client: Elasticsearch, url: str) -> Section:
        if name == "apply":
            return applying(client, quick=quick)
        return _shipper(url, quick=quick) if name == "shipper" else storage(client, url, quick=quick)

    with (
        tempfile.TemporaryDirectory() as home,
        start_node(Path(home), heap="1g", stop_with_parent=True) as node,
        Elasticsearch(node.url, request_timeout=120) as client,
    ):
        return {
            name: _measured(name, lambda name=name: with_client(name, client, node.url))  # type: ignore[misc]
            for name in _ON_A_NODE
            if name in chosen
        }


def main() -> int:
    """Measure what was chosen, and write or print it."""
    names = [*_ALONE, *_ON_A_NODE]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds and events, to see that it works")
    parser.add_argument("--only", action="append", choices=names, help="this section; may be given several times")
    parser.add_argument("--output", type=Path, help="the folder to write to; docs, or, with --quick, none")
    options = parser.parse_args()
    chosen = options.only or names
    found = {
        name: _measured(name, lambda run=run: run(quick=options.quick))  # type: ignore[misc]
        for name, run in _ALONE.items()
        if name in chosen
    }
    if set(chosen) & set(_ON_A_NODE):
        found |= _on_a_node(chosen, quick=options.quick)
    folder = options.output or (None if options.quick else Path(__file__).parents[1] / "docs")
    if folder:
        older = folder / "benchmarks.json"
        kept = json.loads(older.read_text(encoding="utf-8")) if older.exists() else {}
        report.write(folder, report.merged(kept, found))
        print(f"Written: {folder / 'benchmarks.md'}", file=sys.stderr)
    else:
        print(report.markdown(report.merged({}, found), pictures=False))
    return 0 if all(section["quiet"] for section in found.values()) else 4


if __name__ == "__main__":
    sys.exit(main())
