"""`model-logs drift …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["drift"]


@click.command(
    cls=LazyGroup,
    commands_at={"check": ("drift.check", "check", "Compare a model's features with a reference.")},
)
def drift() -> None:
    """Compare the features that a model gets today with those of its training or of an earlier time.

    \b
    Example:
      model-logs drift check --model churn --reference 7d --window 24h
    """
