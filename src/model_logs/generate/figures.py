"""Renders the three figures at the head of README.md, from what `make bench` and `make proof` measured last."""

from __future__ import annotations

import json
from typing import Any

from model_logs import assets
from model_logs.node.support import render_support_table as with_the_node

__all__ = ["render_figures"]

_PAGE = "README.md"
_BEGIN = "<!-- Generated from docs/benchmarks.json and docs/proof.json by `make generate`: do not edit. -->\n"
_END = "<!-- End of the figures. -->\n"
_OURS = "model-logs"


def render_figures() -> dict[str, str]:
    """Return the README with the current figures between its two marks, and the current table of the node."""
    root = assets.root()
    benchmarks = json.loads((root / "docs" / "benchmarks.json").read_text(encoding="utf-8"))
    proof = json.loads((root / "docs" / "proof.json").read_text(encoding="utf-8"))
    before, begin, rest = with_the_node()[_PAGE].partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        return {}
    rows = [_speed(benchmarks), _loss(proof), _bytes(benchmarks)]
    table = "| | measured |\n|---|---|\n" + "".join(f"| {what} | {measured} |\n" for what, measured in rows)
    return {_PAGE: f"{before}{begin}\n{table}\n{end}{after}"}


def _speed(benchmarks: dict[str, Any]) -> tuple[str, str]:
    rows = {row["variant"]: row["ns"] for row in benchmarks["logger"]["figures"]["rows"]}
    ours = rows["logger.prediction"]
    others = ", ".join(
        f"{rows[name] / ours:.{digits}f} times as fast as {name}"
        for name, digits in (("python-json-logger", 1), ("ecs-logging", 0))
    )
    return "a prediction, checked and written", (
        f"**{ours / 1000:.1f} µs** of CPU: {others} ([figures](docs/benchmarks.md))"
    )


def _loss(proof: list[dict[str, Any]]) -> tuple[str, str]:
    """Sum up the cases in which nothing may be lost, and what the standard library's queue lost in the same ones."""
    ours = [row for row in proof if row["library"] == _OURS and row["promised"]]
    cases = {(row["group"], row["case"]) for row in ours}
    queue = [
        row for row in proof if row["library"] == "json-logger, QueueHandler" and (row["group"], row["case"]) in cases
    ]
    amiss = sum(row["lost"] + row["doubled"] for row in ours)
    written = sum(row["written"] for row in ours)
    lost, put = sum(row["lost"] for row in queue), sum(row["written"] for row in queue)
    return "lost or duplicate events, in the guaranteed cases", (
        f"**{amiss:,} of {written:,}** events in {len(ours)} cases of kills, forks, rotations and broken networks; a"
        f" `QueueHandler` lost {lost / put:.0%} in the {len(queue)} that it can run ([loss suite](docs/proof.md))"
    )


def _bytes(benchmarks: dict[str, Any]) -> tuple[str, str]:
    rows = benchmarks["storage"]["figures"]["rows"]
    (ours,) = [row for row in rows if row["variant"].startswith(_OURS)]
    return "a prediction on disk", (
        f"**{ours['bytes']:.0f} bytes**, {1 - ours['times_plain']:.0%} less than in a plain index: a million take"
        f" {ours['bytes'] / 1000:.1f} GB ([bytes on disk](docs/benchmarks.md#bytes-on-disk))"
    )
