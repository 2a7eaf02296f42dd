"""The templates on a real Elasticsearch: every field is searchable as its type, and nothing grows or hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import NotFoundError

from model_logs import contract

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PREDICTION = "logs-model.prediction-production"
UNPARSED = "logs-model.unparsed-production"
AT = "2026-11-22T07:00:00.000Z"
# One value of each type, and a query that finds it only when it was indexed as that type.
VALUES: dict[str, Any] = {
    "keyword": "Some Value-1",
    "text": "the quick fox",
    "date": "2026-11-22T06:59:59.123Z",
    "float": 12.5,
    "integer": 2,
    "long": 2**40,
    "byte": 3,
    "boolean": True,
}
FINDS: dict[str, dict[str, Any]] = {
    "keyword": {"term": "Some Value-1"},
    "text": {"match": "FOX"},
    "date": {"range": {"gte": "2026-11-22T06:59:59.123Z", "lte": "2026-11-22T06:59:59.123Z"}},
    "float": {"range": {"gt": 12.4, "lt": 12.6}},
    "integer": {"range": {"gt": 1, "lt": 3}},
    "long": {"range": {"gt": 2**40 - 1, "lt": 2**40 + 1}},
    "byte": {"range": {"gt": 2, "lt": 4}},
    "boolean": {"term": True},
}
STORED = [field for field in contract.load_contract().fields.values() if field.type not in {"alias", "object"}]


def nested(name: str, value: Any) -> dict[str, Any]:
    for part in reversed(name.split(".")):
        value = {part: value}
    return value


def merged(*documents: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for document in documents:
        for key, value in document.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


def put(es: Elasticsearch, id_: str, *parts: dict[str, Any], stream: str = PREDICTION) -> dict[str, Any]:
    document = merged({"@timestamp": AT, "event": {"id": id_}}, *parts)
    return dict(es.create(index=stream, id=id_, document=document, refresh=True).body)


def found(es: Elasticsearch, query: dict[str, Any], index: str = PREDICTION) -> list[str]:
    return [hit["_id"] for hit in es.search(index=index, query=query)["hits"]["hits"]]


def query_of(field: contract.EventField) -> dict[str, Any]:
    ((kind, value),) = FINDS[field.type].items()
    return {kind: {field.name: value}}


def test_every_field_is_indexed_and_searchable_as_its_type(applied: Elasticsearch) -> None:
    values = merged(*(nested(field.name, VALUES[field.type]) for field in STORED if field.name != "event.id"))
    assert "failure_store" not in put(applied, "Some Value-1", values)
    missing = [f.name for f in STORED if f.index and not found(applied, query_of(f))]
    assert missing == []
    source = applied.get(index=_write_index(applied), id="Some Value-1")["_source"]
    assert source["event"]["original"] == VALUES["keyword"]


def test_every_field_can_be_aggregated_or_read_by_esql(applied: Elasticsearch) -> None:
    put(applied, "one", merged(*(nested(f.name, VALUES[f.type]) for f in STORED if f.name != "event.id")))
    names = [f.name for f in STORED]
    keep = ", ".join(f"`{name}`" for name in names)
    answer = applied.esql.query(query=f"FROM {PREDICTION} | KEEP {keep} | LIMIT 10", drop_null_columns=False)
    row = dict(zip([column["name"] for column in answer["columns"]], answer["values"][0], strict=True))
    assert [name for name in names if row[name] is None] == []
    esql_types = {"float": "double", "byte": "integer"}
    kinds = {column["name"]: column["type"] for column in answer["columns"]}
    assert {f.name: kinds[f.name] for f in STORED} == {f.name: esql_types.get(f.type, f.type) for f in STORED}


@pytest.mark.parametrize(
    "alias", [f for f in contract.load_contract().fields.values() if f.alias_of], ids=lambda f: f.name
)
def test_an_alias_finds_what_its_field_holds(applied: Elasticsearch, alias: contract.EventField) -> None:
    put(applied, "one", nested(str(alias.alias_of), "the value"))
    assert found(applied, {"term": {alias.name: "the value"}}) == ["one"]


@pytest.mark.parametrize("value", ["fast", "NaN", "Infinity", {"p50": 1}, 3.5e38])
def test_a_bad_latency_ends_in_the_failure_store(applied: Elasticsearch, value: Any) -> None:
    answer = put(applied, "bad", {"latency_ms": value})
    assert answer["failure_store"] == "used"
    assert applied.count(index=PREDICTION)["count"] == 0
    applied.indices.refresh(index=f"{PREDICTION}::failures")
    failures = applied.search(index=f"{PREDICTION}::failures")["hits"]["hits"]
    assert [hit["_source"]["document"]["id"] for hit in failures] == ["bad"]


def test_what_could_not_be_indexed_is_never_hidden_in_ignored(applied: Elasticsearch) -> None:
    put(applied, "good", {"latency_ms": 1.5, "labels": {"team": "risk"}})
    put(applied, "bad", {"latency_ms": "fast"})
    hits = applied.search(index=PREDICTION, query={"match_all": {}})["hits"]["hits"]
    assert [(hit["_id"], hit.get("_ignored")) for hit in hits] == [("good", None)]


def _mapped_fields(es: Elasticsearch) -> int:
    def count(properties: dict[str, Any]) -> int:
        return sum(1 + count(body.get("properties", {})) for body in properties.values())

    mappings = es.indices.get_mapping(index=_write_index(es))
    return sum(count(body["mappings"]["properties"]) for body in mappings.values())


def _write_index(es: Elasticsearch) -> str:
    return str(es.indices.get_data_stream(name=PREDICTION)["data_streams"][0]["indices"][-1]["index_name"])


def test_an_unknown_field_is_kept_in_the_source_and_does_not_grow_the_mapping(applied: Elasticsearch) -> None:
    before = _mapped_fields(applied)
    put(applied, "one", {"unheard": {"of": 1}, "http": {"request": {"headers": {"x": "y"}}}})
    assert _mapped_fields(applied) == before
    source = applied.get(index=_write_index(applied), id="one")["_source"]
    assert source["unheard"] == {"of": 1}


def test_ten_thousand_labels_stay_within_the_bound_and_the_event_is_kept(applied: Elasticsearch) -> None:
    answer = put(applied, "many", {"labels": {f"name{number:05}": number for number in range(10_000)}})
    assert "failure_store" not in answer
    assert _mapped_fields(applied) <= 500
    assert found(applied, {"term": {"event.id": "many"}}) == ["many"]
    source = applied.get(index=_write_index(applied), id="many")["_source"]
    assert len(source["labels"]) == 10_000


def test_features_grow_no_mapping_and_come_back_as_they_went_in(applied: Elasticsearch) -> None:
    before = _mapped_fields(applied)
    given = {f"name{number:03}": number / 4 for number in range(126)} | {"a.b": "c", "empty": ""}
    for number in range(3):
        answer = put(applied, f"one-{number}", {"features": given | {f"new{number}": number}})
        assert "failure_store" not in answer
    # One of them counts as a field itself, and nothing below it; a word where a number was is refused nowhere.
    assert "failure_store" not in put(applied, "two", {"features": {"name000": "word", "a": {"b": [1, "x"]}}})
    assert _mapped_fields(applied) == before
    source = applied.get(index=_write_index(applied), id="one-2")["_source"]
    assert source["features"] == given | {"new2": 2}
    assert found(applied, {"term": {"features.empty": ""}}) == []


def test_labels_are_keywords_whatever_was_put_into_them(applied: Elasticsearch) -> None:
    put(applied, "one", {"labels": {"build": 7, "on": True, "day": "2026-11-22", "a.b": "c", "deep": {"er": "x"}}})
    for name, value in {"build": "7", "on": "true", "day": "2026-11-22", "a.b": "c", "deep.er": "x"}.items():
        assert found(applied, {"term": {f"labels.{name}": value}}) == ["one"], name


def test_metrics_are_floats_and_a_word_among_them_is_refused(applied: Elasticsearch) -> None:
    put(applied, "one", {"metrics": {"val.loss": 0.25}})
    assert found(applied, {"range": {"metrics.val.loss": {"gt": 0.2, "lt": 0.3}}}) == ["one"]
    assert put(applied, "two", {"metrics": {"accuracy": "good"}})["failure_store"] == "used"


@pytest.mark.parametrize("stream", [PREDICTION, UNPARSED])
def test_no_length_of_a_value_makes_a_document_refused(applied: Elasticsearch, stream: str) -> None:
    # Lucene's limit for a term is 32,766 bytes; the characters here take three bytes each.
    long = "語" * 40_000
    text = {"message": long, "error": {"message": long, "stack_trace": long}, "event": {"original": long}}
    answer = put(applied, "long", text, {"model_name": long, "reason": long, "labels": {"note": long}}, stream=stream)
    assert "failure_store" not in answer
    query = f"FROM {stream} | EVAL n = LENGTH(event.original) | KEEP n | LIMIT 1"
    assert applied.esql.query(query=query)["values"] == [[40_000]]


def test_an_id_of_the_greatest_length_is_found(applied: Elasticsearch) -> None:
    longest = "x" * 128
    put(applied, longest, {"request_id": longest})
    assert found(applied, {"term": {"request_id": longest}}) == [longest]


@pytest.mark.parametrize("name", ["logs-model.prediction-invented", "logs-model.lifecycle-x", "metrics-model.node-y"])
def test_an_invented_environment_makes_no_data_stream(applied: Elasticsearch, name: str) -> None:
    with pytest.raises(NotFoundError, match="forbids index auto creation"):
        applied.create(index=name, id="1", document={"@timestamp": AT})
    operations: list[dict[str, Any]] = [{"create": {"_index": name, "_id": "1"}}, {"@timestamp": AT}]
    (item,) = applied.bulk(operations=operations)["items"]
    assert item["create"]["status"] == 404
    assert applied.indices.get_data_stream(name=f"*{name}*")["data_streams"] == []
    assert not applied.indices.exists(index=name)


def test_the_source_is_stored_and_comes_back_as_it_was_sent(applied: Elasticsearch) -> None:
    settings = applied.indices.get_settings(index=PREDICTION, flat_settings=True, include_defaults=True)
    (body,) = settings.values()
    assert body["settings"]["index.mode"] == "logsdb"
    assert body["settings"]["index.mapping.source.mode"] == "stored"
    # Synthetic source would sort the keys and make a text of the number.
    document = {"@timestamp": AT, "status": 200, "event": {"id": "one"}, "a": 1}
    applied.create(index=PREDICTION, id="one", document=document, refresh=True)
    source = applied.search(index=PREDICTION)["hits"]["hits"][0]["_source"]
    assert list(source.items()) == list(document.items())


def test_all_event_streams_answer_to_one_alias_even_when_empty(applied: Elasticsearch) -> None:
    put(applied, "p")
    put(applied, "l", stream="logs-model.lifecycle-staging")
    put(applied, "u", stream="logs-model.unparsed-unknown")
    applied.create(index="metrics-model.node-default", id="m", document={"@timestamp": AT}, refresh=True)
    assert sorted(found(applied, {"match_all": {}}, "model-logs")) == ["l", "p", "u"]


def test_each_stream_follows_its_policy_and_has_a_failure_store_with_its_own_retention(
    applied: Elasticsearch,
) -> None:
    streams = applied.indices.get_data_stream(name="logs-model.*,metrics-model.*")["data_streams"]
    policies = {stream["name"].partition("-model.")[2].partition("-")[0]: stream["ilm_policy"] for stream in streams}
    assert policies == {
        "prediction": "model-logs-policy-quiet",
        "lifecycle": "model-logs-audit-policy",
        "unparsed": "model-logs-unparsed-policy",
        "node": "model-logs-metrics-policy",
    }
    assert {stream["failure_store"]["enabled"] for stream in streams} == {True}
    assert {stream["failure_store"]["lifecycle"]["data_retention"] for stream in streams} == {"30d"}


def test_the_users_own_component_template_has_the_last_word(applied: Elasticsearch) -> None:
    applied.cluster.put_component_template(
        name="logs-model.unparsed@custom", template={"settings": {"index.lifecycle.name": "model-logs-policy"}}
    )
    try:
        applied.indices.rollover(alias=UNPARSED)
        (stream,) = applied.indices.get_data_stream(name=UNPARSED)["data_streams"]
        assert stream["indices"][-1]["ilm_policy"] == "model-logs-policy"
    finally:
        applied.indices.delete_data_stream(name=UNPARSED)
        applied.cluster.delete_component_template(name="logs-model.unparsed@custom")


def test_disk_samples_are_searchable(applied: Elasticsearch) -> None:
    fields = contract.load_contract().metrics_stream.fields.values()
    document = merged(*(nested(field.name, VALUES[field.type]) for field in fields))
    applied.create(index="metrics-model.node-default", id="one", document=document, refresh=True)
    missing = [f.name for f in fields if not found(applied, query_of(f), "metrics-model.node-default")]
    assert missing == []


@pytest.mark.parametrize("lookup", contract.load_contract().lookups.values(), ids=lambda lookup: lookup.name)
def test_a_lookup_index_can_be_joined(applied: Elasticsearch, lookup: contract.LookupIndex) -> None:
    row = {field.name: VALUES[field.type] for field in lookup.fields.values()} | {lookup.key: "churn|production"}
    applied.index(index=lookup.name, id="churn|production", document=row, refresh=True)
    for model in ("churn", "fraud"):
        put(applied, model, {"model_name": model, "environment": "production"})
    column = next(f.name for f in lookup.fields.values() if f.type == "date" and f.name != "@timestamp")
    answer = applied.esql.query(
        query=f"""
        FROM {PREDICTION}
        | STATS events = COUNT(*) BY model_name, environment
        | EVAL model = model_name, {lookup.key} = CONCAT(model_name, "|", environment)
        | LOOKUP JOIN {lookup.name} ON {lookup.key}
        | EVAL known = {column} IS NOT NULL
        | KEEP model, model_name, known, events
        | SORT model
        | LIMIT 10
        """
    )
    # The lookup's own column replaces the query's, with null where nothing matches: hence the copy in `model`.
    assert answer["values"] == [["churn", VALUES["keyword"], True, 1], ["fraud", None, False, 1]]


def test_a_lookup_index_refuses_a_name_that_is_not_in_the_contract(applied: Elasticsearch) -> None:
    with pytest.raises(Exception, match="strict_dynamic_mapping_exception"):
        applied.index(index="model-logs-models", id="x", document={"model_environment": "x", "misspelt": 1})
