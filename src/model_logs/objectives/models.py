"""`models.yml`: tiers of models, and what a single model is held to otherwise; the first entry that fits counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.errors import ConfigurationError, meant
from model_logs.files.reading import read_yaml, wrong
from model_logs.objectives.objective import FOLDER, INDICATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from model_logs.objectives.objective import Objectives

__all__ = ["FILE", "ModelEntry", "Models", "check", "load_models"]

FILE = "models.yml"
SCHEMA = "objective-models"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One entry: some models, and what they are held to.

    Attributes:
        model: The model's name, or a pattern.
        environment: Only there, or a pattern; None for everywhere.
        tier: The name of its tier; empty for none.
        load: Declared predictions a second; None where none is declared.
        changes: Objective file → indicator → what is different, the tier's already within.
    """

    model: str
    environment: str | None = None
    tier: str = ""
    load: float | None = None
    changes: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def covers(self, model: str, environment: str) -> bool:
        """Tell whether the entry is about a model."""
        return fnmatchcase(model, self.model) and (
            self.environment is None or fnmatchcase(environment, self.environment)
        )


@dataclass(frozen=True, slots=True)
class Models:
    """All entries of a file.

    Attributes:
        entries: In their order.
        tiers: A tier → what the file says of it.
    """

    entries: tuple[ModelEntry, ...] = ()
    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def entry(self, model: str, environment: str, tier: str = "") -> ModelEntry:
        """Return the entry that counts for a model; one without changes where none fits.

        Args:
            model: The model.
            environment: Where it runs.
            tier: What the catalog of models says; the entry's own counts before it.
        """
        found = next((each for each in self.entries if each.covers(model, environment)), ModelEntry(model))
        if found.tier or tier not in self.tiers:
            return found
        said: dict[str, Any] = {
            "model": found.model,
            "environment": found.environment,
            "tier": tier,
            "objectives": found.changes,
        }
        if found.load is not None:
            said["load"] = found.load
        return _entry(said, self.tiers[tier])

    def adapted(self, objectives: Objectives, model: str, environment: str, tier: str = "") -> Objectives:
        """Return objectives as they are for a model; see `entry`."""
        return objectives.changed(self.entry(model, environment, tier).changes.get(objectives.name, {}))


def load_models(folder: Path | None = None) -> Models:
    """Return the entries of a folder's file; none where there is no file.

    Args:
        folder: A folder like `chaos/`; that of the package by default.

    Raises:
        ConfigurationError: It says what cannot be meant.
    """
    file = (folder or assets.path(FOLDER)) / FILE
    return _read(file) if file.is_file() else Models()


def check(file: Path) -> None:
    """See that a file that fits its schema can be meant.

    Raises:
        ConfigurationError: It cannot.
    """
    _read(file)


def _read(file: Path) -> Models:
    document = read_yaml(file, schema=SCHEMA, error=ConfigurationError) or {}
    tiers, entries = document.get("tiers") or {}, document.get("models") or []
    for place, what in _problems(tiers, entries):
        raise wrong(file, place, what, schema=SCHEMA, error=ConfigurationError)
    return Models(tuple(_entry(said, tiers.get(said.get("tier"), {})) for said in entries), tiers)


def _entry(said: Mapping[str, Any], tier: Mapping[str, Any]) -> ModelEntry:
    changes: dict[str, dict[str, dict[str, Any]]] = {}
    for source in (tier, said):
        for name, indicators in source.get("objectives", {}).items():
            for indicator, change in indicators.items():
                changes.setdefault(name, {}).setdefault(indicator, {}).update(change)
    return ModelEntry(
        model=said["model"],
        environment=said.get("environment"),
        tier=said.get("tier", ""),
        load=said.get("load", tier.get("load")),
        changes=changes,
    )


def _problems(
    tiers: Mapping[str, Any], entries: list[Mapping[str, Any]]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the places of what cannot be meant, and what is wrong there."""
    for number, said in enumerate(entries):
        if said.get("tier", "") and said["tier"] not in tiers:
            known = f" {meant(said['tier'], tiers)}" if tiers else ""
            yield ("models", number, "tier"), f"there is no tier {said['tier']!r} in `tiers`.{known}".rstrip(".")
    places: list[tuple[tuple[str | int, ...], Mapping[str, Any]]] = [
        *((("tiers", name), said) for name, said in tiers.items()),
        *((("models", number), said) for number, said in enumerate(entries)),
    ]
    for place, said in places:
        for name, indicators in said.get("objectives", {}).items():
            for indicator, change in indicators.items():
                if what := _problem_of(indicator, change):
                    yield (*place, "objectives", name, indicator), what


def _problem_of(name: str, change: Mapping[str, Any]) -> str:
    indicator = INDICATORS.get(name)
    if indicator is None:
        return f"there is no indicator {name!r}; the indicators are {', '.join(INDICATORS)}"
    if "value" in change and not indicator.ops:
        return f"{name} has no value; change its target"
    if "target" in change and indicator.kind in {"rate", "level"}:
        return f"{name} has no target; change its value"
    if "allowedRatio" in change and name != "latency":
        return f"allowedRatio is for latency, not for {name}"
    if change.get("when") == "declared" and name != "throughput":
        return f"when: declared is for throughput, not for {name}"
    return ""
