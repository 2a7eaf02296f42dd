"""Backups of objects that are about to be replaced or deleted: one JSON file each, on disk before the first write."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_logs.install.model import Body

__all__ = ["default_backup_folder", "save"]


def default_backup_folder() -> Path:
    """Return where backups go unless the user says otherwise: the user's own state folder."""
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "model-logs" / "backups"


def save(folder: Path, objects: Sequence[tuple[str, Body]]) -> Path | None:
    """Write the objects into a new folder below `folder` and return it; None when there is nothing to keep.

    Args:
        folder: Made when it is missing.
        objects: The request that restores an object, such as `PUT /_ilm/policy/x`, and its body.

    Raises:
        ConfigurationError: The folder cannot be written; nothing was changed in the cluster yet.
    """
    if not objects:
        return None
    try:
        target = _new_folder(folder)
        for number, (request, body) in enumerate(objects, 1):
            name = request.partition(" /")[2].replace("/", "-").strip("_")
            with (target / f"{number:02}-{name}.json").open("w", encoding="utf-8") as file:
                json.dump({"request": request, "body": body}, file, indent=2, ensure_ascii=False)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(
            f"The backup of replaced objects cannot be written to {folder}: {error.strerror}. Nothing was changed.",
            next_step="Name a folder that can be written: --backup-dir.",
        ) from error
    return target


def _new_folder(folder: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
        target = folder / f"{stamp}{suffix}"
        try:
            target.mkdir(parents=True)
        except FileExistsError:
            continue
        return target
    raise FileExistsError(17, "too many backups in one second", str(folder))
