"""`model-logs chaos validate`: what is wrong with experiments, before anything is run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from model_logs.cli.options import debug_option
from model_logs.errors import ModelLogsError
from model_logs.printing import printable_lines

__all__ = ["validate"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@debug_option
def validate(*, files: tuple[Path, ...]) -> None:
    """Check the experiments FILES: their form, the functions they call, and the arguments these take.

    Exit 0 when nothing is wrong, 2 otherwise. It runs nothing and needs no Chaos Toolkit.

    \b
    Example:
      model-logs chaos validate chaos/experiments/*.yml
    """
    from model_logs.chaos import experiment

    wrong = 0
    for file in files:
        try:
            found = experiment.read(file)
        except ModelLogsError as error:
            wrong += 1
            click.secho(printable_lines(error, indent="  "), fg="red", err=True)
        else:
            click.echo(f"{file}: {found.name}, blast radius {found.blast_radius} of 5")
    if wrong:
        sys.exit(2)
