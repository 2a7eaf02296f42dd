"""`elk-bootstrap status`: the installed objects, and the contents of the data streams. It writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.install.options import open_kibana
from model_logs.cli.options import installation_options
from model_logs.cli.output import show_json, table
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.cluster import Connection
    from model_logs.install import Status

__all__ = ["status"]

_STEP = 1024.0
_COLOURS = {"current": "green", "behind": "yellow", "outdated": "yellow"}


@click.command()
@installation_options
def status(
    *,
    connection: Connection,
    kibana: tuple[Connection, str] | None,
    environments: tuple[str, ...],
    busy: tuple[str, ...],
    output: str,
) -> None:
    """Show the installed objects and their versions, and the data streams with size and lifecycle phase.

    \b
    Example:
      elk-bootstrap status --url http://127.0.0.1:9200
      elk-bootstrap status --output json
    """
    from model_logs import install
    from model_logs.cluster import connect

    with connect(connection) as client:
        found = install.take_inventory(client, environments, open_kibana(kibana, client), busy)
    if output == "json":
        show_json(found.as_dict())
    else:
        _show(found)


def _show(found: Status) -> None:
    click.echo(f"Elasticsearch {found.version}, cluster {printable(found.cluster)}\n")
    rows = [(each.kind, each.name, each.state, each.version, each.hash) for each in found.objects]
    table(("object", "name", "state", "version", "hash"), rows, colours={2: _COLOURS})
    for each in found.objects:
        if each.note:
            click.echo(f"{each.kind} {printable(each.name)}: {printable(each.note)}")
    click.echo()
    streams = []
    for held in found.streams:
        phases = ", ".join(f"{phase} {count}" for phase, count in sorted(held.phases.items()))
        size = _size(held.bytes + held.failure_bytes)
        failures = "no right" if held.failures is None else f"{held.failures:,}"
        streams.append((held.name, f"{held.documents:,}", failures, size, str(held.indices), phases))
    streams += [(f"{name} (lookup)", f"{count:,}", "", "", "", "") for name, count in found.lookups.items()]
    table(("data stream", "documents", "failed", "size", "indices", "phases"), streams, right=(1, 2, 3, 4))


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < _STEP:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} TiB"
