"""`pipelines/units.yml` as typed tables: other writers' names, other words for values, factors of units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from model_logs import _contract_table as table
from model_logs import assets
from model_logs.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Quantity", "Words", "load"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """How a number and a unit of a text line become one field.

    Attributes:
        field: Where it goes, in the field's own unit.
        number: Name of the capture that holds the number.
        unit: Name of the capture that holds the unit.
        unit_if_none: The unit of a bare number.
        factors: Unit → what to multiply by.
    """

    field: str
    number: str
    unit: str
    unit_if_none: str
    factors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Words:
    """The file's tables; see the comments there for what each is."""

    text_patterns: tuple[str, ...]
    text_time: str
    quantities: tuple[Quantity, ...]
    text_event_types: Mapping[str, str]
    aliases: Mapping[str, str]
    names: Mapping[str, str]
    plain: Mapping[str, str]
    marks: frozenset[str]
    lower_case: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]
    levels_of_failure: frozenset[str]


@cache
def load() -> Words:
    """Read the file; once for each process."""
    raw: dict[str, Any] = read_yaml(assets.path("pipelines/units.yml"))
    return Words(
        text_patterns=tuple(raw["text_patterns"]),
        text_time=raw["text_time"],
        quantities=tuple(Quantity(field=field, **said) for field, said in raw["quantities"].items()),
        text_event_types=raw["text_event_types"],
        aliases=table.ALIASES,
        names=raw["names"],
        plain=raw["plain"],
        marks=frozenset(raw["marks"]),
        lower_case=tuple(raw["lower_case"]),
        values=raw["values"],
        levels_of_failure=frozenset(raw["levels_of_failure"]),
    )
