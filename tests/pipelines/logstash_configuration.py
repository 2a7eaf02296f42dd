"""The Logstash configuration as the tests read it: parsed, with its variables resolved, as plain data.

The parser (`lscl`) follows the grammar of Logstash's own compiler. Nothing here judges; the tests do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from lscl import lang
from lscl.parser import parse_lscl

from model_logs import assets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The entry of the pipeline that is off until a user takes the marks away.
OFF = re.compile(r"^#(?=[- ] )", re.MULTILINE)
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([^}]*))?\}")


@dataclass(frozen=True)
class Plugin:
    kind: str
    name: str
    options: dict[str, Any]
    file: Path


def folder() -> Path:
    return assets.path("pipelines")


def files() -> list[Path]:
    return sorted(folder().glob("*/*.conf"))


def resolved(value: Any, environment: Mapping[str, str]) -> Any:
    """Replace `${NAME:default}` as Logstash does; KeyError for a variable that has no default and is not set."""
    if isinstance(value, str):
        return VARIABLE.sub(
            lambda found: environment[found[1]] if found[2] is None else environment.get(found[1], found[2]), value
        )
    if isinstance(value, list):
        return [resolved(item, environment) for item in value]
    if isinstance(value, dict):
        return {name: resolved(item, environment) for name, item in value.items()}
    return value


def pipelines(environment: Mapping[str, str]) -> dict[str, list[Path]]:
    """Return the files of each pipeline of pipelines.yml, in the order in which Logstash puts them together."""
    listed = yaml.safe_load(OFF.sub("", (folder() / "pipelines.yml").read_text(encoding="utf-8")))
    return {entry["pipeline.id"]: _matching(resolved(entry["path.config"], environment)) for entry in listed}


def _matching(pattern: str) -> list[Path]:
    found = re.fullmatch(r"(.*)/\{(.*)\}(\.conf)", pattern)
    assert found, f"no form that the tests know: {pattern}"
    root, alternatives, ending = found.groups()
    paths: set[Path] = set()
    for alternative in alternatives.split(","):
        matching = set(Path(root).glob(alternative + ending))
        assert matching, f"{pattern}: nothing matches {alternative}"
        paths |= matching
    return sorted(paths)


def plugins(file: Path) -> Iterator[Plugin]:
    for section in parse_lscl(file.read_text(encoding="utf-8")):
        for block in _blocks(section.content):
            yield Plugin(section.name, block.name, _options(block), file)


def steps(file: Path, environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the filters of a file as the stand-in reads them."""
    sections = parse_lscl(file.read_text(encoding="utf-8"))
    return [_step(part, environment) for section in sections if section.name == "filter" for part in section.content]


def _blocks(content: list[Any]) -> Iterator[lang.LsclBlock]:
    for part in content:
        if isinstance(part, lang.LsclBlock):
            yield part
        else:
            for _, body in part.conditions:
                yield from _blocks(body)
            yield from _blocks(part.default or [])


def _options(block: lang.LsclBlock) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for attribute in block.content:
        assert attribute.name not in options, f"{attribute.name} stands twice in {block.name}"
        options[attribute.name] = attribute.content
    return options


def _step(part: Any, environment: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(part, lang.LsclBlock):
        return {"name": part.name, "options": resolved(_options(part), environment)}
    return {
        "if": [[_condition(test), [_step(one, environment) for one in body]] for test, body in part.conditions],
        "else": [_step(one, environment) for one in part.default or []],
    }


def _condition(test: Any) -> dict[str, Any]:
    match test:
        case lang.LsclSelector():
            return {"is": "field", "field": _reference(test)}
        case lang.LsclNot():
            return {"is": "not", "of": _condition(test.condition)}
        case lang.LsclOr() | lang.LsclAnd():
            kind = "or" if isinstance(test, lang.LsclOr) else "and"
            return {"is": kind, "of": [_condition(one) for one in test.conditions]}
        case lang.LsclIn(needle=str(), haystack=lang.LsclSelector()):
            return {"is": "in", "value": test.needle, "field": _reference(test.haystack)}
    raise AssertionError(f"the tests do not know this condition: {test}")


def _reference(selector: lang.LsclSelector) -> str:
    return "".join(f"[{name}]" for name in selector.names)
