"""`model-logs gate override`: a person goes on in spite of a gate, with a name and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.gate.options import by_option, recording, recording_options
from model_logs.cli.options import cluster_options, debug_option, environments_option, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.cluster import Connection

__all__ = ["override"]


@click.command()
@click.argument("gate_id")
@click.option("--reason", required=True, help="Why it is safe to go on.")
@recording_options
@by_option
@environments_option
@cluster_options
@output_option
@debug_option
def override(
    *,
    gate_id: str,
    reason: str,
    path: Path | None,
    by: str,
    environments: tuple[str, ...],
    connection: Connection,
    output: str,
) -> None:
    """Record that you proceed despite a gate that failed or was inconclusive.

    The event `gate_overridden` names you and the reason, and stands in the audit trail, in the lineage of the version
    and on the dashboards beside the gate.

    \b
    Example:
      model-logs gate override gate-20261122T083000-0123456789ab --reason "The load test was stopped by hand"
    """
    from model_logs.cluster import connect
    from model_logs.gate import trail

    with connect(connection) as client, recording(client, path, environments, "production") as roads:
        event = trail.override(client, gate_id, reason=reason, by=by, **roads)
    if output == "json":
        show_json({"id": gate_id, "overridden": event["event_type"], "by": by, "reason": reason})
    else:
        note(f"Recorded: {by} goes on in spite of {gate_id} ({event['event_type']}).")
