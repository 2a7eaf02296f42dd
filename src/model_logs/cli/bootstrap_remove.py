"""`elk-bootstrap remove`: takes away what apply installed; data only when told to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from model_logs.cli._bootstrap import (
    backup_option,
    force_option,
    open_kibana,
    show_json,
    show_result,
    summary,
    told_backup,
)
from model_logs.cli._options import cluster_options, debug_option, kibana_options, output_option

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.bootstrap import Removal
    from model_logs.cluster import Connection

__all__ = ["remove"]


@click.command()
@click.option(
    "--with-data", is_flag=True, help="Delete predictions, unparsed events, disk samples and baselines too."
)
@click.option("--with-audit", is_flag=True, help="Delete the audit trail too; the name of each stream must be typed.")
@click.option(
    "--confirm", multiple=True, metavar="STREAM", help="Name of a stream of the audit trail, instead of typing."
)
@click.option("--dry-run", is_flag=True, help="Show what would be removed and delete nothing.")
@force_option("Remove objects that were edited by hand too.")
@backup_option
@cluster_options
@kibana_options
@output_option
@debug_option
def remove(
    *,
    connection: Connection,
    kibana: tuple[Connection, str] | None,
    with_data: bool,
    with_audit: bool,
    confirm: tuple[str, ...],
    dry_run: bool,
    force: bool,
    backup_dir: Path | None,
    output: str,
) -> None:
    """Take away what apply installed, in the opposite order; what someone else installed stays.

    Without --with-data nothing is removed while a stream holds documents: the streams are listed, exit 1. With it
    predictions go and the audit trail stays, with what it needs.

    \b
    Example:
      elk-bootstrap remove --dry-run
      elk-bootstrap remove --with-data
      elk-bootstrap remove --with-data --with-audit --confirm logs-model.lifecycle-production
    """
    from model_logs import bootstrap
    from model_logs.cluster import connect

    with connect(connection) as client:
        opened = open_kibana(kibana, client)
        if with_audit and not confirm and not dry_run and sys.stdin.isatty():
            confirm = _typed(client)
        names = bootstrap.removal(client).audit if with_audit and dry_run and not confirm else confirm
        found = bootstrap.removal(
            client, with_data=with_data, with_audit=with_audit, confirmed=names, force=force, kibana=opened
        )
        if dry_run:
            _show(found, output)
            return
        if found.holding and not (with_data or with_audit):
            _show(found, output)
            click.echo("Nothing was removed: these hold data:", err=True)
            for name in found.holding:
                click.echo(f"  {name}", err=True)
            click.echo("Next step: --with-data deletes predictions; the audit trail needs --with-audit.", err=True)
            sys.exit(1)
        report = found.carry_out(client, backup_folder=backup_dir, kibana=opened, told=show_result)
    told_backup(report.backup, "removed")
    if output == "json":
        show_json(report.as_dict())
    else:
        click.echo(f"{len(report.results)} objects: {summary(report)}." if report.results else "Nothing to remove.")
    if not report.complete:
        click.echo(
            "Something is still in place: the lines above say what. Remove again when the cause is gone.", err=True
        )
        sys.exit(1)


def _typed(client: Elasticsearch) -> tuple[str, ...]:
    """Ask for the name of each stream of the audit trail that holds data."""
    from model_logs import bootstrap

    names = []
    for name in bootstrap.removal(client).audit:
        click.echo(f"The audit trail {name} holds data that nothing brings back.", err=True)
        names.append(click.prompt("Type its name to delete it", err=True, default="", show_default=False))
    return tuple(name for name in names if name)


def _show(found: Removal, output: str) -> None:
    results = found.results()
    if output == "json":
        show_json({"holding": list(found.holding), "objects": [result.as_dict() for result in results]})
        return
    for result in results:
        show_result(result)
