"""Reads the test vectors. Their form stands in `schemas/vectors.json`."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets
from model_logs.files.reading import read_yaml, wrong
from model_logs.printing import printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Vector", "load_vectors", "read_vectors"]

_FOLDER: Final = "pipelines/tests"


@dataclass(frozen=True, slots=True)
class Vector:
    """One line and what must become of it.

    Attributes:
        file: Name of the file it stands in.
        name: What this vector shows.
        line: The bytes of the line, without its line break.
        env: Filebeat's `fields.env`; None when Filebeat sets none.
        stream: `prediction`, `lifecycle` or `unparsed`; `none` for a line that becomes no document.
        id: The `_id`; `line` for the hash of a line; empty when any will do.
        expect: Dotted name → value, the whole document but for what the way there adds.
        attested: The line comes by the road of registries and gates.
    """

    file: str
    name: str
    line: bytes
    env: str | None
    stream: str
    id: str
    expect: dict[str, Any]
    attested: bool = False


def load_vectors(folder: Path | None = None) -> list[Vector]:
    """Return all vectors, in the order of their files.

    Raises:
        AssetError: A file does not fit the schema, or two vectors have one name.
    """
    return [
        vector for path in sorted((folder or assets.path(_FOLDER)).glob("*.yml")) for vector in read_vectors(path)
    ]


def read_vectors(path: Path) -> list[Vector]:
    """Return the vectors of one file.

    Raises:
        AssetError: It does not fit the schema, or two vectors have one name.
    """
    found: list[Vector] = []
    content = read_yaml(path, schema="vectors")
    names: set[str] = set()
    for number, said in enumerate(content["vectors"]):
        name = said["name"]
        if name in names:
            what = f"{printable(name)} is the name of two vectors"
            raise wrong(path, ("vectors", number, "name"), what, schema="vectors", next_step="Rename one of them.")
        names.add(name)
        vector = Vector(
            file=path.name,
            name=name,
            line=_line(said, content.get("base", {})),
            env=said.get("env"),
            attested=said.get("attested", False),
            stream=said.get("stream", "prediction"),
            id=said.get("id") or "",
            expect=_merged(content.get("common", {}), said["expect"]),
        )
        found.append(vector)
    return found


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return what is expected of one vector; null takes a name of the file's `common` away."""
    return {name: value for name, value in (common | own).items() if value is not None}


def _line(said: dict[str, Any], base: dict[str, Any]) -> bytes:
    if "line" in said:
        return bytes(said["line"], "utf-8")
    if "base64" in said:
        return base64.b64decode(said["base64"])
    # Null takes a name of the file's `base` away; where the base has none, it stays null in the event.
    event = {name: value for name, value in (base | said["json"]).items() if value is not None or name not in base}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
