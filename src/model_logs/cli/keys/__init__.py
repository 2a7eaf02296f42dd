"""`elk-bootstrap keys …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["keys"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "create": ("keys.create", "create", "Make an API key for a program; it is shown once."),
        "list": ("keys.list_keys", "list_", "Show the keys that were made here, and what is wrong with them."),
        "rotate": ("keys.rotate", "rotate", "Make a key in place of another, which ends after a while."),
        "revoke": ("keys.revoke", "revoke", "End keys at once."),
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
