"""Bodies for Elasticsearch, checked against Elastic's own description of its API, trimmed to the calls that we make.

Unknown names are refused here although the description itself would let them pass.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.api import trim

from model_logs import assets, install
from model_logs.install.elasticsearch import ComponentTemplate, DataStream, IndexTemplate, Lookup, Policy
from model_logs.install.installation import object_kinds

# Elastic's whole description, which is no part of the project; what the tests need of it is.
WHOLE = assets.root().parent / "shared" / "specs" / "elasticsearch-openapi-9.5.json"
PATHS = {
    Policy.name: "/_ilm/policy/{policy}",
    ComponentTemplate.name: "/_component_template/{name}",
    IndexTemplate.name: "/_index_template/{name}",
    Lookup.name: "/{index}",
}
OBJECTS = [each for each in install.desired() if each.kind != DataStream.name]


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    document = trim.load()
    schemas = document["components"]["schemas"]
    extended = set(_extended(document))
    for name, schema in schemas.items():
        if f"#/components/schemas/{name}" not in extended:
            _refuse_unknown(schema)
    # Described as a map of objects, and meant as any JSON.
    schemas["_types.Metadata"] = {"type": "object"}
    # The limit is meant for one of the two parts, and stands beside names that the other part has.
    del schemas["_types.mapping.DynamicTemplate"]["allOf"][1]["maxProperties"]
    _write_null_as_null(schemas)
    schemas["_types.mapping.Property"] = _by_type(schemas["_types.mapping.Property"])
    return document


def _write_null_as_null(value: Any) -> None:
    """Let `null` be no string: a "nullable string" stands for it, so that a text would match two of a choice."""
    if isinstance(value, list):
        for item in value:
            _write_null_as_null(item)
    elif isinstance(value, dict):
        if value.get("nullable") and value.get("type") == "string":
            value["type"] = "null"
        for item in value.values():
            _write_null_as_null(item)


def _by_type(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the choice by `type` that the discriminator means; trying each of forty takes minutes."""
    choices = schema["discriminator"]["mapping"]
    return {
        "properties": {"type": {"enum": list(choices)}},
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": {"$ref": target}}
            for name, target in choices.items()
        ]
        + [{"if": {"not": {"required": ["type"]}}, "then": {"$ref": choices["object"]}}],
    }


def _extended(value: Any) -> list[str]:
    """Return the schemas that others add properties to: those cannot know all names themselves."""
    if isinstance(value, list):
        return [name for item in value for name in _extended(item)]
    if not isinstance(value, dict):
        return []
    bases = value.get("allOf", [])
    own = [base["$ref"] for base in bases if "$ref" in base] if len(bases) > 1 else []
    return own + [name for item in value.values() for name in _extended(item)]


def _refuse_unknown(schema: dict[str, Any]) -> None:
    if ("properties" in schema or "allOf" in schema) and "additionalProperties" not in schema:
        schema["unevaluatedProperties"] = False


def errors(specification: dict[str, Any], kind: str, body: Any) -> list[str]:
    from jsonschema import Draft202012Validator

    request = specification["paths"][PATHS[kind]]["put"]["requestBody"]
    if "$ref" in request:
        request = specification["components"]["requestBodies"][request["$ref"].rpartition("/")[2]]
    schema = dict(request["content"]["application/json"]["schema"])
    _refuse_unknown(schema)
    validator = Draft202012Validator(schema | {"components": specification["components"]})
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]


@pytest.mark.parametrize("wanted", OBJECTS, ids=lambda each: f"{each.kind} {each.name}")
def test_a_body_is_what_the_api_describes(specification: dict[str, Any], wanted: install.Object) -> None:
    kind: Any = object_kinds(None)[wanted.kind]  # type: ignore[arg-type]  # nothing is asked of a cluster here
    sent = kind.marked(dict(wanted.body), {"managed_by": "model-logs"})
    assert errors(specification, wanted.kind, sent) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Policy.name, {"policy": {"phases": {"hot": {"actions": {"defrost": {}}}}}}),
        (Policy.name, {"policy": {"phases": {"tepid": {}}}}),
        (IndexTemplate.name, {"index_patterns": ["a"], "prioritie": 3}),
        (ComponentTemplate.name, {"template": {"mappings": {"properties": {"a": {"type": "keywrd"}}}}}),
        (ComponentTemplate.name, {"template": {"data_stream_options": {"failure_store": {"enable": True}}}}),
    ],
)
def test_the_check_sees_a_name_that_does_not_exist(specification: dict[str, Any], kind: str, body: Any) -> None:
    assert errors(specification, kind, body) != []


@pytest.mark.skipif(not WHOLE.is_file(), reason="Elastic's whole API description is in no clone: trim.py tells of it")
def test_the_trimmed_description_is_cut_from_elastics() -> None:
    assert trim.trimmed(json.loads(WHOLE.read_text(encoding="utf-8"))) == trim.load()


def test_what_was_cut_away_is_refused_and_not_let_through(specification: dict[str, Any]) -> None:
    shut = {name for name in specification["components"]["schemas"] if name.startswith(trim.SHUT)}
    assert shut
    query = {"aliases": {"recent": {"filter": {"match_all": {}}}}}
    assert errors(specification, Lookup.name, query) != []
