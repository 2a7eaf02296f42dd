"""The environments that may have data streams: how a name is written, and which ones are allowed.

A name becomes the last part of a data stream's name, where a hyphen would separate; so it is lower case, with `_` for
`-`. What is not on the list goes to `unknown`. Importing this costs nothing.
"""

from __future__ import annotations

import re

from model_logs.errors import ConfigurationError

__all__ = ["DEFAULT", "UNKNOWN", "VARIABLE", "allowed", "busy_among", "canonical_environment"]

VARIABLE = "MODEL_LOGS_ENVIRONMENTS"
DEFAULT = ("development", "staging", "production")
UNKNOWN = "unknown"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.]{0,99}", re.ASCII)


def canonical_environment(name: str) -> str:
    """Return the name as it stands in events and data streams: `Pre-Prod` becomes `pre_prod`."""
    return name.strip().lower().replace("-", "_")


def allowed(names: str | list[str] | tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return the allowed environments, each once, in the order given, without `unknown`.

    Args:
        names: Separated by commas, or a list; None or nothing for the default.

    Raises:
        ConfigurationError: A name cannot be part of a data stream's name.
    """
    found = _listed(names)
    for name in found:
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} cannot be an environment ({VARIABLE} or --environments).",
                next_step="Use 1 to 100 of a-z, 0-9, _ and ., beginning with a letter or a digit.",
            )
    return tuple(name for name in found if name != UNKNOWN) or DEFAULT


def busy_among(names: str | list[str] | tuple[str, ...] | None, environments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the busy environments, each once; none unless they are named.

    Args:
        names: Separated by commas, or a list.
        environments: The allowed ones, among which they must be; `unknown` is always one of them.

    Raises:
        ConfigurationError: A busy environment is no allowed one.
    """
    found = _listed(names)
    if strange := [name for name in found if name not in {*environments, UNKNOWN}]:
        raise ConfigurationError(
            f"{', '.join(map(repr, strange))} cannot be busy (MODEL_LOGS_BUSY_ENVIRONMENTS or --busy-environments):"
            " no such environment is listed.",
            next_step=f"Name some of these, or add it to them ({VARIABLE} or --environments):"
            f" {', '.join([*environments, UNKNOWN])}.",
        )
    return found


def _listed(names: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the canonical names, each once, in the order given."""
    given = names.split(",") if isinstance(names, str) else list(names or ())
    return tuple(dict.fromkeys(canonical_environment(str(name)) for name in given if str(name).strip()))
