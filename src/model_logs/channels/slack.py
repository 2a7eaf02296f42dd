"""Slack by an incoming webhook: one POST, answered with the word ok."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.channels.declaration import ChannelSetting, Declaration, KibanaConnector, KibanaText
from model_logs.channels.posting import checked_address, error_of, post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.channels.message import Message

__all__ = ["CHANNEL", "Slack"]

# Slack shows so much of a text; beyond it is cut there without a word.
_LONGEST = 40_000
_SUCCESS = 200


@dataclass(frozen=True)
class Slack:
    """An incoming webhook of Slack.

    Attributes:
        url: The webhook's address; whoever knows it can post.
    """

    url: str = field(repr=False)
    name: str = "slack"

    def __post_init__(self) -> None:
        checked_address(
            self.url,
            "The address of Slack's incoming webhook",
            example="https://hooks.slack.com/services/…, as Slack shows it",
        )

    def send(self, message: Message) -> None:
        """Post the text."""
        body = orjson.dumps({"text": message.body[:_LONGEST], "unfurl_links": False})
        status, answer = post(self.url, body, {"content-type": "application/json"}, self.name)
        if status != _SUCCESS or answer != "ok":
            raise error_of(answer, status, self.name)


def _params(text: KibanaText, values: Mapping[str, Any]) -> dict[str, Any]:
    del values
    return {"message": text.text}


CHANNEL = Declaration(
    name="slack",
    title="Slack",
    meaning="A message in a Slack channel, by an incoming webhook.",
    settings=(ChannelSetting("slack_webhook_url", "Incoming webhook of a Slack channel.", secret=True, needed=True),),
    make=lambda values: Slack(str(values["slack_webhook_url"])),
    limits=("Slack shows 40,000 characters of a text.", "About one message a second; `Retry-After` is heeded."),
    kibana=KibanaConnector(
        type=".slack",
        config=lambda values: {},  # noqa: ARG005  # the form of all connectors
        secrets=lambda values: {"webhookUrl": values["slack_webhook_url"]},
        params=_params,
    ),
)
