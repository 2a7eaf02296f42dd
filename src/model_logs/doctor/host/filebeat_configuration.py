"""Reads a configuration of Filebeat as far as it decides which files are read. It judges nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.errors import ConfigurationError
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DEFAULT_LENGTH", "Filebeat", "Input", "read_filebeat_configuration"]

# Filebeat's own, where the configuration says nothing.
DEFAULT_LENGTH = 1024
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::([^}]*))?\}")
_FINGERPRINT = "prospector.scanner.fingerprint"


@dataclass(frozen=True)
class Input:
    """One input, its settings under dotted names, variables replaced where a value or a default is known."""

    settings: dict[str, Any]

    @property
    def name(self) -> str:
        """Its id, else its type."""
        return str(self.settings.get("id") or f"an input of type {self.settings.get('type')}")

    @property
    def paths(self) -> tuple[str, ...]:
        """The globs that it reads."""
        found = self.settings.get("paths") or ()
        return tuple(str(path) for path in ([found] if isinstance(found, str) else found))

    @property
    def fingerprint_length(self) -> int | None:
        """The bytes that a file is known by; None where it is known by something else."""
        if self.settings.get("type") != "filestream" or "file_identity.native" in self.settings:
            return None
        if str(self.settings.get(f"{_FINGERPRINT}.enabled", True)).lower() == "false":
            return None
        return int(self.settings.get(f"{_FINGERPRINT}.length", DEFAULT_LENGTH))


@dataclass(frozen=True)
class Filebeat:
    """A configuration.

    Attributes:
        path: The file.
        inputs: Those that read files.
    """

    path: Path
    inputs: tuple[Input, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The globs of all inputs."""
        return tuple(dict.fromkeys(path for each in self.inputs for path in each.paths))


def read_filebeat_configuration(path: Path) -> Filebeat:
    """Return what a configuration says of files.

    Raises:
        ConfigurationError: It cannot be read, or is no configuration of Filebeat.
    """
    document = read_yaml(path, error=ConfigurationError, next_step="Correct the path or the file: --filebeat-config.")
    flat = dict(_flat(document)) if isinstance(document, dict) else {}
    inputs = flat.get("filebeat.inputs")
    if not isinstance(inputs, list):
        raise ConfigurationError(
            f"{path} holds no filebeat.inputs.",
            next_step="Give the file that has the inputs; autodiscover is looked at on the node itself: --logs.",
        )
    return Filebeat(path, tuple(Input(dict(_flat(each))) for each in inputs if isinstance(each, dict)))


def _flat(document: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, _known(value)


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(each) for each in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(
        lambda match: os.environ.get(match[1], match[2] if match[2] is not None else match[0]), value
    )
