"""Turns whatever a caller hands over into a JSON value of the contract's type, or says what stands there instead.

Nothing here raises: an object whose `__str__` fails becomes a placeholder. A number that no JSON can hold, such as
NaN, leaves its field and is kept as a label. A value that is simply of the wrong type stays where it is, as text, and
whoever reads the event judges it. What was done is written down in `Notes`, so that it can be counted and marked.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ABSENT", "KEYWORD_LIMIT", "TEXT_LIMIT", "Notes", "clean", "convert", "text"]

# The longest keyword that Lucene takes in any script: beyond it the document would be refused.
KEYWORD_LIMIT = 8191
TEXT_LIMIT = 131_072
_LONG = 1 << 63
_DEEPEST = 6
_MOST_ITEMS = 256
# Returned for a value that leaves no trace in its field.
ABSENT: Any = object()


class Notes:
    """What had to be done to one event's values.

    Attributes:
        counts: Names of counters to add one to, in the order in which things happened.
        tags: Marks to set on the event.
        labels: What left its own field: field → text.
        problems: Sentences for a developer; `capture(strict=True)` raises with them.
    """

    __slots__ = ("counts", "labels", "problems", "tags")

    def __init__(self) -> None:
        self.counts: list[str] = []
        self.tags: list[str] = []
        self.labels: dict[str, str] = {}
        self.problems: list[str] = []

    def add(self, counter: str, *, tag: str = "", problem: str = "") -> None:
        """Write one thing down."""
        self.counts.append(counter)
        if tag and tag not in self.tags:
            self.tags.append(tag)
        if problem:
            self.problems.append(problem)


def convert(
    name: str,
    kind: str,
    allowed: frozenset[str] | None,
    value: Any,
    notes: Notes,
    redact: Callable[[str], str] | None,
) -> Any:
    """Return the JSON value of one field, or ABSENT.

    Args:
        name: The field, with dots; for messages and labels.
        kind: Its type in the contract.
        allowed: The only values taken, all lower case.
        value: Anything but None.
        notes: Where to write down what was done.
        redact: Replaces secrets in text; None where this field is not looked through.
    """
    try:
        if kind in ("keyword", "text"):
            found = text(value, notes, KEYWORD_LIMIT if kind == "keyword" else TEXT_LIMIT, redact)
            return found if allowed is None else _one_of(name, allowed, found, notes)
        if kind == "float":
            return _float(name, value, notes)
        if kind == "boolean":
            return _boolean(name, value, notes)
        return _integer(name, value, notes)
    except Exception as error:  # noqa: BLE001 - a caller's object may raise anything, and no event is lost for it
        return _placeholder(name, value, notes, type(error).__name__)


def text(value: Any, notes: Notes, limit: int, redact: Callable[[str], str] | None = None) -> str:
    """Return any value as text without half characters, of at most `limit` characters.

    Raises:
        Exception: Whatever the value's own `__str__` raises.
    """
    if not isinstance(value, str):
        notes.add("coerced")
        value = _as_text(value)
    return clean(value, notes, limit, redact)


def clean(value: str, notes: Notes, limit: int, redact: Callable[[str], str] | None = None) -> str:
    """Return text that UTF-8 can hold, redacted, and cut where it is too long."""
    if type(value) is not str:
        value = str.__str__(value)
    long = len(value) > limit
    if long:
        # A secret that the cut would halve is still recognized whole.
        value = value[: limit + 4096]
    if not value.isascii():
        value = _without_surrogates(value)
    if redact is not None:
        replaced = redact(value)
        if replaced is not value:
            notes.add("redacted")
            value = replaced
    if long or len(value) > limit:
        notes.add("truncated", tag="truncated")
        value = value[: limit - 1] + "…"
    return value


def _without_surrogates(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def _as_text(value: Any) -> str:  # noqa: PLR0911 - one answer for each type
    match value:
        case Enum():
            return value.value if isinstance(value.value, str) else _as_text(value.value)
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return int.__str__(value) if isinstance(value, int) else str(value)
        case float():
            return _float_text(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value[: TEXT_LIMIT + 1]).decode("utf-8", "backslashreplace")
        case datetime() | date() | time():
            return value.isoformat()
        case dict() | list() | tuple() | set() | frozenset():
            return orjson.dumps(_plain(value, 0)).decode()
        case BaseException():
            return f"{type(value).__name__}: {value}"
    if _is_numpy(value):
        return _as_text(_unpack_numpy(value))
    return str(value)


def _plain(value: Any, depth: int) -> Any:  # noqa: PLR0911 - one answer for each type
    """Return a copy of nested values that orjson takes: of bounded depth and size, without cycles by that."""
    if depth > _DEEPEST:
        return f"<{type(value).__name__}>"
    if isinstance(value, dict):
        items = list(value.items())[:_MOST_ITEMS]
        return {_without_surrogates(_leaf(k)): _plain(v, depth + 1) for k, v in items}
    if isinstance(value, (list, tuple, set, frozenset)):
        # 256 items on each of six levels would be no bound: less is shown the deeper it stands.
        return [_plain(item, depth + 1) for item in list(value)[: max(4, _MOST_ITEMS >> (2 * depth))]]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_LONG <= value < _LONG:
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    return _without_surrogates(_leaf(value))


def _leaf(value: Any) -> str:
    try:
        found = str.__str__(value) if isinstance(value, str) else _as_text(value)
    except Exception:  # noqa: BLE001 - as in convert
        return f"<{type(value).__name__}>"
    return found[:1024]


def _is_numpy(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "tolist")


def _unpack_numpy(value: Any) -> Any:
    if getattr(value, "size", 1) > _MOST_ITEMS:
        return f"<{type(value).__name__} of shape {value.shape}>"
    unpacked = value.tolist()
    # A long double or an array of objects may come back as itself.
    return str(unpacked) if _is_numpy(unpacked) else unpacked


def _float_text(value: float) -> str:
    if isfinite(value):
        return float.__repr__(value)
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN alone differs


def _one_of(name: str, allowed: frozenset[str], value: str, notes: Notes) -> str:
    if value in allowed:
        return value
    lower = value.strip().lower()
    if lower in allowed:
        notes.add("coerced")
        return lower
    notes.add("invalid", problem=f"{name} is {value!r}, and must be one of {', '.join(sorted(allowed))}")
    return value


def _number(value: Any) -> Any:  # noqa: PLR0911 - one answer for each type
    """Return an int, a float or a bool where the value is a number of another kind; else the value itself."""
    if type(value) in (int, float, bool):
        return value
    if isinstance(value, Enum):
        return _number(value.value)
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else float("nan") if value.is_nan() else float(f"{value}")
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    if _is_numpy(value) and getattr(value, "size", 1) == 1:
        unpacked = value.item()
        return float(unpacked) if _is_numpy(unpacked) else unpacked
    return value


def _float(name: str, value: Any, notes: Notes) -> Any:
    number = _number(value)
    if type(number) is int and abs(number) < _LONG:
        return number
    if type(number) in (int, bool):
        notes.add("coerced")
        number = float(number)
    if type(number) is not float:
        return _misfit(name, "a number", value, notes)
    if not isfinite(number):
        return _not_finite(name, number, notes)
    if number is not value:
        notes.add("coerced")
    return number


def _integer(name: str, value: Any, notes: Notes) -> Any:
    number = _number(value)
    if type(number) is float and not isfinite(number):
        return _not_finite(name, number, notes)
    if type(number) is bool or (type(number) is float and number.is_integer()):
        number = int(number)
    if type(number) is not int:
        return _misfit(name, "a whole number", value, notes)
    if not -_LONG <= number < _LONG:
        return _misfit(name, "a number of 64 bits", value, notes)
    if number is not value:
        notes.add("coerced")
    return number


def _boolean(name: str, value: Any, notes: Notes) -> Any:
    number = _number(value)
    if type(number) is bool:
        return number
    if type(number) in (int, float) and number in (0, 1):
        notes.add("coerced")
        return bool(number)
    return _misfit(name, "true or false", value, notes)


def _not_finite(name: str, number: float, notes: Notes) -> Any:
    found = _float_text(number)
    notes.add("placeholder", tag="placeholder", problem=f"{name} is {found}, which JSON has no number for")
    notes.labels[name] = found
    return ABSENT


def _misfit(name: str, wanted: str, value: Any, notes: Notes) -> str:
    """Leave a value of the wrong type in its place as text: the event becomes `unparsed`, with this for a reason."""
    found = text(value, Notes(), 256)
    notes.add("invalid", problem=f"{name} is {found!r} ({type(value).__name__}), and must be {wanted}")
    return found


def _placeholder(name: str, value: Any, notes: Notes, error: str) -> str:
    kind = clean(type(value).__name__, Notes(), 128)
    notes.add("placeholder", tag="placeholder", problem=f"{name} cannot be read: {kind} raised {error}")
    return f"<{kind} raised {error}>"
