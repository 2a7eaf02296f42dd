"""The logger's configuration: from `logger.configure(...)`, else `MODEL_LOGS_*` variables, else defaults.

It opens nothing; the environment is read when the first event is written or `configure` is called, never at import.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from model_logs._logger.complaints import complain
from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.text import clean
from model_logs.environments import UNKNOWN, VARIABLE, allowed, canonical_environment
from model_logs.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["HOLD_BYTES", "HOLD_EVENTS", "Config", "changes", "from_environment", "say_unlisted"]

HOLD_EVENTS = 10_000
HOLD_BYTES = 8 << 20
_LONGEST = 256
_ANY = float("inf")
# Each with its type and its highest value.
_NUMBERS: dict[str, tuple[type, float]] = {
    "hold_events": (int, _ANY),
    "hold_bytes": (int, _ANY),
    "timeout_ms": (float, _ANY),
    "features_sample": (float, 1.0),
}
_SAY = "give another to logger.configure, or in the variable MODEL_LOGS_ with its name in capitals."
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the logger: the fields of every line, and the destination of lines.

    Attributes:
        path: The file, or None for standard output.
        service: `service.name`.
        service_version: `service.version`.
        environment: `environment`: lower case, with `_` for `-`.
        host: `host.name`.
        disabled: Nothing is written.
        redact: Secrets are replaced in messages, error texts and labels.
        trace: `logger` itself looks for an active span (the adapters always do).
        hold_events: How many events wait in memory while nothing can be written; 0 for none.
        hold_bytes: How long they may be together.
        timeout_ms: A prediction that is cancelled after so long timed out; None where that is not known.
        features_sample: The share of requests whose features are written, from 0 to 1.
    """

    path: str | None
    service: str | None
    service_version: str | None
    environment: str
    host: str
    disabled: bool = False
    redact: bool = True
    trace: bool = False
    hold_events: int = HOLD_EVENTS
    hold_bytes: int = HOLD_BYTES
    timeout_ms: float | None = None
    features_sample: float = 0.0


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration from the `MODEL_LOGS_*` variables, with defaults for the rest."""
    named = {
        "path": environ.get("MODEL_LOGS_PATH") or "-",
        "service": environ.get("MODEL_LOGS_SERVICE") or None,
        "service_version": environ.get("MODEL_LOGS_SERVICE_VERSION") or None,
        "environment": environ.get("MODEL_LOGS_ENVIRONMENT") or "development",
        "host": environ.get("MODEL_LOGS_HOST") or os.uname().nodename,
        **{name: environ.get(f"MODEL_LOGS_{name.upper()}") or None for name in _NUMBERS},
    }
    return Config(
        **{"service": None, "service_version": None, **changes(named)},
        disabled=environ.get("MODEL_LOGS_DISABLED", "").strip().lower() in _TRUE,
        redact=environ.get("MODEL_LOGS_REDACT", "").strip().lower() not in _FALSE,
        trace=environ.get("MODEL_LOGS_TRACE", "").strip().lower() in _TRUE,
    )


def changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `configure` as values of a `Config`; None stands for an argument not given."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in _NUMBERS:
            number = _number(name, value)
            if number is not None:
                found[name] = number
        elif isinstance(value, bool):
            found[name] = value
        elif name == "path":
            found[name] = None if str(value) == "-" else _path(value)
        else:
            # A variable may hold bytes that are no text.
            found[name] = clean(str(value), Adjustments(), _LONGEST)
    if "environment" in found:
        # As data streams take it.
        found["environment"] = canonical_environment(found["environment"])
    return found


def _number(name: str, value: Any) -> float | None:
    """Return a limit as a number; None, with a complaint on standard error, where the value is no limit."""
    kind, most = _NUMBERS[name]
    try:
        number: float = kind(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if 0 <= number <= most:
        return number
    wanted = "from 0 on" if most == _ANY else f"from 0 to {most:g}"
    complain(name, f"{name} is {value!r}, and must be a number {wanted}. The value before stays. Next step: {_SAY}")
    return None


def _path(value: Any) -> str:
    path = os.path.expanduser(os.fsdecode(value))
    try:
        # A daemon may change its folder after this.
        return os.path.abspath(path)
    except OSError:
        # The folder that the process works in is gone; opening the file will tell.
        return path


def say_unlisted(name: str) -> None:
    """Say so where the events of an environment would go to `unknown`.

    Whether it is allowed is judged where events are read, which is another process, with a list of its own.
    """
    try:
        known = allowed(os.environ.get(VARIABLE))
    except ConfigurationError:
        return
    if name not in known and name != UNKNOWN:
        complain(
            f"environment {name}",
            f"environment {name!r} is not one of {', '.join(known)}: where `ship` or Logstash does not know it, "
            f"its events go to the streams of {UNKNOWN!r}. Next step: name it in {VARIABLE}, there and here.",
        )
