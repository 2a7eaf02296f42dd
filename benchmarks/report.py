"""Writes what the bench found: `benchmarks.json` with every figure, `benchmarks.md` with tables, and the plots.

A page is made from the JSON alone, so that a run of one section keeps the others as they were, each with the load
and the date of its own run. Nothing is measured here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.pictures import bars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["markdown", "merged", "write"]

Found = dict[str, Any]

_HEAD = """\
# Benchmarks: speed and size

`make bench` writes this page with its plots and [every figure as JSON](benchmarks.json); do not edit it by hand.

Each figure is a ratio against a control of the same run. For the logger, blocks of about 5 ms take turns in shuffled
order, one process for each variant. The ratio of CPU time is taken within a round, and the median of all rounds
counts. The control is also compared with itself: if that ratio is below 0.97 or above 1.03, the section says
**too noisy**, and its figures are uncertain. Every written line was parsed and counted.

The load beside each section shows the other work of the machine. If it is above the number of cores, figures by the
clock (calls, threads, everything with a cluster) are those of a busy machine, not of a quiet one.
"""
# Beyond this a bar would make all others too short to be told apart.
_LONGEST_BAR = 60


def _table(head: str, rows: Iterable[list[str]]) -> str:
    names = head.split("|")
    lines = ["| " + " | ".join(names) + " |", "|---" + "|--:" * (len(names) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _name(row: Found) -> str:
    return f"**{row['variant']}**" if row["ours"] else str(row["variant"])


def _picture(name: str, alt: str) -> str:
    return (
        f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="images/bench-{name}-dark.svg">\n'
        f'  <img src="images/bench-{name}-light.svg" alt="{alt}">\n</picture>\n'
    )


def _logger(figures: Found) -> str:
    rows = figures["rows"]
    text = (
        "The limit is `orjson.dumps` of a dict of the same 16 fields, its timestamp, id and number constant, and one"
        " `os.write`. All others write a live timestamp. *Write only* makes no line at all.\n\n"
    )
    text += _table(
        "variant|times the limit|times as fast as python-json-logger|ns|bytes|written|found",
        (
            [
                _name(row),
                f"{row['times_limit']:.2f}",
                f"{row['faster_than_json_logger']:.2f}",
                f"{row['ns']:,.0f}",
                f"{row['bytes']:.0f}" + ("" if row["same_size"] else " ¹"),
                f"{row['written']:,}",
                f"{row['found']:,}",
            ]
            for row in rows
        ),
    )
    text += (
        "\n¹ The line is more than 5 % longer or shorter than the limit's: more fields, a message instead of fields,"
        " or fields that the library's options cannot remove.\n\n"
        "One line more than written is `writer_closed`, which the logger writes at the end. python-logstash-async's"
        " thread is counted until its lines have arrived at a TCP sink.\n"
    )
    return text


def _latency(figures: Found) -> str:
    def micro(value: float | None) -> str:
        return "-" if value is None else f"{value / 1000:,.1f}"

    text = (
        "A call by the clock, in microseconds; blocks of 100 calls in turns on one core. *Undisturbed* are the blocks"
        " in which the kernel did not give the core to another process;"
        " the target applies to these. *Nothing* is the cost of the measurement itself.\n\n"
    )
    return text + _table(
        "variant|p50|p99|p99.9|calls|p50 undisturbed|p99 undisturbed|p99.9 undisturbed|calls",
        (
            [
                _name(row),
                *(micro(row[f"p{share}"]) for share in ("50", "99", "99.9")),
                f"{row['calls']:,}",
                *(micro(row.get(f"p{share}_undisturbed")) for share in ("50", "99", "99.9")),
                f"{row['calls_undisturbed']:,}",
            ]
            for row in figures["rows"]
        ),
    )


def _threads(figures: Found) -> str:
    text = ""
    for kind in ("threads", "processes"):
        text += f"\nFour {kind} that write to one file at once:\n\n" + _table(
            "variant|CPU: times the limit|clock: times the limit|times as fast as python-json-logger|written|found",
            (
                [
                    _name(row),
                    f"{row['times_limit']:.2f}",
                    f"{row['clock_times_limit']:.2f}",
                    f"{row['faster_than_json_logger']:.2f}",
                    f"{row['written']:,}",
                    f"{row['found']:,}",
                ]
                for row in figures[kind]
            ),
        )
    return text


def _memory(figures: Found) -> str:
    text = (
        f"After a tenth to fill caches, {figures['events']:,} events, each with a request id of its own and one of"
        " 5,000 versions of the model. *Gained* is the difference between end and beginning; the spread is the range"
        " in between.\n\n"
    )
    return text + _table(
        "variant|measured by|gained, bytes|for each event|spread, bytes",
        (
            [
                _name(row),
                row["measured_by"],
                f"{row['gained']:,}",
                f"{row['gained_per_event']:.3f}",
                f"{max(row['samples']) - min(row['samples']):,}",
            ]
            for row in figures["rows"]
        ),
    )


def _shipper(figures: Found) -> str:
    text = (
        "Raw `_bulk` sends finished bodies of the same documents from memory, with as many connections, to the same"
        " node, in turns. The shipper reads, parses, checks and batches a file and keeps its checkpoint: one"
        " process.\n\n"
    )
    text += _table(
        "what|events per second|share of raw|CPU of its process, µs for each event",
        [
            ["raw `_bulk`", f"{figures['raw_per_second']:,}", "1.00", f"{figures['raw_cpu_us']:.1f}"],
            [
                "**model-logs ship**",
                f"{figures['ship_per_second']:,}",
                f"{figures['ratio']:.2f}",
                f"{figures['ship_cpu_us']:.1f}",
            ],
            ["raw `_bulk` again, the control", "", f"{figures['control']:.2f}", ""],
        ],
    )
    return text + (
        f"\n{figures['events']:,} events in each of {figures['rounds']} rounds. The node spent"
        f" {figures['cluster_cpu_us']:.0f} µs of CPU on an event of raw `_bulk`. By the CPU time of node and sender"
        f" together the shipper reaches {figures['cpu_ratio']:.2f} of raw, which a busy machine disturbs less.\n"
        + _without_forms(figures.get("without_forms"))
    )


def _without_forms(figures: Found | None) -> str:
    """What `parse/forms.py` is good for: it stays as long as the share falls below 0.9 without it."""
    if not figures:
        return ""
    # Of a run of its own where it says when; else of the run of the table.
    apart = f" ({figures['measured']}; with them {figures['cpu_ratio_with']:.2f})" if "measured" in figures else ""
    return (
        f"\nWithout `parse/forms.py`, which takes lines of a known form by one expression, the shipper needs"
        f" {figures['ship_cpu_us']:.1f} µs for an event and reaches {figures['cpu_ratio']:.2f} of raw by CPU"
        f" time{apart}.\n"
    )


def _storage(figures: Found) -> str:
    text = (
        f"{figures['events']:,} events of four models, {figures['bytes_as_json']:.0f} bytes each as JSON, merged to"
        " one segment on the development node. Replicas, which would double all of it, are left out.\n\n"
    )
    return text + _table(
        "index|bytes for each event|times the plain index",
        ([str(row["variant"]), f"{row['bytes']:.0f}", f"{row['times_plain']:.2f}"] for row in figures["rows"]),
    )


def _apply(figures: Found) -> str:
    text = "From a cluster that holds nothing of ours: `plan` and `apply` together, for three environments.\n\n"
    text += _table(
        "what|seconds|requests|of these PUT|in bare requests|times the second",
        (
            [
                str(row["variant"]),
                f"{row['seconds']:.2f}",
                str(row["requests"]),
                str(row["methods"].get("PUT", 0)),
                f"{row['bare_requests']:.0f}",
                f"{row['times_second']:.1f}",
            ]
            for row in figures["rows"]
        ),
    )
    return text + f"\nA bare request (`GET /`) took {figures['bare_request_seconds'] * 1000:.1f} ms.\n"


_SECTIONS: dict[str, tuple[str, Callable[[Found], str]]] = {
    "logger": ("The logger against the limit and against others", _logger),
    "latency": ("How long a call takes", _latency),
    "threads": ("Four threads, four processes", _threads),
    "memory": ("Memory", _memory),
    "shipper": ("The shipper against raw `_bulk`", _shipper),
    "storage": ("Bytes on disk", _storage),
    "apply": ("First and second `apply`", _apply),
}


def _plots(sections: Found) -> dict[str, tuple[str, list[tuple[str, float, bool]], str]]:
    """Return name → title, rows and unit of each plot that the sections have data for."""
    plots = {}
    if "logger" in sections:
        rows = [
            (row["variant"], row["times_limit"], row["ours"])
            for row in sections["logger"]["figures"]["rows"]
            if row["times_limit"] <= _LONGEST_BAR and row["variant"] != "control"
        ]
        plots["logger"] = ("CPU time of an event", rows, "times the limit; less is better")
    if "latency" in sections:
        rows = [
            (row["variant"], row["p50"] / 1000, row["ours"])
            for row in sections["latency"]["figures"]["rows"]
            if row["variant"] not in {"control", "nothing"}
        ]
        plots["latency"] = ("Half of all calls take less than", rows, "microseconds; less is better")
    if "storage" in sections:
        rows = [
            (row["variant"].replace("`", ""), row["bytes"], row["variant"].startswith("model-logs"))
            for row in sections["storage"]["figures"]["rows"]
        ]
        plots["storage"] = ("An event on disk", rows, "bytes; less is better")
    if "shipper" in sections:
        found = sections["shipper"]["figures"]
        rows = [("raw _bulk", found["raw_per_second"], False), ("model-logs ship", found["ship_per_second"], True)]
        plots["shipper"] = ("Events into the node", rows, "per second; more is better")
    return plots


def _promises(sections: Found) -> str:
    rows = []
    for section in sections.values():
        for goal in section["goals"]:
            asked = f"{'at most' if goal['most'] else 'at least'} {goal['limit']:g}"
            wish = f" (better: {goal['wish']:g})" if goal["wish"] else ""
            verdict = ("met" if goal["met"] else "**not met**") if section["quiet"] else "too noisy to say"
            rows.append([goal["what"], f"{goal['found']:.2f}", asked + wish, verdict])
    return "\n## Targets\n\n" + _table("figure|measured|target|verdict", rows) if rows else ""


def _conditions(section: Found) -> str:
    of, control = section["conditions"], section["control"]
    text = (
        f"{of['date']}, {of['cores']} cores ({of['cpu']}), Python {of['python']}. Load of the machine over one"
        f" minute: {of['load_before']:.1f} before, {of['load_after']:.1f} after."
    )
    if control is not None:
        text += f" The control against itself: {control:.3f}."
    return text + ("" if section["quiet"] else " **Too noisy**: run it again on a quiet machine.") + "\n"


def merged(older: Found, newer: Found) -> Found:
    """Return the sections of both, in the order of the page, the newer one's where both have one."""
    both = older | newer
    return {name: both[name] for name in _SECTIONS if name in both}


def markdown(sections: Found, *, pictures: bool) -> str:
    """Return the page.

    Args:
        sections: Name → what `Section.as_dict` returned, with its conditions.
        pictures: Refer to the plots.
    """
    plots = _plots(sections)
    text = _HEAD + _promises(sections)
    for name, section in sections.items():
        title, told = _SECTIONS[name]
        text += f"\n## {title}\n\n{_conditions(section)}\n"
        if pictures and name in plots:
            text += _picture(name, f"{plots[name][0]}, {plots[name][2]}: the numbers of the table below") + "\n"
        text += told(section["figures"])
    versions = {name: of for section in sections.values() for name, of in section["conditions"]["versions"].items()}
    text += "\n## Versions\n\n" + ", ".join(f"{name} {of}" for name, of in sorted(versions.items())) + ".\n"
    return text


def write(folder: Path, sections: Found) -> None:
    """Write the page, the JSON and the plots into the folder, over what an earlier run left there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.json").write_text(json.dumps(sections, indent=1) + "\n", encoding="utf-8")
    (folder / "benchmarks.md").write_text(markdown(sections, pictures=True), encoding="utf-8")
    for name, (title, rows, unit) in _plots(sections).items():
        bars(folder / "images" / f"bench-{name}", title, rows, unit)
