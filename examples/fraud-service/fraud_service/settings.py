"""The settings of every process of the example, each an environment variable `FRAUD_<NAME>`."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from model_logs import logger

FALLBACKS = ("cache", "simple", "rules", "default")


class SettingsError(SystemExit):
    """A setting that cannot be used: its message is what a process ends with (exit 1)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the processes are told.

    Attributes:
        data: The folder of everything that is written: models, features, logs, process ids.
        mlflow_uri: The model registry.
        model_server_url: The process that holds the model.
        redis_url: The cache of predictions.
        rules: The business rules.
        model_timeout_s: How long the model server has for an answer.
        cache_timeout_s: How long Redis has.
        features_timeout_s: How long the feature store has.
        registry_timeout_s: How long each request to the registry has. No prediction waits for it.
        registry_every_s: How often the registry job asks for new champions.
        follow_every_s: How often the service and the model server look for a new copy on disk.
        features_every_s: How often the feature job runs.
        cache_ttl_s: How long a cached prediction may stand in for the model.
        circuit_failures: After how many failures in a row the circuit opens.
        circuit_open_s: How long the model server is then left alone.
        threshold: From which score on a payment counts as fraud.
        fallbacks: Which levels stand behind the model, with commas: cache, simple, rules, default; `none` for no one.
        restart_after_s: After how long `up` starts a process again that ended.
        service_port, model_server_port, mlflow_port, redis_port: Where `up` lets each listen, on loopback.
    """

    data: Path = Path("data")
    mlflow_uri: str = "http://127.0.0.1:8032"
    model_server_url: str = "http://127.0.0.1:8031"
    redis_url: str = "redis://127.0.0.1:8033/0"
    rules: Path = Path(__file__).parents[1] / "rules.yml"
    model_timeout_s: float = 0.1
    cache_timeout_s: float = 0.03
    features_timeout_s: float = 0.03
    registry_timeout_s: float = 2.0
    registry_every_s: float = 15.0
    follow_every_s: float = 1.0
    features_every_s: float = 30.0
    cache_ttl_s: int = 3600
    circuit_failures: int = 5
    circuit_open_s: float = 10.0
    threshold: float = 0.5
    fallbacks: tuple[str, ...] = FALLBACKS
    restart_after_s: float = 5.0
    service_port: int = 8030
    model_server_port: int = 8031
    mlflow_port: int = 8032
    redis_port: int = 8033

    @property
    def features_file(self) -> Path:
        """The feature store."""
        return self.data / "features.db"

    @property
    def payments_file(self) -> Path:
        """The payments of the last days, which the feature job reads."""
        return self.data / "payments.csv"

    @property
    def paused_file(self) -> Path:
        """The feature job stands still while this file is there."""
        return self.data / "feature-job.paused"


def read() -> Settings:
    """Return the settings of the environment.

    Raises:
        SettingsError: One of them is of no use.
    """
    given: dict[str, Any] = {}
    for field in fields(Settings):
        name = f"FRAUD_{field.name.upper()}"
        text = os.environ.get(name, "").strip()
        if text:
            given[field.name] = _value(name, text, field.default)
    return Settings(**given)


def _value(name: str, text: str, default: object) -> object:
    if isinstance(default, tuple):
        chosen = () if text == "none" else tuple(part.strip() for part in text.split(","))
        if unknown := [part for part in chosen if part not in FALLBACKS]:
            raise SettingsError(f"{name}: {unknown[0]!r} is no fallback. Use {', '.join(FALLBACKS)}, or none.")
        return tuple(level for level in FALLBACKS if level in chosen)
    if not isinstance(default, int | float):
        return type(default)(text) if isinstance(default, str) else Path(text)
    try:
        number = type(default)(text)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise SettingsError(f"{name} is {text!r}. Give {kind} above 0, such as {default}.")
    return number


def configure_logger(settings: Settings, service: str) -> None:
    """Let a process log into the file that all of them share, unless `MODEL_LOGS_PATH` names another one."""
    logger.configure(
        path=os.environ.get("MODEL_LOGS_PATH") or settings.data / "logs" / "fraud.log",
        service=service,
        environment=os.environ.get("MODEL_LOGS_ENVIRONMENT") or "staging",
    )
