"""Alert rules and connectors as kinds of Kibana's objects. What their bodies say stands in `rule_bodies`.

A person may switch a rule off, mute or snooze it: that is no edit, and stays. Kibana never gives a connector's
secrets back, so what is remembered of them is a short mark that shows when they changed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from model_logs.alerts.notify import configuration
from model_logs.alerts.rulebook import rules
from model_logs.errors import ClusterError
from model_logs.install.canonical import hashed
from model_logs.install.kibana.remembered import Remembered
from model_logs.install.kibana.rule_bodies import FALLBACK, object_id, rule_body, update_body, wiring
from model_logs.install.model import Object
from model_logs.state.lease import last_sign
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana.client import Kibana
    from model_logs.install.kibana.rule_bodies import Wiring
    from model_logs.install.model import Body, ObjectKind

__all__ = ["CONNECTOR", "RULE", "alerting_kinds", "alerting_objects", "notes"]

CONNECTOR = "Kibana connector"
RULE = "Kibana alert rule"

# A leader writes every ten seconds; its clock may be another.
_ALIVE = timedelta(minutes=10)
_RULE_PARTS = ("name", "tags", "schedule", "params", "actions", "artifacts")
_CONNECTOR_PARTS = ("name", "connector_type_id", "config")
_ACTION_PARTS = ("group", "id", "params", "frequency")


def alerting_objects(kibana: Kibana) -> list[Object]:
    """Return the connectors that the licence allows, and the rules that use them.

    Raises:
        AssetError: A rule cannot be read.
        ClusterError: Kibana does not say what is licensed.
    """
    wired = _wiring(kibana)
    space = kibana.space
    values = configuration.configured()
    connectors = [
        Object(CONNECTOR, connector.id, {**connector.body(), "secrets": dict(connector.secrets)})
        for connector in wired.connectors
    ]
    runbook_url = str(values.get("runbook_url") or "")
    bodies = [
        (rule.id, rule_body(rule, wired, runbook_url=runbook_url, version=kibana.version))
        for rule in rules.load_rules()
    ]
    return [*connectors, *(Object(RULE, object_id("rule", name, space), body) for name, body in bodies)]


def notes(kibana: Kibana, client: Elasticsearch | None = None) -> tuple[str, ...]:
    """Return notes for people about connectors that rules lack.

    Args:
        kibana: The Kibana; channels that its licence or the settings do not allow fall back.
        client: Of the cluster: whether `alerts watch` is at work, which keeps what *No Predictions* asks, and tells
            the same people.
    """
    wired = _wiring(kibana)
    return (*wired.notes, *(_of_watch(client, wired) if client else ()))


def _of_watch(client: Elasticsearch, wired: Wiring) -> Iterator[str]:
    seen = last_sign(Store(client))
    if seen is None or datetime.now(UTC) - seen > _ALIVE:
        when = f"since {seen:%Y-%m-%d %H:%M} UTC" if seen else "here"
        yield (
            f"No Predictions: `model-logs alerts watch` was not seen {when}. It keeps the list of expected models,"
            " without which this rule stays silent in Kibana too: let it run."
        )
        return
    by_channel = wired.by_channel.items()
    direct = [channel for channel, told in by_channel if any(each.type not in FALLBACK for each in told)]
    if direct:
        yield (
            f"{', '.join(direct)}: sent by Kibana and by `model-logs alerts watch`, which is running: every alert"
            " is sent twice. Remove the receivers from the settings of one of the two."
        )


def alerting_kinds(kibana: Kibana, client: Elasticsearch) -> list[ObjectKind]:
    """Return the kinds, bound to a Kibana."""
    return [_Connector(kibana, client), _Rule(kibana, client)]


def _wiring(kibana: Kibana) -> Wiring:
    types = kibana.send("GET", "/api/actions/connector_types", doing="asking which connectors are licensed")
    if not (types and types.get("items")):
        raise ClusterError(
            "Kibana does not say which connectors it has.",
            next_step="Give a key with the right to read connectors (Actions and Connectors).",
        )
    licensed = {str(each["id"]): bool(each.get("enabled_in_license")) for each in types["items"]}
    return wiring(licensed, configuration.configured(), space=kibana.space)


class _Connector(Remembered):
    """A connector. Kibana tells no date of it, so what it says is compared."""

    name = CONNECTOR
    _path = "/api/actions/connector"

    def request(self, name: str) -> str:
        return f"PUT {self._kibana.path(self._path)}/{name}"

    def restorable(self, body: Body) -> Body:
        content = dict(super().restorable(body))
        return {"name": content["name"], "config": content["config"]}

    def _content(self, body: Body) -> Any:
        secrets = sorted((body.get("secrets") or {}).items())
        mark = sha256(repr(secrets).encode()).hexdigest()[:4] if secrets else ""
        return {**{key: body[key] for key in _CONNECTOR_PARTS}, "secrets": mark}

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        found = self._kibana.send("GET", f"{self._path}/{name}", doing=f"reading the connector {name}")
        if found is None:
            return None
        content = {key: found.get(key) for key in _CONNECTOR_PARTS}
        return found, content, hashed(content)

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        doing = f"installing the connector {body['name']}"
        sent = dict(body) if body.get("secrets") else {key: each for key, each in body.items() if key != "secrets"}
        if exists:
            sent.pop("connector_type_id")
        self._kibana.send("PUT" if exists else "POST", f"{self._path}/{name}", body=sent, doing=doing)

    def _delete(self, name: str) -> None:
        self._kibana.send("DELETE", f"{self._path}/{name}", doing=f"deleting the connector {name}")


class _Rule(Remembered):
    """An alert rule."""

    name = RULE
    _path = "/api/alerting/rule"

    def request(self, name: str) -> str:
        return f"PUT {self._kibana.path(self._path)}/{name}"

    def restorable(self, body: Body) -> Body:
        return dict(self._content(super().restorable(body)))

    def _content(self, body: Body) -> Any:
        content = {key: body[key] for key in _RULE_PARTS if body.get(key) is not None}
        actions = content.get("actions", [])
        content["actions"] = [{key: action.get(key) for key in _ACTION_PARTS} for action in actions]
        return content

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        found = self._kibana.send("GET", f"{self._path}/{name}", doing=f"reading the rule {name}")
        return None if found is None else (found, self._content(found), str(found.get("updated_at")))

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        method, sent = ("PUT", update_body(body)) if exists else ("POST", dict(body))
        self._kibana.send(method, f"{self._path}/{name}", body=sent, doing=f"installing the rule {body['name']}")

    def _delete(self, name: str) -> None:
        self._kibana.send("DELETE", f"{self._path}/{name}", doing=f"deleting the rule {name}")
