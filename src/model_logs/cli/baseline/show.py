"""`model-logs baseline show`: the baselines that count now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.baseline.options import FIGURES, show_table
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["show"]


@click.command()
@click.option("--model", help="Only this model.")
@click.option("--environment", help="Only this environment.")
@cluster_options
@output_option
@debug_option
def show(*, model: str | None, environment: str | None, connection: Connection, output: str) -> None:
    """Show the baseline of each model and environment: version, figures, window, when and by whom.

    \b
    Example:
      model-logs baseline show --model churn
    """
    from model_logs import baselines
    from model_logs.cluster import connect

    with connect(connection) as client:
        found = [each.as_dict() for each in baselines.current(client, model=model, environment=environment)]
    if output == "json":
        show_json(found)
        return
    if not found:
        note("No baseline is recorded. Record one with `model-logs baseline record`.")
        return
    about = ("model", "environment", "version")
    by = ("recorded_at", "recorded_by")
    rows = [{**each, **{heading: each[name] for name, heading in FIGURES.items()}} for each in found]
    show_table((*about, *FIGURES.values(), *by), rows)
