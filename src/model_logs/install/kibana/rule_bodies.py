"""Rules and connectors as Kibana takes them: bodies for its API, and nothing sent.

A rule becomes an Elasticsearch query rule in ES|QL with one alert for each row. Connectors follow the licence: what
it does not allow is replaced by an index and Kibana's log, and said. Whoever applies the bodies is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from model_logs import channels
from model_logs.alerts.notify.messages import fill_template
from model_logs.alerts.notify.wording import span_for_people
from model_logs.alerts.rulebook import query_text as render
from model_logs.alerts.rulebook import runbooks
from model_logs.channels.declaration import KibanaText
from model_logs.times import in_largest_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.channels.declaration import KibanaConnector

__all__ = [
    "ALERTS_INDEX",
    "FALLBACK",
    "Connector",
    "Wiring",
    "object_id",
    "query_text",
    "rule_body",
    "update_body",
    "wiring",
]

# What the index connector writes where nobody can be told directly.
ALERTS_INDEX = "model-logs-kibana-alerts"
# Kibana cuts nothing: it refuses a rule whose guide is longer. It took a thousand characters before 9.3.
_GUIDE, _SHORT_GUIDE = 10_000, 1_000
_LONG_GUIDES = (9, 3)
# Since then it passes the window to a rule's text as ?_tstart and ?_tend; before, it passes nothing.
_PARAMETERS = (9, 3)
_FIRED, _RECOVERED = "query matched", "recovered"
_LEVELS = {"critical": "error", "warning": "warn", "info": "info"}
FALLBACK = (".index", ".server-log")


@dataclass(frozen=True, slots=True)
class Connector:
    """One connector.

    Attributes:
        id: Its fixed id.
        type: Such as `.pagerduty`.
        name: For people.
        config: What may be seen.
        secrets: What may not; Kibana never gives it back, so every update sends it again.
    """

    id: str
    type: str
    name: str
    config: Mapping[str, Any]
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def body(self) -> dict[str, Any]:
        """Return the body of the request that creates the connector."""
        made = {"name": self.name, "connector_type_id": self.type, "config": dict(self.config)}
        return {**made, "secrets": dict(self.secrets)} if self.secrets else made

    def update(self) -> dict[str, Any]:
        """Return the body of the request that replaces the connector; its type cannot change."""
        return {name: value for name, value in self.body().items() if name != "connector_type_id"}


@dataclass(frozen=True, slots=True)
class Wiring:
    """The connectors, and the channel that each of them serves.

    Attributes:
        connectors: All that are needed.
        by_channel: Channel of a rule → the connectors that stand for it.
        notes: What is not as the rules want it, for people.
        values: The section `alerts` of the settings.
    """

    connectors: tuple[Connector, ...]
    by_channel: Mapping[str, tuple[Connector, ...]]
    notes: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


def object_id(kind: str, name: str, space: str = "default") -> str:
    """Return the fixed id of a rule or connector.

    Both hold secrets, and for such objects Kibana takes only UUIDs from outside; an id is used once in all spaces.
    """
    return str(uuid5(NAMESPACE_URL, f"model-logs/{space}/{kind}/{name}"))


def wiring(licensed: Mapping[str, bool], values: Mapping[str, Any], *, space: str = "default") -> Wiring:
    """Choose the connectors.

    Args:
        licensed: Connector type → `enabled_in_license`, from `GET /api/actions/connector_types`.
        values: The section `alerts` of the settings.
        space: The Kibana space.
    """
    made: dict[str, Connector] = {}
    by_channel: dict[str, tuple[Connector, ...]] = {}
    notes: list[str] = []
    for declared in channels.declared():
        channel, connector = declared.name, declared.kibana
        if connector is None:
            # Kibana has none for it, and `model-logs alerts watch` tells it.
            by_channel[channel] = ()
            continue
        type_ = connector.type
        missing = [name for name in declared.needs if not values.get(name)]
        if licensed.get(type_) and not missing:
            chosen: tuple[str, ...] = (type_,)
        else:
            chosen = FALLBACK
            why = f"{', '.join(missing)} is not configured" if missing else f"this licence has no {type_} connector"
            notes.append(
                f"{channel}: {why}; Kibana writes these alerts to the index {ALERTS_INDEX} and to its log."
                " `model-logs alerts watch` sends messages with any licence."
            )
        for each in chosen:
            made.setdefault(each, _connector(each, values, space))
        by_channel[channel] = tuple(made[each] for each in chosen)
    return Wiring(tuple(made.values()), by_channel, tuple(notes), values)


def rule_body(
    rule: Rule,
    wired: Wiring,
    *,
    runbook_url: str = "",
    dashboards: bool = True,
    version: tuple[int, int] = _LONG_GUIDES,
) -> dict[str, Any]:
    """Return the body of the request that creates the rule, under its `object_id`.

    Args:
        rule: The rule.
        wired: The connectors.
        runbook_url: Base address of the runbooks.
        dashboards: Whether the dashboards are in this Kibana, so that the rule can point to its own.
        version: Kibana's. All from 8.19 on take artifacts; before 9.5 they do not show them.
    """
    size, unit = in_largest_unit(rule.window)
    guide = _guide(rule, _GUIDE if version >= _LONG_GUIDES else _SHORT_GUIDE)
    artifacts: dict[str, Any] = {"investigation_guide": {"blob": guide}}
    if dashboards:
        from model_logs.dashboards.kibana.names import (
            dashboard_id,  # `model_logs.install.kibana` builds on this module
        )

        artifacts["dashboards"] = [{"id": dashboard_id(rule.dashboard)}]
    return {
        "name": f"[model-logs] {rule.name}",
        "rule_type_id": ".es-query",
        "consumer": "stackAlerts",
        "enabled": True,
        "tags": ["model-logs", rule.severity, f"owner:{rule.owner}"],
        # Kibana's own minimum is a minute.
        "schedule": {"interval": f"{max(60, int(rule.every.total_seconds())) // 60}m"},
        "params": {
            "searchType": "esqlQuery",
            "esqlQuery": {"esql": query_text(rule, version)},
            "timeField": rule.time_field,
            "timeWindowSize": size,
            "timeWindowUnit": unit,
            "threshold": [0],
            "thresholdComparator": ">",
            "size": 0,
            "groupBy": "row",
            "excludeHitsFromPreviousRun": False,
        },
        "actions": _actions(rule, wired, runbook_url),
        # No `flapping`: a space where that is switched off refuses a rule that has its own.
        "artifacts": artifacts,
    }


def query_text(rule: Rule, version: tuple[int, int] = _PARAMETERS) -> str:
    """Return the rule's ES|QL as Kibana of a version runs it.

    Args:
        rule: The rule.
        version: Kibana's. Where it passes the window, its link to Discover shows the window of the alert as well.
    """
    text = render.alerts_query(rule)
    return text if version >= _PARAMETERS else render.by_the_clock(text, rule.window)


def update_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that replaces a rule, from the one that creates it, without type, owner and switch."""
    return {name: value for name, value in body.items() if name not in {"rule_type_id", "consumer", "enabled"}}


def _connector(type_: str, values: Mapping[str, Any], space: str) -> Connector:
    name = type_.lstrip(".")
    config: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    if (declared := _declared(type_)) is not None:
        config, secrets = declared.config(values), declared.secrets(values)
    elif type_ == ".index":
        config = {"index": ALERTS_INDEX, "executionTimeField": "@timestamp", "refresh": True}
    return Connector(object_id("connector", name, space), type_, f"[model-logs] {name}", config, secrets)


def _declared(type_: str) -> KibanaConnector | None:
    found = (channel.kibana for channel in channels.declared())
    return next((connector for connector in found if connector and connector.type == type_), None)


def _actions(rule: Rule, wired: Wiring, runbook_url: str) -> list[dict[str, Any]]:
    values = {
        "name": rule.name,
        "severity": rule.severity,
        "owner": rule.owner,
        "unit": rule.unit,
        "by": rule.by,
        "window": span_for_people(rule.window),
        "first_steps": runbooks.first_steps(rule.runbook_file),
        "runbook": f"{runbook_url.rstrip('/')}/{rule.runbook}" if runbook_url else f"runbooks/{rule.runbook}",
    }
    texts = {
        _FIRED: fill_template(rule, "kibana_fired.j2", values),
        _RECOVERED: fill_template(rule, "kibana_recovered.j2", values),
    }
    connectors = {each.id: each for channel in rule.actions for each in wired.by_channel.get(channel, ())}
    return [
        {
            "group": group,
            "id": connector.id,
            "params": _params(connector.type, rule, group, text=text, values=wired.values),
            # One for each alert, when it begins and when it ends.
            "frequency": {"summary": False, "notify_when": "onActionGroupChange", "throttle": None},
        }
        for connector in connectors.values()
        for group, text in texts.items()
    ]


def _params(type_: str, rule: Rule, group: str, *, text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    if (declared := _declared(type_)) is not None:
        title = text.splitlines()[0]
        said = KibanaText(rule.id, rule.name, rule.severity, rule.level, title, text, recovered=group == _RECOVERED)
        return declared.params(said, values)
    if type_ == ".index":
        return {"documents": [_document(rule, group)]}
    level = _LEVELS[rule.level] if group == _FIRED else "info"
    return {"level": level, "message": text}


def _document(rule: Rule, group: str) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "name": rule.name,
        "severity": rule.severity,
        "owner": rule.owner,
        "alert": "{{alert.id}}",
        "kind": "fired" if group == _FIRED else "recovered",
        "value": "{{#context.hits}}{{_source.value}}{{/context.hits}}",
        "threshold": "{{#context.hits}}{{_source.threshold}}{{/context.hits}}",
        "link": "{{context.link}}",
    }


def _guide(rule: Rule, longest: int) -> str:
    text = runbooks.runbook_text(rule.runbook_file)
    if len(text) <= longest:
        return text
    end = f"\n\nCut here; the rest is in {rule.runbook}."
    return text[: longest - len(end)].rpartition("\n")[0] + end
