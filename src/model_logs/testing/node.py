"""Fixtures of pytest that give a real Elasticsearch: the development node, or the cluster of `MODEL_LOGS_TEST_URL`.

Put `pytest_plugins = ["model_logs.testing.node"]` into the top `conftest.py`. The node starts when the first test
asks for it, in a temporary folder, and ends with the test run, however that ends. A fixture `node_folder` of your own
takes the place of that folder: one in memory (/dev/shm) spares the node's many waits for the disk.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from elasticsearch import Elasticsearch, NotFoundError

from model_logs.errors import NodeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["clean_es", "es", "es_url", "node_folder", "remove_everything_of_ours"]

_STREAMS = "logs-model.*,metrics-model.*"
_PREFIXES = ("logs-model.", "metrics-model.", "model-logs")


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the node."""
    return tmp_path_factory.mktemp("node")


@pytest.fixture(scope="session")
def es_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an Elasticsearch for this test run."""
    if given := os.environ.get("MODEL_LOGS_TEST_URL"):
        with _client(given) as client:
            _refuse_data_of_others(client, given)
            yield given
            remove_everything_of_ours(client)
        return
    from model_logs.node import start_node

    with start_node(request.getfixturevalue("node_folder"), stop_with_parent=True) as node:
        yield node.url


@pytest.fixture(scope="session")
def es(es_url: str) -> Iterator[Elasticsearch]:
    """A client; what other tests left behind may be there."""
    with _client(es_url) as client:
        yield client


@pytest.fixture
def clean_es(es: Elasticsearch) -> Elasticsearch:
    """A client, after everything that model-logs owns was removed from the cluster."""
    remove_everything_of_ours(es)
    return es


def remove_everything_of_ours(client: Elasticsearch) -> None:
    """Remove the data streams, indices, templates and policies that model-logs owns, and nothing else."""
    client.indices.delete_data_stream(name=_STREAMS, expand_wildcards="all")
    for index in client.indices.get(index="model-logs*", expand_wildcards="all", features="settings"):
        client.indices.delete(index=index)
    for template in client.indices.get_index_template()["index_templates"]:
        if template["name"].startswith(_PREFIXES):
            client.indices.delete_index_template(name=template["name"])
    for template in client.cluster.get_component_template()["component_templates"]:
        if template["name"].startswith(_PREFIXES):
            client.cluster.delete_component_template(name=template["name"])
    for policy in list(client.ilm.get_lifecycle()):
        if policy.startswith("model-logs"):
            client.ilm.delete_lifecycle(name=policy)


def _client(url: str) -> Elasticsearch:
    # Short of the test's own limit, so that a call that is never answered is named.
    return Elasticsearch(url, request_timeout=60)


def _refuse_data_of_others(client: Elasticsearch, url: str) -> None:
    try:
        found = client.indices.get_data_stream(name=_STREAMS, expand_wildcards="all")["data_streams"]
    except NotFoundError:
        return
    if found:
        names = ", ".join(stream["name"] for stream in found)
        raise NodeError(
            f"The tests delete all data of model-logs in {url} (MODEL_LOGS_TEST_URL), and it holds some: {names}.",
            next_step="name a cluster that holds none, or remove it with `elk-bootstrap remove --with-data`.",
        )
