"""The day of 50,000 events that panels are tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support import six_hours

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@pytest.fixture
def events(es: Elasticsearch, request: pytest.FixtureRequest) -> six_hours.Day:
    """Stored once for all tests, which only read it; again where another test emptied the cluster."""
    found = six_hours.of_everything(es)
    if not six_hours.is_stored(es):
        six_hours.store(request.getfixturevalue("applied"), found)
    return found
