"""The settings, each once, and the configuration file that may set them.

A file is the last place that is asked: an option wins over an environment variable, which wins over the file. It is
YAML, `model-logs.yml` in the current folder unless MODEL_LOGS_CONFIG names another; secrets in it may be written as
`${NAME}`, which is taken from the environment. The options of the commands and the file that `elk-bootstrap init`
writes are made from `SETTINGS`. The logger does not read the file: serving code is configured by `logger.configure`
and by MODEL_LOGS_* alone.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from model_logs import channels
from model_logs.errors import ConfigurationError
from model_logs.files.reading import read_yaml
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_NAME", "KNOWN", "SECTIONS", "SETTINGS", "Setting", "configured", "load_settings", "setting"]

DEFAULT_NAME = "model-logs.yml"

# Section → what it is about.
SECTIONS: dict[str, str] = {
    "elasticsearch": "The cluster, and who asks it.",
    "events": "The events themselves.",
    "kibana": "Kibana; without a URL its dashboards and rules are left out. Credentials: those of the cluster,"
    " unless others are given here.",
    "alerts": "The channels of `model-logs alerts watch`. A channel is used when it is configured.",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        section: Of the file.
        name: Within the section.
        meaning: One sentence; the help of the option too, where there is one.
        default: What counts when nobody says anything; empty for nothing at all.
        kind: What it holds; a list may be written with commas too.
        example: A value to show; never a real secret.
        secret: Whether it belongs into the environment and not into a file.
        variables: The environment variables that say it, the first that is set; empty for the name by rule.
    """

    section: str
    name: str
    meaning: str
    default: str = ""
    kind: Literal["text", "number", "list"] = "text"
    example: str = ""
    secret: bool = False
    variables: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The environment variables that are asked, in this order."""
        prefix = "MODEL_LOGS_KIBANA_" if self.section == "kibana" else "MODEL_LOGS_"
        return self.variables or (prefix + self.name.upper(),)


def _elasticsearch() -> tuple[Setting, ...]:
    name = "elasticsearch"
    return (
        Setting(
            name,
            "url",
            "The cluster; several URLs with commas between, to be asked in turn.",
            "http://127.0.0.1:9200",
            "list",
            variables=("MODEL_LOGS_URL", "ELASTICSEARCH_HOSTS"),
        ),
        Setting(name, "api_key", "Encoded API key.", secret=True),
        Setting(name, "username", "User for basic authentication.", example="elastic"),
        Setting(name, "password", "Password of that user.", secret=True),
        Setting(name, "ca_certs", "File with the certificates to trust.", example="/etc/ssl/es-ca.pem"),
        Setting(name, "timeout", "Seconds for a request.", "30", "number"),
    )


def _kibana() -> tuple[Setting, ...]:
    name = "kibana"
    return (
        Setting(
            name,
            "url",
            "Kibana; without it the dashboards are left out.",
            example="https://kibana.example:5601",
        ),
        Setting(name, "api_key", "Encoded API key for Kibana.", default="the cluster's credentials", secret=True),
        Setting(name, "username", "User for Kibana, instead of a key.", example="elastic"),
        Setting(name, "password", "Password of that user.", secret=True),
        Setting(
            name,
            "ca_certs",
            "File with the certificates to trust for Kibana.",
            default="the cluster's",
            example="/etc/ssl/kibana-ca.pem",
        ),
        Setting(name, "space", "Kibana's space, by its id.", "default", variables=("MODEL_LOGS_SPACE",)),
    )


def _alerts() -> tuple[Setting, ...]:
    name = "alerts"
    return (
        *(
            Setting(name, each.name, each.meaning, each.default, each.kind, each.example, secret=each.secret)
            for channel in channels.declared()
            for each in channel.settings
        ),
        Setting(
            name,
            "kibana_url",
            "Kibana as people reach it, for links in messages.",
            example="https://kibana.example.org",
        ),
        Setting(
            name,
            "runbook_url",
            "Where the runbooks are read, for links in messages.",
            example="https://git.example.org/ml/model-logs/alerts/runbooks",
        ),
        Setting(
            name,
            "watchdog_url",
            "Requested each half minute while the evaluator works (for healthchecks and similar services), so that"
            " another system notices when it is dead.",
            secret=True,
        ),
        Setting(
            name,
            "serving_aliases",
            "Aliases of a registry that mean the version that serves; *No Predictions* expects it to predict.",
            "champion, production, prod, live",
            kind="list",
            example="[champion, blue]",
        ),
    )


SETTINGS: tuple[Setting, ...] = (
    *_elasticsearch(),
    Setting(
        "events",
        "environments",
        "Environments that have data streams, with commas.",
        "development,staging,production",
        "list",
    ),
    Setting(
        "events",
        "busy_environments",
        "Environments whose predictions get a new backing index each day (model-logs-policy), with commas; in the"
        " others each 30 days (model-logs-policy-quiet), in both sooner from 50 GB on. An index a day and environment"
        " is worth its shard from some 10 GB a day on: `elk-bootstrap plan` says what each brings.",
        kind="list",
        example="[production]",
    ),
    *_kibana(),
    *_alerts(),
)

# Section → the names that may stand in it.
KNOWN: dict[str, frozenset[str]] = {
    section: frozenset(each.name for each in SETTINGS if each.section == section) for section in SECTIONS
}

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}")


def setting(section: str, name: str) -> Setting:
    """Return one setting."""
    return next(each for each in SETTINGS if (each.section, each.name) == (section, name))


def _expanded(value: object, where: str) -> object:
    if isinstance(value, list):
        return [_expanded(each, where) for each in value]
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


def _typed(known: Setting, value: object, where: str) -> object:
    """Return a value in the setting's type, its variables replaced; None for an empty one."""
    if value is None or isinstance(value, list):
        return value
    if known.kind != "number":
        return str(value)
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:  # which NaN is not, either
        raise ConfigurationError(
            f"{where} is {printable(value, most=60)!r}, which is no number above 0.",
            next_step=f"Write a number above 0. The setting: {known.meaning}",
        )
    return int(number) if number.is_integer() else number


def load_settings(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the sections of the configuration file; empty when there is no file and none was named.

    Raises:
        ConfigurationError: The named file is missing, is no YAML, or holds what nobody knows or can use.
    """
    named = path or (Path(os.environ["MODEL_LOGS_CONFIG"]) if os.environ.get("MODEL_LOGS_CONFIG") else None)
    file = named or Path(DEFAULT_NAME)
    if named is None and not os.path.lexists(file):
        return {}
    document = read_yaml(
        file,
        schema="configuration",
        error=ConfigurationError,
        next_step="Correct the file, or MODEL_LOGS_CONFIG, which names it; `elk-bootstrap init` writes a new one."
        if named
        else "Correct the file, or move it away; `elk-bootstrap init` writes a new one.",
    )
    return {section: _values(file, section, values or {}) for section, values in (document or {}).items()}


def configured(section: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return a section of the configuration file, overridden by the environment variables, whose values stay text.

    Raises:
        ConfigurationError: As `load_settings`.
    """
    values = dict(load_settings().get(section, {}))
    for each in SETTINGS:
        if each.section == section and (said := next(filter(None, map(environ.get, each.asked)), None)):
            values[each.name] = said
    return values


def _values(file: Path, section: str, values: dict[str, object]) -> dict[str, Any]:
    found = {}
    for name, value in values.items():
        where = f"{file}, {section}.{name},"
        found[name] = _typed(setting(section, name), _expanded(value, where), where)
    return {name: value for name, value in found.items() if value is not None}
