"""Facts about a model from the tags of its registry: the audit trail's events folded, the later one counts.

A tag may stand on the model or on a version; that of the version in service goes before that of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs.catalog.facts import LONGEST, TAG_KEYS, ModelFacts, facts_from

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVENT_TYPES", "RegisteredFacts"]

EVENT_TYPES = ("tag_set", "tag_deleted")
# The version of a tag that stands on the model.
_MODEL = ""


@dataclass(slots=True)
class RegisteredFacts:
    """The tags of one model in one environment that state facts.

    Attributes:
        tags: Version, "" for the model itself → fact → its value, None since it was removed, and the event's time.
    """

    tags: dict[str, dict[str, tuple[str | None, str]]] = field(default_factory=dict)

    def take_in(self, event: Mapping[str, Any]) -> None:
        """Take in an event that sets or removes a tag, unless it states no fact or a later one is known."""
        tag = event.get("tag") or {}
        name = TAG_KEYS.get(str(tag.get("key")))
        value = tag.get("value") if event["event_type"] == "tag_set" else None
        if name is None or (value is not None and not 0 < len(str(value).strip()) <= LONGEST):
            return
        stated = self.tags.setdefault(str(event.get("model_version") or _MODEL), {})
        at = event["@timestamp"]
        if name not in stated or at >= stated[name][1]:
            stated[name] = (None if value is None else str(value).strip(), at)

    def facts(self, version: str | None) -> ModelFacts:
        """Return the facts about a version of the model, or about the model alone."""
        of_version, of_model = (
            facts_from({name: value for name, (value, _) in self.tags.get(each, {}).items()})
            for each in (version or _MODEL, _MODEL)
        )
        return of_version.over(of_model)

    def clear(self, at: str, version: str | None = None) -> None:
        """Forget what was stated until a time: of a version, or of all."""
        for each in [version] if version else list(self.tags):
            kept = {name: told for name, told in self.tags.get(each, {}).items() if told[1] > at}
            self.tags.pop(each, None)
            if kept:
                self.tags[each] = kept

    def join(self, others: RegisteredFacts) -> None:
        """Take in the tags of the same model under its earlier name."""
        for version, stated in others.tags.items():
            self.tags[version] = {**stated, **self.tags.get(version, {})}
