"""`model-logs registry reconcile`: find the changes that no webhook reported."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from model_logs.cli.alerts.options import span_type
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.cli.registry.options import (
    approval_option,
    environment_option,
    path_option,
    tracking_uri_option,
    workspace_option,
)
from model_logs.printing import printable

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from model_logs.cluster import Connection

__all__ = ["reconcile"]

_SHOWN = ("model_name", "model_version", "alias", "stage", "tag.key", "previous_name")


@click.command()
@tracking_uri_option
@workspace_option
@path_option
@environment_option
@approval_option
@click.option("--dry-run", is_flag=True, help="Show the missing changes, and write nothing.")
@click.option("--every", type=span_type(), help="Repeat after this time: 10m, 1h.")
@click.option(
    "--settle",
    type=span_type(),
    default="10s",
    show_default=True,
    help="Wait this long before the second comparison, so that changes on their way arrive.",
)
@cluster_options
@output_option
@debug_option
def reconcile(
    *,
    tracking_uri: str,
    workspace: str,
    path: Path,
    environment: str,
    approval: str,
    dry_run: bool,
    every: timedelta | None,
    settle: timedelta,
    connection: Connection,
    output: str,
) -> None:
    """Compare MLflow's registry with the audit trail, and record each change that is missing there.

    Webhooks drop deliveries, and are never sent for transitions, deletions and renames. Each recorded change is
    marked `reconciled`; its `reason` names the facts that are unknown: the person, and for some changes the time. Run
    it by hand, or with --every, beside the receiver. Exit 3 when --dry-run finds a missing change.

    \b
    Example:
      model-logs registry reconcile --tracking-uri http://127.0.0.1:5000 --path /var/log/models/registry.log --dry-run
    """
    from model_logs.cluster import connect
    from model_logs.journal import Journal
    from model_logs.registries import reconcile as reconciling
    from model_logs.registries.approval import Approval
    from model_logs.registries.mlflow.api import MLflow

    means = Approval.of(approval)
    server = MLflow(tracking_uri, workspace=workspace)
    journal = Journal(path, service="model-logs-registry", environment=environment)
    if not dry_run:
        journal.try_to_open()
    stop = threading.Event()
    with ExitStack() as stack:
        client = stack.enter_context(connect(connection))
        stack.callback(journal.close)
        while True:
            found = reconciling.missed(
                lambda: reconciling.trail(client, environment, "mlflow"),
                journal,
                server.state,
                "mlflow",
                settle_s=settle.total_seconds(),
            )
            written = 0 if dry_run else reconciling.write_changes(found, journal, means)
            if output == "json":
                show_json([{"event_type": each.event_type, **each.fields} for each in found])
            else:
                for each in found:
                    about = [printable(each.fields[name]) for name in _SHOWN if each.fields.get(name) is not None]
                    click.echo(f"{each.event_type:16} {' '.join(about)}")
                note(f"{len(found)} changes were missing" + ("." if dry_run else f", {written} events written."))
            if every is None:
                break
            stop.wait(every.total_seconds())
    if dry_run and found:
        raise click.exceptions.Exit(3)
