"""The configuration file: what it may say, and where it is looked for.

A file is the last place that is asked: an option wins over an environment variable, which wins over the file. It is
YAML, `model-logs.yml` in the current folder unless MODEL_LOGS_CONFIG names another; secrets in it may be written as
`${NAME}`, which is taken from the environment. The logger does not read it: serving code is configured by
`logger.configure` and by MODEL_LOGS_* alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from model_logs.errors import ConfigurationError

__all__ = ["KNOWN", "load"]

DEFAULT_NAME = "model-logs.yml"

# Section → the names that may stand in it. `elk-bootstrap init` writes them with their meaning.
KNOWN: dict[str, frozenset[str]] = {
    "elasticsearch": frozenset({"url", "api_key", "username", "password", "ca_certs", "timeout"}),
    "events": frozenset({"environments"}),
    # What is not said is taken from `elasticsearch`: Kibana takes the same credentials.
    "kibana": frozenset({"url", "api_key", "username", "password", "ca_certs", "space"}),
    # Who is told of alerts; each name may stand in the environment as MODEL_LOGS_<NAME>, too.
    "alerts": frozenset(
        {
            "pagerduty_routing_key",
            "pagerduty_url",
            "slack_webhook_url",
            "smtp_host",
            "smtp_port",
            "smtp_security",
            "smtp_username",
            "smtp_password",
            "email_from",
            "email_to",
            "webhook_url",
            "webhook_secret",
            "kibana_url",
            "runbook_url",
        }
    ),
}

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}")


def _expanded(value: object, where: str) -> object:
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        found = os.environ.get(match[1], match[2])
        if found is None:
            raise ConfigurationError(
                f"{where} asks for the environment variable {match[1]}, which is not set.",
                next_step=f"Set {match[1]}, or give a default: ${{{match[1]}:default}}.",
            )
        return found

    return _VARIABLE.sub(replacement, value)


def load(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the sections of the configuration file; empty when there is no file and none was named.

    Raises:
        ConfigurationError: The named file is missing, is no YAML, or holds a name that nobody knows.
    """
    import yaml

    named = path or (Path(os.environ["MODEL_LOGS_CONFIG"]) if os.environ.get("MODEL_LOGS_CONFIG") else None)
    file = named or Path(DEFAULT_NAME)
    if not file.is_file():
        if named is None:
            return {}
        raise ConfigurationError(
            f"The configuration file {file} does not exist.",
            next_step="Write one with `elk-bootstrap init`, or correct MODEL_LOGS_CONFIG.",
        )
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is no YAML: {error}", next_step="Correct the file.") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{file} holds no sections.", next_step="See `elk-bootstrap init` for the form.")
    for section, values in document.items():
        known = KNOWN.get(str(section))
        unknown = set(values or {}) - known if known is not None and isinstance(values, dict | None) else None
        if unknown is None or unknown:
            culprit = section if known is None else f"{section}.{', '.join(sorted(map(str, unknown or {'?'})))}"
            raise ConfigurationError(
                f"{file} holds {culprit}, which is not known.",
                next_step=f"Known: {'; '.join(f'{name}: {sorted(keys)}' for name, keys in KNOWN.items())}.",
            )
    return {
        section: {key: _expanded(value, f"{file}, {section}.{key},") for key, value in (values or {}).items()}
        for section, values in document.items()
    }
