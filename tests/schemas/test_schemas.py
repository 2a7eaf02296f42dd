"""The schemas themselves: valid, with keywords that we have words for, and each key described."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from model_logs import assets
from model_logs.alerts.rulebook import rules
from model_logs.dashboards import GRID_COLUMNS
from model_logs.files import kinds, mistakes, schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = sorted(assets.path("schemas").glob("*.json"))
# Keywords that refuse nothing by themselves.
ANNOTATIONS = {
    "$comment",
    "$ref",
    "$schema",
    "default",
    "definitions",
    "description",
    "examples",
    "title",
    "writeOnly",
}
ANNOTATIONS |= {"enumDescriptions", "errorMessage", "patternErrorMessage"}
APPLYING = {"additionalProperties", "allOf", "if", "items", "properties", "propertyNames", "required", "then", "else"}
APPLYING |= {"dependencies"}
NAMES = {"definitions", "properties", "patternProperties"}


def _schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and all within it, names of properties apart from keywords."""
    yield value
    for keyword, inner in value.items():
        if keyword in NAMES:
            for one in inner.values():
                yield from _schemas(one)
        elif keyword in {"allOf", "anyOf", "oneOf"}:
            for one in inner:
                yield from _schemas(one)
        elif isinstance(inner, dict) and keyword in {"items", "if", "then", "else", "not", "contains"} | APPLYING - {
            "dependencies"
        }:
            yield from _schemas(inner)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_schema_is_valid_and_uses_only_keywords_that_we_have_words_for(file: Any) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    used = {keyword for each in _schemas(schema) for keyword in each}
    assert used - ANNOTATIONS - APPLYING - mistakes.KEYWORDS == set()


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.schema)
def test_each_key_that_a_schema_names_is_described_in_a_sentence(kind: kinds.FileKind) -> None:
    root = schemas.load_schema(kind.schema)
    bare = [
        (key, inner)
        for each in _schemas(root)
        for key, inner in each.get("properties", {}).items()
        # Within a condition a key is looked at, and explained elsewhere.
        if not {"const", "enum", "pattern", "not", "minItems", "required"}
        >= inner.keys() - {"patternErrorMessage", "properties", "errorMessage"}
        and not (
            inner.get("description") or root["definitions"].get(inner.get("$ref", "")[14:], {}).get("description")
        )
    ]
    assert bare == []
    texts = [each["description"] for each in _schemas(root) if "description" in each]
    assert [text for text in texts if not text.endswith((".", ")", "policy"))] == []
    assert root["title"]
    assert root["description"]


def test_every_pattern_has_words_for_people() -> None:
    for file in FILES:
        for each in _schemas(json.loads(file.read_text(encoding="utf-8"))):
            assert "pattern" not in each or each["patternErrorMessage"], file.name


def test_what_code_must_know_as_well_is_what_the_schemas_say() -> None:
    panel = schemas.load_schema("dashboard")["definitions"]["grid"]["properties"]
    assert panel["w"]["maximum"] == GRID_COLUMNS
    assert panel["x"]["maximum"] == GRID_COLUMNS - 1
    assert schemas.load_schema("rule")["properties"]["severity"]["enum"] == list(rules.SEVERITIES)


def test_every_schema_belongs_to_a_kind_or_is_part_of_one() -> None:
    assert {file.stem for file in FILES} == {kind.schema for kind in kinds.KINDS} | {"channels", "common"}
