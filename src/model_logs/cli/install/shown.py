"""How the commands of `elk-bootstrap` show objects, outcomes and differences. It prints and decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from model_logs.cli.output import note
from model_logs.printing import printable, printable_lines

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.cluster import Connection
    from model_logs.install import ApplyReport, ObjectResult
    from model_logs.install.kibana import Kibana

__all__ = [
    "backup_option",
    "force_option",
    "open_kibana",
    "show_diff",
    "show_result",
    "summary",
    "told_backup",
]

_F = TypeVar("_F", bound=Callable[..., Any])
_COLOURS = {
    "created": "green",
    "updated": "yellow",
    "rolled over": "yellow",
    "removed": "yellow",
    "would be removed": "yellow",
    "kept": "cyan",
    "refused": "red",
    "failed": "red",
    "not attempted": "red",
}
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
WIDTH = 16


def backup_option(function: _F) -> _F:
    """Add `--backup-dir`, passed as `backup_dir`."""
    from pathlib import Path

    return click.option(
        "--backup-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MODEL_LOGS_BACKUP_DIR",
        help="Where to keep what is replaced.  [default: ~/.local/state/model-logs/backups]",
    )(function)


def force_option(text: str) -> Callable[[_F], _F]:
    """Return the decorator that adds `--force`."""
    return click.option("--force", is_flag=True, help=text)


def open_kibana(target: tuple[Connection, str] | None, client: Elasticsearch) -> Kibana | None:
    """Return a client for the Kibana of `kibana_options` and say what differs there, or say that there is none."""
    if target is None:
        note("Kibana is left out: no URL is set (--kibana-url, MODEL_LOGS_KIBANA_URL).")
        return None
    from model_logs.install import kibana

    connection, space = target
    opened = kibana.connect_kibana(connection, space=space)
    for each in kibana.notes(opened, client):
        note(f"Kibana, {each}")
    return opened


def show_result(result: ObjectResult) -> None:
    """Write one line about one object to standard error."""
    outcome = click.style(f"{result.outcome:<{WIDTH}}", fg=_COLOURS.get(result.outcome, "white"))
    line = f"{outcome} {result.kind:<18} {printable(result.name)}"
    below = " " * (WIDTH + 1)
    detail = f"\n{below}{printable_lines(result.detail, indent=below)}" if result.detail else ""
    click.echo(line + detail, err=True)


def show_diff(diff: str) -> None:
    """Write a unified diff to standard output, coloured on a terminal."""
    for line in diff.splitlines():
        click.echo(click.style(printable(line), fg=_DIFF_COLOURS.get(line[:1])))


def summary(report: ApplyReport) -> str:
    """Return how many objects had which outcome."""
    return ", ".join(f"{count} {outcome}" for outcome, count in report.count().items())


def told_backup(backup: Path | None, what: str = "replaced") -> None:
    """Say where the definitions are kept that were replaced or removed; data is never among them."""
    if backup is not None:
        note(f"The definitions that were {what} are kept in {backup}")
