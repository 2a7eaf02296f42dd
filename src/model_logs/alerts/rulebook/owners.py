"""Owners of models, from `alerts/owners.yml`: they replace the owner of the rule in an alert.

The first entry that fits a row counts; a model and an environment may be patterns with `*`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

__all__ = ["FILE", "Ownership", "load_owners", "owner_of_row"]

FILE = "owners.yml"


@dataclass(frozen=True, slots=True)
class Ownership:
    """One entry: a model and its owner.

    Attributes:
        model: The model's name, or a pattern; None for every one.
        environment: Only there; None for everywhere.
        owner: The owner.
    """

    model: str | None
    environment: str | None
    owner: str

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row of a rule is about the model of this entry."""
        wanted = (("model_name", self.model), ("environment", self.environment))
        return all(pattern is None or fnmatchcase(str(row.get(name) or ""), pattern) for name, pattern in wanted)


def owner_of_row(entries: Iterable[Ownership], row: Mapping[str, Any], default: str) -> str:
    """Return the owner of a row: that of the first entry that covers it, else the rule's owner."""
    return next((entry.owner for entry in entries if entry.covers(row)), default)


def load_owners(folder: Path) -> tuple[Ownership, ...]:
    """Return the entries of a folder's file; none where there is no file.

    Raises:
        AssetError: It cannot be read, or says something that cannot be meant.
    """
    file = folder / FILE
    entries = (read_yaml(file, schema="owners") or []) if file.is_file() else []
    return tuple(Ownership(entry.get("model"), entry.get("environment"), entry["owner"]) for entry in entries)
