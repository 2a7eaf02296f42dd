"""`model-logs baseline …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["baseline"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "record": ("baseline.record", "record", "Measure a version and make it the baseline of its model."),
        "show": ("baseline.show", "show", "Show the current baseline of each model."),
        "compare": ("baseline.compare", "compare", "Compare a model's current figures with its baseline."),
    },
)
def baseline() -> None:
    """Record the normal figures of a model before a release, and compare later traffic with them.

    \b
    Example:
      model-logs baseline record --model churn --version 3 --environment production --window 24h
      model-logs baseline compare --model churn --environment production --window 1h
    """
