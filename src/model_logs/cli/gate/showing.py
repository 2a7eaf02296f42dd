"""Verdicts on the terminal: the table of objectives, and the reasons below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.output import note, table
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.gate import Check, Judgement

__all__ = ["COLOURS", "EXIT_CODES", "interval_of", "limit_of", "show", "value_of"]

EXIT_CODES = {"passed": 0, "failed": 3, "inconclusive": 4}
_HEADINGS = ("objective", "value", "limit", "interval", "margin", "events", "verdict")
COLOURS = {"passed": "green", "failed": "red", "inconclusive": "yellow", "not judged": "white"}


def show(found: Judgement) -> None:
    """Write a verdict: the table on standard output, the rest on standard error."""
    rows = [
        (
            each.title,
            value_of(each, each.value),
            limit_of(each),
            interval_of(each),
            value_of(each, each.margin),
            f"{each.events:,}",
            each.verdict,
        )
        for each in found.checks
    ]
    table(_HEADINGS, rows, right=(1, 2, 3, 4, 5), colours={6: COLOURS})
    click.echo("")
    question = found.question
    against = f" against {question.other}" if question.paired else ""
    line = f"{found.verdict.upper()}: {question.subject}{against}, objective {found.objectives.name}, {found.window}."
    click.secho(printable(line), fg=COLOURS[found.verdict], bold=True)
    for doubt in found.doubts:
        missing = f" ({doubt.missing:,} events missing)" if doubt.missing else ""
        note(f"{doubt.kind}: {doubt.text}{missing}.")
    for each in found.checks:
        shown = f" ({each.shown})" if each.shown else ""
        if each.reason or each.shown:
            note(f"{each.title}: {each.reason or each.verdict}{shown}{_more(each)}.")
    for text in found.notes:
        note(text)


def _more(check: Check) -> str:
    return f"; about {check.missing:,} more events would decide" if check.missing else ""


def _sign(check: Check) -> str:
    return "≥" if check.upward else "≤"


def limit_of(check: Check) -> str:
    """Return the limit of a check, with how a good value lies to it."""
    return f"{_sign(check)} {value_of(check, check.limit)}"


def interval_of(check: Check) -> str:
    """Return the interval in which the value lies."""
    return "-" if check.low is None else f"{value_of(check, check.low)} to {value_of(check, check.high)}"


def value_of(check: Check, value: float | None) -> str:
    """Return a value of a check in its unit."""
    if value is None:
        return "-"
    if check.kind == "share":
        return f"{100 * value:.3g} %"
    return f"{value:,.3g}{check.unit}" if check.kind != "level" else f"{value:.3g}"
