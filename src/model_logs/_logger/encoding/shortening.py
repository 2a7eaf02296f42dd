"""Shortens an event whose line would be longer than its sink takes in one piece.

What is left is still an event: valid JSON, with its id, its sequence number and all that its type needs, marked
`truncated`. Long text goes first, then what the user added; names of models and requests stay.
"""

from __future__ import annotations

import orjson

from model_logs._logger.encoding.fields import dump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["shorten"]

_KEPT = (65_536, 16_384, 4096, 1024, 256, 64)
_FREE = ("features", "labels", "metrics")


def shorten(found: dict[str, Any], room: int) -> bytes:
    """Return the members of a document in at most `room` bytes; the document itself is changed."""
    tags = [tag for tag in found.get("tags", ()) if tag != "truncated"][:8]
    found["tags"] = [*tags, "truncated"]
    body = dump(found)
    longest = max((_size(value) for value in _texts(found)), default=0)
    for kept in (room - (len(body) - longest) - 8, *_KEPT):
        if len(body) <= room:
            return body
        if kept >= _KEPT[-1]:
            _cut(found, kept)
            body = dump(found)
    for name in _FREE:
        while len(body) > room and found.get(name):
            # From the end on, half of them at a time: the first ones were named first.
            names = list(found[name])
            for dropped in names[len(names) // 2 :]:
                del found[name][dropped]
            body = dump(found)
    return body


def _texts(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for value in found.values() for text in _texts(value)]
    if isinstance(found, list):
        return [text for value in found for text in _texts(value)]
    return [found] if isinstance(found, str) else []


def _cut(found: Any, kept: int) -> None:
    """Cut every text in place whose JSON is longer than `kept` bytes."""
    for name, value in found.items() if isinstance(found, dict) else enumerate(found):
        if isinstance(value, (dict, list)):
            _cut(value, kept)
        elif isinstance(value, str) and _size(value) > kept:
            found[name] = _cut_text(value, kept)


def _cut_text(value: str, kept: int) -> str:
    value = value[: kept - 5]
    while _size(value) > kept - 3:
        # Escapes and other scripts take several bytes for a character.
        value = value[: min(len(value) - 1, len(value) * (kept - 3) // _size(value))]
    return value + "…"


def _size(value: str) -> int:
    try:
        return len(orjson.dumps(value))
    except TypeError:
        # Half a character is replaced by one that JSON writes with at most six bytes.
        return len(value) * 6
