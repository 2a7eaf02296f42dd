"""What a registry holds: models, versions, aliases, stages, tags; as the audit trail tells it, event by event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Model", "State", "Version", "told_by"]


class Model(NamedTuple):
    """A registered model: its workspace ("" without) and its name."""

    workspace: str
    name: str


class Version(NamedTuple):
    """A version of a model; "" stands for the model itself, where a tag may be on either."""

    model: Model
    version: str


@dataclass
class State:
    """The registered models, versions, aliases, stages and tags.

    Attributes:
        models: Model → when it was created, in milliseconds since 1970.
        versions: Version → when it was created.
        stages: Version → its stage, in small letters.
        changed: Version → when it was last updated.
        aliases: (model, alias) → the version that it names.
        tags: (version, key) → value; None where the value is not kept (prompts).
        prompts: The models that are prompts.
        runs: Version → its training run.
        last: What an event was about → its id.
        workspaces: Those that were looked at; "" where the registry has none.
    """

    models: dict[Model, int] = field(default_factory=dict)
    versions: dict[Version, int] = field(default_factory=dict)
    stages: dict[Version, str] = field(default_factory=dict)
    changed: dict[Version, int] = field(default_factory=dict)
    aliases: dict[tuple[Model, str], str] = field(default_factory=dict)
    tags: dict[tuple[Version, str], str | None] = field(default_factory=dict)
    prompts: set[Model] = field(default_factory=set)
    runs: dict[Version, str] = field(default_factory=dict)
    last: dict[Any, str] = field(default_factory=dict)
    workspaces: frozenset[str] = frozenset({""})

    def rename(self, old: Model, new: Model) -> None:
        """Give a model another name, with all that is its own."""
        self.models = {new if key == old else key: value for key, value in self.models.items()}
        for name in ("versions", "stages", "changed", "runs"):
            held = getattr(self, name)
            moved = {(Version(new, k.version) if k.model == old else k): v for k, v in held.items()}
            setattr(self, name, moved)
        self.aliases = {((new, k[1]) if k[0] == old else k): v for k, v in self.aliases.items()}
        self.tags = {
            ((Version(new, k[0].version), k[1]) if k[0].model == old else k): v for k, v in self.tags.items()
        }
        if old in self.prompts:
            self.prompts = {new if each == old else each for each in self.prompts}

    def forget(self, model: Model) -> None:
        """Take a model away, with all that is its own."""
        self.models.pop(model, None)
        for version in [each for each in self.versions if each.model == model]:
            self.forget_version(version)
        self.aliases = {key: value for key, value in self.aliases.items() if key[0] != model}
        self.tags = {key: value for key, value in self.tags.items() if key[0].model != model}

    def forget_version(self, version: Version) -> None:
        """Take a version away, with the aliases that named it."""
        for held in (self.versions, self.stages, self.changed, self.runs):
            held.pop(version, None)
        named = {key: value for key, value in self.aliases.items() if key[0] == version.model}
        for key, value in named.items():
            if value == version.version:
                del self.aliases[key]
        self.tags = {key: value for key, value in self.tags.items() if key[0] != version}


# What MLflow calls the workspace of all that was registered before it had workspaces.
_FIRST_WORKSPACE = "default"


def told_by(events: Iterable[Mapping[str, Any]], workspaces: frozenset[str] = frozenset({""})) -> State:
    """Return the state that the audit trail tells of.

    Args:
        events: Events as their lines hold them, the oldest first; those that failed change nothing.
        workspaces: Those that the state is about; events of others are left out.
    """
    state = State(workspaces=workspaces)
    first = "" if "" in workspaces else _FIRST_WORKSPACE
    for event in events:
        name = event.get("model_name")
        if not name or event.get("status") not in {None, "success"}:
            continue
        labels = event.get("labels") or {}
        model = Model(str(labels.get("workspace") or first), str(name))
        if model.workspace not in workspaces:
            continue
        version = Version(model, str(event.get("model_version") or ""))
        if labels.get("kind") == "prompt":
            state.prompts.add(model)
        _apply(state, event, model, version)
    return state


def _apply(state: State, event: Mapping[str, Any], model: Model, version: Version) -> None:
    handler = _EVENTS.get(event["event_type"])
    if handler is not None:
        place = handler(state, event, model, version)
        state.last[place] = str((event.get("event") or {}).get("id") or "")


def _registered(state: State, event: Mapping[str, Any], model: Model, _: Version) -> Any:
    state.models[model] = _milliseconds(event["@timestamp"])
    return model


def _version_created(state: State, event: Mapping[str, Any], model: Model, version: Version) -> Any:
    at = _milliseconds(event["@timestamp"])
    state.models.setdefault(model, at)
    state.versions[version] = at
    state.stages.setdefault(version, "none")
    return version


def _transitioned(state: State, event: Mapping[str, Any], _: Model, version: Version) -> Any:
    state.stages[version] = str(event.get("stage") or ("archived" if event["event_type"] == "archived" else "none"))
    state.changed[version] = _milliseconds(event["@timestamp"])
    return version, "stage"


def _alias_set(state: State, event: Mapping[str, Any], model: Model, version: Version) -> Any:
    place = (model, str(event.get("alias")))
    state.aliases[place] = version.version
    return place


def _alias_removed(state: State, event: Mapping[str, Any], model: Model, _: Version) -> Any:
    place = (model, str(event.get("alias")))
    state.aliases.pop(place, None)
    return place


def _tag_set(state: State, event: Mapping[str, Any], _: Model, version: Version) -> Any:
    tag = event.get("tag") or {}
    place = (version, str(tag.get("key")))
    state.tags[place] = tag.get("value")
    return place


def _tag_deleted(state: State, event: Mapping[str, Any], _: Model, version: Version) -> Any:
    place = (version, str((event.get("tag") or {}).get("key")))
    state.tags.pop(place, None)
    return place


def _renamed(state: State, event: Mapping[str, Any], model: Model, _: Version) -> Any:
    if event.get("previous_name"):
        state.rename(Model(model.workspace, str(event["previous_name"])), model)
    return model


def _deleted(state: State, _: Mapping[str, Any], model: Model, version: Version) -> Any:
    if version.version:
        state.forget_version(version)
        return version
    state.forget(model)
    return model


# Event type → what it changes; each returns what the event was about.
_EVENTS: dict[str, Callable[[State, Mapping[str, Any], Model, Version], Any]] = {
    "registered": _registered,
    "version_created": _version_created,
    "transitioned": _transitioned,
    "archived": _transitioned,
    "alias_set": _alias_set,
    "alias_removed": _alias_removed,
    "tag_set": _tag_set,
    "tag_deleted": _tag_deleted,
    "renamed": _renamed,
    "deleted": _deleted,
}


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
