"""`elk-bootstrap lint`: what is wrong with the dashboards, before anybody sees it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json
from model_logs.printing import printable_lines

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["lint"]


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--offline", is_flag=True, help="Look at the files only; no query is run.")
@cluster_options
@output_option
@debug_option
def lint(*, connection: Connection, folder: Path | None, offline: bool, output: str) -> None:
    """Check the dashboards of FOLDER (those of the project unless named) and run their queries.

    Every query runs on the cluster and gives the columns of its panel, every field exists in the contract, ids are
    unique and stay, no reference leads nowhere, each panel has a time filter, units and a title and is held by value.
    Exit 0 when nothing is wrong, 1 otherwise.

    \b
    Example:
      elk-bootstrap lint --url http://127.0.0.1:9200
      elk-bootstrap lint ./dashboards --offline
    """
    from model_logs import assets
    from model_logs.cluster import connect
    from model_logs.dashboards import lint as linter

    dashboards, findings = linter.check(folder or assets.path("dashboards"))
    if not offline:
        with connect(connection) as client:
            findings += linter.check_answers(client, dashboards)
    panels = sum(len(dashboard.panels) for dashboard in dashboards)
    if output == "json":
        show_json(
            {"dashboards": len(dashboards), "panels": panels, "findings": [each.as_dict() for each in findings]}
        )
    else:
        for finding in findings:
            click.secho(printable_lines(finding, indent="  "), fg="red")
        asked = "no query was run" if offline else "every query was run"
        result = f"{len(findings)} findings" if findings else "nothing is wrong"
        click.echo(f"{len(dashboards)} dashboards, {panels} panels, {asked}: {result}.")
    if findings:
        sys.exit(1)
