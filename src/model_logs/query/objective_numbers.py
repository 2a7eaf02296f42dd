"""Numbers of the steady-state objectives within ES|QL: a literal, or a CASE over the models that have another one.

A rule or a panel names a number (`{objectives: slo, indicator: errors, number: limit}`) and holds it nowhere, so that
it and a gate judge by the same one. This module sends nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.errors import ConfigurationError
from model_logs.objectives import load_models, load_objectives
from model_logs.printing import printable
from model_logs.query.literals import literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from model_logs.objectives import Objective

__all__ = ["ModelNumber", "ObjectiveNumber", "expression", "objective_number", "with_numbers"]

_MAGIC = re.compile(r"[*?]")
# Of a text: what stands in quotes and comments is kept as it is.
_TOKEN = re.compile(
    r"""(?P<kept>\"{3}(?:.|\n)*?\"{3}|"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:.|\n)*?\*/)|\?(?P<name>[a-z][a-z0-9_]*)"""
)


@dataclass(frozen=True, slots=True)
class ModelNumber:
    """The number of some models.

    Attributes:
        model: The model's name, or a pattern with `*` and `?`.
        environment: Only there, or a pattern; None for everywhere.
        value: Their number; None where the objective is not for them.
    """

    model: str
    environment: str | None
    value: float | None


@dataclass(frozen=True, slots=True)
class ObjectiveNumber:
    """One number of the objectives.

    Attributes:
        default: That of the objective file; None where it has no such objective.
        models: Models with another one, the first that fits counts.
    """

    default: float | None
    models: tuple[ModelNumber, ...] = ()


def objective_number(said: Mapping[str, str], folder: Path | None = None) -> ObjectiveNumber:
    """Return the number that a rule or a panel names.

    Args:
        said: `objectives` (a file), `indicator` and `number`: `limit`, the largest share of bad predictions, or
            `value`, the limit in the indicator's unit.
        folder: A folder like `chaos/`; that of the package by default.

    Raises:
        ConfigurationError: The objectives say what cannot be meant, or a pattern that ES|QL does not know.
    """
    objectives = load_objectives(said["objectives"], folder)

    def number(objective: Objective | None) -> float | None:
        if objective is None:
            return None
        return objective.limit if said["number"] == "limit" else objective.value

    default = number(objectives.of(said["indicator"]))
    found: list[ModelNumber] = []
    for entry in load_models(folder).entries:
        for pattern in (entry.model, entry.environment or ""):
            if "[" in pattern:
                raise ConfigurationError(
                    f"models.yml names {printable(pattern)}; a rule knows patterns with * and ? only.",
                    next_step="Write an entry for each of the names.",
                )
        changed = objectives.changed(entry.changes.get(objectives.name, {}))
        found.append(ModelNumber(entry.model, entry.environment, number(changed.of(said["indicator"]))))
    # An entry that says the same as the objective file counts only where a later one would fit, too.
    while found and found[-1].value == default:
        found.pop()
    return ObjectiveNumber(default, tuple(found))


def expression(number: ObjectiveNumber) -> str:
    """Return the number as ES|QL, over the columns model_name and environment."""
    if not number.models:
        return literal(number.default)
    cases = "".join(f"{_place(each)}, {literal(each.value)}, " for each in number.models)
    return f"CASE({cases}{literal(number.default)})"


def with_numbers(text: str, numbers: Mapping[str, ObjectiveNumber]) -> str:
    """Return a query with the numbers in the place of their `?name`."""

    def replaced(match: re.Match[str]) -> str:
        name: Any = match["name"]
        return expression(numbers[name]) if name in numbers else match[0]

    return _TOKEN.sub(replaced, text) if numbers else text


def _place(number: ModelNumber) -> str:
    tests = [_fits("model_name", number.model)]
    if number.environment is not None:
        tests.append(_fits("environment", number.environment))
    # A row without the column is not the one that is meant, so null counts as false.
    return f"COALESCE({' AND '.join(tests)}, false)"


def _fits(column: str, pattern: str) -> str:
    if not _MAGIC.search(pattern):
        return f"{column} == {literal(pattern)}"
    escaped = pattern.replace("\\", "\\\\")
    return f"{column} LIKE {literal(escaped)}"
