"""What a line looks like, and what each method writes."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta, timezone

import pytest

from model_logs import contract
from model_logs._logger.events import NOT_CALLED


def test_a_line_begins_with_the_time_and_then_the_event(written):
    written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    line = written.path.read_bytes()
    assert line.startswith(b'{"@timestamp":"20')
    assert list(written.event)[:2] == ["@timestamp", "event"]
    assert list(written.event["event"]) == ["id", "sequence"]
    assert datetime.fromisoformat(written.event["@timestamp"]) - datetime.now(UTC) < timedelta(minutes=1)


def test_an_event_carries_writer_number_process_host_service_and_environment(written):
    written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    event = written.event
    writer = event["process"]["entity_id"]
    assert len(bytes.fromhex(writer)) * 8 == 96
    assert event["event"] == {"id": f"{writer}-1", "sequence": 1}
    assert event["service"] == {"name": "fraud-api"}
    assert event["environment"] == "production"
    assert event["host"]["name"]


def test_numbers_count_up_by_one_beyond_a_thousand(written):
    for _ in range(2345):
        written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    events = written.events
    assert [event["event"]["sequence"] for event in events] == list(range(1, 2346))
    assert all(e["event"]["id"] == f"{e['process']['entity_id']}-{e['event']['sequence']}" for e in events)


@pytest.mark.parametrize("event_type", sorted(contract.load_contract().event_types.keys() - NOT_CALLED))
def test_each_event_type_has_a_method_and_its_event_fits_the_contract(written, event_type):
    loaded = contract.load_contract()
    examples = {"keyword": "x", "text": "x", "float": 1.0, "integer": 100, "long": 1, "byte": 1, "boolean": True}
    fields = {
        f.keyword: f.values[0] if f.values else examples[f.type]
        for f in loaded.carried_by(event_type)
        if f.set_by == "caller" and f.type in examples and not f.list
    }
    method = getattr(written.log, "prediction" if event_type == "predict" else event_type)
    method(**fields, labels={"a": "b"}, tags=["t"])
    event = written.event
    assert event["event_type"] == event_type
    assert written.log.stats()["invalid"] == written.log.stats()["unknown_keyword"] == 0

    def leaves(tree, prefix=""):
        for name, value in tree.items():
            if isinstance(value, dict) and prefix + name not in ("labels", "metrics"):
                yield from leaves(value, f"{prefix}{name}.")
            else:
                yield prefix + name

    assert set(leaves(event)) <= loaded.fields.keys()
    for keyword in fields:
        assert contract.load_contract().fields[_field_of(keyword)].name in set(leaves(event))


def _field_of(keyword):
    return next(
        f.name for f in contract.load_contract().fields.values() if f.set_by == "caller" and f.keyword == keyword
    )


def test_an_event_of_ones_own_type(written):
    written.log.event("features_refreshed", model_name="fraud", labels={"rows": 12})
    assert written.event["event_type"] == "features_refreshed"
    assert written.event["model_name"] == "fraud"
    assert written.event["labels"] == {"rows": "12"}
    assert written.event["status"] == "success"


def test_a_name_of_ones_own_becomes_a_label_and_is_counted(written):
    written.log.prediction(model_name="fraud", request_id="r", latency_ms=1.0, regoin="eu")
    assert written.event["labels"] == {"regoin": "eu"}
    assert written.log.stats()["unknown_keyword"] == 1


def test_what_is_missing_is_marked_and_written(written):
    written.log.prediction(model_name="fraud")
    assert written.event["tags"] == ["incomplete"]
    assert written.log.stats()["incomplete"] == 2


def test_an_event_may_bring_its_own_id_and_time(written):
    at = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    written.log.registered(model_name="fraud", event_id="mlflow:delivery-7", timestamp=at)
    written.log.registered(model_name="fraud", timestamp="2026-03-01T10:00:00.5Z")
    first, second = written.events
    assert first["event"] == {"id": "mlflow:delivery-7", "sequence": 1}
    assert first["@timestamp"] == "2026-03-01T10:00:00.000Z"
    assert second["@timestamp"] == "2026-03-01T10:00:00.500Z"
    assert second["event"]["id"].endswith("-2")


@pytest.mark.parametrize("own", ["a b", "x" * 129, "", "ü", '","sequence":9,"a":"', 'a"b\n'])
def test_an_id_that_elasticsearch_would_refuse_becomes_its_hash_and_a_label(written, own):
    written.log.registered(model_name="fraud", event_id=own)
    assert len(written.event["event"]["id"]) == 64
    assert written.event["labels"]["event_id"] == own


def test_a_time_that_is_none_is_kept_as_a_label(written):
    written.log.registered(model_name="fraud", timestamp="yesterday")
    assert written.event["labels"] == {"timestamp": "yesterday"}
    assert written.event["@timestamp"] > "2026"


@pytest.mark.parametrize("method", ["info", "debug", "warning", "error", "exception", "critical"])
def test_a_method_of_other_loggers_says_what_to_use(written, method):
    with pytest.raises(AttributeError, match=rf"logging.getLogger\(__name__\).{method}"):
        getattr(written.log, method)


def test_an_unknown_attribute_is_an_ordinary_error(written):
    with pytest.raises(AttributeError, match="no attribute 'predicton'"):
        written.log.predicton  # noqa: B018


def test_bound_fields_stand_in_each_event_and_a_given_one_wins(written):
    bound = written.log.bind(model_name="fraud", model_version=3, labels={"a": "1", "b": "1"})
    bound.prediction(request_id="r", latency_ms=1.0, labels={"b": "2"})
    bound.bind(model_version="4").approved(user="ann")
    first, second = written.events
    assert (first["model_name"], first["model_version"], first["labels"]) == ("fraud", "3", {"a": "1", "b": "2"})
    assert (second["model_version"], second["user"], second["labels"]) == ("4", {"name": "ann"}, {"a": "1", "b": "1"})


def test_a_bound_logger_travels_to_another_process(written):
    import pickle

    from model_logs import logger

    assert pickle.loads(pickle.dumps(logger)) is logger
    assert pickle.loads(pickle.dumps(logger.bind(model_name="m")))._bound == {"model_name": "m"}


def test_the_short_and_the_long_way_write_the_same(written):
    fields = {
        "model_name": "früd", "model_version": "3", "request_id": 'a"b\n', "latency_ms": 1.25, "status": "error",
        "prediction_label": "x", "prediction_score": 0.1, "stage": "staging", "variant": "canary",
        "batch_size": 4, "cache_hit": False, "drift_score": 0.5, "http_response_status_code": 200, "level": "info",
        "labels": {"a": "1", "b.c": "2"},
    }  # fmt: skip
    written.log.prediction(**fields)
    written.log.event("predict", **fields)
    short, long = written.events
    for event in (short, long):
        event.pop("@timestamp")
        event.pop("event")
    assert short == long


def test_the_signatures_are_those_of_the_contract():
    from model_logs._logger import logger

    assert "model_name" in inspect.signature(logger.prediction).parameters
