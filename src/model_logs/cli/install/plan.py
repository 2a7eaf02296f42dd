"""`elk-bootstrap plan`: shows the changes that apply would make. It writes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from model_logs.cli.install.options import open_kibana
from model_logs.cli.install.output import show_diff
from model_logs.cli.options import installation_options
from model_logs.cli.output import show_json
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_logs.cluster import Connection
    from model_logs.install import Pace, Plan

__all__ = ["plan", "show_plan"]

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "refuse": ("!", "red"), "keep": ("=", "cyan")}


@click.command()
@installation_options
def plan(
    *,
    connection: Connection,
    kibana: tuple[Connection, str] | None,
    environments: tuple[str, ...],
    busy: tuple[str, ...],
    output: str,
) -> None:
    """Show the changes that apply would make, as differences, and write nothing.

    The plan begins with the events and bytes a day of each environment, and the lifecycle policy that fits them.
    Exit 0 when nothing differs, 3 when an object does.

    \b
    Example:
      elk-bootstrap plan --url http://127.0.0.1:9200
      elk-bootstrap plan --environments development,production --output json
      elk-bootstrap plan --kibana-url https://kibana.example:5601 --space ml
    """
    from model_logs import install
    from model_logs.cluster import connect

    with connect(connection) as client:
        found = install.make_plan(client, environments, open_kibana(kibana, client), busy)
        paces = install.paces(client, environments, busy)
    show_plan(found, paces, output)
    if found.differs:
        sys.exit(3)


def show_plan(found: Plan, paces: Sequence[Pace], output: str) -> None:
    """Write the plan and the pace of each environment to standard output, as text or as JSON."""
    if output == "json":
        show_json(
            {
                "differs": found.differs,
                "objects": [step.as_dict() for step in found.steps],
                "environments": [pace.as_dict() for pace in paces],
            }
        )
        return
    for pace in paces:
        line = f"{pace.environment}: {pace.policy}. {pace.why[:1].upper()}{pace.why[1:]}."
        click.echo(click.style(line, fg=None if pace.fits else "yellow"))
    _show_plan(found)


def _show_plan(found: Plan) -> None:
    """Write the plan to standard output: changes with their differences, unchanged objects as a number."""
    for step in found.steps:
        if step.action == "keep" and not step.note:
            continue
        sign, colour = _SIGNS[step.action]
        line = f"{sign} {step.action:<7} {step.object.kind:<18} {printable(step.object.name)}"
        click.echo(click.style(f"{line}: {printable(step.note)}" if step.note else line, fg=colour))
        if step.action != "create":
            show_diff(step.diff)
    kept = sum(step.action == "keep" for step in found.steps)
    if not found.differs:
        click.echo(f"Nothing to do: all {kept} objects are as they should be.")
        return
    click.echo(f"{len(found.steps) - kept} of {len(found.steps)} objects differ. Next step: elk-bootstrap apply")
