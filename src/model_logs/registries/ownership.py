"""Which of two ways into the audit trail counts for a registry that has both: its plugin, or its webhooks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "is_source"]

KINDS = ("plugin", "webhook")


def is_source(registry: str, kind: str, default: str = "webhook", *, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the events of a registry come by this way, so that no change stands twice.

    Args:
        registry: Its name.
        kind: plugin or webhook.
        default: Which one counts where nobody says it.
        environ: Where MODEL_LOGS_<REGISTRY>_SOURCE says which one counts.

    Raises:
        ConfigurationError: The variable says something else.
    """
    variable = f"MODEL_LOGS_{registry.replace('-', '_').upper()}_SOURCE"
    said = environ.get(variable, "").strip().lower() or default
    if said not in KINDS:
        raise ConfigurationError(f"{variable} is {said!r}.", next_step=f"Write {' or '.join(KINDS)}.")
    return said == kind
