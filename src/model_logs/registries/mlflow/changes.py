"""What each call of MLflow's registry store changes: its event, and what must be read before the call for it.

Plain functions of the call's arguments, without MLflow, so that they can be read and tested by themselves. What a
call leaves as it was (an alias that is set to the version it names, an absent alias that is removed) is no change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["CALLS", "Call", "Event", "Registry"]

_PROMPT = "mlflow.prompt."
_IS_PROMPT = "mlflow.prompt.is_prompt"
_ARCHIVED = "archived"
_ACTIVE = frozenset({"staging", "production"})
# Tags by which MLflow itself keeps what it needs: no change that anybody made.
_INTERNAL = ("mlflow.source_", "mlflow.modelVersionSourceRunId")


class Registry(Protocol):
    """What is asked before a call: reads by primary key."""

    def stage(self, name: str, version: str) -> str | None:
        """Return the stage of a version, in small letters."""

    def in_stage(self, name: str, stage: str) -> list[str]:
        """Return the versions that are in a stage."""

    def aliased(self, name: str, alias: str) -> str | None:
        """Return the version that an alias names."""

    def is_prompt(self, name: str) -> bool:
        """Return whether a registered model is a prompt."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event to be written when a call has succeeded, or has failed.

    Attributes:
        event_type: Of the contract.
        fields: The logger's keyword → value.
        stamp: The attribute of the call's result that holds the registry's own time of the change; empty for none.
        only_success: It tells of something else that the call did, which has not happened where the call failed.
    """

    event_type: str
    fields: dict[str, Any]
    stamp: str = ""
    only_success: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One method of the store.

    Attributes:
        events: (arguments, registry) → the events of such a call; none where it changes nothing.
        harmless: Error codes that are no failure of a change.
    """

    events: Callable[[Mapping[str, Any], Registry], Iterator[Event]]
    harmless: frozenset[str] = field(default=frozenset())


def _created_model(call: Mapping[str, Any], _: Registry) -> Iterator[Event]:
    tags = _pairs(call.get("tags"))
    yield Event("registered", {"model_name": call["name"], **_kind(_IS_PROMPT in tags)}, "creation_timestamp")


def _deleted_model(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    yield Event("deleted", {"model_name": call["name"], **_kind(registry.is_prompt(call["name"]))})


def _renamed_model(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    if call["name"] != call["new_name"]:
        about = {"model_name": call["new_name"], "previous_name": call["name"]}
        yield Event("renamed", about | _kind(registry.is_prompt(call["name"])), "last_updated_timestamp")


def _created_version(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    tags = _pairs(call.get("tags"))
    prompt = any(key.startswith(_PROMPT) for key in tags) or registry.is_prompt(call["name"])
    about = {"model_name": call["name"], "run_id": call.get("run_id")}
    yield Event("version_created", about | _kind(prompt), "creation_timestamp")


def _deleted_version(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    name, version = call["name"], str(call["version"])
    stage = registry.stage(name, version)
    yield Event(
        "deleted",
        {"model_name": name, "model_version": version, "previous_stage": stage, **_kind(registry.is_prompt(name))},
    )


def _transitioned(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    name, version, stage = call["name"], str(call["version"]), str(call["stage"]).lower()
    before = registry.stage(name, version)
    if before == stage:
        return
    about = {"model_name": name, "model_version": version, "stage": stage, "previous_stage": before}
    yield Event("transitioned", about, "last_updated_timestamp")
    if call.get("archive_existing_versions") and stage in _ACTIVE:
        for other in registry.in_stage(name, stage):
            if other != version:
                archived = {"model_name": name, "model_version": other, "stage": _ARCHIVED, "previous_stage": stage}
                archived["reason"] = f"version {version} took its place"
                yield Event(_ARCHIVED, archived, "last_updated_timestamp", only_success=True)


def _alias_set(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    name, alias, version = call["name"], call["alias"], str(call["version"])
    before = registry.aliased(name, alias)
    if before != version:
        about = {"model_name": name, "model_version": version, "alias": alias, "previous_version": before}
        yield Event("alias_set", about | _kind(registry.is_prompt(name)))


def _alias_removed(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    before = registry.aliased(call["name"], call["alias"])
    if before is not None:
        about = {"model_name": call["name"], "alias": call["alias"], "previous_version": before}
        yield Event("alias_removed", about | _kind(registry.is_prompt(call["name"])))


def _tag_set(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    tag = call["tag"]
    if tag.key.startswith(_INTERNAL):
        return
    about = {"model_name": call["name"], "model_version": _text(call.get("version")), "tag": tag.key}
    prompt = tag.key.startswith(_PROMPT) or registry.is_prompt(call["name"])
    # The text of a prompt travels in a tag.
    yield Event("tag_set", about | ({} if prompt else {"tag_value": tag.value}) | _kind(prompt))


def _tag_deleted(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    about = {"model_name": call["name"], "model_version": _text(call.get("version")), "tag": call["key"]}
    yield Event("tag_deleted", about | _kind(registry.is_prompt(call["name"])))


def _described(call: Mapping[str, Any], registry: Registry) -> Iterator[Event]:
    about = {"model_name": call["name"], "model_version": _text(call.get("version")), "tag": "description"}
    prompt = registry.is_prompt(call["name"])
    yield Event("tag_set", about | ({} if prompt else {"tag_value": call.get("description")}) | _kind(prompt))


# `register_model` creates the model first, each time: that it exists already is no failure.
_EXISTS = frozenset({"RESOURCE_ALREADY_EXISTS"})
CALLS: dict[str, Call] = {
    "create_registered_model": Call(_created_model, _EXISTS),
    "delete_registered_model": Call(_deleted_model),
    "rename_registered_model": Call(_renamed_model),
    "update_registered_model": Call(_described),
    "set_registered_model_tag": Call(_tag_set),
    "delete_registered_model_tag": Call(_tag_deleted),
    "create_model_version": Call(_created_version),
    "update_model_version": Call(_described),
    "transition_model_version_stage": Call(_transitioned),
    "delete_model_version": Call(_deleted_version),
    "set_model_version_tag": Call(_tag_set),
    "delete_model_version_tag": Call(_tag_deleted),
    "set_registered_model_alias": Call(_alias_set),
    "delete_registered_model_alias": Call(_alias_removed),
}


def _pairs(tags: Any) -> dict[str, Any]:
    return {tag.key: tag.value for tag in tags or ()}


def _kind(prompt: bool) -> dict[str, Any]:
    return {"labels": {"kind": "prompt"}} if prompt else {}


def _text(version: Any) -> str | None:
    return None if version is None else str(version)
