"""`model-logs chaos run`: experiments, one after the other, and a verdict for each."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from model_logs.chaos.running import Run

__all__ = ["run"]

_DEVIATED = 3
_NOT_SHOWN = 4


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--environment",
    envvar="MODEL_LOGS_ENVIRONMENT",
    default="staging",
    show_default=True,
    help="The environment that is disturbed.",
)
@click.option("--production", is_flag=True, help="Allow production; --confirm must name it too.")
@click.option("--confirm", metavar="NAME", default="", help="The environment's name, once more, for production.")
@click.option("--any-time", is_flag=True, help="Allow runs outside Monday to Friday, 9:00 to 17:00 local time.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("chaos-runs"),
    show_default=True,
    help="Folder for journals, answers, events and reports; each run gets one of its own in it.",
)
@output_option
@debug_option
def run(
    *,
    files: tuple[Path, ...],
    environment: str,
    production: bool,
    confirm: str,
    any_time: bool,
    folder: Path,
    output: str,
) -> None:
    """Run the experiments FILES, smallest blast radius first, and judge each by its journal and its load.

    A run passes only if the steady state was met before, every action succeeded, requests were answered as expected
    while the fault was on, and everything was back to normal afterwards. Faults that are still on at the end are
    undone. The runs are recorded as `chaos_started` and `chaos_finished` in MODEL_LOGS_PATH, or in the run's folder.

    Exit 0 when all passed, 3 when the steady state deviated, 4 when a run showed nothing, was aborted or interrupted.
    After a run that did not pass, none with a greater blast radius is started. Needs Python 3.12 or newer.

    \b
    Example:
      model-logs chaos run chaos/experiments/model-server-crash.yml
      model-logs chaos run chaos/experiments/*.yml --to chaos-runs --output json
    """
    from model_logs.chaos import experiment, report, running
    from model_logs.chaos.guards import Guards

    experiments = running.in_order([experiment.read(file) for file in files])
    guards = Guards(environment, production=production, confirmed=confirm, any_time=any_time)
    guards.check()
    running.clean_up(note)
    finished: list[Run] = []
    worst = 0
    for each in experiments:
        if finished and worst and each.blast_radius > finished[-1].experiment.blast_radius:
            note(f"{each.name} is not started: its blast radius is greater, and not everything before it passed.")
            continue
        place = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{each.name}"
        ended = running.run(each, guards, place, note)
        report.record(ended)
        (place / "report.html").write_text(report.page(ended), encoding="utf-8")
        finished.append(ended)
        worst = max(worst, _exit_code(ended))
        if output == "text":
            _tell(ended)
        if ended.verdict.word == "interrupted":
            break
    if output == "json":
        show_json({"runs": [report.summary(each) for each in finished]})
    if worst:
        sys.exit(worst)


def _tell(run: Run) -> None:
    click.secho(f"{run.experiment.name}: {run.verdict.word}", fg="green" if run.verdict.passed else "red", bold=True)
    for reason in run.verdict.reasons:
        click.echo(f"  {reason}")
    if run.answers and run.answers.sent:
        share = run.answers.ok / run.answers.sent
        click.echo(f"  {run.answers.sent:,} requests while the fault was on, {share:.1%} answered with 200 to 299")
    click.echo(f"  {run.seconds:.0f} s; {run.folder / 'report.html'}")


def _exit_code(run: Run) -> int:
    if run.verdict.passed:
        return 0
    return _DEVIATED if run.verdict.word == "deviated" else _NOT_SHOWN
