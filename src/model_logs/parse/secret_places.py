"""The places of an event that are searched for secrets, by the patterns of `mappings/redaction.yml`.

Our logger has done the same before a line left its process. Lines of other programs have not been through it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from model_logs.redaction import is_secret, redact
from model_logs.tables.redaction import FIELDS, REPLACEMENT

if TYPE_CHECKING:
    from model_logs.parse.normalise import Event

__all__ = ["hidden_in_line", "hide", "is_clean"]

# Objects with names of the writer's own, in which texts stand.
_FREE: Final = ("labels", "features")
_PATHS: Final = tuple(tuple(name.split(".")) for name in FIELDS)
_TOPS: Final = frozenset(path[0] for path in _PATHS) | {*_FREE}
# How a name and its value stand beside each other: ["x-api-key", "…"], {"name": "DB_PASSWORD", "value": "…"}.
_PAIR: Final = 2
_NAMED: Final = ("name", "key")
# An escaped backslash, or a printable character of ASCII that JSON writes as \uXXXX; not the quote and the backslash.
_ESCAPES: Final = re.compile(r"\\\\|\\u00((?!22|5[cC])[2-7][0-9a-fA-F])")


def is_clean(tree: dict[str, Any]) -> bool:
    """Tell whether the texts and labels of a fitting event hold no secret; names of labels were looked at before."""
    if _TOPS.isdisjoint(tree):
        return True
    texts = [value for kind in _FREE for value in tree.get(kind, {}).values() if isinstance(value, str)]
    for path in _PATHS:
        value: Any = tree
        for part in path:
            value = value.get(part)
            if value is None:
                break
        else:
            texts.append(value)
    # A blank line between two texts, so that no pattern spans them.
    together = "\n\n".join(texts)
    return redact(together) is together


def hidden_in_line(line: str) -> str:
    """Return a line that was not understood without its secrets, also where JSON's escapes spell one."""
    if "\\u00" not in line:
        return redact(line)
    plain = _ESCAPES.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[0], line)
    clean = redact(plain)
    return line if clean == plain else clean


def hide(event: Event) -> None:
    """Replace the secrets of an event, in place: in texts, labels, features and what the contract does not know."""
    for name in FIELDS:
        if isinstance(value := event.fields.get(name), str):
            event.fields[name] = redact(value)
    for kind in _FREE:
        event.objects[kind] = {name: _hidden(name, value) for name, value in event.objects[kind].items()}
    event.rest = {name: _hidden(name, value) for name, value in event.rest.items()}


def _hidden(name: str, value: Any) -> Any:
    if value is not None and is_secret(name):
        return REPLACEMENT
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        if len(value) == _PAIR and isinstance(value[0], str) and is_secret(value[0]) and isinstance(value[1], str):
            return [value[0], REPLACEMENT]
        return [_hidden("", item) for item in value]
    if isinstance(value, dict):
        named = next((value[key] for key in _NAMED if isinstance(value.get(key), str)), "")
        if named and is_secret(named) and value.get("value") is not None:
            value = value | {"value": REPLACEMENT}
        return {inner: _hidden(inner, item) for inner, item in value.items()}
    return value
