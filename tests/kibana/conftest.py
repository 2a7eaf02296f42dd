"""A stand-in for Kibana, and a client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.kibana import StandIn, stand_in

from model_logs.cluster import Connection
from model_logs.install import kibana

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(params=["8.19.9", "9.5.1"])
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """One of each way in: saved objects, and the Dashboards API."""
    with stand_in(version=request.param) as running:
        yield running


@pytest.fixture
def opened() -> Callable[..., kibana.Kibana]:
    """Opens a client; it does not wait between two tries."""

    def connect(server: StandIn, *, space: str = "default", api_key: str | None = None) -> kibana.Kibana:
        return kibana.connect_kibana(Connection(url=server.url, api_key=api_key, timeout=10), space=space, backoff=0)

    return connect
