"""The day of 50,000 events that panels are tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_logs.testing import day

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@pytest.fixture
def events(es: Elasticsearch, request: pytest.FixtureRequest) -> day.Day:
    """Stored once for all tests, which only read it; again where another test emptied the cluster."""
    found = day.of_everything(es)
    if not day.is_stored(es):
        day.store(request.getfixturevalue("applied"), found)
    return found
