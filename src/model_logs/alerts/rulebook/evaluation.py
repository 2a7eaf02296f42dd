"""One rule at one point in time: the query is asked, its rows become alerts.

Whether an alert is new, known or over is not decided here (`transitions`), nor who is told (`notify`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs import query
from model_logs.alerts.rulebook.rules import VARIANT
from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule

__all__ = ["Alert", "Evaluation", "evaluate", "key_of", "rows_of"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One row of a rule's answer.

    Attributes:
        key: What the alert is about, without the rule: the values of the rule's `by`, joined by `|`.
        value: What was measured; None where the rule fired without a figure.
        threshold: What it was compared with.
        row: The whole row, with the facts that are stated about its model.
    """

    key: str
    value: float | None
    threshold: float | None
    row: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a rule for one window.

    Attributes:
        at: The end of the window.
        alerts: By their keys.
        complete: False when there were more rows than an answer can hold: what is missing here may still be true.
    """

    at: datetime
    alerts: Mapping[str, Alert]
    complete: bool = True


def evaluate(client: Elasticsearch, rule: Rule, text: str, at: datetime, *, timeout: float = 30.0) -> Evaluation:
    """Ask the rule's query for the window that ends at `at`.

    Args:
        client: Of the cluster that holds the events.
        rule: The rule.
        text: Its query, from `query_text.alerts_query`.
        at: The end of the window, excluded.
        timeout: Seconds.

    Raises:
        QueryError: The answer is wrong, partial or late; it says nothing about any alert.
        ClusterError: The cluster cannot be reached.
    """
    rows, complete = rows_of(client, rule, text, at, timeout=timeout)
    return Evaluation(at, {alert.key: alert for alert in (_alert(rule, row) for row in rows)}, complete)


def rows_of(
    client: Elasticsearch,
    rule: Rule,
    text: str,
    at: datetime,
    *,
    params: Mapping[str, object] | None = None,
    timeout: float = 30.0,
) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows of the window that ends at `at`, and whether the answer is complete."""
    start = at - rule.window
    answer = query.run(client, text, start=start, end=at, params=params, allow_top_n=True, timeout=timeout)
    answer.require(["value", "threshold", "events", *rule.by], f"The rule {rule.id}")
    return answer.records(), not answer.limit_reached


def _alert(rule: Rule, row: dict[str, Any]) -> Alert:
    value, threshold = _number(rule, row, "value"), _number(rule, row, "threshold")
    # Beside what was measured, the facts about the model: its card, its tier.
    stated = rule.catalog.facts(row.get("model_name"), row.get("environment")).stated()
    return Alert(key_of(rule, row), value, threshold, {**stated, **row})


def key_of(rule: Rule, row: Mapping[str, Any]) -> str:
    """Return the key of a row: the values of the rule's `by`; a row without a variant is named without it."""
    named = [column for column in rule.by if column != VARIANT or row.get(VARIANT) is not None]
    return "|".join("-" if row[column] is None else str(row[column]).replace("|", "%7C") for column in named)


def _number(rule: Rule, row: Mapping[str, Any], column: str) -> float | None:
    value = row[column]
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else float(value)
    raise AssetError(
        f"The rule {rule.id} gives {value!r} as its {column}, which is no number.",
        next_step=f"Let the query of {rule.source} end with one number for {column}.",
    )
