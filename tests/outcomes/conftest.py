"""Outcomes of one test are not there in the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@pytest.fixture(autouse=True)
def without_outcomes(request: pytest.FixtureRequest) -> None:
    """Delete the outcomes of earlier tests before each one that uses the node."""
    if "applied" in request.fixturenames:
        es: Elasticsearch = request.getfixturevalue("es")
        names = list(es.indices.get(index="model-logs-outcomes-*", allow_no_indices=True))
        if names:
            es.indices.delete(index=names)
