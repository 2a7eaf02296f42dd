"""A message for a channel: words for people, and the same facts for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Message", "web_links"]


@dataclass(frozen=True, slots=True)
class Message:
    """A notification to one channel.

    Attributes:
        id: The same for the same notification, so that a receiver can tell a repeat.
        incident: The same for firing and recovery of one outage: PagerDuty's deduplication key.
        kind: fired or recovered.
        rule: The rule's id.
        level: critical, warning or info.
        title: One line.
        body: The channel's template, filled.
        link: The dashboard, when there is an address.
        runbook: The runbook, address or file.
        may_repeat: It may have arrived before.
        facts: Its subject, for programs.
    """

    id: str
    incident: str
    kind: str
    rule: str
    level: str
    title: str
    body: str
    link: str
    runbook: str
    may_repeat: bool
    facts: Mapping[str, Any] = field(repr=False)


def web_links(message: Message) -> dict[str, str]:
    """Return the message's links that a browser opens, by their names for people."""
    card = str(message.facts.get("stated", {}).get("card", ""))
    wanted = {"Dashboard": message.link, "Runbook": message.runbook, "Model card": card}
    return {text: href for text, href in wanted.items() if href.startswith(("https://", "http://"))}
