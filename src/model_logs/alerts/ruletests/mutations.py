"""Rules with one small mistake each, to measure how good the tests of a rule are.

A mutant has another threshold, window or comparison, or heeds no threshold of a row. Each must make at least one case
of its rule fail; one that survives shows what the cases do not look at. `runs` judges them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.alerts.rulebook.rules import Rule, Threshold

__all__ = ["Mutant", "mutants"]

# What stands in quotes and comments is kept as it is.
_OPERATOR = re.compile(
    r"""(?P<kept>\"{3}(?:.|\n)*?\"{3}|"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:.|\n)*?\*/)"""
    r"|(?P<operator>>=|<=|==|!=|(?<![<>=!])[<>](?!=)|\bNOT IN\b|(?<!NOT )\bIN\b|\bIS NOT NULL\b|\bAND\b|\bOR\b)"
)
_OTHERS = {
    ">": (">=", "<"),
    ">=": (">", "<"),
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    "==": ("!=",),
    "!=": ("==",),
    "IN": ("NOT IN",),
    "NOT IN": ("IN",),
    "IS NOT NULL": ("IS NULL",),
    "AND": ("OR",),
    "OR": ("AND",),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one change.

    Attributes:
        rule: The changed rule.
        change: What was changed, for people.
    """

    rule: Rule
    change: str

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.change}"


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield the rule with another threshold, window or comparison, one change at a time."""
    for name, value in rule.thresholds.items():
        for other in _other_values(value):
            changed = replace(rule, thresholds={**rule.thresholds, name: other})
            yield Mutant(changed, f"{name} {_shown(value)} becomes {_shown(other)}")
    for name, column in rule.row_thresholds.items():
        left = {other: each for other, each in rule.row_thresholds.items() if other != name}
        yield Mutant(replace(rule, row_thresholds=left), f"{name} is the same in every row, whatever {column} says")
    yield Mutant(replace(rule, window=rule.window / 2), "half the window")
    yield Mutant(replace(rule, window=rule.window * 2), "twice the window")
    for text, change in _other_comparisons(rule.condition):
        yield Mutant(replace(rule, condition=text), f"in the condition {change}")
    for text, change in _other_comparisons(rule.query):
        yield Mutant(replace(rule, query=text), f"in the query {change}")


def _other_values(value: Threshold) -> list[Threshold]:
    if isinstance(value, tuple):
        return [tuple(one for one in value if one != left_out) or ("-",) for left_out in value]
    if value is None:
        return []
    if isinstance(value, str):
        return [f"not {value}"]
    step = max(1, round(abs(value) / 10)) if isinstance(value, int) else abs(value) / 10
    return [value + step, value - step]


def _other_comparisons(text: str) -> Iterator[tuple[str, str]]:
    for match in _OPERATOR.finditer(text):
        for other in _OTHERS.get(match["operator"] or "", ()):
            around = " ".join(text[max(0, match.start() - 30) : match.end() + 20].split())
            yield text[: match.start()] + other + text[match.end() :], f"{match[0]} becomes {other} near `{around}`"


def _shown(value: Threshold) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return value if isinstance(value, str) else f"{value:g}"
