"""Checks of `elk-bootstrap lint` beyond a rule's schema: its query with its thresholds, its runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.alerts.rulebook import query_text, rules, runbooks

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["overrides", "rule"]


def rule(file: Path) -> None:
    """Check one rule by itself.

    Raises:
        ModelLogsError: It cannot be meant.
    """
    found = rules.read_rule(file)
    query_text.alerts_query(found)
    runbooks.first_steps(found.runbook_file)


def overrides(file: Path) -> None:
    """Check the user's own thresholds (overrides), with the rules beside them.

    Raises:
        ModelLogsError: They name a rule or a threshold that is not there.
    """
    for found in rules.load_rules(file.parent):
        query_text.alerts_query(found)
