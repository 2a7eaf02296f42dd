"""The stand-in is as strict as Elastic's own classes, and what we send passes them and Elastic's API description."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support import security_bodies as bodies
from tests.support.api import trim

from model_logs.install.keys import create_request, expire_request, load_roles, revoke_request, role_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.install.keys import SecurityRequest

ROLES = load_roles()
NAMES = json.loads(Path(bodies.__file__).with_name("security_privileges.json").read_text(encoding="utf-8"))
# Elasticsearch has them since 8.19 and 9.1; its API description does not list them.
OF_THE_FAILURE_STORE = {"read_failure_store", "manage_failure_store"}


def descriptor(**body: Any) -> dict[str, Any]:
    return {"name": "a", "role_descriptors": {"r": body}}


def entry(**body: Any) -> dict[str, Any]:
    return descriptor(indices=[{"names": ["a"], "privileges": ["read"]} | body])


# Each is what a key's body may look like, right and wrong.
KEY_BODIES: list[Any] = [
    {"name": "a"},
    {"name": "a", "expiration": "90d"},
    {"name": "a", "expiration": "1.5h"},
    {"name": "a", "expiration": "90x"},
    {"name": "a", "expiration": "d"},
    {"name": "a", "expiration": ""},
    {"name": "a", "expiration": 90},
    {"name": "a", "expiration": None},
    {"name": "a", "expires": "90d"},
    {"expiration": "90d"},
    {},
    {"name": ""},
    {"name": "_a"},
    {"name": " a"},
    {"name": "a" * 256},
    {"name": "a" * 257},
    {"name": 7},
    {"name": "a", "metadata": {"role": "writer", "environments": ["production"]}},
    {"name": "a", "metadata": {"_role": "writer"}},
    {"name": "a", "metadata": "writer"},
    {"name": "a", "role_descriptors": {}},
    {"name": "a", "role_descriptors": []},
    descriptor(),
    descriptor(cluster=["monitor"]),
    descriptor(cluster=["monitr"]),
    descriptor(cluster="monitor"),
    descriptor(cluster=["cluster:monitor/main"]),
    descriptor(cluster=[7]),
    descriptor(clusters=["monitor"]),
    descriptor(description="x"),
    descriptor(metadata={"managed_by": "x"}),
    descriptor(
        applications=[{"application": "kibana-.kibana", "privileges": ["space_all"], "resources": ["space:a"]}]
    ),
    descriptor(applications=[{"application": "kibana-.kibana", "privileges": ["space_all"]}]),
    entry(),
    entry(privileges=["create_doc", "read_failure_store"]),
    entry(privileges=["creat_doc"]),
    entry(privileges=["indices:data/write/bulk"]),
    entry(privileges="read"),
    entry(names=["a::failures"]),
    entry(names=[]),
    entry(name="a"),
    entry(query={"match_all": {}}),
    entry(allow_restricted_indices=True),
    descriptor(indices=[{"names": ["a"]}]),
    descriptor(indices=[{"privileges": ["read"]}]),
    descriptor(indices={"names": ["a"], "privileges": ["read"]}),
]


def objection(body: Any) -> str:
    try:
        bodies.checked_key(body)
    except bodies.RefusedError as error:
        return str(error) or "refused"
    return ""


def test_the_privileges_that_the_stand_in_knows_are_elastics_own(elastic: Callable[..., list[Any]]) -> None:
    assert elastic({"names": True}) == [NAMES]


def test_the_stand_in_refuses_a_key_when_elastic_does(elastic: Callable[..., list[Any]]) -> None:
    theirs = elastic(*({"key": body} for body in KEY_BODIES))
    differing = [
        (body, ours, answer)
        for body, answer in zip(KEY_BODIES, theirs, strict=True)
        if bool(ours := objection(body)) != ("objection" in answer)
    ]
    assert differing == []


def test_the_words_of_the_refusals_that_people_read_are_elastics(elastic: Callable[..., list[Any]]) -> None:
    for body in ({"name": "_a"}, {"name": " a"}, {"name": "a", "metadata": {"_x": 1}}, entry(names=["a::failures"])):
        (answer,) = elastic({"key": body})
        assert answer["objection"] == objection(body)
    for body in ({"name": "a", "expiration": "90x"}, descriptor(cluster=["monitr"]), entry(privileges=["raed"])):
        (answer,) = elastic({"key": body})
        assert answer["objection"].startswith(objection(body).split(". a privilege")[0].rstrip(";"))


def requests() -> list[SecurityRequest]:
    """Return everything that is sent, in each of its forms."""
    found = [role_request(role) for role in ROLES.values()]
    for role in ROLES.values():
        found.append(create_request(role, expires=None))
        limits: dict[str, Any] = {"environments": ["production"], "streams": ["prediction"]} if role.narrows else {}
        if role.kibana:
            limits["kibana_space"] = "default"
        found.append(create_request(role, suffix="eu", expires=timedelta(days=90), replaces="x", **limits))
    return [*found, expire_request("VuaCf", timedelta(hours=24)), revoke_request(["a", "b"])]


def test_elastics_own_parser_takes_every_key_that_we_ask_for(elastic: Callable[..., list[Any]]) -> None:
    asked = [each.body for each in requests() if each.method == "POST"]
    assert len(asked) == 2 * len(ROLES)
    assert elastic(*({"key": body} for body in asked)) == [{}] * len(asked)


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    document = trim.load()
    for schema in document["components"]["schemas"].values():
        _refuse_unknown(schema)
    # Described as a map of objects, and meant as any JSON.
    document["components"]["schemas"]["_types.Metadata"] = {"type": "object"}
    return document


def _refuse_unknown(schema: dict[str, Any]) -> None:
    if "properties" in schema and "additionalProperties" not in schema:
        schema["additionalProperties"] = False


def errors(specification: dict[str, Any], request: SecurityRequest) -> list[str]:
    from jsonschema import Draft202012Validator

    path = request.path
    for prefix, template in (("/_security/role/", "{name}"), ("/_security/api_key/", "{id}")):
        path = prefix + template if path.startswith(prefix) else path
    described = specification["paths"][path][request.method.lower()]["requestBody"]
    if "$ref" in described:
        described = specification["components"]["requestBodies"][described["$ref"].rpartition("/")[2]]
    schema = dict(described["content"]["application/json"]["schema"])
    _refuse_unknown(schema)
    validator = Draft202012Validator(schema | {"components": specification["components"]})
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(request.body)]


@pytest.mark.parametrize("request_", requests(), ids=lambda each: f"{each.method} {each.path}")
def test_a_body_is_what_the_api_describes(specification: dict[str, Any], request_: SecurityRequest) -> None:
    assert errors(specification, request_) == []


@pytest.mark.parametrize("name", ["expires", "roles"])
def test_the_check_sees_a_name_that_does_not_exist(specification: dict[str, Any], name: str) -> None:
    from dataclasses import replace

    wrong = create_request(ROLES["writer"], expires=None)
    assert errors(specification, replace(wrong, body={**(wrong.body or {}), name: "x"})) != []


def test_the_privileges_of_the_roles_are_described(specification: dict[str, Any]) -> None:
    def described(schema: str) -> set[str]:
        found = specification["components"]["schemas"][schema]
        return {value for part in found["anyOf"] for value in part.get("enum", [])}

    for role in ROLES.values():
        assert set(role.cluster) <= described("security._types.ClusterPrivilege"), role.name
        for each in role.indices:
            known = described("security._types.IndexPrivilege") | OF_THE_FAILURE_STORE
            assert set(each["privileges"]) <= known, role.name
