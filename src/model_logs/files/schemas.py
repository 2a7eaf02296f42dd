"""The JSON Schemas of `schemas/`: what each kind of file that people write may hold, and what each key means.

One schema serves four readers: our commands, which refuse a file that does not fit; editors, which complete and check
it while it is typed; the reference pages; and `elk-bootstrap lint`. A schema says the form of a file. What hangs on
other files (a name that must exist elsewhere) is looked at by the code that reads the kind.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.files import mistakes as wording
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fastjsonschema import JsonSchemaValueException

    Schema = Mapping[str, Any]
    Place = tuple[str | int, ...]

__all__ = [
    "FOLDER",
    "MOST",
    "Mistake",
    "assembled",
    "at",
    "description",
    "find_mistakes",
    "load_schema",
    "next_step",
    "read_schema",
    "reference_page",
]

FOLDER = "schemas"
# So many mistakes of one document are told apart; nobody reads more, and words for each take time.
MOST = 100
_TARGET = "#/definitions/"
# Where a schema holds further ones that count for the same value.
_BESIDE = ("allOf", "anyOf", "oneOf")
_BRANCHES = ("then", "else")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a document against its schema.

    Attributes:
        place: The keys and numbers that lead to it, from the top.
        what: What is wrong there, as the rest of a sentence.
        meaning: What its key means; empty where the schema says nothing.
    """

    place: Place
    what: str
    meaning: str = ""

    @property
    def key(self) -> str:
        """The nearest key that has a name."""
        return next((key for key in reversed(self.place) if isinstance(key, str)), "")


@cache
def load_schema(name: str) -> Schema:
    """Return one schema of this installation; its name is that of its file without the suffix."""
    return assembled(name, read_schema)


def assembled(name: str, read: Callable[[str], dict[str, Any]]) -> Schema:
    """Return one schema; what it takes from other files of the folder stands among its definitions.

    Args:
        name: Of its file, without the suffix.
        read: Returns the content of the file of a name, a new object each time.
    """
    schema = read(name)
    definitions: dict[str, Any] = schema.setdefault("definitions", {})
    waiting = [(name, node) for node in _nodes(schema)]
    for base, node in waiting:
        file, _, inner = node.get("$ref", "").partition("#/definitions/")
        other = file.removesuffix(".json") or base
        if "$ref" not in node or other == name:
            continue
        key = f"{other}.{inner}" if inner else other
        if key not in definitions:
            definitions[key] = read(other)["definitions"][inner] if inner else read(other)
            waiting += [(other, found) for found in _nodes(definitions[key])]
        node["$ref"] = f"{_TARGET}{key}"
    return schema


def read_schema(name: str) -> dict[str, Any]:
    """Return the content of one file of `schemas/`, as it stands there."""
    return dict(json.loads(assets.path(f"{FOLDER}/{name}.json").read_text(encoding="utf-8")))


def reference_page(name: str) -> str:
    """Return the reference page that is made of a schema."""
    return f"docs/reference/files/{name}.md"


def next_step(name: str) -> str:
    """Return the next step for a file that does not fit a schema."""
    return f"Correct the file; {reference_page(name)} explains each key."


def find_mistakes(name: str, document: Any) -> list[Mistake]:
    """Return the mistakes of a document against a schema, in their order in the document.

    Args:
        name: The schema.
        document: As it was read.
    """
    root = load_schema(name)
    found = list(islice(_unfit_for_json(root, document, (), document), MOST))
    if not found:
        each = (mistake for error in _errors(name, document) for mistake in _mistakes(root, document, error))
        found = list(islice(each, MOST))
    return sorted(dict.fromkeys(found), key=lambda each: _order(document, each.place))


def description(root: Schema, place: Place) -> str:
    """Return the description of the key at a place in a schema; empty where there is none."""
    return next((each["description"] for each in at(root, place) if "description" in each), "")


def at(root: Schema, place: Place) -> list[Schema]:
    """Return the schemas that count at a place, the nearest first."""
    found = list(_same(root, root))
    for key in place:
        found = [schema for outer in found for inner in _inside(outer, key) for schema in _same(root, inner)]
    return found


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _same(root: Schema, schema: Any) -> Iterator[Schema]:
    if not isinstance(schema, dict):
        return
    yield schema
    if "$ref" in schema:
        yield from _same(root, root["definitions"][schema["$ref"].removeprefix(_TARGET)])
    for key in _BESIDE:
        for one in schema.get(key, ()):
            yield from _same(root, one)
    for key in _BRANCHES:
        yield from _same(root, schema.get(key))


def _inside(schema: Schema, key: str | int) -> Iterator[Any]:
    if isinstance(key, int):
        yield schema.get("items")
        return
    fits = [inner for pattern, inner in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
    if key in schema.get("properties", {}):
        yield schema["properties"][key]
    elif fits:
        yield from fits
    else:
        yield schema.get("additionalProperties")


@cache
def _compiled(name: str) -> Callable[[Any], Any]:
    import fastjsonschema

    return fastjsonschema.compile(dict(load_schema(name)), use_default=False, fast_fail=False)


def _errors(name: str, document: Any) -> list[JsonSchemaValueException]:
    from fastjsonschema import JsonSchemaValuesException

    try:
        _compiled(name)(document)
    except JsonSchemaValuesException as found:
        return list(found.errors)
    return []


def _mistakes(root: Schema, document: Any, error: JsonSchemaValueException) -> Iterator[Mistake]:
    place = _place(document, (error.name or "").removeprefix("data")) or ()
    for key, what in wording.told(error.rule, error.definition, error.value):
        where = place if key is None else (*place, key)
        subject = wording.format_place(document, place)
        yield Mistake(where, f"{subject} {what}", description(root, where) or description(root, place))


def _place(value: Any, name: str) -> Place | None:
    """Return the keys that a name such as `.fields.event.id[0]` stands for: dots may be part of a key."""
    if not name:
        return ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        begin = f".{key}" if isinstance(value, dict) else f"[{key}]"
        if name.startswith(begin) and (rest := _place(below, name[len(begin) :])) is not None:
            return (key, *rest)
    return None


def _order(document: Any, place: Place) -> list[int]:
    found = []
    for key in place:
        keys = list(document) if isinstance(document, dict) else []
        found.append(key if isinstance(key, int) else keys.index(key) if key in keys else len(keys))
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            break
    return found


def _unfit_for_json(root: Schema, document: Any, place: Place, value: Any) -> Iterator[Mistake]:
    """Look for what JSON Schema lets pass: keys that are no text to YAML (`on:`), `.nan`, 1.0 for a whole number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _unfit_for_json(root, document, (*place, key), inner)
            else:
                name = printable(key, most=wording.MOST)
                what = f"{wording.format_place(document, place)} has the key {name}, which is no text to YAML"
                yield Mistake((*place, str(key)), f"{what}: write it in quotes")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _unfit_for_json(root, document, (*place, number), inner)
    elif isinstance(value, float) and not math.isfinite(value):
        what = f"{wording.format_place(document, place)} is {value}, which is no number to compare with"
        yield Mistake(place, what, description(root, place))
    elif isinstance(value, float) and any(each.get("type") == "integer" for each in at(root, place)):
        what = f"{wording.format_place(document, place)} is {value}, and must be a whole number"
        yield Mistake(place, what, description(root, place))
