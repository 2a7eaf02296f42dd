"""`elk-bootstrap keys roles`: the roles that keys are made from, shown, or installed for users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.keys.options import dry_run_option, show_requests
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_logs.cluster import Connection
    from model_logs.install.keys import Role

__all__ = ["roles"]


@click.command()
@click.argument("names", nargs=-1, metavar="[ROLE]...")
@click.option("--install", is_flag=True, help="Install the roles in Elasticsearch, as model_logs_<role>, for users.")
@dry_run_option
@cluster_options
@output_option
@debug_option
def roles(*, connection: Connection, names: tuple[str, ...], install: bool, dry_run: bool, output: str) -> None:
    """Show the rights of each role and whether the role is installed; with --install, install it.

    API keys need no installed role: each holds a copy of its rights. Users with a password need one, such as
    Logstash's user in the compose stack.

    \b
    Example:
      elk-bootstrap keys roles --username elastic
      elk-bootstrap keys roles writer reader --install --username elastic
      elk-bootstrap keys roles --install --dry-run
    """
    from model_logs.cluster import connect
    from model_logs.install.keys import Security, load_roles, role, role_request

    chosen = [role(name) for name in names] if names else list(load_roles().values())
    requests = {each.name: role_request(each) for each in chosen}
    if dry_run:
        show_requests(*requests.values(), output=output)
        return
    with connect(connection) as client:
        security = Security(client)
        state = security.installed(chosen)
        if install:
            for each in chosen:
                if state[each.name] != "current":
                    security.install(requests[each.name])
                    state[each.name] = "created" if state[each.name] == "missing" else "updated"
    if output == "json":
        show_json({"roles": [each.descriptor() | {"role": each.name, "state": state[each.name]} for each in chosen]})
    else:
        _show(chosen, state)


def _show(chosen: Iterable[Role], state: dict[str, str]) -> None:
    for each in chosen:
        click.echo(f"{click.style(each.name, bold=True)} (model_logs_{each.name}: {state[each.name]})")
        click.echo(f"  {each.meaning}")
        click.echo(f"  cluster: {', '.join(each.cluster)}")
        for entry in each.indices:
            click.echo(f"  {', '.join(entry['names'])}: {', '.join(entry['privileges'])}")
