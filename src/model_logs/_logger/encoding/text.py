"""Makes text of anything: bounded in length, free of half characters; nothing runs but the value's `__str__`.

It knows no contract; `values` says which field wants text and what is written down about it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import Enum
from itertools import count, islice

import orjson

from model_logs._logger.encoding.arrays import MOST_VALUES, class_name, is_missing, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any

    from model_logs._logger.encoding.adjustments import Adjustments

__all__ = ["KEYWORD_LIMIT", "TEXT_LIMIT", "as_text", "clean", "float_text", "is_a", "unique"]

# The longest keyword that Lucene takes in any script: beyond it the document would be refused.
KEYWORD_LIMIT = 8191
TEXT_LIMIT = 131_072
# A secret that the cut would halve is still recognized when this much more is looked at.
_BEYOND = 4096
_LEAF_LIMIT = 1024
_DEEPEST = 6
_LONG = 1 << 63
# What an array or a scalar of another library may become in nested values.
_PLAIN = (list, float, int, bool, str)


def clean(value: str, notes: Adjustments, limit: int, *, redacted: bool = False) -> str:
    """Return text that UTF-8 can hold, without secrets, cut where it is too long."""
    if type(value) is not str:
        # A proxy for text says that it is text and is none.
        value = str.__str__(value) if issubclass(type(value), str) else str(value)
    long = len(value) > limit
    beyond = 0
    if long:
        # Where secrets shorten the text, the place of this first cut would come into sight.
        beyond = _BEYOND if len(value) > limit + _BEYOND else 0
        value = value[: limit + _BEYOND]
    if not value.isascii():
        value = _without_surrogates(value)
    if redacted and notes.redact is not None:
        replaced = notes.redact(value)
        if replaced is not value:
            notes.add("redacted")
            value = replaced
    if long:
        notes.add("truncated", tag="truncated")
        value = value[: min(limit - 1, len(value) - beyond)] + "…"
    return value


def is_a(value: Any, kinds: type | tuple[type, ...]) -> bool:
    """Return whether a value is an instance of a class, or a proxy of one; false where asking raises.

    A lazy proxy, such as werkzeug's outside of a request, raises at `isinstance`.
    """
    try:
        return isinstance(value, kinds)
    except Exception:  # noqa: BLE001 - a `__class__` of the caller's may raise anything
        return False


def as_text(value: Any) -> str:  # noqa: PLR0911 - one answer for each type
    """Return the text for a value that is no text.

    Raises:
        Exception: Whatever the value's own `__str__` raises.
    """
    match value:
        case Enum():
            return _leaf(value.value)
        case bool():
            return "true" if value else "false"
        case int():
            return int.__repr__(value)
        case float():
            return float_text(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value[: TEXT_LIMIT + 1]).decode("utf-8", "backslashreplace")
        case datetime() | date() | time():
            return _iso(value)
        case dict() | list() | tuple() | set() | frozenset():
            return _nested(value)
        case BaseException():
            return f"{class_name(type(value))}: {value}"
        case _:
            found = unpacked(value)
            return str(value) if found is value else _leaf(found)


def float_text(value: float) -> str:
    """Return a float as JavaScript writes it."""
    if value * 0.0 == 0.0:
        return float.__repr__(value)
    return "Infinity" if value > 0 else "-Infinity" if value < 0 else "NaN"


def unique(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken yet: different names may become equal when they are cleaned."""
    if name not in taken:
        return name
    for number in count(2):
        other = f"{name}_{number}"
        if other not in taken:
            break
    return other


def _iso(value: date | time) -> str:
    kind: Any = next(base for base in (datetime, date, time) if isinstance(value, base))
    try:
        # A class made of it may have ideas of its own.
        return str(kind.isoformat(value))
    except Exception:  # noqa: BLE001 - a time zone of somebody else's may raise anything
        return str(value)


def _without_surrogates(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        # Two halves that belong together become their character, one alone the sign for what cannot be shown.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def _leaf(value: Any) -> str:
    return str.__str__(value) if isinstance(value, str) else as_text(value)


def _nested(value: Any) -> str:
    """Return nested values as JSON, of bounded depth and size, and so without cycles."""
    left = MOST_VALUES

    def plain(value: Any, depth: int) -> Any:  # noqa: PLR0911 - one answer for each type
        nonlocal left
        left -= 1
        match value:
            case dict() | list() | tuple() | set() | frozenset() if depth > _DEEPEST or left <= 0:
                return f"<{class_name(type(value))}>"
            case dict():
                found: dict[str, Any] = {}
                for name, inner in islice(value.items(), left):
                    found[unique(_shown(name), found)] = plain(inner, depth + 1)
                return found
            case list() | tuple() | set() | frozenset():
                return [plain(inner, depth + 1) for inner in islice(value, left)]
            case None | True | False:
                return value
            case int() if -_LONG <= value < _LONG:
                return int(value)
            case float() if value * 0.0 == 0.0:
                return float(value)
            case str() | bytes():
                return _shown(value)
            case _:
                found = _unpacked(value)
                return _shown(value) if found is value else plain(found, depth + 1)

    return orjson.dumps(plain(value, 0)).decode()


def _unpacked(value: Any) -> Any:
    """Return an array, a scalar of a library's or a missing value that stands in another value as Python's own."""
    try:
        found = None if is_missing(value) else unpacked(value)
    except Exception:  # noqa: BLE001 - one bad object does not take the others with it
        return value
    return found if found is None or type(found) in _PLAIN else value


def _shown(value: Any) -> str:
    try:
        return _without_surrogates(_leaf(value)[:_LEAF_LIMIT])
    except Exception:  # noqa: BLE001 - one bad object does not take the others with it
        return f"<{class_name(type(value))}>"
