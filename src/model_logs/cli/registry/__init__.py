"""`model-logs registry …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["registry"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "receive": ("registry.receive", "receive", "Receive webhooks of registries, for the audit trail."),
        "register-webhooks": (
            "registry.register_webhooks",
            "register_webhooks",
            "Have MLflow send its changes to the receiver.",
        ),
        "reconcile": ("registry.reconcile", "reconcile", "Record the changes that no webhook reported."),
        "sources": ("registry.sources", "sources", "List the supported registries, with their documentation."),
    },
)
def registry() -> None:
    """Record the changes of model registries in the audit trail: which model, which change, by whom.

    \b
    Example:
      model-logs registry sources
      model-logs registry receive --source mlflow --path /var/log/models/registry.log
    """
