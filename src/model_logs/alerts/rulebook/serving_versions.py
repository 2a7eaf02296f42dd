"""The versions of a model that serve: a registry's events folded into facts about versions and aliases.

Tags that state an owner, a schedule and the like are kept too. Each fact has the time of its event, and a later one
replaces it, so events may come late and twice. An event without a version says nothing of versions that it does not
name: only a model that was deleted, archived or renamed as a whole takes them all. It reads and stores nothing;
`expected_models` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from model_logs.catalog import tags
from model_logs.catalog.tags import RegisteredFacts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["SERVING_ALIASES", "SPOKEN", "RegisteredVersions", "fold", "from_stored", "stored"]

# MLflow has aliases in place of stages; these mean the version that serves, in capitals or not.
SERVING_ALIASES = ("champion", "production", "prod", "live")
SPOKEN = (
    "transitioned",
    "deployed",
    "archived",
    "deleted",
    "renamed",
    "rolled_back",
    "alias_set",
    "alias_removed",
    *tags.EVENT_TYPES,
)
# A version that an event of service did not name.
_UNNAMED = "?"


@dataclass(frozen=True, slots=True)
class Fact:
    """The last fact that a registry's event stated about a version.

    Attributes:
        state: in service; out of it, in another stage; gone, archived or deleted, whatever aliases still say.
        since: Since when it is so.
        at: The time of the event that last said so.
    """

    state: Literal["in", "out", "gone"]
    since: str
    at: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an alias points.

    Attributes:
        version: The version; None since it was removed.
        since: Since when it points there.
        at: The time of the event that last said so.
    """

    version: str | None
    since: str
    at: str


@dataclass(slots=True)
class RegisteredVersions:
    """The registry's facts about one model in one environment.

    Attributes:
        versions: Version → what was last said of it.
        aliases: Serving alias in small letters → where it points.
        cleared: When the model as a whole was deleted, archived or renamed; what was said before does not count.
        served: It was in service once, so that the registry's word counts from then on.
        facts: What its tags state: owner, tier, schedule.
    """

    versions: dict[str, Fact] = field(default_factory=dict)
    aliases: dict[str, Pointer] = field(default_factory=dict)
    cleared: str = ""
    served: bool = False
    facts: RegisteredFacts = field(default_factory=RegisteredFacts)

    @property
    def serving(self) -> dict[str, str]:
        """Version in service → since when."""
        found = {version: fact.since for version, fact in self.versions.items() if fact.state == "in"}
        for pointer in self.aliases.values():
            fact = self.versions.get(pointer.version or "")
            gone = fact is not None and fact.state == "gone" and fact.at >= pointer.at
            if pointer.version is not None and not gone:
                found[pointer.version] = min(found.get(pointer.version, pointer.since), pointer.since)
        return found

    @property
    def version(self) -> str | None:
        """The version that went into service last; None when none is."""
        return max(self.serving.items(), key=lambda pair: (pair[1], pair[0]), default=(None, ""))[0]

    @property
    def since(self) -> str | None:
        """Since when that version serves."""
        return max(self.serving.values(), default=None)

    @property
    def retired(self) -> bool:
        """Whether the model was in service and is retired, whatever still predicts under its name."""
        return not self.serving and (self.served or bool(self.cleared))

    def say(self, version: str, state: Literal["in", "out", "gone"], at: str) -> None:
        """Take in a fact about a version, unless a later one is known."""
        known = self.versions.get(version)
        if known and at < known.at:
            return
        since = known.since if known and known.state == state else at
        self.versions[version] = Fact(state, since, at)

    def point(self, alias: str, version: str | None, at: str) -> None:
        """Take in the version of an alias, unless a later fact about the alias is known."""
        known = self.aliases.get(alias)
        if known and at < known.at:
            return
        since = known.since if known and known.version == version else at
        self.aliases[alias] = Pointer(version, since, at)

    def unpoint(self, alias: str, version: str | None, at: str) -> None:
        """Take in the removal of an alias; one from a version that the alias had left before is ignored."""
        known = self.aliases.get(alias)
        if known is None or version in {None, known.version}:
            self.point(alias, None, at)

    def clear(self, at: str) -> None:
        """Forget the facts up to a time."""
        self.cleared = max(self.cleared, at)
        self.versions = {version: fact for version, fact in self.versions.items() if fact.at > at}
        self.aliases = {alias: told for alias, told in self.aliases.items() if told.at > at}
        self.facts.clear(at)

    def forget(self, before: str) -> None:
        """Drop facts older than a time about versions that do not serve; only late events would need them."""
        self.versions = {
            version: fact for version, fact in self.versions.items() if fact.state == "in" or fact.at >= before
        }
        self.aliases = {
            alias: told for alias, told in self.aliases.items() if told.version is not None or told.at >= before
        }


def fold(
    known: dict[str, RegisteredVersions],
    event: Mapping[str, Any],
    *,
    serving_aliases: Collection[str] = SERVING_ALIASES,
) -> None:
    """Take one event of the registry into account.

    Args:
        known: `model|environment` → what is known; changed in place.
        event: The source of a lifecycle event.
        serving_aliases: The aliases that mean the version that serves, in small letters.
    """
    name, environment, at = event.get("model_name"), event.get("environment"), event["@timestamp"]
    if not name or not environment or event.get("status") != "success":
        return
    model = known.setdefault(f"{name}|{environment}", RegisteredVersions())
    if event["event_type"] == "renamed":
        if old := event.get("previous_name"):
            _rename(known, model, f"{old}|{environment}", at)
    elif at > model.cleared and event["event_type"] in tags.EVENT_TYPES:
        model.facts.take_in(event)
    elif at > model.cleared:
        _take_in(model, event, at, serving_aliases)
    model.served = model.served or bool(model.serving)


def _take_in(model: RegisteredVersions, event: Mapping[str, Any], at: str, serving_aliases: Collection[str]) -> None:
    version = event.get("model_version")
    stage = str(event.get("stage") or "").lower()
    match event["event_type"]:
        case "deployed" | "rolled_back" | "transitioned" as kind:
            if stage == "production" or (not stage and kind != "transitioned"):
                model.say(version or _UNNAMED, "in", at)
                replaced = event.get("previous_version")
                if replaced and replaced != version:
                    model.say(replaced, "out", at)
            elif kind == "transitioned":
                model.say(version or _UNNAMED, "out", at)
        case "archived" | "deleted":
            if version:
                model.say(version, "gone", at)
                model.facts.clear(at, version)
            else:
                model.clear(at)
        case "alias_set" | "alias_removed" as kind:
            alias = str(event.get("alias") or "").lower()
            if alias in serving_aliases and kind == "alias_set":
                model.point(alias, version or _UNNAMED, at)
            elif alias in serving_aliases:
                model.unpoint(alias, version, at)


def _rename(known: dict[str, RegisteredVersions], model: RegisteredVersions, old: str, at: str) -> None:
    moved = known.setdefault(old, RegisteredVersions())
    if at > model.cleared:
        # Since now: under its new name it had no time yet.
        for version, fact in moved.versions.items():
            if fact.at <= at and fact.state != "out":
                model.say(version, fact.state, at)
        for alias, pointer in moved.aliases.items():
            if pointer.at <= at and pointer.version is not None:
                model.point(alias, pointer.version, at)
        model.facts.join(moved.facts)
    # The old name is not expected any more, although it predicted today.
    moved.clear(at)


def stored(model: RegisteredVersions) -> dict[str, Any]:
    """Return the facts about a model as JSON has them."""
    return {
        "versions": {version: [fact.state, fact.since, fact.at] for version, fact in model.versions.items()},
        "aliases": {alias: [told.version, told.since, told.at] for alias, told in model.aliases.items()},
        "cleared": model.cleared,
        "served": model.served,
        "tags": model.facts.tags,
    }


def from_stored(body: Any) -> RegisteredVersions:
    """Return the facts that `stored` wrote, or the shorter form of earlier versions of model-logs."""
    if isinstance(body, list):
        version, since, at = body
        # What else serves was not written down: the registry's events are read anew.
        return RegisteredVersions({version: Fact("in", since or at, at)} if version else {}, served=True)
    return RegisteredVersions(
        {version: Fact(*fact) for version, fact in body["versions"].items()},
        {alias: Pointer(*told) for alias, told in body["aliases"].items()},
        body["cleared"],
        body["served"],
        # An earlier version of model-logs knew of no tags; the registry's events are read anew.
        RegisteredFacts(
            {
                version: {name: (value, at) for name, (value, at) in stated.items()}
                for version, stated in body.get("tags", {}).items()
            }
        ),
    )
