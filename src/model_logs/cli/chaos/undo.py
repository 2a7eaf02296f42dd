"""`model-logs chaos undo`: the faults that a killed run left behind."""

from __future__ import annotations

import click

from model_logs.cli.options import debug_option
from model_logs.printing import printable

__all__ = ["undo"]


@click.command()
@debug_option
def undo() -> None:
    """Undo every fault that is still on, because a run was killed; `chaos run` does so at its start too.

    Faults are kept in the folder of MODEL_LOGS_CHAOS_STATE, or in .model-logs-chaos here.

    \b
    Example:
      model-logs chaos undo
    """
    from model_logs.chaos.faults import undo_all

    undone = undo_all()
    for what in undone:
        click.echo(f"undone: {printable(what)}")
    if not undone:
        click.echo("No fault is on.")
