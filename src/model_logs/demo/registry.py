"""A model registry as small as can be: a file that says which version is where, and events that say who moved it.

It stands where MLflow or Weights & Biases stand in real life, and has their rule that matters here: what was not
approved does not go to production.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs import logger

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.demo.models import Version

__all__ = ["ENVIRONMENT", "DemoRegistry", "production_version", "registry_file", "spare_version"]

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


@dataclass
class DemoRegistry:
    """Which version stands where, who approved it, and the trail of it all."""

    file: Path
    stages: dict[tuple[str, str], str] = field(default_factory=dict)
    approved: set[tuple[str, str]] = field(default_factory=set)
    production: dict[str, str] = field(default_factory=dict)
    spare: dict[str, str] = field(default_factory=dict)

    def register(self, model: str, user: str) -> None:
        """Make a model known."""
        logger.registered(model_name=model, user=user, registry=NAME)

    def add_version(self, version: Version, user: str) -> None:
        """Make a trained version known."""
        self.stages[version.model, version.version] = "none"
        logger.version_created(
            model_name=version.model,
            model_version=version.version,
            stage="none",
            user=user,
            registry=NAME,
            metrics={"accuracy": version.accuracy},
            message=version.what,
        )

    def approve(self, model: str, version: str, user: str) -> None:
        """Say that a version may go to production."""
        self.approved.add((model, version))
        logger.approved(model_name=model, model_version=version, user=user, registry=NAME)

    def promote(self, model: str, version: str, stage: str, user: str) -> bool:
        """Move a version to a stage, and serve it when that is production; False when it is not allowed."""
        move: dict[str, Any] = {
            "model_name": model,
            "model_version": version,
            "previous_stage": self.stages[model, version],
            "stage": stage,
            "user": user,
            "registry": NAME,
        }
        if stage == "production" and (model, version) not in self.approved:
            logger.transitioned(**move, status="failed", reason="not approved")
            return False
        previous = self.production.get(model) if stage == "production" else None
        if previous:
            self.stages[model, previous] = "archived"
            leaving = {"model_version": previous, "previous_stage": "production", "stage": "archived"}
            logger.transitioned(**(move | leaving))
        self.stages[model, version] = stage
        logger.transitioned(**move, previous_version=previous)
        if stage == "production":
            self.production[model] = version
            self._tell()
            logger.deployed(
                model_name=model,
                model_version=version,
                stage="production",
                previous_version=previous,
                user=user,
                registry=NAME,
            )
        return True

    def roll_back(self, model: str, version: str, user: str, reason: str) -> None:
        """Put an earlier version back into production."""
        bad = self.production[model]
        logger.rejected(model_name=model, model_version=bad, user=user, registry=NAME, reason=reason)
        self.approved.discard((model, bad))
        if self.spare.pop(model, None):
            logger.circuit_closed(model_name=model, model_version=bad, circuit_state="closed", reason="rolled back")
        self.promote(model, version, "production", user)
        logger.rolled_back(
            model_name=model,
            model_version=version,
            previous_version=bad,
            stage="production",
            user=user,
            registry=NAME,
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
