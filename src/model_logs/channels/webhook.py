"""A webhook of one's own, in the form of Standard Webhooks: id, time and an HMAC-SHA256 of both and the body."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.channels.declaration import ChannelSetting, Declaration
from model_logs.channels.posting import checked_address, post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.channels.message import Message

__all__ = ["CHANNEL", "Webhook"]


@dataclass(frozen=True)
class Webhook:
    """An address that takes the facts of every alert as JSON.

    Attributes:
        url: The address.
        secret: The shared secret, base64, with or without `whsec_`.
    """

    url: str
    secret: str = field(repr=False)
    name: str = "webhook"

    def __post_init__(self) -> None:
        checked_address(self.url, f"alerts.webhook_url, {self.url!r},", example="https://host/path")

    def send(self, message: Message) -> None:
        """Post the facts as JSON."""
        import standardwebhooks

        now = datetime.now(UTC)
        body = orjson.dumps(_payload(message)).decode()
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": standardwebhooks.Webhook(self.secret).sign(message.id, now, body),
        }
        post(self.url, body.encode(), headers, self.name)


def _payload(message: Message) -> Mapping[str, Any]:
    return {
        "type": f"alert.{message.kind}",
        "id": message.id,
        "incident": message.incident,
        "rule": message.rule,
        "level": message.level,
        "title": message.title,
        "text": message.body,
        "link": message.link,
        "runbook": message.runbook,
        "may_repeat": message.may_repeat,
        **message.facts,
    }


CHANNEL = Declaration(
    name="webhook",
    title="Webhook",
    meaning="A signed POST to a program of your own, for every rule.",
    settings=(
        ChannelSetting(
            "webhook_url",
            "Address of a webhook of your own.",
            example="https://hooks.example.org/models",
            needed=True,
        ),
        ChannelSetting(
            "webhook_secret", "The secret that signs its messages (Standard Webhooks).", secret=True, needed=True
        ),
    ),
    make=lambda values: Webhook(str(values["webhook_url"]), str(values["webhook_secret"])),
    limits=("A repeat has the same `webhook-id`.",),
    every_rule=True,
    libraries=("standardwebhooks",),
)
