"""Making a data stream: with PUT it is made even where its template forbids that a write makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from elasticsearch import BadRequestError, NotFoundError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_EVENT = {"@timestamp": "2026-01-01T00:00:00Z"}


@pytest.fixture
def forbidding(clean_es: Elasticsearch) -> Elasticsearch:
    clean_es.indices.put_index_template(
        name="logs-model.forbidding",
        index_patterns=["logs-model.forbidding-*"],
        data_stream={},
        priority=300,
        allow_auto_create=False,
    )
    return clean_es


def test_put_makes_a_stream_although_its_template_forbids_auto_creation(forbidding: Elasticsearch) -> None:
    # The real server checks allow_auto_create in AutoCreateAction only; PUT _data_stream is another action.
    forbidding.indices.create_data_stream(name="logs-model.forbidding-one")
    forbidding.create(index="logs-model.forbidding-one", id="1", document=_EVENT, refresh=True)
    assert forbidding.count(index="logs-model.forbidding-one")["count"] == 1


def test_a_write_makes_no_stream_where_the_template_forbids_it(forbidding: Elasticsearch) -> None:
    with pytest.raises(NotFoundError, match="forbids index auto creation"):
        forbidding.create(index="logs-model.forbidding-two", id="1", document=_EVENT)
    assert forbidding.indices.get_data_stream(name="*forbidding-two")["data_streams"] == []


def test_a_stream_that_exists_is_not_made_again(forbidding: Elasticsearch) -> None:
    forbidding.indices.create_data_stream(name="logs-model.forbidding-one")
    with pytest.raises(BadRequestError, match="resource_already_exists"):
        forbidding.indices.create_data_stream(name="logs-model.forbidding-one")
