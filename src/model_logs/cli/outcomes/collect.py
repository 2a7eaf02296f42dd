"""`model-logs outcomes collect`: join the truths that services logged, those that still wait included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from model_logs.cli.alerts.options import span_type
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.outcomes.options import environment_option, tell

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["collect"]


@click.command()
@environment_option
@click.option(
    "--since", type=span_type(), default="25h", show_default=True, help="How far back outcomes are read: 25h, 7d."
)
@click.option(
    "--give-up-after",
    type=span_type(),
    default="30d",
    show_default=True,
    help="How long an outcome waits for its prediction.",
)
@cluster_options
@output_option
@debug_option
def collect(
    *, environment: str, since: timedelta, give_up_after: timedelta, connection: Connection, output: str
) -> None:
    """Join the outcomes that `logger.outcome(...)` logged with their predictions, and those that still wait.

    Run it each hour, from cron or a systemd timer. Spans may overlap: an outcome that was joined before changes
    nothing.

    \b
    Example:
      model-logs outcomes collect --environment production --since 25h
    """
    from model_logs import outcomes
    from model_logs.cluster import connect

    now = datetime.now(UTC)
    with connect(connection) as client:
        fresh = outcomes.join(client, outcomes.arrived(client, environment, start=now - since, end=now), environment)
        waited = outcomes.retry(client, environment, give_up_after=give_up_after)
    fresh.rows += waited.rows
    # What was pending now and before is counted once, by the second look.
    fresh.pending, fresh.given_up = waited.pending, waited.given_up
    tell(fresh, output)
