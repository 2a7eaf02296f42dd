"""`model-logs alerts silence`: tell nobody for a while."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from model_logs.cli.alerts.options import folder_option, moment_type
from model_logs.cli.options import cluster_options, debug_option

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.cluster import Connection

__all__ = ["silence"]


@click.command()
@click.argument("rule", required=False)
@click.option("--model", help="Only this model.")
@click.option("--environment", help="Only this environment.")
@click.option("--until", type=moment_type(), help="A time such as 2026-01-31T12:00 (UTC), or a span from now: 2h.")
@click.option("--reason", default="", help="Reason, for colleagues who read it later.")
@click.option("--by", default=getpass.getuser, help="Your name.  [default: your user name]")
@click.option("--end", "ended", metavar="ID", help="End the silence of that id, from `alerts list`, instead.")
@folder_option
@cluster_options
@debug_option
def silence(
    rule: str | None,
    *,
    model: str | None,
    environment: str | None,
    until: datetime | None,
    reason: str,
    by: str,
    ended: str | None,
    folder: Path | None,
    connection: Connection,
) -> None:
    """Mute the messages of RULE, or of every rule, until a time.

    Alerts are still evaluated and recorded; one that still fires at the end of the silence is sent then.
    If Alertmanager is configured, it gets a silence of its own for the same alerts.

    \b
    Example:
      model-logs alerts silence high-error-rate --model churn --until 2h --reason "rolled back, draining"
      model-logs alerts silence --end silence-0a1b2c3d4e5f
    """
    from model_logs.alerts.engine import silences
    from model_logs.alerts.notify.configuration import receivers
    from model_logs.alerts.rulebook import rules
    from model_logs.cluster import connect
    from model_logs.state.store import Store

    if (until is None) == (ended is None):
        raise click.UsageError("Give --until, or --end with the id of a silence.")
    if until is not None and until <= datetime.now(UTC):
        raise click.UsageError(
            f"{until:%Y-%m-%d %H:%M} UTC is over, so nothing would be silenced."
            " Give a time to come, or a span from now: --until 2h."
        )
    stateful = receivers().stateful
    known = rules.find_rule(rules.load_rules(folder), rule).id if rule else None
    with connect(connection) as client:
        store = Store(client)
        store.ensure()
        if ended:
            if not silences.end_silence(store, ended, stateful):
                raise click.UsageError(f"There is no silence {ended}; see `model-logs alerts list`.")
            click.echo(f"Ended {ended}.", err=True)
        elif until:
            made = silences.add(
                store,
                until=until,
                reason=reason,
                by=by,
                rule=known,
                model=model,
                environment=environment,
                stateful=stateful,
            )
            click.echo(made.id)
            click.echo(f"Silenced until {made.until:%Y-%m-%d %H:%M} UTC; see `model-logs alerts list`.", err=True)
