"""What each call of MLflow's registry store changes, as events: what it was meant to change, and what it did change.

Plain functions, without MLflow, so that they can be read and tested by themselves. What a call leaves as it was (an
alias that is set to the version it names, an absent tag that is removed) is no change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["CALLS", "Call", "Event", "Seen", "is_prompts_own"]

_PROMPT = "mlflow.prompt."
# Tags by which MLflow itself keeps what it needs come with what they belong to: no change that anybody made.
_INTERNAL = ("mlflow.", "_mlflow")
_SOURCE = ("mlflow.source_", "mlflow.modelVersionSourceRunId")
_ARCHIVED = "archived"
_DELETED = "deleted_internal"
_COPY = "models:/"
_LOGGED_MODEL = "models:/m-"


@dataclass
class Seen:
    """What the transaction of one call did change.

    Attributes:
        stages: (version, its stage before, its stage now), in small letters.
        aliases: (alias, the version it named before, the one it names now); None for none.
        removed: Keys of the tags that were removed.
        described: A description is another one now.
        prompt: The registered model is a prompt.
    """

    stages: list[tuple[str, str, str]] = field(default_factory=list)
    aliases: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    described: bool = False
    prompt: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the trail.

    Attributes:
        event_type: Of the contract.
        fields: Field of the contract → value; None where it is not known.
        stamp: The attribute of the call's result that holds the registry's own time of the change; empty for none.
    """

    event_type: str
    fields: dict[str, Any]
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One method of the store.

    Attributes:
        meant: (arguments) → the event of a call that fails, without what stands in the registry.
        did: (arguments, what changed, result) → the events of a call that succeeds; none where it changes nothing.
        harmless: Error codes that are no failure of a change.
    """

    meant: Callable[[Mapping[str, Any]], Event]
    did: Callable[[Mapping[str, Any], Seen, Any], Iterator[Event]]
    harmless: frozenset[str] = field(default=frozenset())


def is_prompts_own(key: str) -> bool:
    """Return whether a tag is one that only prompts have; the text of a prompt travels in one."""
    return key.startswith(_PROMPT)


def _registered(said: Mapping[str, Any]) -> Event:
    return Event("registered", {"model_name": said.get("name")}, "creation_timestamp")


def _did_register(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    yield _registered(said)
    yield from _tags(said, None, seen)


def _version_created(said: Mapping[str, Any]) -> Event:
    about = {"model_name": said.get("name"), "run_id": said.get("run_id")}
    return Event("version_created", about, "creation_timestamp")


def _did_create_version(said: Mapping[str, Any], seen: Seen, result: Any) -> Iterator[Event]:
    version, source = str(result.version), str(said.get("source") or "")
    about = {"model_name": said["name"], "model_version": version, "run_id": result.run_id}
    if source.startswith(_COPY) and not source.startswith(_LOGGED_MODEL):
        about["reason"] = f"a copy of {source.removeprefix(_COPY)}"
    yield Event("version_created", about, "creation_timestamp")
    yield from _tags(said, version, seen)


def _tags(said: Mapping[str, Any], version: str | None, seen: Seen) -> Iterator[Event]:
    """Yield the tags with which something was created, which no call of their own set."""
    for key, value in (said.get("tags") or {}).items():
        if not key.startswith(_INTERNAL):
            yield _tag_event(said["name"], version, key, value, seen)


def _deleted(said: Mapping[str, Any]) -> Event:
    return Event("deleted", {"model_name": said.get("name"), "model_version": _text(said.get("version"))})


def _did_delete(said: Mapping[str, Any], _: Seen, __: Any) -> Iterator[Event]:
    yield _deleted(said)


def _did_delete_version(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    event = _deleted(said)
    before = [stage for version, stage, now in seen.stages if now == _DELETED and version == str(said["version"])]
    yield Event("deleted", {**event.fields, "previous_stage": before[0] if before else None})
    for alias, named, now in seen.aliases:
        if now is None:
            about = {"model_name": said["name"], "alias": alias, "previous_version": named}
            yield Event("alias_removed", {**about, "reason": f"version {named}, which it named, was deleted"})


def _renamed(said: Mapping[str, Any]) -> Event:
    about = {"model_name": said.get("new_name"), "previous_name": said.get("name")}
    return Event("renamed", about, "last_updated_timestamp")


def _did_rename(said: Mapping[str, Any], _: Seen, __: Any) -> Iterator[Event]:
    if said["name"] != said["new_name"]:
        yield _renamed(said)


def _transitioned(said: Mapping[str, Any]) -> Event:
    about = {"model_name": said.get("name"), "model_version": _text(said.get("version"))}
    stage = _text(said.get("stage"))
    return Event("transitioned", {**about, "stage": stage and stage.lower()}, "last_updated_timestamp")


def _did_transition(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    event, own = _transitioned(said), str(said["version"])
    for version, before, _now in seen.stages:
        if version == own:
            yield Event(event.event_type, {**event.fields, "previous_stage": before}, event.stamp)
    for version, before, now in seen.stages:
        if version != own:
            about = {"model_name": said["name"], "model_version": version, "stage": now, "previous_stage": before}
            yield Event(_ARCHIVED, {**about, "reason": f"version {own} took its place"}, event.stamp)


def _alias_set(said: Mapping[str, Any]) -> Event:
    about = {"model_name": said.get("name"), "model_version": _text(said.get("version")), "alias": said.get("alias")}
    return Event("alias_set", about)


def _did_set_alias(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    for _alias, before, _now in seen.aliases:
        yield Event("alias_set", {**_alias_set(said).fields, "previous_version": before})


def _alias_removed(said: Mapping[str, Any]) -> Event:
    return Event("alias_removed", {"model_name": said.get("name"), "alias": said.get("alias")})


def _did_remove_alias(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    for _alias, before, _now in seen.aliases:
        yield Event("alias_removed", {**_alias_removed(said).fields, "previous_version": before})


def _tag_event(name: Any, version: str | None, key: Any, value: Any, seen: Seen) -> Event:
    about = {"model_name": name, "model_version": version, "tag.key": key}
    # The text of a prompt is never written, and it may stand in any tag of one.
    return Event("tag_set", about if seen.prompt else {**about, "tag.value": _text(value)})


def _tag_set(said: Mapping[str, Any]) -> Event:
    return _tag_event(said.get("name"), _text(said.get("version")), said.get("key"), said.get("value"), Seen())


def _did_set_tag(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    # A tag that is set again to its value is an event: a second person approves by it.
    if not said["key"].startswith(_SOURCE):
        yield _tag_event(said["name"], _text(said.get("version")), said["key"], said["value"], seen)


def _tag_deleted(said: Mapping[str, Any]) -> Event:
    about = {"model_name": said.get("name"), "model_version": _text(said.get("version")), "tag.key": said.get("key")}
    return Event("tag_deleted", about)


def _did_delete_tag(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    if said["key"] in seen.removed:
        yield _tag_deleted(said)


def _described(said: Mapping[str, Any]) -> Event:
    return _tag_set({**said, "key": "description", "value": said.get("description")})


def _did_describe(said: Mapping[str, Any], seen: Seen, _: Any) -> Iterator[Event]:
    if seen.described:
        version = _text(said.get("version"))
        yield _tag_event(said["name"], version, "description", said.get("description"), seen)


# `register_model` creates the model first, each time: that it exists already is no failure.
_EXISTS = frozenset({"RESOURCE_ALREADY_EXISTS"})
CALLS: dict[str, Call] = {
    "create_registered_model": Call(_registered, _did_register, _EXISTS),
    "delete_registered_model": Call(_deleted, _did_delete),
    "rename_registered_model": Call(_renamed, _did_rename),
    "update_registered_model": Call(_described, _did_describe),
    "set_registered_model_tag": Call(_tag_set, _did_set_tag),
    "delete_registered_model_tag": Call(_tag_deleted, _did_delete_tag),
    "create_model_version": Call(_version_created, _did_create_version),
    "update_model_version": Call(_described, _did_describe),
    "transition_model_version_stage": Call(_transitioned, _did_transition),
    "delete_model_version": Call(_deleted, _did_delete_version),
    "set_model_version_tag": Call(_tag_set, _did_set_tag),
    "delete_model_version_tag": Call(_tag_deleted, _did_delete_tag),
    "set_registered_model_alias": Call(_alias_set, _did_set_alias),
    "delete_registered_model_alias": Call(_alias_removed, _did_remove_alias),
}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
