"""Where the node keeps things: a cache that every node of a user shares, and the folder of one node.

This module knows paths and locks files; it downloads and starts nothing.
"""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.errors import NodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Folder", "cache_folder", "default_node_folder", "locked"]


def cache_folder() -> Path:
    """Return where jars and built distributions are kept: `MODEL_LOGS_CACHE`, or the platform's cache folder."""
    if own := os.environ.get("MODEL_LOGS_CACHE"):
        return Path(own).expanduser().absolute() / "node"
    mac, linux = "Library/Caches", ".cache"
    return _platform_folder("XDG_CACHE_HOME", mac if sys.platform == "darwin" else linux) / "node"


def default_node_folder() -> Path:
    """Return the node's folder when none is named: `MODEL_LOGS_NODE_HOME`, or the platform's folder for data."""
    if own := os.environ.get("MODEL_LOGS_NODE_HOME"):
        return Path(own).expanduser().absolute()
    mac, linux = "Library/Application Support", ".local/share"
    return _platform_folder("XDG_DATA_HOME", mac if sys.platform == "darwin" else linux) / "node"


def _platform_folder(variable: str, below_home: str) -> Path:
    named = os.environ.get(variable, "")
    # The XDG rule: a relative path in these variables is to be ignored.
    base = Path(named) if Path(named).is_absolute() else Path.home() / below_home
    return base / "model-logs"


@dataclass(frozen=True)
class Folder:
    """The folder of one node: its data, configuration, logs and state.

    Attributes:
        root: The folder itself, an absolute path.
    """

    root: Path

    @property
    def config(self) -> Path:
        """Written anew at each start."""
        return self.root / "config"

    @property
    def data(self) -> Path:
        """What the node stores."""
        return self.root / "data"

    @property
    def snapshots(self) -> Path:
        """Where snapshot repositories of type fs may live."""
        return self.root / "snapshots"

    @property
    def logs(self) -> Path:
        """Elasticsearch's own log and what Java prints."""
        return self.root / "logs"

    @property
    def log(self) -> Path:
        """Elasticsearch's log."""
        return self.logs / "node.log"

    @property
    def console(self) -> Path:
        """What Java prints: nothing, unless it cannot start."""
        return self.logs / "console.log"

    @property
    def ports(self) -> Path:
        """Written by Elasticsearch when it listens."""
        return self.logs / "http.ports"

    @property
    def state(self) -> Path:
        """Which process runs here."""
        return self.root / "node.json"

    @property
    def lock(self) -> Path:
        """Held while a node is started or stopped."""
        return self.root / "node.lock"

    def create(self) -> None:
        """Make the folder and its parts.

        Raises:
            NodeError: The folder cannot be written.
        """
        try:
            for part in (self.config, self.data, self.snapshots, self.logs):
                part.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NodeError(
                f"The node's folder {self.root} cannot be made: {error}.",
                next_step="name a folder that you may write with --home, or in MODEL_LOGS_NODE_HOME.",
            ) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; wait for whoever holds it. The system drops it when a process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
