"""A log folder with a real shipper on it, and the path to verify."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.cluster import Connection
from model_logs.ship import Settings as ShipSettings
from model_logs.ship import Shipper
from model_logs.verify import VerifyResult, VerifySettings, verify_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch


@dataclass
class Road:
    """One file that is shipped to the real node."""

    url: str
    client: Elasticsearch
    logs: Path
    state: Path
    said: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.logs / "serving.log"

    @contextmanager
    def shipper(self, **settings: Any) -> Iterator[Shipper]:
        """Let a shipper follow the folder, as its service does."""
        values = {"poll": 0.05, "grace": 0.2, "stop_wait": 1.0} | settings
        told = ShipSettings((str(self.logs / "*.log*"),), self.state, **values)
        shipper = Shipper(Connection(self.url), told, say=self.said.append, show_progress=False)
        thread = threading.Thread(target=shipper.run)
        thread.start()
        try:
            yield shipper
        finally:
            shipper.stop()
            thread.join()

    def verify(self, *, wait: float = 30.0, environment: str = "development", **settings: Any) -> VerifyResult:
        values = {"file": self.file, "state": self.state} | settings
        return verify_path(self.client, VerifySettings(environment=environment, wait=wait, **values))


@pytest.fixture
def road(es_url: str, applied: Elasticsearch, tmp_path: Path) -> Road:
    (tmp_path / "logs").mkdir()
    return Road(es_url, applied, tmp_path / "logs", tmp_path / "state")


@pytest.fixture
def states() -> Any:
    """Hop → its state, of a result."""
    return lambda result: {hop.name: hop.state for hop in result.hops}
