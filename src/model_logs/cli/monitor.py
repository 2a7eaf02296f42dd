"""`model-logs monitor`: the steady state of the models in a terminal, again and again."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.alerts.options import folder_option
from model_logs.cli.gate.showing import COLOURS, interval_of, limit_of, value_of
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json, table
from model_logs.cli.times import Span
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.cluster import Connection
    from model_logs.monitor.alarms import Alarm
    from model_logs.monitor.snapshot import Scope, Snapshot

__all__ = ["monitor"]

# To the upper left corner, and what stood there away.
_HOME, _CLEAR = "\x1b[H", "\x1b[J"
_SEVERITIES = {"P1": "red", "P2": "yellow", "P3": "cyan"}


@click.command()
@click.option("--model", "models", multiple=True, help="Only this model; repeatable.  [default: all that predict]")
@click.option("--environment", default="", help="Only this environment.  [default: all]")
@click.option(
    "--objective", default="", help="slo, degraded or a file.  [default: slo, or degraded while an experiment runs]"
)
@click.option("--window", type=Span(), default="15m", show_default=True, help="How far back versions are judged.")
@click.option("--every", type=Span(), default="30s", show_default=True, help="Pause between two looks.")
@click.option("--top", "most", type=click.IntRange(1, 50), default=10, show_default=True, help="So many versions.")
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--chaos",
    "folder_of_objectives",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with objectives/ and models.yml.  [default: that of the package]",
)
@folder_option
@cluster_options
@output_option
@debug_option
def monitor(
    *,
    models: tuple[str, ...],
    environment: str,
    objective: str,
    window: timedelta,
    every: timedelta,
    most: int,
    once: bool,
    folder_of_objectives: Path | None,
    folder: Path | None,
    connection: Connection,
    output: str,
) -> None:
    """Show the steady state of the models: versions and objectives, experiments, alerts with their first steps.

    Versions are judged as a gate judges them: value, limit, and the interval in which the value lies. While a chaos
    experiment runs they are held to what is allowed then. What fires shows its runbook, its playbooks, and when to
    call somebody. With --output json each look is one line.

    \b
    Example:
      model-logs monitor --once
      model-logs monitor --model churn --environment production --every 10s
    """
    from model_logs.alerts.rulebook.rules import load_rules
    from model_logs.cluster import connect
    from model_logs.errors import ClusterError, QueryError
    from model_logs.monitor.snapshot import Scope, take

    rules = load_rules(folder)
    scope = Scope(models, environment, objective, window, folder_of_objectives, most)
    stop = threading.Event()
    if not once:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    with connect(connection) as client:
        while True:
            now = datetime.now(UTC)
            try:
                _show(take(client, scope, rules, now), scope, output, once=once)
            except (ClusterError, QueryError) as error:
                if once:
                    raise
                click.secho(
                    f"{now:%H:%M:%S} {printable(error.what)} The next look is in {every}.", fg="red", err=True
                )
            if once or stop.wait(every.total_seconds()):
                return


def _show(found: Snapshot, scope: Scope, output: str, *, once: bool) -> None:
    if output == "json":
        if once:
            show_json(found.as_dict())
        else:
            import orjson

            click.echo(orjson.dumps(found.as_dict()).decode())
        return
    on_screen = not once and sys.stdout.isatty()
    if on_screen:
        click.echo(_HOME + _CLEAR, nl=False)
    head = f"{found.at:%Y-%m-%d %H:%M:%S} UTC, objectives {found.objective}, the last {scope.window}"
    click.secho(head, bold=True)
    for experiment in found.experiments:
        what = " ".join(filter(None, (experiment.name, experiment.target and f"on {experiment.target}")))
        minutes = (found.at - experiment.since).total_seconds() / 60
        click.secho(f"Experiment runs: {printable(what)}, for {minutes:.0f} min.", fg="magenta")
    _show_versions(found)
    if not found.alarms:
        click.echo("\nNo alert fires.")
    for alarm in found.alarms:
        _show_alarm(alarm, found.at)
    if found.unjudged:
        click.secho(
            f"\nNobody evaluates {len(found.unjudged)} of the rules now, so no alert of theirs can be seen:"
            f" {printable(', '.join(found.unjudged))}. Start `model-logs alerts watch`.",
            fg="yellow",
        )
    sys.stdout.flush()


def _show_versions(found: Snapshot) -> None:
    if not found.versions:
        click.echo("\nNo version predicted.")
        return
    rows: list[tuple[str, ...]] = []
    for each in found.versions:
        question, judgement = each.judgement.question, each.judgement
        name = f"{question.model} {question.version}"
        gpu = "-" if each.gpu_pct is None else f"{each.gpu_pct:.0f} %"
        rows += [
            (
                *((name, question.environment, f"{each.predictions:,}", gpu) if number == 0 else ("", "", "", "")),
                check.title,
                value_of(check, check.value),
                limit_of(check),
                interval_of(check),
                check.verdict,
            )
            for number, check in enumerate(one for one in judgement.checks if one.verdict != "not judged")
        ]
    headings = ("version", "environment", "predictions", "GPU", "objective", "value", "limit", "interval", "state")
    click.echo("")
    table(headings, rows, right=(2, 3, 5, 6, 7), colours={8: COLOURS})
    for each in found.versions:
        for doubt in each.judgement.doubts:
            subject = printable(each.judgement.question.subject)
            click.secho(f"  {subject}: {printable(doubt.text)}", fg="yellow")
    if found.more:
        click.echo(f"  {found.more} more versions predict: --top, --model or --environment show others.")


def _show_alarm(alarm: Alarm, now: datetime) -> None:
    from model_logs.alerts.notify.wording import measured

    rule = alarm.rule
    minutes = (now - alarm.since).total_seconds() / 60
    value, threshold = measured(alarm.value, rule.unit), measured(alarm.threshold, rule.unit)
    click.echo("")
    measure = f"{value} (threshold {threshold})"
    line = f"{rule.severity} {rule.name}: {printable(alarm.key)}, {measure}, for {minutes:.0f} min"
    click.secho(line, fg=_SEVERITIES[rule.severity], bold=True)
    for number, step in enumerate(alarm.steps, 1):
        click.echo(f"  {number}. {printable(step)}")
    click.echo(f"  Runbook: {rule.runbook_file}")
    for playbook in alarm.playbooks:
        click.echo(f"  Playbook: {playbook}")
    remaining = alarm.remaining(now)
    if alarm.overdue(now):
        click.secho(f"  ESCALATE NOW: {printable(alarm.escalation)}", fg="red", bold=True)
    elif remaining is not None:
        left = remaining.total_seconds() / 60
        click.echo(f"  Escalate in {left:.0f} min: {printable(alarm.escalation)}")
    elif alarm.escalation:
        click.echo(f"  Escalation: {printable(alarm.escalation)}")
