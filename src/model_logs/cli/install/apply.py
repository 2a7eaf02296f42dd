"""`elk-bootstrap apply`: installs missing and outdated objects, and reports the result of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from model_logs.cli.install.options import backup_option, force_option, open_kibana
from model_logs.cli.install.output import show_result, summary, told_backup
from model_logs.cli.options import (
    busy_option,
    cluster_options,
    debug_option,
    environments_option,
    kibana_options,
    output_option,
)
from model_logs.cli.output import show_json

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.cluster import Connection
    from model_logs.install import ApplyReport, Plan

__all__ = ["apply"]


@click.command()
@environments_option
@busy_option
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--rollover", is_flag=True, help="Roll over streams whose write index was made from an older template.")
@force_option("Replace objects that were edited by hand or that someone else installed under our names.")
@backup_option
@cluster_options
@kibana_options
@output_option
@debug_option
def apply(
    *,
    connection: Connection,
    kibana: tuple[Connection, str] | None,
    environments: tuple[str, ...],
    busy: tuple[str, ...],
    dry_run: bool,
    rollover: bool,
    force: bool,
    backup_dir: Path | None,
    output: str,
) -> None:
    """Install policies, templates, lookup indices, data streams and dashboards; a second run changes nothing.

    Each object is saved to the backup folder before it is replaced. Objects that were edited by hand stay as they are
    unless --force is given. Exit 0 when every object is in place, 1 when one was refused or failed: the report names
    each.

    \b
    Example:
      elk-bootstrap apply --url http://127.0.0.1:9200
      elk-bootstrap apply --dry-run
      elk-bootstrap apply --kibana-url https://kibana.example:5601 --space ml
      elk-bootstrap apply --rollover --backup-dir ./backups
    """
    from model_logs import install
    from model_logs.cli.install.plan import show_plan
    from model_logs.cluster import connect

    with connect(connection) as client:
        opened = open_kibana(kibana, client)
        found = install.make_plan(client, environments, opened, busy)
        if dry_run:
            show_plan(found, install.paces(client, environments, busy), output)
            return
        report = install.apply_plan(
            client,
            found,
            force=force,
            rollover=rollover,
            backup_folder=backup_dir,
            kibana=opened,
            told=show_result,
        )
    told_backup(report.backup)
    if output == "json":
        show_json(report.as_dict())
    else:
        _conclude(found, report, rollover=rollover)
    if not report.complete:
        sys.exit(1)


def _conclude(found: Plan, report: ApplyReport, *, rollover: bool) -> None:
    from model_logs.install import ObjectState

    if not report.written and report.complete:
        click.echo(f"Nothing to do: all {len(report.results)} objects are as they should be. No write was sent.")
    else:
        click.echo(f"{len(report.results)} objects: {summary(report)}.")
    if not report.complete:
        half = "Some objects are in place" if report.written else "Nothing was written"
        click.echo(f"{half}: the lines above give the result of each object. Apply again when the cause is fixed.")
    templates = any(step.action == "update" and step.object.kind.endswith("template") for step in found.steps)
    if (templates or found.of_state(ObjectState.BEHIND)) and not rollover:
        click.echo(
            "A changed template reaches the next backing index of a stream only. The lifecycle creates one in time;"
            " `elk-bootstrap apply --rollover` makes it now."
        )
