"""Options that the commands of `elk-bootstrap` about a cluster share, and the Kibana that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from model_logs.cli.output import note

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.cluster import Connection
    from model_logs.install.kibana import Kibana

__all__ = ["backup_option", "force_option", "open_kibana"]

_F = TypeVar("_F", bound=Callable[..., Any])


def backup_option(function: _F) -> _F:
    """Add `--backup-dir`, passed as `backup_dir`."""
    from pathlib import Path

    return click.option(
        "--backup-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MODEL_LOGS_BACKUP_DIR",
        help="Folder for the backups of replaced objects.  [default: ~/.local/state/model-logs/backups]",
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
