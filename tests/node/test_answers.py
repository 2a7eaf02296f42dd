"""What the node answers: Elastic's code is there, ours answers as Elastic's does, and the rest is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM = "logs-model.answers-development"
POLICY = "model-logs-answers"

only_the_node = pytest.mark.skipif(
    "MODEL_LOGS_TEST_URL" in os.environ, reason="says what the development node lacks, and a real cluster has"
)


@pytest.fixture
def stream(clean_es: Elasticsearch) -> Iterator[Elasticsearch]:
    """A cluster with one data stream: a policy, a failure store, an alias, and the strict type of one field."""
    clean_es.ilm.put_lifecycle(
        name=POLICY, policy={"phases": {"hot": {"actions": {"set_priority": {"priority": 7}}}}}
    )
    clean_es.indices.put_index_template(
        name="logs-model.answers",
        index_patterns=["logs-model.answers-*"],
        priority=300,
        data_stream={},
        template={
            "settings": {
                "index.lifecycle.name": POLICY,
                "index.mode": "logsdb",
                "index.mapping.ignore_malformed": False,
                "index.auto_expand_replicas": "0-1",
            },
            "data_stream_options": {"failure_store": {"enabled": True}},
            "aliases": {"model-logs-answers": {}},
            "mappings": {"properties": {"latency_ms": {"type": "float"}, "model_name": {"type": "keyword"}}},
        },
    )
    clean_es.indices.create_data_stream(name=STREAM)
    yield clean_es
    gone = clean_es.options(ignore_status=404)
    gone.indices.delete_data_stream(name=STREAM)
    gone.indices.delete_index_template(name="logs-model.answers")
    gone.ilm.delete_lifecycle(name=POLICY)


def _event(**fields):
    return {"@timestamp": "2026-01-01T00:00:00Z", "model_name": "churn", **fields}


def test_a_data_stream_is_described_with_its_template_its_policy_and_its_indices(stream):
    (found,) = stream.indices.get_data_stream(name=STREAM)["data_streams"]
    assert found["template"] == "logs-model.answers"
    assert found["ilm_policy"] == POLICY
    assert found["failure_store"]["enabled"] is True
    assert found["status"] == "GREEN"
    (index,) = found["indices"]
    assert index["managed_by"] == "Index Lifecycle Management"
    assert index["index_mode"] == "logsdb"
    assert [s["name"] for s in stream.indices.get_data_stream(name="logs-model.ans*")["data_streams"]] == [STREAM]


def test_a_data_stream_that_is_not_there_is_not_found(stream):
    for call in (stream.indices.get_data_stream, stream.indices.delete_data_stream):
        with pytest.raises(NotFoundError, match="index_not_found"):
            call(name="logs-model.nothing-development")
    assert stream.indices.get_data_stream(name="logs-model.nothing*")["data_streams"] == []
    assert stream.indices.delete_data_stream(name="logs-model.nothing*")["acknowledged"]


def test_a_data_stream_needs_a_template(stream):
    with pytest.raises(BadRequestError, match="no matching index template found for data stream"):
        stream.indices.create_data_stream(name="nothing-fits")


def test_a_backing_index_is_taken_out_and_put_back(stream):
    first = stream.indices.rollover(alias=STREAM)["old_index"]
    remove = {"remove_backing_index": {"data_stream": STREAM, "index": first}}
    add = {"add_backing_index": {"data_stream": STREAM, "index": first}}
    for change, indices in ((remove, 1), (add, 2)):
        stream.indices.modify_data_stream(actions=[change])
        (found,) = stream.indices.get_data_stream(name=STREAM)["data_streams"]
        assert len(found["indices"]) == indices


def test_what_does_not_fit_the_mapping_goes_to_the_failure_store(stream):
    answer = stream.bulk(
        index=STREAM,
        refresh=True,
        operations=[{"create": {}}, _event(latency_ms=1), {"create": {}}, _event(latency_ms="slow")],
    )
    assert [item["create"].get("failure_store") for item in answer["items"]] == [None, "used"]
    (failed,) = stream.search(index=f"{STREAM}::failures")["hits"]["hits"]
    assert failed["_source"]["document"]["source"]["latency_ms"] == "slow"
    assert failed["_source"]["error"]["type"] == "document_parsing_exception"
    assert stream.count(index="model-logs-answers")["count"] == 1


@pytest.mark.parametrize(
    ("phases", "why"),
    [
        ({"warm": {"actions": {"rollover": {"max_age": "1d"}}}}, "invalid action [rollover] defined in phase [warm]"),
        ({"hot": {"actions": {"nosuch": {}}}}, "unknown field [nosuch]"),
        ({"hot": {"actions": {"rollover": {}}}}, "At least one max_*"),
        ({"hot": {"actions": {"rollover": {"max_age": "1parsec"}}}}, "1parsec"),
        ({"boiling": {"actions": {}}}, "Timeseries lifecycle does not support phase [boiling]"),
    ],
)
def test_a_policy_that_elastic_refuses_is_refused_with_elastic_s_words(clean_es, phases, why):
    with pytest.raises(BadRequestError) as raised:
        clean_es.ilm.put_lifecycle(name=POLICY, policy={"phases": phases})
    assert why in str(raised.value.body)
    with pytest.raises(NotFoundError):
        clean_es.ilm.get_lifecycle(name=POLICY)


def test_a_policy_knows_its_version_and_who_uses_it(stream):
    found = stream.ilm.get_lifecycle(name=POLICY)[POLICY]
    assert found["version"] == 1
    assert found["in_use_by"]["data_streams"] == [STREAM]
    assert found["in_use_by"]["composable_templates"] == ["logs-model.answers"]
    stream.ilm.put_lifecycle(name=POLICY, policy=found["policy"])
    assert stream.ilm.get_lifecycle(name=POLICY)[POLICY]["version"] == 1
    stream.ilm.put_lifecycle(name=POLICY, policy={"phases": {"delete": {"min_age": "9d", "actions": {"delete": {}}}}})
    assert stream.ilm.get_lifecycle(name=f"{POLICY[:-1]}*")[POLICY]["version"] == 2


def test_a_policy_in_use_is_not_deleted(stream):
    with pytest.raises(BadRequestError, match="in use by one or more indices"):
        stream.ilm.delete_lifecycle(name=POLICY)
    with pytest.raises(NotFoundError):
        stream.ilm.delete_lifecycle(name="model-logs-nothing")
    stream.indices.delete_data_stream(name=STREAM)
    stream.indices.delete_index_template(name="logs-model.answers")
    stream.ilm.delete_lifecycle(name=POLICY)
    assert POLICY not in stream.ilm.get_lifecycle()


def test_explain_names_the_policy_of_each_backing_index(stream):
    (found,) = stream.ilm.explain_lifecycle(index=STREAM)["indices"].values()
    assert found["managed"] is True
    assert found["policy"] == POLICY
    with pytest.raises(NotFoundError):
        stream.ilm.explain_lifecycle(index="nothing")


def test_the_life_cycle_is_stopped_and_started(clean_es):
    try:
        clean_es.ilm.stop()
        assert clean_es.ilm.get_status()["operation_mode"] in {"STOPPING", "STOPPED"}
    finally:
        clean_es.ilm.start()
    assert clean_es.ilm.get_status()["operation_mode"] == "RUNNING"


def test_a_parameter_that_is_not_known_is_refused_by_our_routes_too(es):
    for path in ("/_data_stream?nonsense=1", "/_ilm/policy?nonsense=1", "/?nonsense=1"):
        with pytest.raises(BadRequestError, match="unrecognized parameter"):
            es.perform_request("GET", path, headers={"accept": "application/json"})


@pytest.mark.parametrize("command", ["STATS BY CATEGORIZE(model_name)", "CHANGE_POINT latency_ms ON @timestamp"])
def test_esql_commands_that_need_a_licence_are_refused_and_do_not_hang(stream, command):
    with pytest.raises(BadRequestError, match="license is non-compliant"):
        stream.options(request_timeout=30).esql.query(query=f"FROM {STREAM} | {command} | LIMIT 1")


def test_esql_joins_a_lookup_index(stream):
    stream.indices.create(
        index="model-logs-answers-lookup",
        settings={"index.mode": "lookup"},
        mappings={"properties": {"model_name": {"type": "keyword"}, "p99": {"type": "double"}}},
    )
    stream.index(index="model-logs-answers-lookup", document={"model_name": "churn", "p99": 5}, refresh=True)
    stream.index(index=STREAM, document=_event(latency_ms=20), op_type="create", refresh=True)
    query = (
        f"FROM {STREAM} | WHERE @timestamp < ?_tend | LOOKUP JOIN model-logs-answers-lookup ON model_name "
        "| STATS slower = MAX(latency_ms / p99) BY model_name | LIMIT 10"
    )
    answer = stream.esql.query(query=query, params=[{"_tend": "2026-02-01T00:00:00Z"}])
    assert answer["values"] == [[4.0, "churn"]]


def test_a_snapshot_is_taken_and_restored(stream):
    if "MODEL_LOGS_TEST_URL" in os.environ:
        pytest.skip("where snapshots may be put is another cluster's own")
    stream.index(index=STREAM, document=_event(), op_type="create", refresh=True)
    stream.snapshot.create_repository(name="answers", repository={"type": "fs", "settings": {"location": "answers"}})
    stream.snapshot.create(repository="answers", snapshot="one", indices=STREAM, wait_for_completion=True)
    stream.indices.delete_data_stream(name=STREAM)
    stream.snapshot.restore(repository="answers", snapshot="one", indices=STREAM, wait_for_completion=True)
    assert stream.count(index=STREAM)["count"] == 1
    stream.snapshot.delete(repository="answers", snapshot="one")
    stream.snapshot.delete_repository(name="answers")


@pytest.mark.parametrize(
    "path", ["/_nodes/stats/fs", "/_cat/allocation", "/_cluster/health", "/_health_report", "/_license", "/_tasks"]
)
def test_what_tells_how_a_cluster_is_answers(es, path):
    assert es.perform_request("GET", path, headers={"accept": "*/*"}).meta.status == 200


def _mapping(es, kind):
    es.indices.create(index="model-logs-answers-type", mappings={"properties": {"field": {"type": kind}}})


@only_the_node
@pytest.mark.parametrize(
    "kind",
    ["wildcard", "constant_keyword", "scaled_float", "unsigned_long", "version", "histogram", "join", "percolator"],
)
def test_a_field_type_that_the_table_calls_absent_is_refused(clean_es, kind):
    with pytest.raises(BadRequestError, match="mapper_parsing_exception"):
        _mapping(clean_es, kind)


@only_the_node
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/{STREAM}/_delete_by_query"),
        ("POST", f"/{STREAM}/_update_by_query"),
        ("POST", "/_reindex"),
        ("POST", f"/{STREAM}/_async_search"),
        ("POST", f"/{STREAM}/_eql/search"),
        ("POST", "/_sql"),
        ("GET", f"/_data_stream/{STREAM}/_lifecycle"),
        ("GET", "/_security/user"),
        ("GET", "/_xpack"),
    ],
)
def test_a_call_that_the_table_calls_absent_is_an_error(es, method, path):
    with pytest.raises(ApiError):
        es.perform_request(method, path, headers={"accept": "application/json"})


@only_the_node
def test_a_processor_is_refused(es):
    with pytest.raises(BadRequestError, match="No processor type exists"):
        es.ingest.put_pipeline(id="model-logs-answers", processors=[{"set": {"field": "a", "value": 1}}])
