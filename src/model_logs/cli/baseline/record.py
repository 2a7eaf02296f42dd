"""`model-logs baseline record`: measure a version and make it the baseline."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from model_logs.cli.baseline.options import FIGURES, measured_options, show_table
from model_logs.cli.options import cluster_options, debug_option, environments_option, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["record"]


@click.command()
@measured_options
@click.option("--version", required=True, help="The version that is measured.")
@click.option("--by", default=getpass.getuser, help="Who records it.  [default: your user name]")
@click.option("--dry-run", is_flag=True, help="Measure and show, record nothing.")
@environments_option
@cluster_options
@output_option
@debug_option
def record(
    *,
    model: str,
    environment: str,
    version: str,
    window: timedelta,
    end: datetime,
    min_events: int,
    by: str,
    dry_run: bool,
    environments: tuple[str, ...],
    connection: Connection,
    output: str,
) -> None:
    """Measure latency, errors and throughput of a version, and make them the baseline of its model.

    The one before is replaced; both stay in the audit trail. Exit 4 when there are too few events to judge by.

    \b
    Example:
      model-logs baseline record --model churn --version 3 --environment production --window 24h
    """
    from model_logs import baselines
    from model_logs.cluster import connect
    from model_logs.state.audit_trail import Recorder

    with connect(connection) as client:
        figures = baselines.measure(
            client, model, environment, version=version, end=end, window=window, min_events=min_events
        )
        shown = figures.as_dict()
        if not dry_run:
            recorder = Recorder(client, "model-logs-baseline", environments=environments)
            shown = baselines.record(client, recorder, figures, by=by, at=datetime.now(UTC)).as_dict()
    if output == "json":
        show_json(shown)
    else:
        show_table(FIGURES.values(), [{heading: shown[name] for name, heading in FIGURES.items()}])
        what = "Measured, not recorded:" if dry_run else "Recorded:"
        note(f"{what} version {version} of {model} in {environment}, {window} to {shown['end']}.")
