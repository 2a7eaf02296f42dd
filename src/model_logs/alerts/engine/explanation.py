"""Why a model does or does not alert: each rule's measured value, its threshold, and the recent trend."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs.alerts.engine.rounds import rule_state_id
from model_logs.alerts.rulebook import query_text
from model_logs.alerts.rulebook.evaluation import rows_of
from model_logs.alerts.rulebook.transitions import Episode, RuleState
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule

__all__ = ["Explanation", "behind", "explain_rule", "firing", "step"]

_POINTS = 12
# What is judged later than this may tell of nothing.
_LATELY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule's value, threshold and trend for one model in one environment.

    Attributes:
        rule: The rule.
        key: What it is about, as in alerts.
        row: The newest measured row, whatever the condition says of it.
        alert: The condition is true.
        trend: The measured values, the oldest first; None where nothing could be measured.
        episode: The alert that fires now by the evaluator's memory.
    """

    rule: Rule
    key: str
    row: Mapping[str, Any] = field(repr=False)
    alert: bool
    trend: tuple[float | None, ...]
    episode: Episode | None


def explain_rule(
    client: Elasticsearch,
    rules: Iterable[Rule],
    model: str,
    *,
    at: datetime,
    environment: str | None = None,
) -> list[Explanation]:
    """Return the explanation of every rule that has one row for each model.

    Args:
        client: Of the cluster.
        rules: The rules.
        model: The model's name.
        at: The end of the newest window.
        environment: Only this one.

    Raises:
        QueryError: A rule could not be asked.
    """
    from model_logs.alerts.rulebook.evaluation import key_of

    known = {(rule.id, episode.key): episode for rule, episode in firing(client, rules)}
    found: list[Explanation] = []
    for rule in rules:
        if "model_name" not in rule.by:
            continue
        windows = [
            {key_of(rule, row): row for row in _rows(client, rule, model, at - number * step(rule), environment)}
            for number in reversed(range(_POINTS))
        ]
        for key, row in windows[-1].items():
            trend = tuple(window[key]["value"] if key in window else None for window in windows)
            found.append(Explanation(rule, key, row, row["alert"], trend, known.get((rule.id, key))))
    return found


def step(rule: Rule) -> timedelta:
    """Return the time between two points of a rule's trend."""
    return min(rule.window, timedelta(hours=1)) / 4


def firing(client: Elasticsearch, rules: Iterable[Rule]) -> list[tuple[Rule, Episode]]:
    """Return the firing alerts in the evaluator's stored state."""
    store = Store(client)
    found: list[tuple[Rule, Episode]] = []
    for rule in rules:
        stored = store.read(rule_state_id(rule))
        if stored:
            found += [(rule, episode) for episode in RuleState.from_dict(stored.body).firing.values()]
    return found


def behind(client: Elasticsearch, rules: Iterable[Rule], now: datetime) -> list[tuple[Rule, datetime | None]]:
    """Return the rules that were not evaluated lately, with their last evaluation; None for never."""
    store = Store(client)
    found: list[tuple[Rule, datetime | None]] = []
    for rule in rules:
        stored = store.read(rule_state_id(rule))
        to = RuleState.from_dict(stored.body).evaluated_to if stored else None
        if to is None or now - to > _LATELY + rule.every:
            found.append((rule, to))
    return found


def _rows(
    client: Elasticsearch, rule: Rule, model: str, at: datetime, environment: str | None
) -> list[dict[str, Any]]:
    text = query_text.measure_query(rule, one_model=True)
    rows, _ = rows_of(client, rule, text, at, params={query_text.MODEL: model})
    return [row for row in rows if environment in {None, row.get("environment")}]
