"""`model-logs outcomes …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["outcomes"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "load": ("outcomes.load", "load", "Join the truths in a file with their predictions."),
        "collect": ("outcomes.collect", "collect", "Join the truths that services logged, waiting ones included."),
    },
)
def outcomes() -> None:
    """Join the true results of predictions, known hours or weeks later, with those predictions.

    \b
    Example:
      model-logs outcomes load labels.csv --environment production
      model-logs outcomes collect --environment production --since 25h
      model-logs report model-outcomes --since 30d
    """
