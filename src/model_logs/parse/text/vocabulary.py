"""`pipelines/units.yml` as typed tables: other writers' names, other words for values, factors of units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets
from model_logs.files.reading import read_yaml
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Quantity", "Words", "load"]

_BETWEEN_WORDS: Final = re.compile(r"[ \t._-]+")


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
    text_keys: Mapping[str, str]
    event_types: Mapping[str, str]
    ambiguous: frozenset[str]
    aliases: Mapping[str, str]
    names: Mapping[str, str]
    counts: tuple[str, ...]
    plain: Mapping[str, str]
    marks: frozenset[str]
    lower_case: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]
    levels_of_failure: frozenset[str]

    def event_type(self, written: str) -> str:
        """Return the contract's word for an event type, or the writer's own in lower case.

        `Promote`, `roll-back`, `Rolled Back` and `ModelVersionCreated` are words of registries: blanks, dots and
        dashes count as `_`, and a word without any is found as well.
        """
        lower = written.strip().lower()
        known = _BETWEEN_WORDS.sub("_", lower)
        if known in table.STREAMS:
            return known
        return self.event_types.get(known) or self.event_types.get(known.replace("_", ""), lower)

    def is_ambiguous(self, event_type: str) -> bool:
        """Tell whether a type is a registry's word for several types of the contract, or for none."""
        return event_type not in table.STREAMS and _BETWEEN_WORDS.sub("", event_type) in self.ambiguous


@cache
def load() -> Words:
    """Read the file; once for each process."""
    raw: dict[str, Any] = read_yaml(assets.path("pipelines/units.yml"), schema="units")
    return Words(
        text_patterns=tuple(raw["text_patterns"]),
        text_time=raw["text_time"],
        quantities=tuple(Quantity(field=field, **said) for field, said in raw["quantities"].items()),
        text_keys={key: field for field, keys in raw["text_keys"].items() for key in keys},
        event_types=_event_types(raw["event_types"]),
        ambiguous=frozenset(word.replace("_", "") for word in raw["ambiguous_event_types"]),
        aliases=table.ALIASES,
        names=raw["names"],
        counts=tuple(raw["counts"]),
        plain=raw["plain"],
        marks=frozenset(raw["marks"]),
        lower_case=tuple(raw["lower_case"]),
        values=raw["values"],
        levels_of_failure=frozenset(raw["levels_of_failure"]),
    )


def _event_types(said: Mapping[str, list[str]]) -> dict[str, str]:
    """Return each word for a type of the contract, with its blanks and without."""
    words = {word: name for name, others in said.items() for word in (name, *others)}
    joined = {word.replace("_", ""): name for word, name in words.items()}
    return {word: name for word, name in (joined | words).items() if word not in table.STREAMS}
