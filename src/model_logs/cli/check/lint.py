"""`elk-bootstrap lint`: finds mistakes in files that a user copied and changed, before they are used."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json
from model_logs.printing import printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.cluster import Connection
    from model_logs.dashboards.lint import LintFinding
    from model_logs.dashboards.panels import Dashboard
    from model_logs.files.kinds import FileKind

__all__ = ["lint"]

# Of the project: what `elk-bootstrap assets copy` copies.
_FOLDERS = ("alerts", "chaos", "dashboards", "mappings", "pipelines")


@click.command()
@click.argument("place", metavar="[FOLDER]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--offline", is_flag=True, help="Check the files alone, and run no query.")
@cluster_options
@output_option
@debug_option
def lint(*, connection: Connection, place: Path | None, offline: bool, output: str) -> None:
    """Check dashboards, rules and every other file in FOLDER, and run the queries of its dashboards.

    FOLDER may be one that `elk-bootstrap assets copy` wrote, one within it, or a single file; without it the files
    of the project are checked. Checked are: the schema of each file (docs/reference/files.md) and the names in it;
    each query of a dashboard, run on the cluster, and the columns of its panel; fields, by the contract; ids, which
    must be unique and stay; references; the time filter, units and title of each panel. Exit 0 without a finding, 1
    otherwise.

    \b
    Example:
      elk-bootstrap lint --url http://127.0.0.1:9200
      elk-bootstrap lint ./mine --offline
    """
    from model_logs import assets
    from model_logs.cluster import connect
    from model_logs.dashboards import lint as linter
    from model_logs.files import kinds

    places = [place] if place else [assets.path(name) for name in _FOLDERS]
    files = [found for each in places for found in kinds.found_in(each)]
    dashboards, findings = _dashboards(files, place)
    findings += _others(files)
    if not offline and dashboards:
        with connect(connection) as client:
            findings += linter.check_answers(client, dashboards)
    panels = sum(len(dashboard.panels) for dashboard in dashboards)
    if output == "json":
        counts = {"files": len(files), "dashboards": len(dashboards), "panels": panels}
        show_json({**counts, "findings": [each.as_dict() for each in findings]})
    else:
        for finding in findings:
            click.secho(printable_lines(finding, indent="  "), fg="red")
        asked = "no query was run" if offline or not dashboards else "every query was run"
        result = f"{len(findings)} findings" if findings else "nothing is wrong"
        counted = f"{len(files)} files, {len(dashboards)} dashboards, {panels} panels"
        click.echo(f"{counted}, {asked}: {result}.")
    if findings:
        sys.exit(1)


def _dashboards(files: list[tuple[Path, FileKind]], place: Path | None) -> tuple[list[Dashboard], list[LintFinding]]:
    """Check dashboards, those of each folder together, since they link to one another."""
    from model_logs.dashboards import lint as linter
    from model_logs.dashboards.lint import LintFinding

    if not files:
        return [], [LintFinding(str(place), "the folder", "file", "it holds no file that is known")]
    folders: dict[Path, list[Path]] = {}
    for file, kind in files:
        if kind.schema == "dashboard":
            folders.setdefault(file.parent, []).append(file)
    found, findings = [], []
    for folder, members in folders.items():
        whole = members if place is None or place.is_dir() else None
        dashboards, wrong = linter.check_dashboards(folder, whole)
        found += dashboards
        findings += wrong
    return found, findings


def _others(files: list[tuple[Path, FileKind]]) -> Iterator[LintFinding]:
    from model_logs.dashboards.lint import LintFinding
    from model_logs.files import kinds

    told: set[tuple[str, str]] = set()
    for file, kind in files:
        for line, what in kinds.problems(file, kind) if kind.schema != "dashboard" else ():
            # A mistake in a rule is met again by its tests.
            said = (str(file) if line else "", what)
            if said not in told:
                told.add(said)
                yield LintFinding(str(file), f"line {line}" if line else "the file", kind.schema, what)
