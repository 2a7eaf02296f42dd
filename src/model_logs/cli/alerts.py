"""`model-logs alerts …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["alerts"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "list": ("alerts_list", "list_", "Show what fires, what is silenced, and what was not delivered."),
        "explain": ("alerts_explain", "explain", "Say why a model is or is not alerting: figures, rows, trend."),
        "test": ("alerts_test", "test", "Run the unit tests of the rules on a real Elasticsearch."),
        "watch": ("alerts_watch", "watch", "Evaluate the rules on schedule and tell people."),
        "silence": ("alerts_silence", "silence", "Tell nobody about an alert until a time; it is still recorded."),
    },
)
def alerts() -> None:
    """Rules as code: test them, run them, ask them.

    \b
    Example:
      model-logs alerts test
      model-logs alerts watch
      model-logs alerts explain churn
    """
