"""`model-logs alerts …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["alerts"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "list": ("alerts.list_alerts", "list_", "Show what fires, what is silenced, and what was not delivered."),
        "explain": ("alerts.explain", "explain", "Say why a model is or is not alerting: figures, rows, trend."),
        "test": ("alerts.run_tests", "test", "Run the unit tests of the rules on a real Elasticsearch."),
        "watch": ("alerts.watch", "watch", "Evaluate the rules on schedule and tell people."),
        "silence": ("alerts.silence", "silence", "Tell nobody about an alert until a time; it is still recorded."),
    },
)
def alerts() -> None:
    """Alert rules as code: test and evaluate rules, list, explain and silence alerts.

    \b
    Example:
      model-logs alerts test
      model-logs alerts watch
      model-logs alerts explain churn
    """
