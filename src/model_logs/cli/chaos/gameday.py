"""`model-logs chaos gameday plan|report`: the checklist before a game day, and the report after it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from model_logs.cli import LazyGroup
from model_logs.cli.options import debug_option

__all__ = ["gameday", "plan", "report"]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


@click.command(
    cls=LazyGroup,
    commands_at={
        "plan": ("chaos.gameday", "plan", "Write the checklist and the order of experiments."),
        "report": ("chaos.gameday", "report", "Write findings and action items from the runs of the day."),
    },
)
def gameday() -> None:
    """Plan a game day, and report what it found.

    \b
    Example:
      model-logs chaos gameday plan chaos/experiments/*.yml --people jane,omar
    """


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--day", default=_today, metavar="DATE", help="The day.  [default: today]")
@click.option("--people", default="", metavar="NAMES", help="Who takes part, with commas.")
@debug_option
def plan(*, files: tuple[Path, ...], day: str, people: str) -> None:
    """Print the plan of a game day as Markdown: the checklist, and the experiments FILES in their order.

    \b
    Example:
      model-logs chaos gameday plan chaos/experiments/*.yml --people jane,omar > gameday.md
    """
    from model_logs.chaos import experiment, running
    from model_logs.chaos import report as reports

    experiments = running.in_order([experiment.read(file) for file in files])
    click.echo(reports.gameday_plan(experiments, day=day, people=_names(people)), nl=False)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--day", default=_today, metavar="DATE", help="The day.  [default: today]")
@click.option("--people", default="", metavar="NAMES", help="Who took part, with commas.")
@debug_option
def report(*, folder: Path, day: str, people: str) -> None:
    """Print the report of a game day as Markdown, from the runs that `chaos run --to FOLDER` left.

    \b
    Example:
      model-logs chaos gameday report chaos-runs --people jane,omar > report.md
    """
    from model_logs.chaos import report as reports

    click.echo(reports.gameday_report(folder, day=day, people=_names(people)), nl=False)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
