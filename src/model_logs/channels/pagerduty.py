"""PagerDuty by its Events API v2: one incident for each outage, by its deduplication key.

One POST needs no library of PagerDuty's, which brings an HTTP client and retries of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.channels.declaration import ChannelSetting, Declaration, KibanaConnector, KibanaText
from model_logs.channels.message import web_links
from model_logs.channels.posting import checked_address, post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.channels.message import Message

__all__ = ["CHANNEL", "PagerDuty"]

_DEFAULT = "https://events.pagerduty.com"
# PagerDuty takes so much at most: of a summary, and of an event as a whole.
_SUMMARY, _EVENT = 1_024, 512 * 1024
# Of the alert from its begin to its end, and short: PagerDuty takes 255 characters, and a model's name may have more.
_DEDUP = "{{rule.id}}:{{alert.uuid}}"


@dataclass(frozen=True)
class PagerDuty:
    """An integration of a PagerDuty service.

    Attributes:
        routing_key: The integration key of the service.
        url: Another address: the EU region, or a stand-in.
    """

    routing_key: str = field(repr=False)
    url: str | None = None
    name: str = "pagerduty"

    def __post_init__(self) -> None:
        checked_address(self.url or _DEFAULT, "alerts.pagerduty_url", example="https://events.eu.pagerduty.com")

    def send(self, message: Message) -> None:
        """Trigger or resolve the incident."""
        event: dict[str, Any] = {"routing_key": self.routing_key, "dedup_key": message.incident}
        if message.kind == "recovered":
            event["event_action"] = "resolve"
        else:
            event["event_action"] = "trigger"
            event["payload"] = _payload(message, message.facts)
            event["links"] = [{"href": href, "text": text} for text, href in web_links(message).items()]
        body = orjson.dumps(event)
        if len(body) > _EVENT:
            event["payload"] = _payload(message, {**message.facts, "alerts": "too many to be listed here"})
            body = orjson.dumps(event)
        address = f"{(self.url or _DEFAULT).rstrip('/')}/v2/enqueue"
        post(address, body, {"content-type": "application/json"}, self.name)


def _payload(message: Message, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "summary": message.title[:_SUMMARY],
        "source": str(message.facts["by"].get("model_name") or message.facts["alert"]),
        "severity": message.level,
        "custom_details": {**facts, "text": message.body, "may_repeat": message.may_repeat},
    }


def _params(text: KibanaText, values: Mapping[str, Any]) -> dict[str, Any]:
    del values
    if text.recovered:
        return {"eventAction": "resolve", "dedupKey": _DEDUP}
    return {
        "eventAction": "trigger",
        "dedupKey": _DEDUP,
        "severity": text.level,
        "summary": f"{text.severity} {text.name}: {{{{alert.id}}}}",
        "source": "model-logs",
        "component": "{{alert.id}}",
        "class": text.rule,
        "customDetails": {"text": text.text},
        "links": [{"href": "{{context.link}}", "text": "Discover"}],
    }


CHANNEL = Declaration(
    name="pagerduty",
    title="PagerDuty",
    meaning="One incident of a PagerDuty service for each outage, resolved at the recovery.",
    settings=(
        ChannelSetting(
            "pagerduty_routing_key",
            "Integration key of a PagerDuty service (Events API v2).",
            secret=True,
            needed=True,
        ),
        ChannelSetting(
            "pagerduty_url",
            "Another address of PagerDuty's Events API, such as that of its EU region.",
            example="https://events.eu.pagerduty.com",
        ),
    ),
    make=lambda values: PagerDuty(str(values["pagerduty_routing_key"]), values.get("pagerduty_url")),
    limits=(
        "A summary has at most 1,024 characters, a deduplication key 255, an event 512 KB.",
        "120 events a minute for each key; `Retry-After` is heeded.",
    ),
    kibana=KibanaConnector(
        type=".pagerduty",
        config=lambda values: {"apiUrl": values["pagerduty_url"]} if values.get("pagerduty_url") else {},
        secrets=lambda values: {"routingKey": values["pagerduty_routing_key"]},
        params=_params,
    ),
)
