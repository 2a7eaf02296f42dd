"""`elk-bootstrap assets …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["assets"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "list": ("assets.list_assets", "list_", "List the sets of files, and the commands that read a copy."),
        "copy": ("assets.copy", "copy", "Write files into a folder of yours, to edit them."),
        "diff": ("assets.diff", "diff", "Show the differences between your copies and an upgrade."),
    },
)
def assets() -> None:
    """Copy files of alerts, dashboards, pipelines, shippers and the compose stack, to edit them.

    \b
    Example:
      elk-bootstrap assets copy alerts --to my-models
      elk-bootstrap assets diff --in my-models
    """
