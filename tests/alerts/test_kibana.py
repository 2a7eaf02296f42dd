"""Rule and connector bodies for Kibana. No Kibana runs here: they are checked against its API description instead."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openapi_schema_validator import OAS30Validator
from tests.support.kibana import refusal

from model_logs.alerts.rulebook import query_text, rules
from model_logs.dashboards.kibana.names import dashboard_id
from model_logs.install.kibana import rule_bodies

RULES = rules.load_rules()
SPEC = Path(__file__).parents[3] / "shared" / "specs" / "kibana-openapi-9.3.json"
PAID = {".pagerduty": True, ".slack": True, ".email": True, ".index": True, ".server-log": True}
BASIC = {**dict.fromkeys(PAID, False), ".index": True, ".server-log": True}
VALUES = {
    "pagerduty_routing_key": "0" * 32,
    "slack_webhook_url": "https://hooks.slack.example/services/T/B/X",
    "smtp_host": "mail.example.org",
    "smtp_username": "alerts",
    "smtp_password": "secret",
    "email_from": "alerts@example.org",
    "email_to": "ops@example.org, ml@example.org",
}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
every_licence = pytest.mark.parametrize("licensed", [PAID, BASIC], ids=["paid", "basic"])


@every_rule
def test_a_rule_is_an_es_query_rule_with_one_alert_for_each_row(rule: rules.Rule) -> None:
    body = rule_bodies.rule_body(rule, rule_bodies.wiring(PAID, VALUES))
    assert body["rule_type_id"] == ".es-query"
    assert body["params"]["esqlQuery"]["esql"] == query_text.alerts_query(rule)
    assert body["params"]["groupBy"] == "row"
    assert (body["params"]["threshold"], body["params"]["thresholdComparator"]) == ([0], ">")
    assert body["params"]["timeField"] == rule.time_field
    seconds = (
        body["params"]["timeWindowSize"] * {"s": 1, "m": 60, "h": 3600, "d": 86400}[body["params"]["timeWindowUnit"]]
    )
    assert seconds == rule.window.total_seconds()
    assert body["artifacts"]["dashboards"] == [{"id": dashboard_id(rule.dashboard)}]
    assert body["artifacts"]["investigation_guide"]["blob"].startswith(f"# {rule.name}")
    assert len(body["artifacts"]["investigation_guide"]["blob"]) <= 10_000


@every_rule
@every_licence
def test_every_receiver_is_told_of_the_begin_and_of_the_end(rule: rules.Rule, licensed: dict[str, bool]) -> None:
    body = rule_bodies.rule_body(rule, rule_bodies.wiring(licensed, VALUES))
    by_connector: dict[str, set[str]] = {}
    for action in body["actions"]:
        by_connector.setdefault(action["id"], set()).add(action["group"])
        assert action["frequency"] == {"summary": False, "notify_when": "onActionGroupChange", "throttle": None}
    assert by_connector
    assert all(groups == {"query matched", "recovered"} for groups in by_connector.values())


def test_pagerduty_opens_and_closes_the_same_incident() -> None:
    body = rule_bodies.rule_body(rules.find_rule(RULES, "high-error-rate"), rule_bodies.wiring(PAID, VALUES))
    trigger, resolve = (action["params"] for action in body["actions"])
    assert (trigger["eventAction"], resolve["eventAction"]) == ("trigger", "resolve")
    assert trigger["dedupKey"] == resolve["dedupKey"] == "{{rule.id}}:{{alert.uuid}}"
    assert trigger["severity"] == "critical"
    assert "Was a version deployed just before?" in trigger["customDetails"]["text"]


def test_a_message_names_value_threshold_window_and_steps_in_kibanas_own_variables() -> None:
    body = rule_bodies.rule_body(rules.find_rule(RULES, "latency-regression"), rule_bodies.wiring(PAID, VALUES))
    text = body["actions"][0]["params"]["message"]
    for part in (
        "{{_source.model_name}}",
        "{{_source.value}} ms",
        "{{_source.threshold}} ms",
        "15 min to {{date}}",
        "1. `model-logs",
    ):
        assert part in text
    assert "{%" not in text


def test_a_mail_names_the_alert_once_in_its_subject_and_leaves_out_a_variant_that_is_not_there() -> None:
    wired = rule_bodies.wiring(PAID, VALUES)
    mailed = [
        action["params"]
        for rule in RULES
        for action in rule_bodies.rule_body(rule, wired)["actions"]
        if "subject" in action["params"]
    ]
    assert mailed
    assert {params["subject"].count("{{alert.id}}") for params in mailed} == {1}
    fired = rule_bodies.rule_body(rules.find_rule(RULES, "latency-regression"), wired)["actions"][0]["params"][
        "message"
    ]
    assert "{{#_source.variant}}variant {{_source.variant}}, {{/_source.variant}}" in fired


def test_without_a_licence_alerts_go_to_an_index_and_the_log_and_that_is_said() -> None:
    wired = rule_bodies.wiring(BASIC, VALUES)
    assert {connector.type for connector in wired.connectors} == {".index", ".server-log"}
    assert len(wired.notes) == 3
    assert all("licence" in note and "alerts watch" in note for note in wired.notes)
    body = rule_bodies.rule_body(rules.find_rule(RULES, "deploy-failed"), wired)
    # PagerDuty and Slack fall back to the same two, once.
    assert len(body["actions"]) == 4


def test_a_channel_that_is_not_configured_falls_back_although_it_is_licensed() -> None:
    wired = rule_bodies.wiring(PAID, {**VALUES, "slack_webhook_url": None})
    assert [connector.type for connector in wired.by_channel["slack"]] == [".index", ".server-log"]
    assert "slack_webhook_url is not configured" in wired.notes[0]


def test_ids_are_fixed_valid_for_kibana_and_unique_in_all_spaces() -> None:
    names = [("rule", rule.id, space) for rule in RULES for space in ("default", "ml")]
    ids = [rule_bodies.object_id(*name) for name in names]
    assert ids == [rule_bodies.object_id(*name) for name in names]
    assert len(set(ids)) == len(ids)
    assert all(UUID(each).version == 5 for each in ids)
    # Changing how ids are made would leave every installed rule behind.
    assert rule_bodies.object_id("rule", "high-error-rate") == "fc02aac8-ca17-507a-8435-224a452d2f84"


def test_secrets_stand_in_secrets_and_nowhere_else() -> None:
    for connector in rule_bodies.wiring(PAID, VALUES).connectors:
        assert "secret" not in json.dumps(dict(connector.config))
        assert VALUES["pagerduty_routing_key"] not in json.dumps(dict(connector.config))
        assert VALUES["pagerduty_routing_key"] not in repr(connector)


def test_an_update_leaves_out_what_cannot_change() -> None:
    wired = rule_bodies.wiring(PAID, VALUES)
    body = rule_bodies.update_body(rule_bodies.rule_body(RULES[0], wired))
    assert not {"rule_type_id", "consumer", "enabled"} & set(body)
    assert "connector_type_id" not in wired.connectors[0].update()


# --- against our own schemas, which every clone has -----------------------------------------------------------------


@every_rule
@every_licence
def test_a_rule_and_its_actions_pass_our_own_schemas(rule: rules.Rule, licensed: dict[str, bool]) -> None:
    wired = rule_bodies.wiring(licensed, VALUES)
    body = rule_bodies.rule_body(rule, wired, runbook_url="https://wiki.example")
    assert refusal("rule", body) == ""
    assert refusal("rule_update", rule_bodies.update_body(body)) == ""
    types = {connector.id: connector.type for connector in wired.connectors}
    assert body["actions"]
    for action in body["actions"]:
        schema = f"action{types[action['id']]}"
        assert refusal(schema, action["params"]) == ""
        assert refusal(schema, {**action["params"], "colour": "red"}) != ""


@every_licence
def test_connectors_pass_our_own_schemas(licensed: dict[str, bool]) -> None:
    connectors = rule_bodies.wiring(licensed, VALUES).connectors
    assert connectors
    for connector in connectors:
        assert refusal("connector", connector.body()) == ""
        assert refusal("connector_update", connector.update()) == ""
        for part, value in (("config", connector.config), ("secrets", connector.secrets)):
            assert refusal(f"{part}{connector.type}", dict(value)) == ""
            assert refusal(f"{part}{connector.type}", {**value, "colour": "red"}) != ""


# --- against Elastic's description ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    if not SPEC.is_file():
        pytest.skip("Elastic's description of Kibana may not be copied into a clone; see our own schemas")
    loaded: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    schemas = loaded["components"]["schemas"]
    # It lags behind the server in one value, and allows unknown parameters, which the server refuses.
    schemas["groupby"]["enum"].append("row")
    schemas["params_es_query_esql_rule"]["additionalProperties"] = False
    return loaded


def _check(spec: dict[str, Any], schema: dict[str, Any], body: Any) -> None:
    validator = OAS30Validator({**schema, "components": spec["components"]})
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(body)] == []


@every_rule
@every_licence
def test_a_rule_passes_elastics_description(spec, rule: rules.Rule, licensed: dict[str, bool]) -> None:
    body = rule_bodies.rule_body(rule, rule_bodies.wiring(licensed, VALUES), runbook_url="https://wiki.example")
    path = spec["paths"]["/api/alerting/rule/{id}"]
    request = {
        method: path[method]["requestBody"]["content"]["application/json"]["schema"] for method in ("post", "put")
    }
    _check(spec, request["post"], body)
    _check(spec, request["put"], rule_bodies.update_body(body))
    _check(spec, {"$ref": "#/components/schemas/params_es_query_esql_rule"}, body["params"])
    actions = {".pagerduty": None, ".slack": "run_message_slack", ".server-log": "run_message_serverlog"}
    types = {connector.id: connector.type for connector in rule_bodies.wiring(licensed, VALUES).connectors}
    for action in body["actions"]:
        name = actions.get(types[action["id"]])
        if types[action["id"]] == ".pagerduty":
            fired = action["group"] == "query matched"
            name = "run_trigger_pagerduty" if fired else "run_acknowledge_resolve_pagerduty"
        if name:
            _check(spec, {"$ref": f"#/components/schemas/{name}"}, action["params"])


@every_licence
def test_connectors_pass_elastics_description(spec, licensed: dict[str, bool]) -> None:
    path = spec["paths"]["/s/{spaceId}/api/actions/connector/{id}"]["post"]
    schema = path["requestBody"]["content"]["application/json"]["schema"]
    for connector in rule_bodies.wiring(licensed, VALUES).connectors:
        body = connector.body()
        # Its choice of configurations overlaps: each is checked by its own name instead.
        outer = {**schema, "properties": {**schema["properties"], "config": {}, "secrets": {}}}
        _check(spec, outer, body)
        name = re.sub(r"\W", "", connector.type)
        for part in ("config", "secrets"):
            if f"{name}_{part}" in spec["components"]["schemas"]:
                _check(spec, {"$ref": f"#/components/schemas/{name}_{part}"}, body.get(part, {}))
