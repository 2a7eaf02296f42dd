"""`models.yml`: what people state about their models, by name or pattern; read before the tags of a registry.

Each fact is taken from the first entry that covers the model and states it. `owners.yml`, the earlier file that knew
owners only, is still read, after `models.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from model_logs.catalog.facts import ModelFacts, facts_from
from model_logs.catalog.schedules import minutes_between_runs
from model_logs.files.reading import read_yaml, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["DEPRECATED", "FILE", "Catalog", "Entry", "check", "load_catalog"]

FILE = "models.yml"
DEPRECATED = "owners.yml"
_SCHEMA = "models"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the models that it covers, and the facts about them.

    Attributes:
        model: The model's name, or a pattern; None for every one.
        environment: Only there; None for everywhere.
        facts: The facts.
    """

    model: str | None
    environment: str | None
    facts: ModelFacts

    def covers(self, model: str, environment: str) -> bool:
        """Tell whether the entry is about a model in an environment."""
        wanted = ((model, self.model), (environment, self.environment))
        return all(pattern is None or fnmatchcase(name, pattern) for name, pattern in wanted)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The facts about every model.

    Attributes:
        entries: Of `models.yml`.
        registered: `model|environment` → the facts that tags of its registry state.
        deprecated: The file of an older form that was read as well; None where there is none.
    """

    entries: tuple[Entry, ...] = ()
    registered: Mapping[str, ModelFacts] = field(default_factory=dict)
    deprecated: Path | None = None

    def facts(self, model: object, environment: object) -> ModelFacts:
        """Return the facts about a model: those of the file, and for what it does not state those of the registry."""
        name, where = str(model or ""), str(environment or "")
        found = ModelFacts()
        for entry in self.entries:
            if entry.covers(name, where):
                found = found.over(entry.facts)
        return found.over(self.registered.get(f"{name}|{where}", ModelFacts()))


def load_catalog(folder: Path) -> Catalog:
    """Return the entries of a folder's files; none where there is no file.

    Raises:
        AssetError: One cannot be read, or says something that cannot be meant.
    """
    old = folder / DEPRECATED
    earlier = _entries(old)
    return Catalog((*_entries(folder / FILE), *earlier), deprecated=old if earlier else None)


def check(file: Path) -> None:
    """Check a file beyond its schema.

    Raises:
        AssetError: A schedule is none.
    """
    _entries(file)


def _entries(file: Path) -> tuple[Entry, ...]:
    found = (read_yaml(file, schema=_SCHEMA) or []) if file.is_file() else []
    for number, entry in enumerate(found):
        try:
            minutes_between_runs(entry.get("schedule", "continuous"))
        except ValueError as error:
            raise wrong(file, (number, "schedule"), f"schedule: {error}", schema=_SCHEMA) from error
    return tuple(Entry(entry.get("model"), entry.get("environment"), facts_from(entry)) for entry in found)
