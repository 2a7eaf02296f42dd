"""`model-logs alerts …`: the group; each command is a file of its own."""

from __future__ import annotations

import click

from model_logs.cli import LazyGroup

__all__ = ["alerts"]


@click.command(
    cls=LazyGroup,
    commands_at={
        "list": ("alerts.list_alerts", "list_", "List firing alerts, silences and undelivered messages."),
        "explain": ("alerts.explain", "explain", "Explain why a model does or does not alert: values, trend."),
        "test": ("alerts.run_tests", "test", "Run the unit tests of the rules on a real Elasticsearch."),
        "watch": ("alerts.watch", "watch", "Evaluate the rules on schedule and send messages."),
        "silence": ("alerts.silence", "silence", "Mute the messages of alerts until a time."),
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
