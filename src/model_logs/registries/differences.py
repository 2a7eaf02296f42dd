"""The changes that lead from the state in the audit trail to the state in the registry: those that were missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from model_logs.registries.change import Change, change_id
from model_logs.registries.state import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.registries.state import Model, State

__all__ = ["differences"]

_UNKNOWN = "found by reconcile: who did it is not known"
_NOR_WHEN = f"{_UNKNOWN}, nor when"
_NOT_LATER = f"{_UNKNOWN}; it was not later than this"
# Tags by which MLflow keeps what it needs: no change that anybody made.
_TOOLS_OWN = ("mlflow.", "_mlflow")
# A webhook's event carries the time of the delivery, which follows the change by so much.
_SAME_CREATION_MS = 2_000


def differences(told: State, found: State, registry: str) -> Iterator[Change]:
    """Yield the changes that lead from what the trail tells to what the registry holds, each with an id of its own.

    Args:
        told: By the audit trail; models that were renamed have their new names in it afterwards.
        found: In the registry.
        registry: Its name.
    """
    missed = _Missed(told, found, registry)
    # Names first, since all else is compared under them.
    yield from list(missed.renames())
    yield from chain(missed.created(), missed.moved(), missed.aliases(), missed.tags(), missed.deleted())


@dataclass
class _Missed:
    told: State
    found: State
    registry: str

    def renames(self) -> Iterator[Change]:
        """A model that is gone, and a new one that was created at the same time, are one."""
        gone = [each for each in self.told.models if each not in self.found.models]
        for new in [each for each in self.found.models if each not in self.told.models]:
            created = self.found.models[new]
            same = [
                old
                for old in gone
                if old.workspace == new.workspace and abs(self.told.models[old] - created) <= _SAME_CREATION_MS
            ]
            if len(same) == 1:
                old = same[0]
                gone.remove(old)
                yield self._at_some_time("renamed", Version(new, ""), old, previous_name=old.name)
                self.told.rename(old, new)

    def created(self) -> Iterator[Change]:
        for model, at in sorted(self.found.models.items(), key=itemgetter(1)):
            if model not in self.told.models:
                yield self._at("registered", Version(model, ""), at, _UNKNOWN)
        for version, at in sorted(self.found.versions.items(), key=itemgetter(1)):
            if version not in self.told.versions:
                yield self._at("version_created", version, at, _UNKNOWN, run_id=self.found.runs.get(version))

    def moved(self) -> Iterator[Change]:
        for version, stage in self.found.stages.items():
            before = self.told.stages.get(version, "none")
            if stage != before:
                at = self.found.changed[version]
                yield self._at("transitioned", version, at, _NOT_LATER, stage=stage, previous_stage=before)

    def aliases(self) -> Iterator[Change]:
        for place, version in self.found.aliases.items():
            model, alias = place
            before = self.told.aliases.get(place)
            if before != version:
                about = Version(model, version)
                yield self._at_some_time("alias_set", about, place, alias=alias, previous_version=before)
        for place, before in self.told.aliases.items():
            model, alias = place
            # The alias of what was deleted goes with it.
            if place not in self.found.aliases and Version(model, before) in self.found.versions:
                about = Version(model, "")
                yield self._at_some_time("alias_removed", about, place, alias=alias, previous_version=before)

    def tags(self) -> Iterator[Change]:
        for place, value in self.found.tags.items():
            version, key = place
            if key.startswith(_TOOLS_OWN):
                continue
            if place not in self.told.tags or self.told.tags[place] != value:
                yield self._at_some_time("tag_set", version, place, tag__key=key, tag__value=value)
        for place in self.told.tags:
            version, key = place
            alive = version in self.found.versions or (not version.version and version.model in self.found.models)
            prompt = version.model in self.found.prompts
            if place not in self.found.tags and alive and not prompt and key != "description":
                yield self._at_some_time("tag_deleted", version, place, tag__key=key)

    def deleted(self) -> Iterator[Change]:
        for version in self.told.versions:
            if version not in self.found.versions and version.model in self.found.models:
                yield self._at_some_time("deleted", version, version)
        for model in self.told.models:
            if model not in self.found.models:
                yield self._at_some_time("deleted", Version(model, ""), model)

    def _at(self, event_type: str, version: Version, at: int, why: str, **fields: Any) -> Change:
        """Return a change for which the registry has a time: its id is the one that the plugin gives it."""
        model = version.model
        identity = change_id(
            self.registry, model.workspace or None, event_type, model.name, version.version or None, at
        )
        return Change(
            event_type, self._fields(version, why, fields), datetime.fromtimestamp(at / 1000, UTC), identity
        )

    def _at_some_time(self, event_type: str, version: Version, place: Any, **fields: Any) -> Change:
        """Return a change without a time: its id follows from what it makes of what stood there last."""
        model = version.model
        values = [fields[name] for name in sorted(fields)]
        last = self.told.last.get(place, "")
        identity = change_id(
            self.registry, model.workspace or None, event_type, model.name, version.version, last, *values
        )
        return Change(event_type, self._fields(version, _NOR_WHEN, fields), None, identity)

    def _fields(self, version: Version, why: str, fields: dict[str, Any]) -> dict[str, Any]:
        model: Model = version.model
        labels = {"workspace": model.workspace} if model.workspace else {}
        if model in self.found.prompts or model in self.told.prompts:
            labels["kind"] = "prompt"
        named = {name.replace("__", "."): value for name, value in fields.items() if value is not None}
        return {
            "registry": self.registry,
            "model_name": model.name,
            **({"model_version": version.version} if version.version else {}),
            **named,
            "reconciled": True,
            "reason": why,
            **({"labels": labels} if labels else {}),
        }
