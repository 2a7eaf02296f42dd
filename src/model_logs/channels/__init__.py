"""Channels that messages are sent by, a module each: its name, its settings, its delivery, its limits.

A module of this package that holds a `CHANNEL` is a channel: the configuration, `elk-bootstrap init`, the rules'
`actions`, Kibana's connectors, the table in the documentation and the tests read it from here. So a new channel is
one module, one template (`alerts/templates/<name>.j2`), one page (`docs/channels/<name>.md`) and one test
(`tests/alerts/channels/test_<name>.py`). Which alert goes where, and when again, is `model_logs.alerts`'s.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_logs.channels.declaration import Declaration

__all__ = ["declared", "find_channel", "for_every_rule", "holding_state", "named"]


@lru_cache
def declared() -> tuple[Declaration, ...]:
    """Return every channel, by name."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    found = [module.CHANNEL for module in modules if hasattr(module, "CHANNEL")]
    return tuple(sorted(found, key=lambda channel: channel.name))


def find_channel(name: str) -> Declaration | None:
    """Return a channel by its name; None where no module declares it."""
    return next((channel for channel in declared() if channel.name == name), None)


@lru_cache
def named() -> tuple[str, ...]:
    """Return the names that may stand in `actions` of a rule."""
    return tuple(channel.name for channel in declared())


@lru_cache
def for_every_rule() -> frozenset[str]:
    """Return the names of the channels that get the alerts of every rule, whatever its `actions` say."""
    return frozenset(channel.name for channel in declared() if channel.every_rule)


@lru_cache
def holding_state() -> frozenset[str]:
    """Return the names of the channels that get every firing alert in every round."""
    return frozenset(channel.name for channel in declared() if channel.holds_state)
