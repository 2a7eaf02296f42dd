"""`elk-bootstrap doctor`: checks an installation for known traps, names the remedy of each, and writes nothing."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.options import (
    busy_option,
    cluster_options,
    debug_option,
    environments_option,
    logstash_option,
    output_option,
)
from model_logs.cli.output import show_json
from model_logs.cli.times import Span
from model_logs.printing import printable, printable_lines

if TYPE_CHECKING:
    from datetime import timedelta

    from model_logs.cluster import Connection
    from model_logs.doctor import DoctorReport, Finding

__all__ = ["doctor"]

_HEADINGS = {
    "problem": ("problems", "red"),
    "warning": ("warnings", "yellow"),
    "skipped": ("skipped", "cyan"),
    "ok": ("ok", "green"),
}
_WIDTH = 24


@click.command()
@click.option("--logs", multiple=True, metavar="PATH", help="Log folder or glob; may be repeated.")
@click.option(
    "--filebeat-config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Filebeat's configuration; its paths are checked where --logs is not given.",
)
@click.option(
    "--filebeat-user",
    metavar="USER[:GROUP,...]",
    help="Filebeat's user, with groups that its systemd unit adds.  [default: your own user]",
)
@click.option(
    "--logrotate",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Configuration of logrotate, a file or a folder; may be repeated.",
)
@click.option(
    "--state",
    "ship_state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MODEL_LOGS_STATE",
    help="State folder of `model-logs ship`, to compare its checkpoints with the files.",
)
@logstash_option
@click.option("--since", type=Span(), default="24h", show_default=True, help="How far back events are checked.")
@click.option("--only", multiple=True, metavar="ID", help="Only this check; may be repeated.")
@click.option("--list", "list_", is_flag=True, help="List every check with its remedy, and run none.")
@environments_option
@busy_option
@cluster_options
@output_option
@debug_option
def doctor(
    *,
    connection: Connection,
    output: str,
    only: tuple[str, ...],
    list_: bool,
    **parts: Any,
) -> None:
    """Check a running installation for known traps, and name the remedy of each.

    It reads Elasticsearch, Logstash's monitoring API and the files of this machine that you name, and writes nothing.
    A part that does not answer is reported, and the other checks still run. Exit 3 when a problem is found, 1 when a
    part did not answer, else 0; warnings alone are 0.

    \b
    Example:
      elk-bootstrap doctor --url http://127.0.0.1:9200
      elk-bootstrap doctor --logstash-url http://127.0.0.1:9600 --logs /var/log/model-logs \\
          --filebeat-config /etc/model-logs/filebeat.yml --logrotate /etc/logrotate.d
      elk-bootstrap doctor --only ilm-off --only failures --output json
    """
    from model_logs import doctor as doctors

    if list_:
        _list(only, output)
        return
    report = doctors.examine(_where(connection, **parts), only)
    if output == "json":
        show_json(report.as_dict())
    else:
        _print(report)
    sys.exit(report.exit_code)


def _where(connection: Connection, *, since: timedelta, **parts: Any) -> Any:
    from model_logs.doctor import Where

    return Where(connection=connection, since=since, **parts)


def _list(only: tuple[str, ...], output: str) -> None:
    from model_logs.doctor import checks

    traps = [check.trap for check in checks(only)]
    if output == "json":
        show_json(
            [{"id": each.id, "shows": each.shows, "bites": each.bites, "remedy": each.remedy} for each in traps]
        )
        return
    for each in traps:
        click.echo(f"{click.style(f'{each.id:<{_WIDTH}}', bold=True)}{each.shows}")
        click.echo(f"{'':<{_WIDTH}}remedy: {each.remedy}")


def _print(report: DoctorReport) -> None:
    by_severity: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_severity[str(finding.severity)].append(finding)
    for severity, (heading, colour) in _HEADINGS.items():
        found = by_severity[severity]
        if not found:
            continue
        click.secho(heading, bold=True, fg=colour)
        if severity == "skipped":
            _print_skipped(found)
        else:
            for finding in found:
                _print_finding(finding)
        click.echo()
    click.echo(_summary(report))


def _print_finding(finding: Finding) -> None:
    where = f"{printable(finding.where)}: " if finding.where else ""
    below = " " * (_WIDTH + 2)
    click.echo(f"  {finding.id:<{_WIDTH}}{where}{printable_lines(finding.seen, indent=below)}")
    if finding.remedy:
        click.echo(f"{below}remedy: {printable_lines(finding.remedy, indent=below)}")


def _print_skipped(found: list[Finding]) -> None:
    remedies = {finding.seen: finding.remedy for finding in found}
    for reason, ids in _by_reason(found).items():
        click.echo(f"  {printable_lines(reason, indent='    ')}\n    {', '.join(ids)}")
        if remedies[reason]:
            click.echo(f"    remedy: {printable_lines(remedies[reason], indent='    ')}")


def _by_reason(found: list[Finding]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for finding in found:
        reasons[finding.seen].append(finding.id)
    return reasons


def _summary(report: DoctorReport) -> str:
    count = {severity: len([each for each in report.results if each.severity == severity]) for severity in _HEADINGS}
    skipped = [finding for finding in report.findings if finding.severity == "skipped"]
    reasons = [f"{printable(reason)} ({len(ids)})" for reason, ids in _by_reason(skipped).items()]
    return (
        f"{len(report.results)} checks: {count['ok']} ok, {count['warning']} warnings, {count['problem']} problems,"
        f" {count['skipped']} skipped" + (f" because {'; '.join(reasons)}" if reasons else "")
    )
