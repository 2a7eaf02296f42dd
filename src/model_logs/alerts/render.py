"""From a rule to the one ES|QL text that Kibana, the evaluator and the tests ask.

Kibana passes ?_tstart and ?_tend to a rule and nothing else, so every other `?name` is replaced here: by its value,
or by a CASE over the overrides. The text is the same for everybody who asks it. This module sends nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from model_logs.errors import AssetError

if TYPE_CHECKING:
    from model_logs.alerts.rules import Override, Rule, Threshold

__all__ = ["LIMIT", "alerts_query", "condition", "measure_query", "names_in"]

# As many rows as Elasticsearch gives; more alerts of one rule at once are told as what they are, an outage.
LIMIT = 10_000

_TOKEN = re.compile(
    r"""(?P<kept>\"{3}(?:.|\n)*?\"{3}|"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:.|\n)*?\*/)|\?(?P<name>[a-z][a-z0-9_]*)"""
)


def alerts_query(rule: Rule) -> str:
    """Return the text that gives one row for each alert.

    Raises:
        AssetError: The rule names a threshold that it does not have, or an override cannot be told from a row.
    """
    return _rendered(rule, f"{rule.query}\n| WHERE {_condition(rule)}\n| LIMIT {LIMIT}")


def measure_query(rule: Rule, *, model: str | None = None) -> str:
    """Return the text that gives every measured row, alert or not, with a column `alert` that says which.

    Args:
        rule: The rule.
        model: Only rows of this model.

    Raises:
        AssetError: As above.
    """
    only = f"\n| WHERE model_name == {_literal(model)}" if model is not None else ""
    verdict = f"\n| EVAL alert = COALESCE({_condition(rule)}, false)\n| LIMIT {LIMIT}"
    return _rendered(rule, f"{rule.query}{only}{verdict}")


def condition(rule: Rule) -> str:
    """Return the condition with the thresholds put in, for people."""
    return _filled(rule, rule.condition)


def names_in(text: str) -> set[str]:
    """Return the names that stand as `?name` in a text, ?_tstart and ?_tend aside."""
    return {match["name"] for match in _TOKEN.finditer(text) if match["name"]}


def _condition(rule: Rule) -> str:
    return " AND ".join([f"({rule.condition})", *_switched_off(rule)])


def _rendered(rule: Rule, text: str) -> str:
    used = names_in(text)
    if used != set(rule.thresholds):
        culprits = ", ".join(sorted(used ^ set(rule.thresholds)))
        raise AssetError(
            f"{rule.source} cannot be used: {culprits} must stand both in thresholds and, as ?name, in the query"
            " or the condition.",
            next_step="Add what is missing, or take it out of both.",
        )

    return _filled(rule, text)


def _filled(rule: Rule, text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        name = match["name"]
        return _with_overrides(rule, name, rule.thresholds[name]) if name else match[0]

    return _TOKEN.sub(replacement, text)


def _with_overrides(rule: Rule, name: str, value: Threshold) -> str:
    branches: list[tuple[str, float]] = []
    default = value
    for override in rule.overrides:
        if name not in override.values:
            continue
        if override.model is None and override.environment is None:
            default = override.values[name]
            break
        branches.append((_place(rule, override), override.values[name]))
    if not branches:
        return _literal(default)
    cases = ", ".join(f"{place}, {_literal(number)}" for place, number in branches)
    return f"CASE({cases}, {_literal(default)})"


def _switched_off(rule: Rule) -> list[str]:
    off = [override for override in rule.overrides if not override.enabled]
    everywhere = [override for override in off if override.model is None and override.environment is None]
    return ["false"] if everywhere else [f"NOT ({_place(rule, override)})" for override in off]


def _place(rule: Rule, override: Override) -> str:
    parts = {"model_name": override.model, "environment": override.environment}
    for column, wanted in parts.items():
        if wanted is not None and column not in rule.by and column not in rule.query:
            raise AssetError(
                f"An override of {rule.id} asks for a {column.removesuffix('_name')}, and its rows have none:"
                f" they are told apart by {', '.join(rule.by)}.",
                next_step="Take it out of the override.",
            )
    # A row without the column is not the one that is meant, so null counts as false.
    tests = [f"{column} == {_literal(wanted)}" for column, wanted in parts.items() if wanted is not None]
    return f"COALESCE({' AND '.join(tests)}, false)"


def _literal(value: Threshold) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_literal(one) for one in value)})"
    if isinstance(value, str):
        # ES|QL escapes a string as JSON does, but knows no \\u: what is not ASCII stands as it is.
        return json.dumps(value, ensure_ascii=False)
    # Always a double: the branches of a CASE must have one type.
    return repr(float(value))
