"""The part of the stand-in for Kibana that keeps alert rules and connectors, and refuses what Kibana refuses.

Taken from the API's description and from Kibana's sources: ids from outside must be UUIDs, a licence may be too
small, a connector of a rule must exist, secrets are asked for at every write and never given back,
and in its spaces flapping is switched off, so a rule may say nothing of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.kibana import _Call

__all__ = ["ROUTES"]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# Artifacts are taken since 8.19 and shown since 9.5; a guide could have a thousand characters until 9.2.
_SHOWS_ARTIFACTS = (9, 5)
_LONG_GUIDES, _SHORT_GUIDE = (9, 3), 1_000
_FREE = (".index", ".server-log")
_PAID = (".slack", ".slack_api", ".pagerduty", ".email", ".webhook")
# Type → the secrets without which it is refused.
_SECRETS = {".slack": {"webhookUrl"}, ".pagerduty": {"routingKey"}}


def _types(call: _Call) -> tuple[int, Any]:
    licensed = {**dict.fromkeys(_FREE, True), **dict.fromkeys(_PAID, call.state.license != "basic")}
    return 200, [
        {"id": type_, "name": type_, "enabled": True, "enabled_in_config": True, "enabled_in_license": free}
        for type_, free in licensed.items()
    ]


def _connector(call: _Call, name: str) -> dict[str, Any]:
    return {"id": name, "is_preconfigured": False, **call.state.found(call.space, "action", name)["body"]}


def _create_connector(call: _Call, name: str) -> tuple[int, Any]:
    body = call.json("connector")
    _new(call, "action", name)
    type_ = body["connector_type_id"]
    if type_ in _PAID and call.state.license == "basic":
        raise _refused(403, f"Action type {type_} is disabled because your basic license does not support it.")
    _keep_connector(call, name, type_, body)
    return 200, _connector(call, name)


def _update_connector(call: _Call, name: str) -> tuple[int, Any]:
    body = call.json("connector_update")
    type_ = call.state.found(call.space, "action", name)["body"]["connector_type_id"]
    _keep_connector(call, name, type_, body)
    return 200, _connector(call, name)


def _keep_connector(call: _Call, name: str, type_: str, body: dict[str, Any]) -> None:
    if missing := _SECRETS.get(type_, set()) - set(body.get("secrets", {})):
        raise _refused(400, f"error validating action type secrets: {sorted(missing)} expected, got undefined")
    config = {**({"apiUrl": None} if type_ == ".pagerduty" else {}), **body.get("config", {})}
    kept = {"name": body["name"], "connector_type_id": type_, "config": config, "is_missing_secrets": False}
    call.state.save(call.space, "action", name, kept)


def _read_connector(call: _Call, name: str) -> tuple[int, Any]:
    return 200, _connector(call, name)


def _delete_connector(call: _Call, name: str) -> tuple[int, Any]:
    call.state.found(call.space, "action", name)
    del call.state.objects[call.space, "action", name]
    return 200, {}


def _rule(call: _Call, name: str) -> dict[str, Any]:
    found = call.state.found(call.space, "alert", name)
    shown = dict(found["body"])
    if _version(call) < _SHOWS_ARTIFACTS:
        shown.pop("artifacts", None)
    return {"id": name, "updated_at": found["updated_at"], "revision": 0, "mute_all": False, **shown}


def _version(call: _Call) -> tuple[int, ...]:
    return tuple(map(int, call.state.version.split(".")[:2]))


def _create_rule(call: _Call, name: str) -> tuple[int, Any]:
    body = call.json("rule")
    _new(call, "alert", name)
    call.state.save(call.space, "alert", name, _kept_rule(call, body))
    return 200, _rule(call, name)


def _update_rule(call: _Call, name: str) -> tuple[int, Any]:
    body = call.json("rule_update")
    before = call.state.found(call.space, "alert", name)["body"]
    call.state.save(call.space, "alert", name, {**before, **_kept_rule(call, body)})
    return 200, _rule(call, name)


def _kept_rule(call: _Call, body: dict[str, Any]) -> dict[str, Any]:
    actions = []
    for number, action in enumerate(body["actions"]):
        if (call.space, "action", action["id"]) not in call.state.objects:
            raise _refused(
                400, f"Failed to load action {action['id']}: Saved object [action/{action['id']}] not found"
            )
        type_ = call.state.objects[call.space, "action", action["id"]]["body"]["connector_type_id"]
        actions.append({**action, "uuid": f"uuid-{number}", "connector_type_id": type_})
    for dashboard in body.get("artifacts", {}).get("dashboards", []):
        if (call.space, "dashboard", dashboard["id"]) not in call.state.objects:
            raise _refused(400, f"Saved object [dashboard/{dashboard['id']}] not found")
    guide = body.get("artifacts", {}).get("investigation_guide", {}).get("blob", "")
    if _version(call) < _LONG_GUIDES and len(guide) > _SHORT_GUIDE:
        raise _refused(400, f"[request body.artifacts.investigation_guide.blob]: longer than {_SHORT_GUIDE}")
    params = {"aggType": "count", **body["params"]}
    return {**body, "actions": actions, "params": params}


def _read_rule(call: _Call, name: str) -> tuple[int, Any]:
    return 200, _rule(call, name)


def _delete_rule(call: _Call, name: str) -> tuple[int, Any]:
    call.state.found(call.space, "alert", name)
    del call.state.objects[call.space, "alert", name]
    return 200, {}


def _new(call: _Call, kind: str, name: str) -> None:
    if not _UUID.fullmatch(name):
        raise _refused(
            400, "Predefined IDs are not allowed for saved objects with encrypted attributes unless the ID is a UUID."
        )
    # An id is used once in all spaces.
    if any((other_kind, other) == (kind, name) for _, other_kind, other in call.state.objects):
        raise _refused(409, f"Saved object [{kind}/{name}] conflict")


def _refused(status: int, message: str) -> Exception:
    from tests.support.kibana import _RefusedError

    return _RefusedError(status, message)


_ID = r"([A-Za-z0-9_.-]+)"
ROUTES: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
    ("GET", "/api/actions/connector_types", _types),
    ("GET", f"/api/actions/connector/{_ID}", _read_connector),
    ("POST", f"/api/actions/connector/{_ID}", _create_connector),
    ("PUT", f"/api/actions/connector/{_ID}", _update_connector),
    ("DELETE", f"/api/actions/connector/{_ID}", _delete_connector),
    ("GET", f"/api/alerting/rule/{_ID}", _read_rule),
    ("POST", f"/api/alerting/rule/{_ID}", _create_rule),
    ("PUT", f"/api/alerting/rule/{_ID}", _update_rule),
    ("DELETE", f"/api/alerting/rule/{_ID}", _delete_rule),
]
