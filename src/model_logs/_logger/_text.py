"""Makes text of anything: bounded in length, free of half characters; nothing runs but the value's `__str__`.

It knows no contract; `_values` says which field wants text and what is written down about it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import Enum
from itertools import islice

import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from model_logs._logger._notes import Notes

__all__ = ["KEYWORD_LIMIT", "TEXT_LIMIT", "as_text", "clean", "float_text", "is_numpy"]

# The longest keyword that Lucene takes in any script: beyond it the document would be refused.
KEYWORD_LIMIT = 8191
TEXT_LIMIT = 131_072
# A secret that the cut would halve is still recognized when this much more is looked at.
_BEYOND = 4096
_LEAF_LIMIT = 1024
_DEEPEST = 6
_MOST_VALUES = 1000
_LONG = 1 << 63


def clean(value: str, notes: Notes, limit: int, *, redacted: bool = False) -> str:
    """Return text that UTF-8 can hold, without secrets, cut where it is too long."""
    if type(value) is not str:
        value = str.__str__(value)
    long = len(value) > limit
    if long:
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
        value = value[: limit - 1] + "…"
    return value


def as_text(value: Any) -> str:  # noqa: PLR0911 - one answer for each type
    """Return what stands for a value that is no text.

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
            return value.isoformat()
        case dict() | list() | tuple() | set() | frozenset():
            return _nested(value)
        case BaseException():
            return f"{type(value).__name__}: {value}"
        case _ if is_numpy(value):
            return _leaf(_unpacked(value))
        case _:
            return str(value)


def float_text(value: float) -> str:
    """Return a float as JavaScript writes it."""
    if value * 0.0 == 0.0:
        return float.__repr__(value)
    return "Infinity" if value > 0 else "-Infinity" if value < 0 else "NaN"


def is_numpy(value: Any) -> bool:
    """Return whether a value is numpy's, without importing it."""
    return type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "tolist")


def _without_surrogates(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        # Two halves that belong together become their character, one alone the sign for what cannot be shown.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def _leaf(value: Any) -> str:
    return str.__str__(value) if isinstance(value, str) else as_text(value)


def _unpacked(value: Any) -> Any:
    """Return a numpy value as Python's, or words for it when it is large or has no counterpart."""
    if getattr(value, "size", 1) > _MOST_VALUES:
        return f"<{type(value).__name__} of shape {value.shape}>"
    found = value.tolist()
    return repr(found) if is_numpy(found) else found


def _nested(value: Any) -> str:
    """Return nested values as JSON, of bounded depth and size, and so without cycles."""
    left = _MOST_VALUES

    def plain(value: Any, depth: int) -> Any:  # noqa: PLR0911 - one answer for each type
        nonlocal left
        left -= 1
        match value:
            case dict() | list() | tuple() | set() | frozenset() if depth > _DEEPEST or left <= 0:
                return f"<{type(value).__name__}>"
            case dict():
                return {_shown(name): plain(inner, depth + 1) for name, inner in islice(value.items(), left)}
            case list() | tuple() | set() | frozenset():
                return [plain(inner, depth + 1) for inner in islice(value, left)]
            case None | True | False:
                return value
            case int() if -_LONG <= value < _LONG:
                return int(value)
            case float() if value * 0.0 == 0.0:
                return float(value)
            case _:
                return _shown(value)

    return orjson.dumps(plain(value, 0)).decode()


def _shown(value: Any) -> str:
    try:
        return _without_surrogates(_leaf(value)[:_LEAF_LIMIT])
    except Exception:  # noqa: BLE001 - one bad object does not take the others with it
        return f"<{type(value).__name__}>"
