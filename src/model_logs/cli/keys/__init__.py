"""`elk-bootstrap keys …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["keys"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "create": ("keys.create", "create", "Create an API key for a program; it is shown once."),
        "list": ("keys.list_keys", "list_", "List the keys of model-logs, and which are outdated."),
        "rotate": ("keys.rotate", "rotate", "Replace a key by a new one; the old one ends later."),
        "revoke": ("keys.revoke", "revoke", "Revoke keys at once."),
        "roles": ("keys.roles", "roles", "Show the roles, or install them for users."),
    },
)
def keys() -> None:
    """Create, rotate and revoke API keys: one for each program, with the rights of its role alone.

    \b
    Example:
      elk-bootstrap keys create writer --username elastic
      elk-bootstrap keys list --username elastic
    """
