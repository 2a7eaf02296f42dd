"""The fixtures that every other test relies on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from model_logs.errors import NodeError
from model_logs.testing.node import _refuse_data_of_others, remove_everything_of_ours


def test_the_fixture_is_a_real_elasticsearch(es):
    assert es.info()["version"]["number"].startswith(("8.19.", "9."))


def test_cleaning_removes_what_model_logs_owns_and_nothing_else(clean_es):
    es = clean_es
    es.ilm.put_lifecycle(name="model-logs-x", policy={"phases": {"hot": {"actions": {}}}})
    es.cluster.put_component_template(name="model-logs-x", template={"settings": {"number_of_replicas": 0}})
    es.indices.put_index_template(
        name="logs-model.x",
        index_patterns=["logs-model.x-*"],
        priority=300,
        data_stream={},
        composed_of=["model-logs-x"],
        template={"settings": {"index.lifecycle.name": "model-logs-x"}},
    )
    es.indices.create_data_stream(name="logs-model.x-development")
    es.indices.create(index="model-logs-x", settings={"index.mode": "lookup"})
    es.indices.create(index="somebody-elses", settings={"number_of_replicas": 0})
    try:
        remove_everything_of_ours(es)
        assert not es.indices.get_data_stream(name="*")["data_streams"]
        assert not es.indices.exists(index="model-logs-x")
        assert not es.indices.exists_index_template(name="logs-model.x")
        assert not es.cluster.exists_component_template(name="model-logs-x")
        assert "model-logs-x" not in es.ilm.get_lifecycle()
        assert es.indices.exists(index="somebody-elses")
    finally:
        es.indices.delete(index="somebody-elses")


def test_a_cluster_that_holds_data_of_model_logs_is_not_wiped_by_tests(clean_es, es_url):
    _refuse_data_of_others(clean_es, es_url)
    clean_es.indices.put_index_template(
        name="logs-model.x", index_patterns=["logs-model.x-*"], priority=300, data_stream={}
    )
    clean_es.indices.create_data_stream(name="logs-model.x-production")
    with pytest.raises(NodeError, match=r"it holds some: logs-model\.x-production") as raised:
        _refuse_data_of_others(clean_es, es_url)
    assert "MODEL_LOGS_TEST_URL" in str(raised.value)
    assert clean_es.indices.exists(index="logs-model.x-production")


def test_importing_the_help_for_tests_loads_neither_pytest_nor_the_node():
    script = (
        "import sys, model_logs.testing; print([m for m in ('pytest', 'jgo', 'elasticsearch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
