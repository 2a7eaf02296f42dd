"""What `elk-bootstrap lint` looks at in a rule beyond its schema: its query with its thresholds, its runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.alerts.rulebook import query_text, rules, runbooks

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["overrides", "rule"]


def rule(file: Path) -> None:
    """Look at one rule by itself.

    Raises:
        ModelLogsError: It cannot be meant.
    """
    found = rules.read_rule(file)
    query_text.alerts_query(found)
    runbooks.first_steps(found.runbook_file)


def overrides(file: Path) -> None:
    """Look at the thresholds of the user's own, with the rules beside them.

    Raises:
        ModelLogsError: They name a rule or a threshold that is not there.
    """
    for found in rules.load_rules(file.parent):
        query_text.alerts_query(found)
