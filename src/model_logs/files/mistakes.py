"""The English for what a schema refuses: each failed keyword of JSON Schema as the rest of a sentence about a value.

A schema may say it better than its keyword can, in `errorMessage` or `patternErrorMessage`, which editors show as
well. The values of keys that hold secrets (`writeOnly`) are never repeated.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from model_logs.errors import meant
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Schema = Mapping[str, Any]

__all__ = ["KEYWORDS", "MOST", "format_place", "kind", "told"]

# Of a name or a value in a message.
MOST = 60
# The type in JSON Schema → what people call it.
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "names with values",
    "string": "text",
}
# The order matters: True is an int, a datetime a date.
_PYTHON: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "names with values"),
    (dt.date, "a date"),
    (bytes, "binary data"),
)


def kind(value: object) -> str:
    """Return the English word for a JSON type."""
    return next((name for type_, name in _PYTHON if isinstance(value, type_)), "nothing")


def format_place(document: Any, place: Sequence[str | int]) -> str:
    """Return a place as people read it: `panels[throughput].grid.w`; entries of lists by their id or name, if any."""
    text = ""
    for key in place:
        if isinstance(key, int):
            document = document[key]
            named = document.get("id") or document.get("name") if isinstance(document, dict) else None
            text += f"[{printable(named, most=MOST) if isinstance(named, str) else key}]"
        else:
            document = document[key]
            text += f"{'.' if text else ''}{printable(key, most=MOST)}"
    return text or "the file"


def told(rule: str | None, definition: Any, value: Any) -> Iterator[tuple[str | None, str]]:
    """Yield each mistake that a failed keyword means: the key that it is about, if one, and the rest of the sentence.

    Args:
        rule: The keyword; None where nothing may stand at all.
        definition: The schema that it stands in.
        value: What does not fit it.
    """
    if not isinstance(definition, dict):
        yield None, "may not stand here"
    elif rule in {"additionalProperties", "propertyNames"}:
        yield from _unknown(definition, value)
    elif rule == "required":
        missing = [key for key in definition["required"] if key not in value]
        reason = definition.get("errorMessage")
        yield None, f"lacks {', '.join(missing)}" + (f": {reason}" if reason else "")
    elif rule == "dependencies":
        for key, needed in definition["dependencies"].items():
            if key in value and (missing := [one for one in needed if one not in value]):
                yield None, f"has {key}, and lacks {', '.join(missing)}"
    else:
        message = definition.get("patternErrorMessage" if rule == "pattern" else "errorMessage")
        said = f"{_is(definition, value)}: {message}" if message else _WORDS[rule or ""](definition, value)
        yield None, said


def _unknown(definition: Schema, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    known = definition.get("properties", {})
    patterns = [*definition.get("patternProperties", ()), definition.get("propertyNames", {}).get("pattern")]
    message = definition.get("propertyNames", {}).get("patternErrorMessage", "")
    for key in value:
        if key not in known and not any(pattern and re.search(pattern, key) for pattern in patterns):
            why = message or (meant(key, known)[:1].lower() + meant(key, known)[1:]).removesuffix(".")
            yield key, f"holds {printable(key, most=MOST)}, which is not known: {why}"


def _is(definition: Schema, value: Any) -> str:
    if value is None:
        return "is empty"
    if definition.get("writeOnly"):
        return f"is {kind(value)}"
    if isinstance(value, str | int | float):
        return f"is {printable(repr(value) if isinstance(value, str) else _yaml(value), most=MOST)}"
    return f"is {kind(value)}"


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(definition: Schema, value: Any) -> str:
    wanted = [definition["type"]] if isinstance(definition["type"], str) else definition["type"]
    needed = " or ".join(_TYPES[each] for each in wanted if each != "null")
    said = f"{_is(definition, value)}, and must be {needed}"
    if "string" in wanted and isinstance(value, int | float | dt.date):
        return f"{said}: write it in quotes"
    if "array" in wanted and "string" not in wanted and isinstance(value, str) and not definition.get("writeOnly"):
        return f"{said}: write [{printable(value, most=MOST)}]"
    return said


def _one_of(definition: Schema, value: Any) -> str:
    names = [str(each) for each in definition["enum"] if each not in {"", None}]
    near = meant(value, names).partition(" Known:")[0] if isinstance(value, str) else ""
    hint = f" ({near[:1].lower()}{near[1:]})" if near.startswith("Did you mean") and len(names) > 1 else ""
    return f"{_is(definition, value)}; it must be one of {', '.join(names)}{hint}"


def _bounds(definition: Schema, value: Any) -> str:
    low, high = definition.get("minimum"), definition.get("maximum")
    if "exclusiveMaximum" in definition:
        return (
            f"{_is(definition, value)}, and must be more than {definition['exclusiveMinimum']}"
            f" and less than {definition['exclusiveMaximum']}"
        )
    if "exclusiveMinimum" in definition:
        return f"{_is(definition, value)}, and must be more than {definition['exclusiveMinimum']}"
    if low is not None and high is not None:
        return f"{_is(definition, value)}, and must lie between {low} and {high}"
    return f"{_is(definition, value)}, and must be {f'{low} at least' if high is None else f'{high} at most'}"


def _empty(_definition: Schema, _value: Any) -> str:
    return "is empty"


# The keyword of JSON Schema → the words for it. A test holds every keyword that a schema uses against these.
_WORDS: dict[str, Callable[[Schema, Any], str]] = {
    "type": _type,
    "enum": _one_of,
    "const": lambda definition, value: f"{_is(definition, value)}, and must be {definition['const']}",
    "minimum": _bounds,
    "maximum": _bounds,
    "exclusiveMaximum": _bounds,
    "exclusiveMinimum": _bounds,
    "minLength": _empty,
    "minItems": lambda d, value: f"holds {len(value)} entries, and needs {d['minItems']}" if value else "is empty",
    "maxItems": lambda d, value: f"holds {len(value)} entries, and {d['maxItems']} at most are allowed",
    "minProperties": _empty,
    "uniqueItems": lambda _d, _value: "holds an entry twice",
    "pattern": lambda definition, value: f"{_is(definition, value)}, which does not fit",
    "format": lambda definition, value: f"{_is(definition, value)}, which is no {definition['format']}",
    "oneOf": lambda definition, value: f"{_is(definition, value)}, which fits no form",
    "anyOf": lambda definition, value: f"{_is(definition, value)}, which fits no form",
    "not": lambda definition, value: f"{_is(definition, value)}, which may not be",
    "contains": lambda definition, value: f"{_is(definition, value)}, and lacks an entry",
}

KEYWORDS = frozenset(_WORDS)
