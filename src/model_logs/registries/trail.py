"""What a registry's file of events already says: which deliveries stand in it, and what stood where before.

Webhooks come again, and say what an alias is now without what it was. Both can be known from the lines that the
receiver itself wrote: it reads the end of its file when it starts, and remembers what it writes. Bounded in memory.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from model_logs.registries.change import Change

__all__ = ["Trail"]

_MOST_IDS = 100_000
_MOST_PLACES = 100_000
_MOST_CONTENTS = 10_000
# The same body within that many seconds is the same delivery, where the registry gives no id.
_SAME_S = 900.0
# Fields that say what an event is about, and what is so now.
_KEPT = ("registry", "model_name", "model_version", "alias", "stage")

_V = TypeVar("_V")


class _Bounded(OrderedDict[Any, _V], Generic[_V]):
    """A dictionary that forgets its oldest keys."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Any, value: _V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)


class Trail:
    """The memory of one file.

    Args:
        lines: The lines that stand in it already, the oldest first.
    """

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        self._ids: _Bounded[None] = _Bounded(_MOST_IDS)
        self._places: _Bounded[str] = _Bounded(_MOST_PLACES)
        self._contents: _Bounded[float] = _Bounded(_MOST_CONTENTS)
        for line in lines:
            self._read(line)

    def knows(self, event_id: str) -> bool:
        """Return whether an event stands in the file."""
        return event_id in self._ids

    def first_seen(self, content: str, now: float) -> float:
        """Return since when a body without an id comes: now, or a moment ago when it came first."""
        first = self._contents.get(content)
        if first is None or now - first > _SAME_S:
            self._contents[content] = first = now
        return first

    def before(self, change: Change) -> dict[str, Any]:
        """Return the value before a change, as fields: the version that an alias named, the stage of a version."""
        fields = change.fields
        found = self._places.get(_place(change.event_type, fields))
        if found is None:
            return {}
        if change.event_type == "transitioned":
            return {} if "previous_stage" in fields else {"previous_stage": found}
        if change.event_type == "alias_removed":
            return {"previous_version": found}
        return (
            {}
            if found == fields.get("model_version") or "previous_version" in fields
            else {"previous_version": found}
        )

    def add(self, event_id: str, event_type: str, fields: dict[str, Any]) -> Callable[[], None]:
        """Remember an event that stands in the file now; the function that comes back forgets it again."""
        self._ids[event_id] = None
        place = _place(event_type, fields)
        before = self._places.get(place)
        if place is not None:
            value = fields.get("stage" if event_type == "transitioned" else "model_version")
            self._put(place, None if event_type == "alias_removed" else before if value is None else str(value))

        def forget() -> None:
            self._ids.pop(event_id, None)
            if place is not None:
                self._put(place, before)

        return forget

    def _put(self, place: tuple[str | None, ...], value: str | None) -> None:
        if value is None:
            self._places.pop(place, None)
        else:
            self._places[place] = value

    def _read(self, line: bytes) -> None:
        try:
            event = orjson.loads(line)
            fields = {name: event[name] for name in _KEPT if name in event}
            self.add(event["event"]["id"], event["event_type"], {**fields, "labels": event.get("labels") or {}})
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            # Half a line, or one of another program.
            return


def _place(event_type: str, fields: dict[str, Any]) -> tuple[str | None, ...] | None:
    """Return the place that an event changes (an alias, a stage); None for events that change none."""
    labels = fields.get("labels") or {}
    model = (fields.get("registry"), labels.get("workspace"), fields.get("model_name"))
    if event_type in {"alias_set", "alias_removed"}:
        return _texts(*model, "alias", fields.get("alias"))
    if event_type == "transitioned":
        return _texts(*model, "stage", fields.get("model_version"))
    return None


def _texts(*parts: Any) -> tuple[str | None, ...]:
    """Return parts as text: a delivery may have a list, or an object, where a name belongs."""
    return tuple(None if part is None else str(part) for part in parts)
