"""Reads the test vectors. Their form stands in docs/text-lines.md; a mistake in one is an error with its place."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets
from model_logs.errors import AssetError
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Vector", "load"]

_FOLDER: Final = "pipelines/tests"
_FILE_KEYS: Final = frozenset({"feature", "about", "base", "common", "vectors"})
_KEYS: Final = frozenset({"name", "line", "json", "base64", "env", "stream", "id", "expect"})
_INPUTS: Final = ("line", "json", "base64")
_STREAMS: Final = frozenset({"prediction", "lifecycle", "unparsed"})


@dataclass(frozen=True, slots=True)
class Vector:
    """One line and what must become of it.

    Attributes:
        file: Name of the file it stands in.
        feature: What the file is about.
        name: What this vector shows.
        line: The bytes of the line, without its line break.
        env: Filebeat's `fields.env`; None when Filebeat sets none.
        stream: `prediction`, `lifecycle` or `unparsed`.
        id: The `_id`; `line` for the hash of a line; empty when any will do.
        expect: Dotted name → value, the whole document but for what the way there adds.
    """

    file: str
    feature: str
    name: str
    line: bytes
    env: str | None
    stream: str
    id: str
    expect: dict[str, Any]


def load(folder: Path | None = None) -> list[Vector]:
    """Return all vectors, in the order of their files.

    Raises:
        AssetError: A file is no YAML, or a vector has a key that nobody knows, no input, or two.
    """
    return [vector for path in sorted((folder or assets.path(_FOLDER)).glob("*.yml")) for vector in _read(path)]


def _read(path: Path) -> Iterator[Vector]:
    content = read_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("vectors"), list) or set(content) - _FILE_KEYS:
        raise _wrong(path, "the file", f"holds {sorted(_FILE_KEYS)} and nothing else")
    names: set[str] = set()
    for number, said in enumerate(content["vectors"], 1):
        name = said.get("name") or f"vector {number}"
        unknown = set(said) - _KEYS
        inputs = [key for key in _INPUTS if key in said]
        if unknown or len(inputs) != 1 or name in names:
            raise _wrong(
                path, name, f"has a name of its own, one of {_INPUTS}, and no other key than {sorted(_KEYS)}"
            )
        if said.get("stream", "prediction") not in _STREAMS:
            raise _wrong(path, name, f"names one of the streams {sorted(_STREAMS)}")
        names.add(name)
        yield Vector(
            file=path.name,
            feature=content["feature"],
            name=name,
            line=_line(said, content.get("base", {})),
            env=said.get("env"),
            stream=said.get("stream", "prediction"),
            id=str(said.get("id", "")),
            expect=_merged(content.get("common", {}), said["expect"]),
        )


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return what is expected of one vector; null takes a name of the file's `common` away."""
    return {name: value for name, value in (common | own).items() if value is not None}


def _line(said: dict[str, Any], base: dict[str, Any]) -> bytes:
    if "line" in said:
        return str(said["line"]).encode()
    if "base64" in said:
        return base64.b64decode(said["base64"])
    # Null takes a name of the file's `base` away; where the base has none, it stays null in the event.
    event = {name: value for name, value in (base | said["json"]).items() if value is not None or name not in base}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _wrong(path: Path, where: str, rule: str) -> AssetError:
    return AssetError(f"{path}, {where}: a vector {rule}.", next_step="See docs/text-lines.md for the form.")
