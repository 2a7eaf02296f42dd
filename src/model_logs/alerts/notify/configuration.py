"""The configured channels, from the section `alerts` of the configuration file and from the environment.

Keys and passwords are no command-line options, because those are seen by everybody on the machine. The environment
wins over the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs import channels, settings
from model_logs.alerts.notify.messages import Links
from model_logs.alerts.notify.watchdog import checked_url
from model_logs.alerts.rulebook.serving_versions import SERVING_ALIASES
from model_logs.channels.declaration import listed
from model_logs.channels.stateful_receiver import StatefulReceiver
from model_logs.cluster import Connection
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_logs.channels.declaration import Channel, Declaration

__all__ = ["Receivers", "configured", "receivers"]

SECTION = "alerts"


@dataclass(frozen=True, slots=True)
class Receivers:
    """The configured channels, and the addresses that messages link to.

    Attributes:
        channels: Those that are configured.
        links: Where messages point to.
        watchdog_url: An address that is asked for while the evaluator works; empty for none.
        serving_aliases: The aliases of a registry that mean the version that serves.
    """

    channels: tuple[Channel | StatefulReceiver, ...]
    links: Links
    watchdog_url: str = ""
    serving_aliases: tuple[str, ...] = SERVING_ALIASES

    @property
    def stateful(self) -> tuple[StatefulReceiver, ...]:
        """The channels that hold the state of alerts."""
        return tuple(channel for channel in self.channels if isinstance(channel, StatefulReceiver))


def configured(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the section `alerts` of the settings, overridden by environment variables."""
    return settings.configured(SECTION, environ)


def receivers(environ: Mapping[str, str] = os.environ) -> Receivers:
    """Return the channels that are configured.

    Raises:
        ConfigurationError: A channel is configured in part.
    """
    values = configured(environ)
    made = [(channel, channel.make(values)) for channel in channels.declared() if _is_complete(channel, values)]
    # What stands before the host of a URL is a password, and everybody reads the messages.
    kibana = Connection(str(values["kibana_url"])).shown if values.get("kibana_url") else ""
    if made:
        _check_libraries([channel for channel, _ in made])
    links = Links(kibana, str(values.get("runbook_url") or ""))
    aliases = listed(values.get("serving_aliases")) or SERVING_ALIASES
    watched = checked_url(str(values["watchdog_url"])) if values.get("watchdog_url") else ""
    return Receivers(tuple(channel for _, channel in made), links, watched, aliases)


def _is_complete(channel: Declaration, values: Mapping[str, Any]) -> bool:
    """Tell whether a channel is configured; in part is an error."""
    first, *others = channel.needs
    if not values.get(first):
        return False
    if missing := [name for name in others if not values.get(name)]:
        raise ConfigurationError(
            f"{SECTION}.{first} is set, and {', '.join(missing)} is not.",
            next_step=f"Set MODEL_LOGS_{missing[0].upper()}, or {missing[0]} under {SECTION}: in model-logs.yml.",
        )
    return True


def _check_libraries(used: Iterable[Declaration]) -> None:
    """Refuse to start without the libraries that sending needs."""
    from importlib.util import find_spec

    needed = {name for channel in used for name in channel.libraries}
    if missing := sorted(name for name in needed if not find_spec(name)):
        raise ConfigurationError(
            f"Libraries that send alerts are not installed: {', '.join(missing)}.",
            next_step="pip install 'model-logs[alerts]'",
        )
