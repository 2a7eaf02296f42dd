"""`model-logs outcomes load FILE`: join the truths in a file with their predictions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.outcomes.options import environment_option, progress, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.cluster import Connection
    from model_logs.outcomes import Truth

__all__ = ["load"]

_SHOWN = 5


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@environment_option
@cluster_options
@output_option
@debug_option
def load(*, file: Path, environment: str, connection: Connection, output: str) -> None:
    """Join the outcomes in FILE (.csv, .ndjson or .parquet) with their predictions.

    Columns: request_id, and label or value; optional time (when the outcome was known; now by default) and
    model_name. A later outcome replaces an earlier one, and a file that is loaded twice changes nothing. An outcome
    without a prediction waits for `outcomes collect`. Exit 1 when a row was refused.

    \b
    Example:
      model-logs outcomes load labels.csv --environment production
    """
    from model_logs import outcomes
    from model_logs.cluster import connect
    from model_logs.outcomes.truths import Refused

    refused: list[Refused] = []

    def usable() -> Iterator[Truth]:
        for found in outcomes.read(file, now=datetime.now(UTC)):
            if isinstance(found, Refused):
                refused.append(found)
            else:
                yield found

    with connect(connection) as client:
        summary = outcomes.join(client, usable(), environment, told=progress)
    tell(summary, output, refused=len(refused))
    for each in refused[:_SHOWN]:
        click.echo(f"Row {each.row} was refused: {each.reason}.", err=True)
    if len(refused) > _SHOWN:
        click.echo(f"… and {len(refused) - _SHOWN:,} more.", err=True)
    if refused:
        raise click.exceptions.Exit(1)
