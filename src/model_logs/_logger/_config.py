"""What the logger is told: by `logger.configure(...)`, else by `MODEL_LOGS_*` variables, else by defaults.

It opens nothing; the environment is read when the first event is written or `configure` is called, never at import.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from model_logs._logger._notes import Notes
from model_logs._logger._text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Config", "changes", "from_environment"]

_LONGEST = 256
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that stands in each line beside the event, and where lines go.

    Attributes:
        path: The file, or None for standard output.
        service: `service.name`.
        service_version: `service.version`.
        environment: `environment`: lower case, with `_` for `-`.
        host: `host.name`.
        disabled: Nothing is written.
        redact: Secrets are replaced in messages, error texts and labels.
        trace: `logger` itself looks for an active span (the adapters always do).
    """

    path: str | None
    service: str | None
    service_version: str | None
    environment: str
    host: str
    disabled: bool = False
    redact: bool = True
    trace: bool = False


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """Return what the `MODEL_LOGS_*` variables say, with defaults for the rest."""
    named = {
        "path": environ.get("MODEL_LOGS_PATH") or "-",
        "service": environ.get("MODEL_LOGS_SERVICE") or None,
        "service_version": environ.get("MODEL_LOGS_SERVICE_VERSION") or None,
        "environment": environ.get("MODEL_LOGS_ENVIRONMENT") or "development",
        "host": environ.get("MODEL_LOGS_HOST") or os.uname().nodename,
    }
    return Config(
        **{"service": None, "service_version": None, **changes(named)},
        disabled=environ.get("MODEL_LOGS_DISABLED", "").strip().lower() in _TRUE,
        redact=environ.get("MODEL_LOGS_REDACT", "").strip().lower() not in _FALSE,
        trace=environ.get("MODEL_LOGS_TRACE", "").strip().lower() in _TRUE,
    )


def changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `configure` was given as values of a `Config`; None means that it was not given."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, bool):
            found[name] = value
        elif name == "path":
            # A daemon may change its folder after this.
            found[name] = None if str(value) == "-" else os.path.abspath(os.fspath(value))
        else:
            # A variable may hold bytes that are no text.
            found[name] = clean(str(value), Notes(), _LONGEST)
    if "environment" in found:
        # As data streams take it; whether it is allowed is judged where events are read.
        found["environment"] = found["environment"].strip().lower().replace("-", "_")
    return found
