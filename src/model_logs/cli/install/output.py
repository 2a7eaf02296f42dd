"""Lines of `elk-bootstrap` about objects, outcomes and differences. It prints and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.output import note
from model_logs.printing import printable, printable_lines

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.install import ApplyReport, ObjectResult

__all__ = [
    "show_diff",
    "show_result",
    "summary",
    "told_backup",
]

_COLOURS = {
    "created": "green",
    "updated": "yellow",
    "rolled over": "yellow",
    "removed": "yellow",
    "would be removed": "yellow",
    "kept": "cyan",
    "refused": "red",
    "failed": "red",
    "not attempted": "red",
}
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
WIDTH = 16


def show_result(result: ObjectResult) -> None:
    """Write one line about one object to standard error."""
    outcome = click.style(f"{result.outcome:<{WIDTH}}", fg=_COLOURS.get(result.outcome, "white"))
    line = f"{outcome} {result.kind:<18} {printable(result.name)}"
    below = " " * (WIDTH + 1)
    detail = f"\n{below}{printable_lines(result.detail, indent=below)}" if result.detail else ""
    click.echo(line + detail, err=True)


def show_diff(diff: str) -> None:
    """Write a unified diff to standard output, coloured on a terminal."""
    for line in diff.splitlines():
        click.echo(click.style(printable(line), fg=_DIFF_COLOURS.get(line[:1])))


def summary(report: ApplyReport) -> str:
    """Return how many objects had which outcome."""
    return ", ".join(f"{count} {outcome}" for outcome, count in report.count().items())


def told_backup(backup: Path | None, what: str = "replaced") -> None:
    """Name the folder with the definitions that were replaced or removed; it never holds data."""
    if backup is not None:
        note(f"The definitions that were {what} are kept in {backup}")
