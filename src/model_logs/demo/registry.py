"""The registry of the demo, and what is deployed from it: which version is where, who moved it, which one answers.

`DemoRegistry` is as small as can be and stands where MLflow is not installed; it has the rule that matters here:
what was not approved does not go to production. `model_logs.demo.mlflow_registry` is the real one. Both put a version
into service in the same way: a file says which versions answer, and the workers read it for each question.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs import logger
from model_logs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.demo.models import Version

__all__ = ["ENVIRONMENT", "OWNED", "DemoRegistry", "production_version", "registry_file", "spare_version"]

NAME = "demo"
# Where it all happens: on somebody's machine, so that nobody's production figures get a demo's events in between.
ENVIRONMENT = "development"


def registry_file(folder: Path) -> Path:
    """Return the file that says which version of each model is in production."""
    return folder / "registry.json"


def production_version(file: Path, model: str) -> str | None:
    """Return the version in production, or None."""
    return _read(file, "production").get(model)


def spare_version(file: Path, model: str) -> str | None:
    """Return the version that answers where the one in production cannot, or None."""
    return _read(file, "spare").get(model)


def _read(file: Path, key: str) -> dict[str, str]:
    found: dict[str, dict[str, str]] = json.loads(file.read_bytes())
    return found[key]


# The tags of each model: whose it is, and how much depends on it.
OWNED = {"owner": "demo-team", "tier": "2"}


@dataclass
class DemoRegistry:
    """Which version stands where, who approved it, and the trail of it all.

    Attributes:
        file: What is deployed, for the workers.
        trail: Where changes are written, apart from the service's log: no serving process writes there.
    """

    file: Path
    trail: Path
    stages: dict[tuple[str, str], str] = field(default_factory=dict)
    approved: set[tuple[str, str]] = field(default_factory=set)
    production: dict[str, str] = field(default_factory=dict)
    spare: dict[str, str] = field(default_factory=dict)
    _journal: Journal | None = None

    def register(self, model: str, user: str) -> None:
        """Make a model known."""
        self._write("registered", model_name=model, user=user)
        for key, value in OWNED.items():
            self._write("tag_set", model_name=model, user=user, tag=key, tag_value=value)

    def add_version(self, version: Version, user: str) -> None:
        """Make a trained version known."""
        self.stages[version.model, version.version] = "none"
        self._write(
            "version_created",
            model_name=version.model,
            model_version=version.version,
            stage="none",
            user=user,
            metrics={"accuracy": version.accuracy},
            message=version.what,
        )

    def fetch(self, model: str, version: str) -> None:
        """Bring the file of a version to where it is served from; here it lies there already."""

    def approve(self, model: str, version: str, user: str) -> None:
        """Say that a version may go to production."""
        self.approved.add((model, version))
        self._write("approved", model_name=model, model_version=version, user=user)

    def reject(self, model: str, version: str, user: str, reason: str) -> None:
        """Say that a version may no longer go to production."""
        self.approved.discard((model, version))
        self._write("rejected", model_name=model, model_version=version, user=user, reason=reason)

    def move(self, model: str, version: str, stage: str, user: str) -> str | None:
        """Move a version to a stage; return why not, where the registry refuses it."""
        move: dict[str, Any] = {
            "model_name": model,
            "model_version": version,
            "previous_stage": self.stages[model, version],
            "stage": stage,
            "user": user,
        }
        if stage == "production" and (model, version) not in self.approved:
            self._write("transitioned", **move, status="failed", reason="not approved")
            return "nobody approved it"
        previous = self.production.get(model) if stage == "production" else None
        if previous:
            self.stages[model, previous] = "archived"
            leaving = {"model_version": previous, "previous_stage": "production", "stage": "archived"}
            self._write("transitioned", **(move | leaving))
        self.stages[model, version] = stage
        self._write("transitioned", **move, previous_version=previous)
        return None

    def _write(self, event_type: str, **fields: Any) -> None:
        if self._journal is None:
            self._journal = Journal(self.trail, service="demo-registry", environment=ENVIRONMENT)
        said = {name: value for name, value in fields.items() if value is not None}
        self._journal.write(event_type, {**said, "registry": NAME})

    def close(self) -> None:
        """Say that nothing else is written here."""
        if self._journal is not None:
            self._journal.close()

    def serves(self, model: str) -> str:
        """Return the version that the registry wants in production."""
        return next(
            version for (name, version), stage in self.stages.items() if (name, stage) == (model, "production")
        )

    def promote(self, model: str, version: str, stage: str, user: str) -> str | None:
        """Move a version to a stage, and serve it when that is production; return why not, where that is refused."""
        refused = self.move(model, version, stage, user)
        if refused is None and stage == "production":
            previous = self.production.get(model)
            self.production[model] = self.serves(model)
            self._tell()
            logger.deployed(
                model_name=model,
                model_version=self.production[model],
                stage="production",
                previous_version=previous,
                user=user,
            )
        return refused

    def roll_back(self, model: str, version: str, user: str, reason: str) -> None:
        """Put an earlier version back into production."""
        bad = self.production[model]
        self.reject(model, bad, user, reason)
        if self.spare.pop(model, None):
            logger.circuit_closed(model_name=model, model_version=bad, circuit_state="closed", reason="rolled back")
        self.promote(model, version, "production", user)
        logger.rolled_back(
            model_name=model,
            model_version=version,
            previous_version=bad,
            stage="production",
            user=user,
            reason=reason,
        )

    def fall_back(self, model: str, version: str, reason: str) -> None:
        """Let an earlier version answer whatever the one in production cannot."""
        self.spare[model] = version
        self._tell()
        logger.circuit_opened(
            model_name=model, model_version=self.production[model], circuit_state="open", reason=reason
        )

    def _tell(self) -> None:
        """Tell the workers, which read the file for each question. Written whole or not at all."""
        draft = self.file.with_suffix(".tmp")
        draft.write_text(json.dumps({"production": self.production, "spare": self.spare}), encoding="utf-8")
        draft.replace(self.file)
