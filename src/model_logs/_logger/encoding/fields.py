"""Makes one event's fields out of a caller's keywords, by the contract: any event type, any value.

`prediction` has a shorter way for the commonest event; both write the same for the same keywords.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import orjson

from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.arrays import class_name
from model_logs._logger.encoding.features import features, sampled
from model_logs._logger.encoding.text import KEYWORD_LIMIT, clean, is_a, unique
from model_logs._logger.encoding.values import ABSENT, convert, one_of
from model_logs.redaction import is_secret
from model_logs.tables import redaction
from model_logs.tables.contract import CARRIES, FIELDS, KEYWORDS, MOST_NAMES, OBJECTS, REQUIRED, REQUIRED_ANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["KEYWORD_OF", "PLANS", "Plan", "document", "dump", "label_name"]

_MOST_TAGS = 64
_NAME_LIMIT = 256
_EXACT: dict[str, type] = {"keyword": str, "float": float, "integer": int, "long": int, "byte": int, "boolean": bool}


class Plan:
    """The encoding of one keyword: its field, its type, and its place in the line.

    Attributes:
        name: The field, with dots.
        group: The objects that it stands in.
        leaf: Its name there.
        kind: Its type in the contract.
        allowed: The only values taken.
        redacted: Secrets are replaced in it.
        exact: A value of this Python type may be taken as it is.
    """

    __slots__ = ("allowed", "exact", "group", "kind", "leaf", "name", "redacted")

    def __init__(self, name: str) -> None:
        self.kind, _, _, self.allowed, _ = FIELDS[name]
        self.name = name
        self.redacted = name in redaction.FIELDS
        *self.group, self.leaf = name.split(".")
        self.exact = None if self.redacted else _EXACT.get(self.kind)

    def takes(self, value: Any) -> bool:
        """Return whether a value fits the field without a conversion."""
        python_type = type(value)
        if python_type is not self.exact:
            return False
        if self.kind == "keyword":
            return len(value) <= KEYWORD_LIMIT and (self.allowed is None or value in self.allowed)
        if self.kind == "float":
            # Not so for NaN and the infinities.
            return bool(value - value == 0.0)
        return self.kind == "boolean" or -(1 << 63) <= value < 1 << 63


PLANS = {keyword: Plan(name) for keyword, name in KEYWORDS.items() if name not in ("tags", *OBJECTS)}
KEYWORD_OF = {name: keyword for keyword, name in KEYWORDS.items()}


def document(event_type: str, fields: Mapping[str, Any], notes: Adjustments) -> dict[str, Any]:
    """Return an event as nested plain values.

    Args:
        event_type: One of the contract's, or the user's own.
        fields: Python keyword → any value; None means that it was not given.
        notes: Where to write down what was done to the values.
    """
    found: dict[str, Any] = {"event_type": event_type, "status": "success"}
    others: dict[str, Any] = {}
    for keyword, value in fields.items():
        if value is None:
            continue
        plan = PLANS.get(keyword)
        if plan is None:
            others[keyword] = value
            continue
        fitting = value if plan.takes(value) else _converted(plan, value, notes)
        if fitting is ABSENT:
            continue
        at = found
        for part in plan.group:
            at = at.setdefault(part, {})
        at[plan.leaf] = fitting
    if others:
        _others(found, others, notes)
    if notes.labels:
        labels = found.setdefault("labels", {})
        for name, value in notes.labels.items():
            labels[unique(name, labels)] = value
    _judge(event_type, fields, found, notes)
    if notes.tags:
        found.setdefault("tags", []).extend(notes.tags)
    return found


def _converted(plan: Plan, value: Any, notes: Adjustments) -> Any:
    found = convert(plan.name, plan.kind, value, notes, redacted=plan.redacted)
    if plan.allowed is not None and found is not ABSENT:
        return one_of(plan.name, plan.allowed, found, notes)
    return found


def _others(found: dict[str, Any], others: dict[str, Any], notes: Adjustments) -> None:
    """Add tags, metrics, features and labels; a keyword that nobody knows becomes a label."""
    tags, metrics, labels = others.pop("tags", None), others.pop("metrics", None), others.pop("labels", None)
    if "features" in others:
        _sample(found, others.pop("features"), notes)
    if tags is not None:
        found["tags"] = _listed(tags, notes)
    if metrics is not None:
        numbers: dict[str, Any] = {}
        for name, value in _named(metrics, "metrics", notes):
            number = convert(f"metrics.{name}", "float", value, notes)
            if number is not ABSENT:
                numbers[unique(name, numbers)] = float(number) if type(number) is int else number
        found["metrics"] = numbers
    for keyword in others:
        problem = f"{keyword!r} is no keyword of the contract; names of your own belong into labels="
        notes.add("unknown_keyword", problem=problem)
    named = [*_named(others, "labels", notes), *(_named(labels, "labels", notes) if labels is not None else ())]
    if named:
        shown: dict[str, Any] = {}
        found["labels"] = shown
        for name, value in named:
            text = _label(name, value, notes)
            if text is not ABSENT:
                shown[unique(name, shown)] = text


def _sample(found: dict[str, Any], given: Any, notes: Adjustments) -> None:
    """Add features, where the request is in the sample."""
    if sampled(found.get("request_id"), notes.sample):
        values = features(_named(given, "features", notes), notes)
        if values:
            found["features"] = values
            found["features_sampled"] = True


def _listed(tags: Any, notes: Adjustments) -> list[str]:
    try:
        if isinstance(tags, (str, bytes)) or not hasattr(tags, "__iter__"):
            tags = (tags,)
        tags = list(islice(tags, _MOST_TAGS))
    except Exception:  # noqa: BLE001  an object of the caller's may raise anything; it is then one tag as it is
        tags = (tags,)
    found = [convert("tags", "keyword", tag, notes, redacted=True) for tag in tags if tag is not None]
    return [tag for tag in found if tag is not ABSENT]


def _named(given: Any, field: str, notes: Adjustments) -> list[tuple[str, Any]]:
    if not is_a(given, Mapping):
        notes.add("invalid", problem=f"{field} is a {class_name(type(given))}, and must map names to values")
        return [("value", given)] if field == "labels" else []
    most = MOST_NAMES[field]
    try:
        items = list(islice(given.items(), most + 1))
    except Exception:  # noqa: BLE001  a mapping of the caller's may raise anything; what it is called is kept
        notes.add("invalid", problem=f"{field} is a {class_name(type(given))} that cannot be read")
        return [("value", class_name(type(given)))] if field == "labels" else []
    if len(items) > most:
        notes.add("truncated", tag="truncated", problem=f"{field} has more than {most} names; the rest is left")
        del items[most:]
    return [(label_name(name, notes), value) for name, value in items if value is not None]


def label_name(name: Any, notes: Adjustments) -> str:
    """Return a name that Elasticsearch takes below labels: no control characters, no empty part between dots."""
    found: str = convert("labels", "keyword", name, notes)
    if found is ABSENT:
        found = class_name(type(name))
    if found.isidentifier() and len(found) <= _NAME_LIMIT:
        return found
    found = "".join(c if c.isprintable() else "_" for c in found[:_NAME_LIMIT]).strip()
    if not all(part.strip() for part in found.split(".")):
        found = found.replace(".", "_") or "_"
    return found


def _label(name: str, value: Any, notes: Adjustments) -> Any:
    if notes.redact is not None and is_secret(name):
        notes.add("redacted")
        return redaction.REPLACEMENT
    return convert(f"labels.{name}", "keyword", value, notes, redacted=True)


def _judge(event_type: str, fields: Mapping[str, Any], found: dict[str, Any], notes: Adjustments) -> None:
    """Mark an event without a field that its type needs; note keywords that the type does not carry."""
    for name in REQUIRED.get(event_type, REQUIRED_ANY):
        at: Any = found
        for part in name.split("."):
            at = at.get(part) if isinstance(at, dict) else None
        if at is None:
            notes.add("incomplete", tag="incomplete", problem=f"{event_type} needs {KEYWORD_OF[name]}=")
    carried = CARRIES.get(event_type)
    if carried is not None:
        for keyword in fields.keys() & KEYWORDS.keys():
            if KEYWORDS[keyword] not in carried and fields[keyword] is not None:
                notes.problems.append(f"{event_type} does not carry {keyword}=")


def dump(found: dict[str, Any]) -> bytes:
    """Return a document's members as JSON, without its braces."""
    try:
        return orjson.dumps(found)[1:-1]
    except TypeError:
        # A short keyword is not looked at until orjson refuses it: half a character, most likely.
        return orjson.dumps(_repaired(found))[1:-1]


def _repaired(value: Any) -> Any:
    if isinstance(value, dict):
        return {_repaired(name): _repaired(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_repaired(inner) for inner in value]
    return clean(value, Adjustments(), len(value)) if isinstance(value, str) else value
