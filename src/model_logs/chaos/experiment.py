"""Reading experiments: those of the Chaos Toolkit, with an extension `model-logs` that says what they are aimed at.

The toolkit runs the file as it is. The extension tells what its own form has no place for: the service and model, how
far the harm may reach, the load, and when to stop.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.errors import ConfigurationError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Experiment", "check", "load_of", "read", "target_of"]

_EXTENSION = "model-logs"
_REFERENCE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment.

    Attributes:
        path: Its file.
        content: As the Chaos Toolkit takes it.
    """

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its short name."""
        return str(target_of(self.content).get("name") or self.path.stem)

    @property
    def blast_radius(self) -> int:
        """How far the harm may reach, 1 to 5: one process, one service, one machine, several, everything."""
        return int(target_of(self.content).get("blast_radius", 5))

    @property
    def load(self) -> dict[str, Any] | None:
        """The load, with the values of the configuration in it."""
        load = load_of(self.content)
        return None if load is None else {key: self.resolved(value) for key, value in load.items()}

    @property
    def abort(self) -> dict[str, Any] | None:
        """When the run is ended early."""
        found = target_of(self.content).get("abort")
        return dict(found) if found else None

    def resolved(self, value: Any) -> Any:
        """Return a text with `${name}` replaced by the value of the configuration; other values as they are."""
        if not isinstance(value, str):
            return value
        return _REFERENCE.sub(lambda match: str(self._configured(match[1])), value)

    def _configured(self, name: str) -> Any:
        value = (self.content.get("configuration") or {}).get(name)
        if isinstance(value, dict) and value.get("type") == "env":
            value = os.environ.get(value["key"], value.get("default"))
        if value is None:
            raise ConfigurationError(
                f"{self.path}: ${{{name}}} has no value.",
                next_step=f"Add {name} to its configuration, or set its variable.",
            )
        return value


def read(path: Path) -> Experiment:
    """Return an experiment that fits its schema.

    Raises:
        ModelLogsError: It cannot be read, or does not fit; the message names each mistake with its line.
    """
    from model_logs.files.reading import read_yaml

    experiment = Experiment(path, read_yaml(path, schema="experiment", error=ConfigurationError))
    _check(experiment)
    return experiment


def check(path: Path) -> None:
    """Refuse what a schema cannot say: the further check of `elk-bootstrap lint`.

    Raises:
        ModelLogsError: A method without an action, an unknown function of ours, or arguments that it does not take.
    """
    read(path)


def _check(experiment: Experiment) -> None:
    content, where = experiment.content, experiment.path
    if not any(step.get("type") == "action" for step in content["method"]):
        raise ConfigurationError(
            f"{where}: its method has no action, so it would show nothing.",
            next_step="Add one, such as pause of model_logs.chaos.actions.service.",
        )
    for step in (*content["method"], *content["steady-state-hypothesis"]["probes"], *content.get("rollbacks", ())):
        provider = step.get("provider") or {}
        if provider.get("type") == "python" and str(provider.get("module", "")).startswith("model_logs."):
            _known(where, step["name"], provider)


def _known(where: Path, step: str, provider: Mapping[str, Any]) -> None:
    """Refuse a function of ours that is not there, and arguments that it does not take."""
    try:
        module = importlib.import_module(provider["module"])
    except ImportError as error:
        raise ConfigurationError(
            f"{where}: {step} names the module {provider['module']}, which is not there.",
            next_step="Actions are in model_logs.chaos.actions.{service,network,machine,data,requests,rollback}.",
        ) from error
    name = str(provider.get("func"))
    if name not in module.__all__:
        raise UnknownNameError(f"function of {provider['module']} ({where}: {step})", name, module.__all__)
    try:
        inspect.signature(getattr(module, name)).bind(**(provider.get("arguments") or {}))
    except TypeError as error:
        raise ConfigurationError(
            f"{where}: {step} calls {name} wrongly: {error}.",
            next_step=f"It takes {inspect.signature(getattr(module, name))}.",
        ) from error


def target_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the extension of ours; empty where there is none."""
    for extension in content.get("extensions") or []:
        if extension.get("name") == _EXTENSION:
            return dict(extension.get("experiment") or {})
    return {}


def load_of(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the load that the extension names."""
    found = target_of(content).get("load")
    return dict(found) if found else None
