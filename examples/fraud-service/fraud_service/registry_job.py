"""The registry job: asks the registry for the champions, over and over, and keeps copies of them on disk.

    python -m fraud_service.registry_job           run until it is ended
    python -m fraud_service.registry_job once      run once

A registry that is slow or gone delays new versions and nothing else. A version that does not load, or cannot answer,
is refused (`deployed`, status failed), and the one before it stays.
"""

from __future__ import annotations

import logging
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from fraud_service import registry
from fraud_service.champion import Copies
from fraud_service.payments import MODEL, SIMPLE_MODEL
from fraud_service.settings import Settings, configure_logger, read
from model_logs import logger

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps the copies of both models up to date.

    Args:
        settings: Where the registry and the copies are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._refused: set[tuple[str, str]] = set()

    def once(self) -> bool:
        """Ask for both champions; False where that failed for one of them."""
        return self._update(MODEL) & self._update(SIMPLE_MODEL)

    def _update(self, name: str) -> bool:
        copies = Copies.of(name, self._settings)
        try:
            client = registry.client(self._settings)
            version = str(client.get_model_version_by_alias(name, registry.ALIAS).version)
            if version == copies.champion() and (copies.folder / version).exists():
                return True
            if (name, version) in self._refused:
                return False
            self._fetch(name, version, copies.folder)
        except Exception as error:  # noqa: BLE001  # what MLflow, the network and the disk raise has no common class
            _log.warning("registry: %s: %s: %s", name, type(error).__name__, error)
            return False
        return self._deploy(name, version, copies)

    def _fetch(self, name: str, version: str, folder: Path) -> None:
        """Bring a version to the disk, whole or not at all."""
        import mlflow.artifacts

        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as draft:
            found = mlflow.artifacts.download_artifacts(f"models:/{name}/{version}", dst_path=draft)
            shutil.rmtree(folder / version, ignore_errors=True)
            Path(found).rename(folder / version)

    def _deploy(self, name: str, version: str, copies: Copies) -> bool:
        event: dict[str, Any] = {"model_name": name, "model_version": version, "registry": registry.REGISTRY}
        event |= {"stage": "production", "previous_version": copies.champion()}
        try:
            copies.load(version)
            copies.point_to(version)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it
            self._refused.add((name, version))
            logger.deployed(**event, status="failed", reason=f"{type(error).__name__}: {error}"[:200])
            return False
        logger.deployed(**event)
        return True


def main(command: str) -> int:
    """Do what a command says; return the exit code."""
    settings = read()
    configure_logger(settings, "fraud-registry-job")
    keeper = Keeper(settings)
    if command == "once":
        return 0 if keeper.once() else 1
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    while not stop.is_set():
        keeper.once()
        stop.wait(settings.registry_every_s)
    logger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
