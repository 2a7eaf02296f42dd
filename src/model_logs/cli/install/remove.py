"""`elk-bootstrap remove`: removes the objects of apply; data only with an option, and after a question."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from model_logs.cli.install.options import backup_option, force_option, open_kibana
from model_logs.cli.install.output import show_result, summary, told_backup
from model_logs.cli.options import cluster_options, debug_option, kibana_options, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.cluster import Connection
    from model_logs.install import ApplyReport, Doomed, Removal

__all__ = ["remove"]


@click.command()
@click.option(
    "--with-data",
    is_flag=True,
    help="Delete predictions, outcomes, unparsed events, disk samples and baselines too, for ever.",
)
@click.option("--with-audit", is_flag=True, help="Delete the audit trail too; the name of each stream must be typed.")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Only the streams of this environment; repeatable.",
)
@click.option("--yes", is_flag=True, help="Delete the data of --with-data without a question, for scripts.")
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
    environments: tuple[str, ...],
    yes: bool,
    confirm: tuple[str, ...],
    dry_run: bool,
    force: bool,
    backup_dir: Path | None,
    output: str,
) -> None:
    """Remove the objects that apply installed, in the opposite order; objects of others stay.

    Without --with-data nothing is removed while a stream holds documents: the streams are listed, exit 1. With it
    predictions are deleted for ever, once the name of each environment was typed; the audit trail stays, with the
    objects that it needs. With --environment only the data streams and outcomes of that environment are deleted;
    shared objects stay.

    \b
    Example:
      elk-bootstrap remove --dry-run
      elk-bootstrap remove --with-data --environment staging
      elk-bootstrap remove --with-data --yes
      elk-bootstrap remove --with-data --with-audit --confirm logs-model.lifecycle-production
    """
    from model_logs import install
    from model_logs.cluster import connect
    from model_logs.environments import canonical_environment

    chosen = tuple(dict.fromkeys(map(canonical_environment, environments)))
    with connect(connection) as client:
        opened = None if chosen else open_kibana(kibana, client)
        if with_audit and not confirm and not dry_run and sys.stdin.isatty():
            confirm = _typed(client, chosen)
        names = confirm
        if with_audit and dry_run and not confirm:
            names = install.removal(client, environments=chosen).audit
        found = install.removal(
            client,
            with_data=with_data,
            with_audit=with_audit,
            confirmed=names,
            environments=chosen,
            force=force,
            kibana=opened,
        )
        if dry_run:
            _show(found, output)
            return
        if found.holding and not (with_data or with_audit):
            _show(found, output)
            note("Nothing was removed: these hold data:")
            for name in found.holding:
                note(f"  {name}")
            note("Next step: --with-data deletes predictions; the audit trail needs --with-audit.")
            sys.exit(1)
        _ask(found, yes=yes)
        report = found.carry_out(client, backup_folder=backup_dir, kibana=opened, told=show_result)
    _conclude(found, report, output)
    if not report.complete:
        note("Some objects are still in place: the lines above name them. Remove again when the cause is fixed.")
        sys.exit(1)


def _ask(found: Removal, *, yes: bool) -> None:
    """Say which data goes for ever, and go on only when each environment was typed, or --yes was given.

    Raises:
        ConfigurationError: A name was typed wrongly, or nobody can be asked.
    """
    from model_logs.errors import ConfigurationError

    if not found.data:
        return
    _show_data(found.data, "is deleted for ever, and no backup holds it")
    # The names of the streams of the audit trail were typed already.
    unasked = [each for each in found.data if not each.audit]
    if yes or not unasked:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "Data is deleted only after a person typed the name of its environment; this is no terminal."
            " Nothing was removed.",
            next_step="Give --yes in a script, --environment NAME for one environment, or --dry-run to see the plan.",
        )
    for name in dict.fromkeys(each.environment or each.name for each in unasked):
        typed = click.prompt(f"Type {name} to delete its data", err=True, default="", show_default=False)
        if typed.strip() != name:
            raise ConfigurationError(
                f"{typed!r} was typed, not {name!r}. Nothing was removed.",
                next_step="Run the command again, or with --dry-run to see the plan.",
            )


def _conclude(found: Removal, report: ApplyReport, output: str) -> None:
    removed = {result.name for result in report.results if result.outcome == "removed"}
    gone = [each for each in found.data if each.name in removed]
    told_backup(report.backup, "removed")
    if gone:
        _show_data(gone, "was deleted for ever; no backup holds it")
    if output == "json":
        show_json(report.as_dict() | {"deleted_data": [each.as_dict() for each in gone]})
    else:
        click.echo(f"{len(report.results)} objects: {summary(report)}." if report.results else "Nothing to remove.")


def _show_data(data: list[Doomed] | tuple[Doomed, ...], what: str) -> None:
    total = sum(each.events for each in data)
    note(f"This data {what}: {total:,} documents.")
    for each in data:
        failed = f" and {each.failures:,} failed ones" if each.failures else ""
        unknown = " and failed ones that may not be counted" if each.failures is None else ""
        note(f"  {each.name}: {each.documents:,} documents{failed}{unknown}")


def _typed(client: Elasticsearch, environments: tuple[str, ...]) -> tuple[str, ...]:
    """Ask for the name of each stream of the audit trail that holds data."""
    from model_logs import install

    names = []
    for name in install.removal(client, environments=environments).audit:
        note(f"The audit trail {name} holds data that nothing brings back.")
        names.append(click.prompt("Type its name to delete it", err=True, default="", show_default=False))
    return tuple(name for name in names if name)


def _show(found: Removal, output: str) -> None:
    results = found.results()
    if output == "json":
        show_json(
            {
                "holding": list(found.holding),
                "data": [each.as_dict() for each in found.data],
                "objects": [result.as_dict() for result in results],
            }
        )
        return
    for result in results:
        show_result(result)
    if found.data:
        _show_data(found.data, "would be deleted for ever, and no backup would hold it")
