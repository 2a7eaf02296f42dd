"""Renders `docs/reference/files/`: a page for each kind of file that people write, from its schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from model_logs.files import kinds, schemas
from model_logs.generate.schemas import render_schemas as rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_logs.files.kinds import FileKind

    Schema = Mapping[str, Any]

__all__ = ["render_file_reference"]

_INDEX = "docs/reference/files.md"
_HEAD = "<!-- Generated from {} by `python -m model_logs.generate`: change that, not this page. -->"
_INTRODUCTION = """
# Files that you may write

Every command that reads one of these files checks it against a JSON Schema of `schemas/`. A mistake gives one
message with the file, the line, the mistake and the next step. `elk-bootstrap lint FOLDER` checks all of them at
once. The first line of a file names its schema, by a path from the file, so that editors with a YAML language server
complete the keys, show their meaning and mark mistakes. `elk-bootstrap assets copy` copies the schemas too.

"""
_TYPES = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "null": "nothing",
    "number": "number",
    "object": "names with values",
    "string": "text",
}


def render_file_reference() -> dict[str, str]:
    """Return path → text of every page."""
    roots = {kind: schemas.assembled(kind.schema, _current) for kind in kinds.KINDS}
    pages = {schemas.reference_page(kind.schema): _page(kind, root) for kind, root in roots.items()}
    return pages | {_INDEX: _HEAD.format("src/model_logs/files/kinds.py") + _INTRODUCTION + _index(roots)}


def _current(name: str) -> dict[str, Any]:
    """Return a schema as it will stand in its file: some are generated, too."""
    text = rendered().get(f"{schemas.FOLDER}/{name}.json")
    return dict(json.loads(text)) if text else schemas.read_schema(name)


def _index(roots: Mapping[FileKind, Schema]) -> str:
    rows = [
        f"| [{root['title']}](files/{kind.schema}.md) | `{kind.pattern}` | {kind.used_by} |\n"
        for kind, root in roots.items()
    ]
    return "| kind | files | read by |\n|---|---|---|\n" + "".join(rows)


def _page(kind: FileKind, root: Schema) -> str:
    parts = [
        _HEAD.format(f"schemas/{kind.schema}.json"),
        f"# {root['title']}: `{kind.pattern}`\n",
        f"{root['description']}\n",
        f"Read by: {kind.used_by}.\n",
        "| key | | meaning |\n|---|---|---|\n" + "".join(_rows(root, (), 0)),
    ]
    for name, example in _examples(root):
        text = yaml.safe_dump(example, default_flow_style=None, sort_keys=False, allow_unicode=True, width=100)
        parts.append(f"Example of {name}:\n\n```yaml\n{text}```\n")
    return "\n".join(parts)


def _examples(root: Schema) -> Iterator[tuple[str, Any]]:
    yield from (("the file", each) for each in root.get("examples", ()))
    for key, inner in root.get("properties", {}).items():
        yield from ((f"`{key}`", each) for each in inner.get("examples", ()))


def _rows(root: Schema, place: schemas.Place, depth: int) -> Iterator[str]:
    """Yield a row for each key at a place, those within it below."""
    here = schemas.at(root, place)
    required = {key for each in here for key in each.get("required", ()) if "additionalProperties" in each}
    for key in dict.fromkeys(key for each in here for key in each.get("properties", ())):
        yield _row(root, (*place, key), depth, f"`{key}`", required=key in required)
        yield from _rows(root, (*place, key), depth + 1)
    if any(isinstance(each.get("additionalProperties"), dict) for each in here):
        yield _row(root, (*place, _ANY), depth, "*name*", required=False)
        yield from _rows(root, (*place, _ANY), depth + 1)
    # A value that may be a list of what it is itself is explained once.
    if any("items" in each for each in here) and not any("properties" in each for each in here):
        yield from _rows(root, (*place, 0), depth)


# A key that no schema knows, for what is said of any other.
_ANY = "\N{BULLET}"


def _row(root: Schema, place: schemas.Place, depth: int, shown: str, *, required: bool) -> str:
    said = schemas.description(root, place).replace("|", "\\|")
    form = _form(schemas.at(root, place))
    must = "required" if required else ""
    cells = ("&emsp;" * depth + shown, ", ".join(filter(None, (form, must))), said)
    return f"| {' | '.join(cells)} |\n"


def _form(found: list[Schema]) -> str:
    for each in found:
        if "enum" in each:
            return " \\| ".join(f"`{one}`" for one in each["enum"])
        if "type" in each:
            names = [each["type"]] if isinstance(each["type"], str) else each["type"]
            return " or ".join(_TYPES[one] for one in names if one != "null")
    return ""
