"""structlog: the processor, the wrapper class, and the wrapper class among processors of somebody else's."""

# ruff: noqa: G010, G201, TRY301 - these tests log in every way that programs do

from __future__ import annotations

import asyncio
import json
import pickle
from typing import Any

import pytest
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars
from structlog.testing import capture_logs

from model_logs import logger
from model_logs.adapters.structlog import BoundLogger, make_filtering_bound_logger, write

PREDICTION = {
    "event_type": "predict",
    "model_name": "fraud",
    "model_version": "3",
    "request_id": "r1",
    "latency_ms": 12.5,
    "prediction_label": "legitimate",
    "prediction_score": 0.93,
}


def test_a_line_becomes_a_log_event(slog, captured, stored):
    slog.bind(region="eu").warning("rows", count=3)
    (event,) = captured.events
    assert event["event_type"] == "log"
    assert event["message"] == "rows"
    assert event["log"] == {"level": "warning"}
    assert event["labels"] == {"region": "eu", "count": "3"}
    assert stored(captured.lines[0])


def test_a_line_that_names_its_type_is_that_event(slog, captured, stored):
    slog.info("scored", **PREDICTION)
    slog.bind(**PREDICTION).info("scored", region="eu", cache_hit=True)
    slog.info("deleted")
    first, second, line = captured.events
    for event in (first, second):
        assert {name: event[name] for name in PREDICTION} == PREDICTION
        assert event["message"] == "scored"
        assert event["log"] == {"level": "info"}
    assert second["labels"] == {"region": "eu"}
    assert second["cache_hit"] is True
    assert line["event_type"] == "log"
    assert all(map(stored, captured.lines))


def test_context_variables_are_in_every_line(slog, captured):
    with bound_contextvars(request_id="r7", region="eu"):
        slog.info("here", region="us")
        slog.info("scored", **{**PREDICTION, "request_id": None})
    slog.info("gone")
    here, scored, gone = captured.events
    assert (here["request_id"], here["labels"]) == ("r7", {"region": "us"})
    assert scored["labels"] == {"region": "eu"}
    assert "request_id" not in gone


def test_the_request_of_our_logger_is_in_every_line(slog, captured):
    with logger.request("r8"):
        slog.info("here")
        slog.info("scored", **{name: value for name, value in PREDICTION.items() if name != "request_id"})
    assert [event["request_id"] for event in captured.events] == ["r8", "r8"]


def test_context_variables_follow_tasks(slog, captured):
    async def one(name):
        bind_contextvars(request_id=name)
        await asyncio.sleep(0)
        await slog.ainfo("awaited", **{**PREDICTION, "request_id": name})
        await slog.awarning("there")

    async def both():
        await asyncio.gather(one("a"), one("b"))

    asyncio.run(both())
    assert sorted(event["request_id"] for event in captured.events) == ["a", "a", "b", "b"]


def test_exceptions_are_logged_with_their_stacks(slog, captured, stored):
    try:
        dict[str, object]()["nothing"]
    except KeyError as error:
        slog.exception("one")
        slog.error("two", exc_info=True)
        slog.info("three", exc_info=error)
    assert [event["status"] for event in captured.events] == ["error", "error", "success"]
    for event in captured.events:
        assert event["error"]["type"] == "KeyError"
        assert "test_exceptions_are_logged" in event["error"]["stack_trace"]
    assert [event["log"]["level"] for event in captured.events] == ["error", "error", "info"]
    assert all(map(stored, captured.lines))


@pytest.mark.parametrize("extra", [{"status": 200}, {"user": {"id": 7}}, {"stage": "checkout"}, {"event_id": "e"}])
def test_what_does_not_fit_the_contract_is_a_label_of_a_log_line(slog, captured, stored, extra):
    slog.info("x", **extra)
    assert captured.events[0]["labels"].keys() == extra.keys()
    assert stored(captured.lines[0])


def test_secrets_are_replaced(slog, captured):
    slog.info("token=0123456789abcdef", password="hunter2")
    assert b"0123456789abcdef" not in captured.lines[0]
    assert b"hunter2" not in captured.lines[0]


def test_arguments_are_put_into_the_message(captured):
    log = structlog.wrap_logger(None, processors=[write], wrapper_class=BoundLogger)
    log.info("%d rows", 3)
    log.info("%d rows", "many")
    log.info("%(n)d rows", {"n": 3})
    assert [event["message"] for event in captured.events] == ["3 rows", '["%d rows","many"]', "3 rows"]


class Hostile:
    def __str__(self):
        raise RuntimeError

    __repr__ = __bool__ = __eq__ = __len__ = __iter__ = __hash__ = __str__  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["value", "event_type", "status", "labels", "timestamp", "level", "stack", "logger"])
@pytest.mark.parametrize("more", [{}, PREDICTION])
def test_hostile_values_lose_no_line(slog, captured, name, more):
    slog.info("x", **{**more, name: Hostile()})
    slog.info(Hostile(), **more)
    assert len(captured.lines) == 2


def test_what_processors_of_structlog_add_is_understood(captured, stored):
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.TimeStamper(fmt="iso"),
        write,
    ]
    log = structlog.wrap_logger(None, processors=processors, wrapper_class=structlog.BoundLogger)
    log.warn("old")
    log.info("stack", stack_info=True)
    try:
        raise ValueError("boom")
    except ValueError:
        log.error("failed", exc_info=True)
    old, stack, failed = captured.events
    assert old["log"]["level"] == "warning"
    assert "labels" not in old
    assert "test_what_processors" in stack["error"]["stack_trace"]
    assert "boom" in failed["error"]["stack_trace"]
    assert all(map(stored, captured.lines))


@pytest.mark.parametrize(
    ("stamp", "time", "labels"),
    [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z", None),
        ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.000Z", None),
        ("2026-01-02T03:04:05", None, {"timestamp": "2026-01-02T03:04:05"}),
        ("noon", None, {"timestamp": "noon"}),
    ],
)
def test_a_timestamp_is_taken_where_it_says_which_time_it_is(slog, captured, stamp, time, labels):
    slog.info("x", timestamp=stamp)
    (event,) = captured.events
    assert event.get("labels") == labels
    assert (event["@timestamp"] == time) == (time is not None)


def test_the_wrapper_class_has_levels(captured):
    log = structlog.wrap_logger(None, processors=[write], wrapper_class=make_filtering_bound_logger("warning"))
    log.debug("no")
    log.info("no", **PREDICTION)
    asyncio.run(log.ainfo("no"))
    log.log(20, "no")
    log.log("error", "yes")
    log.warn("yes")
    log.fatal("yes")
    assert [event["log"]["level"] for event in captured.events] == ["error", "warning", "critical"]
    assert log.is_enabled_for(30)
    assert not log.is_enabled_for(20)
    assert log.get_effective_level() == 30


def test_processors_of_somebody_elses_run(captured):
    def drop_health(_, __, event_dict):
        if event_dict.get("path") == "/health":
            raise structlog.DropEvent
        return {**event_dict, "added": True}

    log = structlog.wrap_logger(None, processors=[drop_health, write], wrapper_class=BoundLogger)
    log.info("asked", path="/health")
    log.info("asked", path="/score")
    assert [event["labels"] for event in captured.events] == [{"path": "/score", "added": "true"}]


def test_structlogs_own_capture_still_works(captured):
    structlog.configure(processors=[write], wrapper_class=BoundLogger)
    log = structlog.get_logger()
    with capture_logs() as entries:
        log.info("x", **PREDICTION)
    log.info("y")
    assert entries == [{"event": "x", "log_level": "info", **PREDICTION}]
    assert [event["message"] for event in captured.events] == ["y"]


def test_a_logger_can_be_pickled(captured):
    log = structlog.wrap_logger(None, processors=[write], wrapper_class=make_filtering_bound_logger("info")).bind(a=1)
    pickle.loads(pickle.dumps(log)).info("x")
    assert captured.events[0]["labels"] == {"a": "1"}


def test_lines_for_somebody_else_to_write(python, stored):
    code = """
    import structlog, sys
    from model_logs import logger
    from model_logs.adapters.structlog import render
    logger.configure(path="events.log")
    structlog.configure(processors=[render], logger_factory=structlog.PrintLoggerFactory(sys.stdout))
    structlog.get_logger().info("x", a=1)
    structlog.get_logger().error("y", event_type="predict", model_name="m", request_id="r", latency_ms=1.5)
    """
    lines = python(code).stdout.splitlines()
    assert [json.loads(line)["event"]["sequence"] for line in lines] == [1, 2]
    assert [json.loads(line)["status"] for line in lines] == ["success", "error"]
    assert all(map(stored, lines))


def test_none_takes_the_place_of_what_is_bound(slog, captured):
    slog.bind(**PREDICTION).info("scored", model_version=None)
    assert "model_version" not in captured.events[0]


def test_a_prediction_may_say_more_or_less_than_most(slog, captured, stored):
    given = [
        PREDICTION,
        {**PREDICTION, "status": "timeout"},
        {**PREDICTION, "prediction_score": None},
        {name: value for name, value in PREDICTION.items() if name != "prediction_label"},
        {**PREDICTION, "model_version": 3, "cache_hit": True, "batch_size": 1},
    ]
    for fields in given:
        slog.info("scored", **fields)
    assert all(map(stored, captured.lines))
    for fields, event in zip(given, captured.events, strict=True):
        said = {name: value for name, value in fields.items() if value is not None}
        assert event.items() >= {"status": "success", **said, "model_version": "3"}.items()
        assert event["log"] == {"level": "info"}


def test_processors_see_what_was_given(captured):
    seen = []

    def look(_, __, event_dict):
        seen.append(dict(event_dict))
        return event_dict

    log = structlog.wrap_logger(None, processors=[look, write], wrapper_class=BoundLogger)
    log.info("scored", **PREDICTION, prediction_note=None)
    log.info("scored", model_version=None)
    assert seen == [
        {**PREDICTION, "prediction_note": None, "event": "scored"},
        {"model_version": None, "event": "scored"},
    ]
