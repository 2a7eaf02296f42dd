"""An event in a writer's own words → the contract's names, types and forms, and the list of misfits.

The long way, for what `checks.fits` did not wave through: dotted names, other writers' names, plain values where the
contract has objects, capital letters, numbers for keywords. Knows nothing of lines, ids, environments or streams.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import orjson

from model_logs.parse.checks import BY_SHIPPER, FLOATS, LONGEST_KEYWORD, OBJECTS, RULES, Leaf, is_value
from model_logs.parse.json_line import DEEPEST, Twice
from model_logs.parse.timestamps import canonical, since_1970
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from model_logs.parse.text.vocabulary import Words

__all__ = ["Event", "normalise", "tree_of"]

_LONGEST_NAME: Final = 256
_LONGEST_SHOWN: Final = 60
_TRUNCATED: Final = "truncated"
# A registry's word that may stand for several types of the contract, or for none.
_AMBIGUOUS: Final = "ambiguous_type"
# Where names of the user's own beyond the bound of an event are stored, and not searched.
_BEYOND: Final = "beyond"
# Set by Filebeat, Logstash or `ship`; a line that uses such a name, or one that begins with _ or @, gets a label.
_NOT_THE_LINES: Final = frozenset({"tags", "data_stream", "fields", "agent", "ecs", "input"})
_BRACKETS: Final = str.maketrans("[]", "__")
# No value may stand below one of these.
_LEAVES: Final = frozenset({*RULES, *table.ALIASES, *BY_SHIPPER})
_PARENTS: Final = frozenset(
    name.rsplit(".", dots)[0] for name in (*table.FIELDS, *table.ALIASES) for dots in range(1, name.count(".") + 1)
)


@dataclass(slots=True)
class Event:
    """An event by the contract's names.

    Attributes:
        fields: Dotted name → value; only values that fit.
        objects: `labels`, `metrics` and `features`, their names flat.
        marks: Tags that the logger sets itself.
        rest: What the contract does not know, nested as it came; stored and not indexed.
        bad: Dotted name → what is wrong with its value.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in OBJECTS})
    marks: list[str] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)


class _BadValueError(ValueError):
    """A value does not fit its field; the text says why."""


def normalise(raw: dict[str, Any], words: Words) -> Event:
    """Bring one event into the contract's form; never raises, what does not fit is in `bad`."""
    event = Event()
    found: dict[str, Any] = {}
    try:
        _walk(raw, (), found, event, words)
    except _BadValueError as error:
        event.bad[""] = str(error)
    _take_other_names(found, event, words)
    for name, value in found.items():
        try:
            fitting = _fitting(RULES[name], value, words)
        except _BadValueError as error:
            event.bad[name] = str(error)
        else:
            if fitting is not None:
                event.fields[name] = fitting
    if words.is_ambiguous(event.fields.get("event_type", "")) and _AMBIGUOUS not in event.marks:
        event.marks.append(_AMBIGUOUS)
    if event.objects["features"]:
        event.fields["features_sampled"] = True
    return event


def tree_of(event: Event) -> dict[str, Any]:
    """Return the event nested, `@timestamp` first and `event` second."""
    tree: dict[str, Any] = {"@timestamp": None, "event": {}} | event.rest
    for name, value in event.fields.items():
        _place(tree, tuple(name.split(".")), value)
    if event.marks:
        tree["tags"] = event.marks
    return tree | {name: values for name, values in event.objects.items() if values}


def _parts(name: str) -> tuple[str, ...]:
    """Split a dotted name into parts that Elasticsearch takes; `_` when nothing is left."""
    if name.isidentifier():
        return (name,)
    parts = tuple(part.strip().translate(_BRACKETS) for part in name.split("."))
    return tuple(part for part in parts if part) or ("_",)


def _walk(values: dict[str, Any], above: tuple[str, ...], found: dict[str, Any], event: Event, words: Words) -> None:
    for key, value in values.items():
        path = (*above, *_parts(key))
        if len(path) > DEEPEST:
            raise _BadValueError(f"nested deeper than {DEEPEST} levels")
        leaf = _leaf_above(path)
        if leaf and leaf != ".".join(path):
            _sort_in(tuple(leaf.split(".")), {key: value}, found, event, words)
        elif isinstance(value, dict) and value and not leaf:
            _walk(value, path, found, event, words)
        elif isinstance(value, Twice) and not leaf and all(isinstance(item, dict) for item in value):
            for item in value:
                _walk(item, path, found, event, words)
        else:
            _sort_in(path, value, found, event, words)


def _leaf_above(path: tuple[str, ...]) -> str:
    """Return the field or alias that this path is or lies below; empty when there is none."""
    for length in range(len(path), 0, -1):
        name = ".".join(path[:length])
        if name in _LEAVES:
            return name
    return ""


def _sort_in(path: tuple[str, ...], value: Any, found: dict[str, Any], event: Event, words: Words) -> None:
    name, root = ".".join(path), path[0]
    if name in RULES or name in table.ALIASES or (name in words.names and isinstance(value, str)):
        _take(found, name, value)
    elif root in OBJECTS:
        _take_free_name(root, ".".join(path[1:]), value, event)
    elif name == "tags":
        _take_tags(value, event, words)
    elif root in _NOT_THE_LINES or root[0] in "_@":
        _take_free_name("labels", name, value, event)
    elif name in BY_SHIPPER:
        return
    elif name in _PARENTS:
        if name in words.plain and not isinstance(value, list | dict):
            found.setdefault(words.plain[name], value)
        elif value not in (None, {}):
            event.bad[name] = "is no object"
    elif not _place(event.rest, path, _tidy(value)):
        event.bad[name] = "stands beside another value of the same name"


def _take(found: dict[str, Any], name: str, value: Any) -> None:
    """Take the value of a field; a second one that differs, under another spelling of the name, is kept beside it."""
    known = found.get(name)
    if known in (None, "") or known == value:
        found[name] = value
    elif value not in (None, ""):
        found[name] = Twice([known, value])


def _take_tags(value: Any, event: Event, words: Words) -> None:
    tags = value if isinstance(value, list) else [value]
    event.marks += [tag for tag in tags if isinstance(tag, str) and tag in words.marks and tag not in event.marks]
    others = [tag for tag in tags if tag not in event.marks]
    if others:
        _take_free_name("labels", "tags", others if isinstance(value, list) else value, event)


def _tidy(value: Any) -> Any:
    """Return a value of nobody's field with names that Elasticsearch takes."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, dict):
        return {".".join(_parts(name)): _tidy(item) for name, item in value.items()}
    return value


def _place(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> bool:
    """Put a value at its place in a tree; False when something else is there or in the way."""
    *parents, last = path
    for parent in parents:
        tree = tree.setdefault(parent, {})
        if not isinstance(tree, dict):
            return False
    if tree.get(last) not in (None, {}):
        return False
    tree[last] = value
    return True


def _take_other_names(found: dict[str, Any], event: Event, words: Words) -> None:
    counts = dict.fromkeys(words.counts, "@timestamp")
    for other, name in (*words.aliases.items(), *words.names.items(), *counts.items()):
        if other not in found and not _take_odd_value(other, name, found, event):
            continue
        value = found.pop(other)
        if found.get(name) in (None, ""):
            found[name] = value
        elif found[name] != value:
            _take_free_name("labels", other, value, event)


def _take_odd_value(other: str, name: str, found: dict[str, Any], event: Event) -> bool:
    """Take a number that counts from 1970 for a time, and a list of lines for a stack, where there is no other."""
    value = event.rest.get(other)
    if found.get(name) not in (None, ""):
        return False
    if name == "@timestamp" and (moment := since_1970(value)):
        found[other] = moment
    elif name == "error.stack_trace" and isinstance(value, list) and value:
        _take_stack(other, value, found)
    else:
        return False
    del event.rest[other]
    return True


def _take_stack(other: str, value: list[Any], found: dict[str, Any]) -> None:
    """Take a stack that is a list: its lines, or the exceptions as structlog's `dict_tracebacks` has them."""
    first = value[0]
    if isinstance(first, dict):
        for name, part in (("error.type", "exc_type"), ("error.message", "exc_value")):
            if isinstance(first.get(part), str):
                found.setdefault(name, first[part])
    found[other] = "\n".join(_label_text(item).rstrip("\n") for item in value)


def _take_free_name(kind: str, name: str, value: Any, event: Event) -> None:
    """Take one label or metric under the writer's own name."""
    if value is None or (value == {} and not name):
        return
    if OBJECTS[kind] == "value":
        _take_value(kind, name, value, event)
        return
    if not 0 < len(name) <= _LONGEST_NAME:
        event.bad[kind] = f"a name of {len(name)} characters" if name else "is no object"
        return
    try:
        taken = _label(value) if OBJECTS[kind] == "keyword" else _number(value, *FLOATS)
        _put(kind, name, taken, event)
    except _BadValueError as error:
        event.bad[f"{kind}.{name}"] = str(error)


def _take_value(kind: str, name: str, value: Any, event: Event) -> None:
    """Take a number or a short text; anything else is kept beyond, since no event is the worse for one feature."""
    if value == {}:
        return
    if isinstance(value, bool):
        value = "true" if value else "false"
    taken = event.objects[kind]
    room = name in taken or len(taken) < table.MOST_NAMES[kind]
    if 0 < len(name) <= _LONGEST_NAME and room and is_value(kind, value) and taken.get(name, value) == value:
        taken[name] = value
    else:
        _keep_beyond(kind, name or "_", value, event)


def _keep_beyond(kind: str, name: str, value: Any, event: Event) -> None:
    if _TRUNCATED not in event.marks:
        event.marks.append(_TRUNCATED)
    beyond = event.rest.setdefault(_BEYOND, {})
    if isinstance(beyond, dict) and isinstance(values := beyond.setdefault(kind, {}), dict):
        values[name] = value
    else:
        event.bad[f"{kind}.{name}"] = "stands beside another value of the same name"


def _put(kind: str, name: str, value: Any, event: Event) -> None:
    """Put a label or a metric beside the others, or beyond the bound of one event.

    Raises:
        _BadValueError: It is a metric that has another value under the same name.
    """
    taken = event.objects[kind]
    if len(taken) >= table.MOST_NAMES[kind] and name not in taken:
        if _TRUNCATED not in event.marks:
            event.marks.append(_TRUNCATED)
        beyond = event.rest.setdefault(_BEYOND, {})
        if not isinstance(beyond, dict):
            raise _BadValueError("stands beside another value of the same name")
        taken = beyond.setdefault(kind, {})
    known = taken.get(name, value)
    if known != value:
        # Two names that became equal when they were cleaned.
        if kind != "labels":
            raise _BadValueError("is given twice, with two values")
        items = [*(known if isinstance(known, list) else [known]), *(value if isinstance(value, list) else [value])]
        value = list(dict.fromkeys(items))
    taken[name] = value


def _label(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [_label_text(item) for item in value if item is not None]
    return _label_text(value)


def _label_text(value: Any) -> str:
    text = value if isinstance(value, str) else _scalar_text(value)
    # Not by orjson, which writes 0.00001 where all others write 1e-05.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if text is None else text


def _scalar_text(value: Any) -> str | None:
    """Return the text of a number or a truth value as JSON writes it; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _fitting(leaf: Leaf, value: Any, words: Words) -> Any:
    """Return the value in its field's type and form; None when it is absent.

    Raises:
        _BadValueError: It is of another type, out of range, or none of the values that are taken.
    """
    if value is None:
        return None
    if isinstance(value, Twice):
        _fitting(leaf, value[-1], words)
        raise _BadValueError("is given twice, with two values")
    if leaf.type in {"keyword", "text", "date"}:
        return _text(leaf, value, words)
    if leaf.type == "boolean":
        if isinstance(value, bool):
            return value
        raise _BadValueError(f"{_shown(value)} is neither true nor false")
    low, high = leaf.low, leaf.high
    if low is None or high is None:
        raise AssertionError(f"the table gives {leaf.name} no range")
    number = _number(value, low, high)
    if leaf.type == "float" or isinstance(number, int):
        return number
    if not number.is_integer():
        raise _BadValueError(f"{_shown(value)} is no whole number")
    return int(number)


def _text(leaf: Leaf, value: Any, words: Words) -> str | None:
    text = value if isinstance(value, str) else _scalar_text(value)
    if text is None or (leaf.name == "event_type" and not isinstance(value, str)):
        raise _BadValueError(f"{_shown(value)} is no string")
    if leaf.name in words.lower_case:
        text = text.strip().lower()
        text = words.values.get(leaf.name, {}).get(text, text)
        if leaf.name == "event_type":
            text = words.event_type(text)
    if not text:
        return None
    if leaf.type == "date":
        moment = canonical(text.strip()) or since_1970(value)
        if moment is None:
            raise _BadValueError(f"{_shown(value)} is no ISO 8601 time")
        return moment
    if leaf.values is not None and text not in leaf.values:
        raise _BadValueError(f"{_shown(value)} is none of {', '.join(sorted(leaf.values))}")
    if leaf.type == "keyword" and len(text) > LONGEST_KEYWORD and leaf.name != "event.id":
        raise _BadValueError(f"{_shown(value)} is longer than {LONGEST_KEYWORD} characters")
    return text


def _number(value: Any, low: float, high: float) -> int | float:
    if isinstance(value, Twice):
        raise _BadValueError("is given twice, with two values")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _BadValueError(f"{_shown(value)} is no number")
    if not low <= value <= high:
        raise _BadValueError(f"{_shown(value)} is not between {low:g} and {high:g}")
    return value


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = str(value) if isinstance(value, float) and isfinite(value) else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
