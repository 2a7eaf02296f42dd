"""`model-logs gate verify`: an evidence against itself, the audit trail, and the events as they are now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["verify"]

_EXIT_CODES = {"confirmed": 0, "expired": 0, "altered": 3, "late events": 4, "events gone": 4, "unproved": 4}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@cluster_options
@output_option
@debug_option
def verify(*, file: Path, connection: Connection, output: str) -> None:
    """Check that the evidence of a gate is unaltered, and that its events still confirm it.

    Its SHA-256 is compared with the event in the audit trail, the verdict is computed again from its counts, and
    the counts are queried again while the events exist. Exit 0 confirmed, or expired: the events
    were deleted by their retention. 3 altered. 4 late events, events gone, or unproved: the audit trail knows no
    such gate.

    \b
    Example:
      model-logs gate verify gate-evidence/gate-20261122T083000-0123456789ab.json
    """
    from model_logs.cluster import connect
    from model_logs.gate.evidence import read_evidence, verify_evidence

    evidence = read_evidence(file)
    with connect(connection) as client:
        found = verify_evidence(client, evidence)
    if output == "json":
        show_json(found.as_dict())
    else:
        click.echo(f"{found.result}: {evidence.id}, {found.verdict}.")
        for line in found.lines:
            note(line)
    raise click.exceptions.Exit(_EXIT_CODES[found.result])
