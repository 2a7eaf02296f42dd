"""The form in which a channel declares itself, and the errors that a delivery ends with.

It holds no channel. Everything here is plain data and protocols, so that the registry costs next to nothing at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from model_logs.channels.message import Message
    from model_logs.channels.stateful_receiver import StatefulReceiver

__all__ = [
    "Channel",
    "ChannelSetting",
    "Declaration",
    "KibanaConnector",
    "KibanaText",
    "NotDeliveredError",
    "UndeliverableError",
    "listed",
]


class NotDeliveredError(ModelLogsError):
    """The receiver did not confirm the message; a later try may work.

    Attributes:
        retry_after: How long the other side asked to be left alone; None when it did not say.
    """

    retry_after: timedelta | None = None


class UndeliverableError(ModelLogsError):
    """The receiver will never take this message."""


class Channel(Protocol):
    """A configured receiver of messages."""

    @property
    def name(self) -> str:
        """The channel's name in the `actions` of rules."""

    def send(self, message: Message) -> None:
        """Deliver a message, and return when the other side confirmed.

        Only an answer of success to the very request confirms.

        Raises:
            NotDeliveredError: It may work later.
            UndeliverableError: It never will.
        """


@dataclass(frozen=True, slots=True)
class ChannelSetting:
    """One setting of a channel: a name under `alerts:`, and `MODEL_LOGS_` with it in capitals.

    Attributes:
        name: Its name.
        meaning: One sentence.
        default: The value that counts when none is given; empty for none.
        kind: The kind of value; a list may be written with commas too.
        example: A value to show; never a real secret.
        secret: Whether it belongs into the environment and not into a file.
        needed: Whether the channel cannot do without it. The first needed one switches the channel on.
    """

    name: str
    meaning: str
    default: str = ""
    kind: Literal["text", "number", "list"] = "text"
    example: str = ""
    secret: bool = False
    needed: bool = False


@dataclass(frozen=True, slots=True)
class KibanaText:
    """A notification of Kibana's own rule, from which the action of a connector is made.

    Attributes:
        rule: The rule's id.
        name: The rule's name.
        severity: P1, P2 or P3.
        level: critical, warning or info.
        title: The first line.
        text: All of the text, with Kibana's placeholders in it.
        recovered: The alert is over.
    """

    rule: str
    name: str
    severity: str
    level: str
    title: str
    text: str
    recovered: bool


@dataclass(frozen=True, slots=True)
class KibanaConnector:
    """The connector of Kibana that stands for a channel.

    Attributes:
        type: Its type, such as `.slack`.
        config: From the settings to the part that may be seen.
        secrets: From the settings to the part that may not.
        params: From a text and the settings to the parameters of an action.
    """

    type: str
    config: Callable[[Mapping[str, Any]], dict[str, Any]]
    secrets: Callable[[Mapping[str, Any]], dict[str, Any]]
    params: Callable[[KibanaText, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A channel as its module declares it.

    Attributes:
        name: The name that rules call it by; its template, page and test bear it as well.
        title: Its name for people.
        meaning: One sentence: who is told, and how often.
        settings: Its settings; those that it needs are marked.
        make: From the settings to the channel.
        limits: Its limits, a sentence each.
        every_rule: It is told of every rule, whatever the rule's `actions` say.
        holds_state: The receiver groups, repeats and silences by itself. It is given everything that fires, again and
            again, by `refresh` (`StatefulReceiver`).
        libraries: The modules that it imports, beyond the base installation.
        kibana: The connector that stands for it in Kibana; None where Kibana has none.
    """

    name: str
    title: str
    meaning: str
    settings: tuple[ChannelSetting, ...]
    make: Callable[[Mapping[str, Any]], Channel | StatefulReceiver]
    limits: tuple[str, ...]
    every_rule: bool = False
    holds_state: bool = False
    libraries: tuple[str, ...] = ()
    kibana: KibanaConnector | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The settings that the channel cannot work without; the first one switches it on."""
        return tuple(each.name for each in self.settings if each.needed)

    @property
    def template(self) -> str:
        """The file of `alerts/templates/` for the body of its messages."""
        return f"{self.name}.j2"


def listed(value: object) -> tuple[str, ...]:
    """Return a list that may be written with commas."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    return tuple(text for item in items if (text := str(item).strip()))
