"""`elk-bootstrap keys revoke`: ends API keys at once; only those that elk-bootstrap made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.keys.options import dry_run_option, show_requests
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_logs.cluster import Connection
    from model_logs.install.keys import MadeKey

__all__ = ["revoke"]


@click.command()
@click.argument("keys", nargs=-1, required=True, metavar="ID_OR_NAME...")
@dry_run_option
@cluster_options
@output_option
@debug_option
def revoke(*, connection: Connection, keys: tuple[str, ...], dry_run: bool, output: str) -> None:
    """Revoke API keys at once and for ever: a program that uses one is refused from then on.

    Where several keys have one name, give the ids; write -- before an id that begins with -. Keys that another
    program made are left alone.

    \b
    Example:
      elk-bootstrap keys revoke VuaCfGcBCdbkQm-e5aOx --username elastic
      elk-bootstrap keys revoke model-logs-reader --dry-run
    """
    from model_logs.cluster import connect
    from model_logs.install.keys import Security, revoke_request

    with connect(connection) as client:
        security = Security(client)
        chosen = _chosen(security.ours(), keys)
        request = revoke_request(key.id for key in chosen)
        if dry_run:
            show_requests(request, output=output)
            return
        done = security.revoke(request)
    if output == "json":
        show_json({"revoked": done})
    else:
        for key in chosen:
            click.echo(f"revoked {printable(key.name)} {printable(key.id)}")


def _chosen(there: Sequence[MadeKey], named: tuple[str, ...]) -> list[MadeKey]:
    """Return the keys that were named; an ambiguous name revokes none of them."""
    from datetime import UTC, datetime

    from model_logs.errors import ConfigurationError

    now = datetime.now(UTC)
    valid = [key for key in there if key.state(now) in {"active", "outdated"}]
    chosen: dict[str, MadeKey] = {}
    for name in named:
        matching = [key for key in valid if name in {key.id, key.name}]
        if not matching:
            raise ConfigurationError(
                f"There is no valid key {name!r} that elk-bootstrap made; nothing was revoked.",
                next_step="`elk-bootstrap keys list --all` shows them.",
            )
        if len(matching) > 1:
            raise ConfigurationError(
                f"{len(matching)} keys have the name {name}; nothing was revoked.",
                next_step=f"Give the id: {', '.join(key.id for key in matching)} (the newest first).",
            )
        chosen[matching[0].id] = matching[0]
    return list(chosen.values())
