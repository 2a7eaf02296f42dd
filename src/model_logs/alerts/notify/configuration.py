"""Who is told, from the section `alerts` of the configuration file and from the environment.

Keys and passwords are no command-line options, because those are seen by everybody on the machine. The environment
wins over the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs import settings
from model_logs.alerts.notify.channels import Email, PagerDuty, Slack, Webhook
from model_logs.alerts.notify.messages import Links
from model_logs.alerts.rulebook.serving_versions import SERVING_ALIASES
from model_logs.cluster import Connection
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.alerts.notify.channels import Channel

__all__ = ["Receivers", "configured", "receivers"]

SECTION = "alerts"


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who is told, and where messages point to.

    Attributes:
        channels: Those that are configured.
        links: Where messages point to.
        serving_aliases: The aliases of a registry that mean the version that serves.
    """

    channels: tuple[Channel, ...]
    links: Links
    serving_aliases: tuple[str, ...] = SERVING_ALIASES


def configured(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the section of the settings, with what the environment says put over it."""
    values: dict[str, Any] = dict(settings.load().get(SECTION, {}))
    for name in settings.KNOWN[SECTION]:
        if found := environ.get(f"MODEL_LOGS_{name.upper()}"):
            values[name] = found
    return values


def receivers(environ: Mapping[str, str] = os.environ) -> Receivers:
    """Return the channels that are configured.

    Raises:
        ConfigurationError: A channel is configured in part.
    """
    values = configured(environ)
    channels: list[Channel] = []
    if values.get("pagerduty_routing_key"):
        channels.append(PagerDuty(str(values["pagerduty_routing_key"]), values.get("pagerduty_url")))
    if values.get("slack_webhook_url"):
        channels.append(Slack(str(values["slack_webhook_url"])))
    if values.get("smtp_host"):
        channels.append(_email(values))
    if values.get("webhook_url"):
        _together(values, "webhook_url", "webhook_secret")
        channels.append(Webhook(str(values["webhook_url"]), str(values["webhook_secret"])))
    # What stands before the host of a URL is a password, and everybody reads the messages.
    kibana = Connection(str(values["kibana_url"])).shown if values.get("kibana_url") else ""
    if channels:
        _check_libraries()
    links = Links(kibana, str(values.get("runbook_url") or ""))
    aliases = _listed(values.get("serving_aliases")) or SERVING_ALIASES
    return Receivers(tuple(channels), links, aliases)


def _check_libraries() -> None:
    """Say at the start what would be missing when the first message is to be sent."""
    from importlib.util import find_spec

    if missing := [name for name in ("pagerduty", "standardwebhooks", "tenacity") if not find_spec(name)]:
        raise ConfigurationError(
            f"What sends alerts is not installed: {', '.join(missing)}.",
            next_step="pip install 'model-logs[alerts]'",
        )


def _email(values: Mapping[str, Any]) -> Email:
    _together(values, "smtp_host", "email_from", "email_to")
    security = str(values.get("smtp_security") or "starttls")
    if security not in {"starttls", "tls", "none"}:
        raise ConfigurationError(
            f"{SECTION}.smtp_security is {security!r}.", next_step="Write starttls, tls or none."
        )
    return Email(
        host=str(values["smtp_host"]),
        port=int(values.get("smtp_port") or (465 if security == "tls" else 587)),
        security=security,
        username=values.get("smtp_username"),
        password=values.get("smtp_password"),
        sender=str(values["email_from"]),
        to=_listed(values["email_to"]),
    )


def _listed(value: object) -> tuple[str, ...]:
    """Return a list that may be written with commas."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    return tuple(text for item in items if (text := str(item).strip()))


def _together(values: Mapping[str, Any], first: str, *others: str) -> None:
    if missing := [name for name in others if not values.get(name)]:
        raise ConfigurationError(
            f"{SECTION}.{first} is set, and {', '.join(missing)} is not.",
            next_step=f"Set MODEL_LOGS_{missing[0].upper()}, or {missing[0]} under {SECTION}: in model-logs.yml.",
        )
