"""Shared parts of the commands about outcomes: the option for the environment, and the closing summary."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from model_logs.cli.output import note, show_json
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.outcomes import Summary

__all__ = ["environment_option", "progress", "tell"]


def _one_environment(context: click.Context, option: click.Parameter, name: str) -> str:
    """Return the canonical name of one environment; a pattern is refused, since rows of outcomes need one."""
    del context, option
    from model_logs.environments import allowed, canonical_environment
    from model_logs.errors import ConfigurationError

    found = canonical_environment(name)
    if not found:
        raise click.BadParameter("it is empty")
    try:
        allowed([found])
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from error
    return found


environment_option = click.option(
    "--environment",
    default="production",
    show_default=True,
    callback=_one_environment,
    help="Where the predictions were made.",
)


def tell(summary: Summary, output: str, *, refused: int = 0) -> None:
    """Print how many truths were joined, wait, or were given up."""
    if output == "json":
        show_json({**summary.as_dict(), "refused": refused})
    else:
        click.echo(
            f"{summary.truths:,} truths: {summary.rows:,} predictions have theirs now"
            + (f" (of {summary.older:,} a later one was known)" if summary.older else "")
            + f", {summary.pending:,} wait for their prediction"
            + (f", {summary.given_up:,} were given up" if summary.given_up else "")
            + "."
        )
    if summary.strangers:
        note(
            f"No actual label was ever predicted: {printable(summary.strangers, most=400)}."
            " Next step: write labels the same way in both places."
        )


def progress(done: int) -> None:
    """Show on a terminal how many truths are done."""
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} truths", nl=False, err=True)
