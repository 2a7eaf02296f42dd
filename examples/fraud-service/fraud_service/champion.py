"""The champion on disk: a copy of the version that the registry's alias names, and a file that says which it is.

`data/models/<model>/<version>/` is the copy, `data/models/<model>/champion.json` names it. The registry job writes
them; the service and the model server follow them, and know no registry.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fraud_service.payments import Row

if TYPE_CHECKING:
    from pathlib import Path

    from fraud_service.settings import Settings

# Models are saved by skops and not by pickle: loading runs nothing but these classes and scikit-learn's plain ones.
TRUSTED = ["numpy.dtype", "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version in memory."""

    version: str
    model: Any

    def score(self, row: Row) -> float:
        """Return the probability of fraud."""
        return float(self.model.predict_proba([row.numbers()])[0][1])


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one model.

    Attributes:
        folder: Where they are.
    """

    folder: Path

    @classmethod
    def of(cls, model: str, settings: Settings) -> Copies:
        """Return the copies of a model."""
        return cls(settings.data / "models" / model)

    def champion(self) -> str | None:
        """Return the version that is to answer; None where there is none yet."""
        try:
            return str(json.loads((self.folder / "champion.json").read_bytes())["version"])
        except FileNotFoundError:
            return None

    def point_to(self, version: str) -> None:
        """Make a version the one that is to answer; keep the one before it and remove older ones."""
        previous = self.champion()
        draft = self.folder / f"champion.{os.getpid()}"
        draft.write_text(json.dumps({"version": version}), encoding="utf-8")
        draft.replace(self.folder / "champion.json")
        for old in self.folder.iterdir():
            if old.is_dir() and old.name not in {version, previous}:
                shutil.rmtree(old, ignore_errors=True)

    def load(self, version: str) -> Loaded:
        """Return a version, loaded and tried: one that cannot answer fails here and not with a customer."""
        import skops.io

        (file,) = (self.folder / version).glob("*.skops")
        loaded = Loaded(version, skops.io.load(file, trusted=TRUSTED))
        loaded.score(Row(1.0, None, None))
        return loaded


class Champion:
    """The champion of a model in memory, which follows the one on disk.

    Args:
        model: Its name.
        settings: Where the copies are, and how often they are looked at.
    """

    def __init__(self, model: str, settings: Settings) -> None:
        self._copies = Copies.of(model, settings)
        self._every_s = settings.follow_every_s
        self.loaded: Loaded | None = None

    async def follow(self) -> None:
        """Look for a new champion, over and over."""
        while True:
            await asyncio.sleep(self._every_s)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Load the champion where it is not the one in memory; one that is of no use leaves that one there."""
        try:
            version = self._copies.champion()
            if version is not None and (self.loaded is None or self.loaded.version != version):
                self.loaded = self._copies.load(version)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with a copy
            _log.warning("the copy is of no use: %s: %s", type(error).__name__, error)
