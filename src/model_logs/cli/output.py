"""How commands write: JSON, tables, notes and errors, each in one way. Foreign text goes through `printing` here.

Results go to standard output, everything else to standard error. Under `--output json` standard output holds one JSON
document, whatever happens: the result, or `{"error": …}`.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import click

from model_logs.printing import printable, printable_json, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from model_logs.dashboards.report import Report

__all__ = ["json_was_shown", "note", "of_pictures", "show_error", "show_error_json", "show_json", "table"]

_BETWEEN = "  "
_shown: ContextVar[bool] = ContextVar("shown", default=False)


def show_json(value: Any) -> None:
    """Write the result of a command to standard output, as JSON."""
    _shown.set(True)
    click.echo(printable_json(value))


def json_was_shown(reset: bool = False) -> bool:
    """Return whether the command has written its JSON; an error adds none then."""
    shown = _shown.get()
    if reset:
        _shown.set(False)
    return shown


def note(text: str) -> None:
    """Write a note for people to standard error; programs need none."""
    click.echo(printable_lines(text, indent="  "), err=True)


def of_pictures(report: Report, files: Sequence[object], folder: object) -> str:
    """Return the sentence about the pictures that were written: how many, and whether they show anything."""
    wrote = f"Wrote {len(files)} pictures to {folder}."
    if any(answer.rows for answer in report.answers.values()):
        return wrote
    return (
        f"{wrote} They show nothing: no panel of {report.dashboard.id} has data in {report.scope}."
        " Give another range (--since), or look whether events arrive (`elk-bootstrap verify`)."
    )


def show_error(what: str, next_step: str = "", *, color: bool | None = None) -> None:
    """Write an error to standard error: what happened, and the next step on a line of its own.

    Lines of foreign text are indented, so that none of them can pose as the next step.
    """
    text = f"Error: {printable_lines(what, indent='  ')}"
    if next_step:
        text += f"\nNext step: {printable_lines(next_step, indent='  ')}"
    click.secho(text, fg="red", err=True, color=color)


def show_error_json(kind: str, what: str, next_step: str, exit_code: int) -> None:
    """Write an error to standard output, for programs; nothing where the result stands there already."""
    if not json_was_shown():
        error = {"type": kind, "message": what, "next_step": next_step or None, "exit_code": exit_code}
        show_json({"error": error})


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    right: Iterable[int] = (),
    colours: Mapping[int, Mapping[str, str]] | None = None,
) -> None:
    """Write rows under headings to standard output, columns aligned, whatever the cells hold.

    Args:
        headings: Of the columns.
        rows: With as many cells each.
        right: The columns that are aligned to the right.
        colours: Column → text of a cell → its colour; a text that is not named is red.
    """
    lines = [[printable(cell) for cell in line] for line in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    rightly = set(right)
    for number, line in enumerate(lines):
        cells = [
            cell.rjust(width) if column in rightly else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        cells[-1] = cells[-1].rstrip()
        for column, known in (colours or {}).items() if number else ():
            cells[column] = click.style(cells[column], fg=known.get(line[column], "red"))
        text = _BETWEEN.join(cells).rstrip()
        click.echo(text if number else click.style(text, bold=True))
