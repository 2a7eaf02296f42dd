"""Converts a caller's values into JSON values of the contract's types, and says which value stands in for a misfit.

Nothing that `convert` is given makes it raise: an object whose `__str__` fails becomes a placeholder. A number that
JSON has none for, such as NaN, leaves its field and is kept as a label. A value that is simply of the wrong type
stays where it is, as text, and whoever reads the event judges it.
"""

from __future__ import annotations

from enum import Enum

from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.arrays import MISSING, class_name, holds_one_missing, is_missing, moment, span
from model_logs._logger.encoding.text import KEYWORD_LIMIT, TEXT_LIMIT, as_text, clean, float_text, is_a

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ABSENT", "convert", "is_missing", "moment", "number_of", "one_of"]

_LONG = 1 << 63
_NAN = float("nan")
_VERSIONS = frozenset({"model_version", "previous_version"})
_UNITS = {"_ms": 0.001, "_s": 1.0}
_STAGES = {"prod": "production", "prd": "production", "live": "production", "stg": "staging"}
# What teams say for the same thing: MLflow's champion and challenger, the arms of an experiment, short names.
_OTHER_WORDS = {
    "variant": {
        **dict.fromkeys(("champion", "baseline", "primary", "stable", "a"), "control"),
        **dict.fromkeys(("challenger", "candidate", "treatment", "b"), "canary"),
        **dict.fromkeys(("mirror", "mirrored", "dark"), "shadow"),
    },
    "stage": _STAGES,
    "previous_stage": _STAGES,
}
_NO_NUMBERS = MISSING | {"timedelta64", "datetime64"}
# Fields in which a team's own word must not cost the prediction: it becomes a label.
_OWN_WORDS = frozenset({"variant", "stage", "previous_stage"})
# Returned for a value that leaves no trace in its field.
ABSENT: Any = object()


def convert(name: str, kind: str, value: Any, notes: Adjustments, *, redacted: bool = False) -> Any:
    """Return the JSON value of one field, or ABSENT.

    Args:
        name: The field, with dots; for messages and labels.
        kind: Its type in the contract.
        value: Anything but None.
        notes: Where to write down what was done.
        redacted: Secrets are replaced in this field.
    """
    try:
        if is_missing(value):
            return _missing(name, value, notes)
        if kind in ("keyword", "text"):
            if name in _VERSIONS:
                value = _counted(value)
            return text(value, notes, KEYWORD_LIMIT if kind == "keyword" else TEXT_LIMIT, redacted=redacted)
        if kind == "float":
            return _float(name, value, notes)
        if kind == "boolean":
            return _boolean(name, value, notes)
        return _integer(name, value, notes)
    except Exception as error:  # noqa: BLE001 - a caller's object may raise anything, and no event is lost for it
        return _placeholder(name, value, notes, error)


def text(value: Any, notes: Adjustments, limit: int, *, redacted: bool) -> str:
    """Return any value as text that UTF-8 can hold, of at most `limit` characters.

    Raises:
        Exception: Whatever the value's own `__str__` raises.
    """
    if not is_a(value, str):
        if type(number_of(value)) is not int:
            notes.add("coerced")
        value = as_text(value)
    return clean(value, notes, limit, redacted=redacted)


def one_of(name: str, allowed: frozenset[str], value: str, notes: Adjustments) -> Any:
    """Return a value in the contract's spelling; an unknown one stays, and is judged by the reader.

    But for the arm of a rollout and the stage: a prediction is a prediction, whatever a team calls those. The word
    becomes a label.
    """
    if value in allowed:
        return value
    lower = value.strip().lower()
    if lower in allowed:
        notes.add("coerced")
        return lower
    other = _OTHER_WORDS.get(name, {}).get(lower)
    if other in allowed:
        notes.add("coerced")
        notes.labels[name] = value
        return other
    notes.add("invalid", problem=f"{name} is {value!r}, and must be one of {', '.join(sorted(allowed))}")
    if name in _OWN_WORDS:
        notes.labels[name] = value
        return ABSENT
    return value


def number_of(value: Any) -> Any:
    """Return an int, a float or a bool where the value is a number of another kind; else the value itself."""
    # A span of numpy's has an `item`, which is a number of whatever its unit is.
    if type(value) in (int, float, bool) or class_name(type(value)) in _NO_NUMBERS:
        return value
    if issubclass(type(value), Enum):
        return number_of(value.value)
    try:
        # Scalars of numpy, torch, jax and cupy alike; what has several values raises, and is no number.
        # Below the mask of an array of numpy's there is a number that is none.
        item = None if hasattr(type(value), "filled") and is_missing(value) else getattr(value, "item", None)
        found = item() if callable(item) else value
        if issubclass(type(found), int) or hasattr(type(found), "__index__"):
            return found if type(found) is bool else int(found)
        return _as_float(found) if hasattr(type(found), "__float__") else value
    except Exception:  # noqa: BLE001 - as above; also an array of one value that is text
        return value


def _counted(value: Any) -> Any:
    """Return a version as registries count them: a table with a gap in it makes 3.0 of 3."""
    number = number_of(value)
    return int(number) if type(number) is float and number.is_integer() and not is_a(value, str) else value


def _in_unit(name: str, value: Any, notes: Adjustments) -> Any:
    """Return a span of time as a number of the unit that a field's name ends in; any other value as it is."""
    found = span(value)
    unit = next((seconds for end, seconds in _UNITS.items() if name.endswith(end)), None)
    if found is None or unit is None:
        return value
    notes.add("coerced")
    return found.total_seconds() / unit


def _float(name: str, value: Any, notes: Adjustments) -> Any:
    number = number_of(_in_unit(name, value, notes))
    if type(number) is bool or (type(number) is int and abs(number) >= _LONG):
        notes.add("coerced")
        number = _as_float(number)
    if type(number) is int:
        return number
    if type(number) is not float:
        return _no_number(name, "a number", value, notes)
    return number if number * 0.0 == 0.0 else _not_finite(name, number, notes)


def _as_float(number: Any) -> float:
    try:
        return float(number)
    except ValueError:
        # A decimal number that is none, of the kind that signals, becomes no float.
        if number.is_nan():
            return _NAN
        raise
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _integer(name: str, value: Any, notes: Adjustments) -> Any:
    number = number_of(_in_unit(name, value, notes))
    if type(number) is float and number * 0.0 != 0.0:
        return _not_finite(name, number, notes)
    if type(number) is bool or (type(number) is float and number.is_integer()):
        notes.add("coerced")
        number = int(number)
    if type(number) is not int:
        return _no_number(name, "a whole number", value, notes)
    return number if -_LONG <= number < _LONG else _misfit(name, "a number of 64 bits", value, notes)


def _boolean(name: str, value: Any, notes: Adjustments) -> Any:
    number = number_of(value)
    if type(number) is bool:
        return number
    if type(number) in (int, float) and number in (0, 1):
        notes.add("coerced")
        return bool(number)
    return _misfit(name, "true or false", value, notes)


def _not_finite(name: str, number: float, notes: Adjustments) -> Any:
    found = float_text(number)
    notes.add("placeholder", tag="placeholder", problem=f"{name} is {found}, which JSON has no number for")
    notes.labels[name] = found
    return ABSENT


def _missing(name: str, value: Any, notes: Adjustments) -> Any:
    notes.add("placeholder", tag="placeholder", problem=f"{name} is {class_name(type(value))}, which is no value")
    return ABSENT


def _no_number(name: str, wanted: str, value: Any, notes: Adjustments) -> Any:
    """Return the replacement of a value that is no number: none at all for one missing value."""
    return _missing(name, value, notes) if holds_one_missing(value) else _misfit(name, wanted, value, notes)


def _misfit(name: str, wanted: str, value: Any, notes: Adjustments) -> str:
    """Leave a value of the wrong type in its place as text: the event becomes `unparsed`, with this for a reason."""
    seen = Adjustments(notes.redact)
    found = text(value, seen, 256, redacted=True)
    if "redacted" in seen.counts:
        notes.add("redacted")
    notes.add("invalid", problem=f"{name} is {found!r} ({class_name(type(value))}), and must be {wanted}")
    return found


def _placeholder(name: str, value: Any, notes: Adjustments, error: Exception) -> str:
    kind = clean(class_name(type(value)), Adjustments(), 128)
    notes.add(
        "placeholder", tag="placeholder", problem=f"{name} cannot be read: {kind} raised {type(error).__name__}"
    )
    return f"<{kind} raised {type(error).__name__}>"
