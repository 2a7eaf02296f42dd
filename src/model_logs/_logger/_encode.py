"""Makes the JSON members of one event out of a caller's keywords, by the contract; any event, any value.

`_prediction` has a shorter way for the commonest event. Both give the same line for the same event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from model_logs._contract_table import FIELDS, KEYWORDS, OBJECTS, REQUIRED, REQUIRED_ANY
from model_logs._logger._values import ABSENT, KEYWORD_LIMIT, Notes, clean, convert

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["document", "dump"]

_MOST_NAMES = 64
_NAME_LIMIT = 256
_EXACT: dict[str, type] = {"keyword": str, "float": float, "integer": int, "long": int, "byte": int, "boolean": bool}
_REDACTED = frozenset({"message", "error.message", "error.stack_trace", "reason", "tag.value"})


class _Plan:
    """How one keyword is written: the field, where it stands, and what is taken as it is."""

    __slots__ = ("allowed", "exact", "group", "kind", "leaf", "name", "redacted")

    def __init__(self, name: str) -> None:
        self.kind, _, _, self.allowed, _ = FIELDS[name]
        self.name = name
        self.redacted = name in _REDACTED
        *self.group, self.leaf = name.split(".")
        self.exact = None if self.redacted else _EXACT.get(self.kind)


_PLANS = {keyword: _Plan(name) for keyword, name in KEYWORDS.items() if name not in ("tags", *OBJECTS)}
_KEYWORD_OF = {name: keyword for keyword, name in KEYWORDS.items()}


def document(
    event_type: str, fields: Mapping[str, Any], notes: Notes, redact: Callable[[str], str] | None
) -> dict[str, Any]:
    """Return an event as nested plain values.

    Args:
        event_type: One of the contract's, or the user's own.
        fields: Python keyword → any value; None means that it was not given.
        notes: Where to write down what was done to the values.
        redact: Replaces secrets in text, or None.
    """
    found: dict[str, Any] = {"event_type": event_type, "status": "success"}
    unknown: dict[str, Any] = {}
    for keyword, value in fields.items():
        if value is None:
            continue
        plan = _PLANS.get(keyword)
        if plan is None:
            unknown[keyword] = value
            continue
        if type(value) is not plan.exact or not _fits(plan, value):
            fitting = convert(plan.name, plan.kind, plan.allowed, value, notes, redact if plan.redacted else None)
            if fitting is ABSENT:
                continue
        else:
            fitting = value
        at = found
        for part in plan.group:
            at = at.setdefault(part, {})
        at[plan.leaf] = fitting
    _objects(found, unknown, notes, redact)
    _missing(event_type, found, notes)
    if notes.tags:
        found.setdefault("tags", []).extend(notes.tags)
    return found


def _fits(plan: _Plan, value: Any) -> bool:
    kind = plan.kind
    if kind == "keyword":
        return len(value) <= KEYWORD_LIMIT and (plan.allowed is None or value in plan.allowed)
    if kind == "float":
        return bool(value - value == 0.0)  # not so for NaN and the infinities
    return kind == "boolean" or bool(-(1 << 63) <= value < 1 << 63)


def _objects(
    found: dict[str, Any], unknown: dict[str, Any], notes: Notes, redact: Callable[[str], str] | None
) -> None:
    """Add labels, metrics and tags; what nobody knows becomes a label."""
    tags = unknown.pop("tags", None)
    labels = unknown.pop("labels", None)
    metrics = unknown.pop("metrics", None)
    if metrics is not None:
        numbers = _named(metrics, "metrics", notes)
        converted = {name: convert(f"metrics.{name}", "float", None, v, notes, None) for name, v in numbers.items()}
        kept = {name: value for name, value in converted.items() if value is not ABSENT}
        if kept:
            found["metrics"] = kept
    if tags is not None:
        listed = [tags] if isinstance(tags, str) or not hasattr(tags, "__iter__") else list(tags)[:_MOST_NAMES]
        found["tags"] = [convert("tags", "keyword", None, tag, notes, redact) for tag in listed]
    for keyword in unknown:
        notes.add(
            "unknown_keyword", problem=f"{keyword!r} is no keyword of the contract; labels= is for names of your own"
        )
    named = _named(unknown, "labels", notes) if unknown else {}
    if labels is not None:
        named |= _named(labels, "labels", notes)
    written = {name: _label(name, value, notes, redact) for name, value in named.items() if value is not None}
    written |= notes.labels
    if written:
        found["labels"] = written


def _named(given: Any, field: str, notes: Notes) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        notes.add("invalid", problem=f"{field} is a {type(given).__name__}, and must map names to values")
        return {"value": given} if field == "labels" else {}
    if len(given) > _MOST_NAMES:
        notes.add("truncated", tag="truncated", problem=f"{field} has {len(given)} names; {_MOST_NAMES} are kept")
    named = {}
    for index, (name, value) in enumerate(given.items()):
        if index >= _MOST_NAMES:
            break
        named[_name(name, notes)] = value
    return named


def _name(name: Any, notes: Notes) -> str:
    """Return a name that Elasticsearch takes below labels: no empty part between dots, no control characters."""
    found: str = convert("labels", "keyword", None, name, notes, None)
    if found.isidentifier() and len(found) <= _NAME_LIMIT:
        return found
    found = "".join(c if c.isprintable() else "_" for c in found[:_NAME_LIMIT]).strip()
    if not found or found[0] == "." or found[-1] == "." or ".." in found:
        found = found.replace(".", "_") or "_"
    return found


def _label(name: str, value: Any, notes: Notes, redact: Callable[[str], str] | None) -> str:
    found: str = convert(f"labels.{name}", "keyword", None, value, notes, redact)
    return found


def _missing(event_type: str, found: dict[str, Any], notes: Notes) -> None:
    for name in REQUIRED.get(event_type, REQUIRED_ANY):
        at: Any = found
        for part in name.split("."):
            at = at.get(part) if isinstance(at, dict) else None
        if at is None:
            problem = f"{event_type} needs {_KEYWORD_OF[name]}="
            notes.add("incomplete", tag="incomplete", problem=problem)


def dump(found: dict[str, Any]) -> bytes:
    """Return the members of a document as JSON, without its braces."""
    try:
        return orjson.dumps(found)[1:-1]
    except TypeError:
        return orjson.dumps(_repaired(found))[1:-1]


def _repaired(value: Any) -> Any:
    """Return a copy whose text UTF-8 can hold: a short keyword is not looked at until orjson refuses it."""
    if isinstance(value, dict):
        return {_repaired(k): _repaired(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_repaired(v) for v in value]
    return clean(value, Notes(), KEYWORD_LIMIT * 64) if isinstance(value, str) else value
