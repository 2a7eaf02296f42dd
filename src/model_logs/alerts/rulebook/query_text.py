"""From a rule to the one ES|QL text that Kibana, the evaluator and the tests ask.

Kibana passes ?_tstart and ?_tend to a rule, and nothing else, so every other `?name` is replaced here: by its value,
or by a CASE over the overrides. Before 9.3 it passes nothing at all: `by_the_clock` puts NOW() in the place of both.
Apart from that the text is the same for everybody who asks it. This module sends nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from model_logs.errors import AssetError
from model_logs.query.literals import literal
from model_logs.query.objective_numbers import ObjectiveNumber, expression

if TYPE_CHECKING:
    from datetime import timedelta

    from model_logs.alerts.rulebook.rules import Override, Rule, Threshold

__all__ = ["LIMIT", "MODEL", "alerts_query", "by_the_clock", "condition", "measure_query", "names_in"]

# As many rows as Elasticsearch gives; more alerts of one rule at once are told as what they are, an outage.
LIMIT = 10_000

# The parameter of `measure_query` that names the model: a value of somebody's is never put into a text.
MODEL = "_model"

# What stands in quotes and comments is kept as it is.
_KEPT = r"""(?P<kept>\"{3}(?:.|\n)*?\"{3}|"(?:\\.|[^"\\])*"|`[^`]*`|//[^\n]*|/\*(?:.|\n)*?\*/)"""
_TOKEN = re.compile(rf"{_KEPT}|\?(?P<name>[a-z][a-z0-9_]*)")
_WINDOW = re.compile(rf"{_KEPT}|\?_t(?:start|end)\b")


def alerts_query(rule: Rule) -> str:
    """Return the text that gives one row for each alert.

    Raises:
        AssetError: The rule names a threshold that it does not have, or an override cannot be told from a row.
    """
    # Kibana keeps the first thousand rows: the worst ones, and the same ones at each run.
    order = ", ".join(["value DESC NULLS LAST", *rule.by])
    return _rendered(rule, f"{rule.query}\n| WHERE {_condition(rule)}\n| SORT {order}\n| LIMIT {LIMIT}")


def by_the_clock(text: str, window: timedelta) -> str:
    """Return a text that asks for the window that ends now, without a parameter.

    Args:
        text: From `alerts_query`.
        window: How far ?_tstart lies before ?_tend.
    """
    instead = {"?_tstart": f"(NOW() - {int(window.total_seconds())} seconds)", "?_tend": "NOW()"}
    return _WINDOW.sub(lambda match: match["kept"] or instead[match[0]], text)


def measure_query(rule: Rule, *, one_model: bool = False) -> str:
    """Return the text that gives every measured row, alert or not, with a column `alert` that says which.

    Args:
        rule: The rule.
        one_model: Only rows of the model that the parameter `MODEL` names.

    Raises:
        AssetError: As above.
    """
    only = f"\n| WHERE model_name == ?{MODEL}" if one_model else ""
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
            f"{rule.source} cannot be used: {culprits} must be both in thresholds and, as ?name, in the query"
            " or the condition.",
            next_step="Add the missing one, or remove it from both.",
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
    number = rule.objective_numbers.get(name)
    if number is not None and (default is None or isinstance(default, int | float)):
        return expression(ObjectiveNumber(default, number.models))
    column = rule.row_thresholds.get(name)
    otherwise = f"COALESCE({column}, {literal(default)})" if column else literal(default)
    if not branches:
        return otherwise
    cases = ", ".join(f"{place}, {literal(number)}" for place, number in branches)
    return f"CASE({cases}, {otherwise})"


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
                f" they are distinguished by {', '.join(rule.by)}.",
                next_step="Remove it from the override.",
            )
    # A row without the column is not the one that is meant, so null counts as false.
    tests = [f"{column} == {literal(wanted)}" for column, wanted in parts.items() if wanted is not None]
    return f"COALESCE({' AND '.join(tests)}, false)"
