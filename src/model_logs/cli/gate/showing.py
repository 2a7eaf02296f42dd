"""Verdicts on the terminal: the table of objectives, and the reasons below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.output import note, table
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.gate import Check, Judgement

__all__ = ["EXIT_CODES", "show"]

EXIT_CODES = {"passed": 0, "failed": 3, "inconclusive": 4}
_HEADINGS = ("objective", "value", "limit", "interval", "margin", "events", "verdict")
_COLOURS = {"passed": "green", "failed": "red", "inconclusive": "yellow", "not judged": "white"}


def show(found: Judgement) -> None:
    """Write a verdict: the table on standard output, the rest on standard error."""
    rows = [
        (
            each.title,
            _value(each, each.value),
            f"{_sign(each)} {_value(each, each.limit)}",
            "-" if each.low is None else f"{_value(each, each.low)} to {_value(each, each.high)}",
            _value(each, each.margin),
            f"{each.events:,}",
            each.verdict,
        )
        for each in found.checks
    ]
    table(_HEADINGS, rows, right=(1, 2, 3, 4, 5), colours={6: _COLOURS})
    click.echo("")
    question = found.question
    against = f" against {question.other}" if question.paired else ""
    line = f"{found.verdict.upper()}: {question.subject}{against}, objective {found.objectives.name}, {found.window}."
    click.secho(printable(line), fg=_COLOURS[found.verdict], bold=True)
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


def _value(check: Check, value: float | None) -> str:
    if value is None:
        return "-"
    if check.kind == "share":
        return f"{100 * value:.3g} %"
    return f"{value:,.3g}{check.unit}" if check.kind != "level" else f"{value:.3g}"
