"""`elk-bootstrap keys list`: the API keys of model-logs, their ends, and which of them are outdated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from model_logs.cli.keys.options import key_json, when
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_logs.cluster import Connection
    from model_logs.install.keys import MadeKey

__all__ = ["list_"]

_COLOURS = {"active": "green", "outdated": "yellow"}


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Show keys too that have expired or were revoked.")
@cluster_options
@output_option
@debug_option
def list_(*, connection: Connection, everything: bool, output: str) -> None:
    """List the API keys that `keys create` and `keys rotate` made, without their secrets.

    An outdated key was made from other rights than mappings/roles.yml names today: rotate it.

    \b
    Example:
      elk-bootstrap keys list --username elastic
      elk-bootstrap keys list --all --output json
    """
    from model_logs.cluster import connect
    from model_logs.install.keys import Security

    now = datetime.now(UTC)
    with connect(connection) as client:
        found = [key for key in Security(client).ours() if everything or key.state(now) in _COLOURS]
    if output == "json":
        show_json({"keys": [key_json(key, now) for key in found]})
    elif found:
        _show(found, now)
    else:
        note("There is no key of model-logs. Next step: elk-bootstrap keys create writer")


def _show(found: Sequence[MadeKey], now: datetime) -> None:
    rows = []
    for key in found:
        limits = [*key.environments, *key.streams, *([f"space {key.kibana_space}"] if key.kibana_space else [])]
        rows.append((key.name, key.id, key.state(now), " ".join(limits) or "-", key.owner, when(key.expires, now)))
    table(("name", "id", "state", "limited to", "owner", "end"), rows, colours={2: _COLOURS})
