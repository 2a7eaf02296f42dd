"""Remembers the JSON of values that repeat from event to event: labels, flags, small numbers.

What is remembered is bounded, clean of secrets and exactly what the long way would write; a value that needs
anything done to it is not for here.
"""

from __future__ import annotations

import orjson

from model_logs._contract_table import CARRIES, KEYWORDS
from model_logs._logger._encode import KEYWORD_OF, MOST_NAMES, PLANS, label_name
from model_logs._logger._notes import Notes
from model_logs._redaction import is_secret, redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["READY", "Ready", "fragments", "ready", "spread"]

_MOST = 4096
_LONGEST = 256


_CARRIED = {keyword: plan for keyword, plan in PLANS.items() if plan.name in CARRIES["predict"]}
_FLOATS = {k: b',"%b":' % k.encode() for k, plan in _CARRIED.items() if plan.exact is float and not plan.group}
_known: dict[tuple[Any, ...], bytes] = {}
_ends: dict[tuple[Any, ...], bytes] = {}
READY: dict[tuple[str, str | None, str], Ready] = {}


class Ready:
    """What a logging library says of many lines, in the place of labels: their end, made before.

    Attributes:
        end: The end of the line.
        fields: The same as keywords, for the long way.
    """

    __slots__ = ("end", "fields")

    def __init__(self, end: bytes, fields: dict[str, Any]) -> None:
        self.end = end
        self.fields = fields


def ready(level: str, name: str | None, message: Any) -> Ready | None:
    """Return the end of lines with a level, a logger's name and a message; None where it needs the long way."""
    if type(message) is not str:
        return None
    key = (level, name, message)
    found = READY.get(key)
    if found is None and len(message) <= _LONGEST and redact(message) is message:
        fields = {"level": level, "logger": name, "message": message}
        log = {"level": level} if name is None else {"level": level, "logger": name}
        try:
            members = orjson.dumps({"log": log, "message": message})[1:-1]
        except TypeError:
            return None
        if len(READY) >= _MOST:
            READY.clear()
        found = READY[key] = Ready(b"," + members + b"}\n", fields)
    return found


def spread(made: Ready, more: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return the labels and the keywords of a line of a logging library, where its own names become labels."""
    keywords = {name: KEYWORD_OF.get(name, name) for name in more}
    ours = {name for name, keyword in keywords.items() if keyword in KEYWORDS and keyword not in made.fields}
    labels = {name: value for name, value in more.items() if name not in ours}
    return labels or None, {**{keywords[name]: more[name] for name in ours}, **made.fields}


def fragments(labels: Any, more: dict[str, Any]) -> bytes:
    """Return the end of a line with labels and other keywords.

    Raises:
        LookupError: The long way has to be taken; also whatever a value's `__hash__` raises.
    """
    if type(labels) is Ready:
        return fragments(None, more)[:-2] + labels.end
    if not more and type(labels) is dict:
        # Labels repeat together more often than not. Text alone is remembered, so 1 and True cannot be mixed up.
        key = (*labels, *labels.values())
        return _ends.get(key) or _keep(_ends, key, _end(labels, more))
    return _end(labels, more)


def _end(labels: Any, more: dict[str, Any]) -> bytes:
    parts: list[bytes] = []
    for keyword, value in more.items():
        kind = type(value)
        if kind is float and keyword in _FLOATS:
            if value * 0.0 != 0.0:
                raise LookupError(keyword)
            parts += (_FLOATS[keyword], orjson.dumps(value))
        elif value is not None:
            parts.append(
                _known.get((keyword, kind, value)) or _keep(_known, (keyword, kind, value), _member(keyword, value))
            )
    if labels:
        if type(labels) is not dict or len(labels) > MOST_NAMES:
            raise LookupError("labels")
        comma = b',"labels":{'
        for name, value in labels.items():
            if type(value) is not str:
                raise LookupError(name)
            parts += (comma, _known.get((name, value)) or _keep(_known, (name, value), _label(name, value)))
            comma = b","
        parts.append(b"}")
    parts.append(b"}\n")
    return b"".join(parts)


def _keep(known: dict[tuple[Any, ...], bytes], key: tuple[Any, ...], part: bytes) -> bytes:
    if len(part) <= _LONGEST:
        if len(known) >= _MOST:
            known.clear()
        known[key] = part
    return part


def _member(keyword: str, value: Any) -> bytes:
    plan = _CARRIED.get(keyword)
    # Of several members of one object no two may be written apart.
    if plan is None or plan.name.split(".")[0] in _SHARED or not plan.takes(value):
        raise LookupError(keyword)
    for part in (plan.leaf, *reversed(plan.group)):
        value = {part: value}
    return b"," + orjson.dumps(value)[1:-1]


def _label(name: Any, value: str) -> bytes:
    if type(name) is not str or is_secret(name) or len(value) > _LONGEST or redact(value) is not value:
        raise LookupError(name)
    return orjson.dumps({label_name(name, Notes()): value})[1:-1]


def _shared() -> frozenset[str]:
    groups = [plan.group[0] for plan in PLANS.values() if plan.group]
    return frozenset(group for group in groups if groups.count(group) > 1)


_SHARED = _shared()
