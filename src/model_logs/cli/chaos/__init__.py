"""`model-logs chaos …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["chaos"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "run": ("chaos.run", "run", "Run experiments and judge them."),
        "validate": ("chaos.validate", "validate", "Check experiments without running them."),
        "undo": ("chaos.undo", "undo", "Undo the faults that a killed run left behind."),
        "gameday": ("chaos.gameday", "gameday", "Write the plan or the report of a game day."),
    },
)
def chaos() -> None:
    """Inject real failures in staging, and judge the service by measurements.

    Experiments are files of the Chaos Toolkit; those of the project are in `chaos/experiments`.

    \b
    Example:
      model-logs chaos validate chaos/experiments/*.yml
      model-logs chaos run chaos/experiments/model-server-crash.yml
    """
