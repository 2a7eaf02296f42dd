"""The standard library's logging: through records, without them, and as lines for handlers of somebody else's."""

# ruff: noqa: G101, LOG001, TRY301 - these tests log in every way that programs do

from __future__ import annotations

import io
import json
import logging
import logging.config
import logging.handlers
import queue

import pytest

from model_logs.adapters.stdlib import EventLogger, Formatter, Handler

PREDICTION = {
    "event_type": "predict",
    "model_name": "fraud",
    "model_version": "3",
    "request_id": "r1",
    "latency_ms": 12.5,
    "prediction_label": "legitimate",
    "prediction_score": 0.93,
}


def test_a_line_becomes_a_log_event(log, captured, stored):
    log.warning("%d rows in %s", 3, "queue", extra={"queue": "q1"})
    (event,) = captured.events
    assert event["event_type"] == "log"
    assert event["message"] == "3 rows in queue"
    assert event["log"] == {"level": "warning", "logger": "shop.scoring"}
    assert event["labels"] == {"queue": "q1"}
    assert event["status"] == "success"
    assert event["event"]["sequence"] == 1
    assert stored(captured.lines[0])


def test_a_line_that_names_its_type_is_that_event(log, captured, stored):
    log.info("scored", extra=PREDICTION)
    log.info("moved", extra={"event_type": "transitioned", "model_name": "m", "stage": "production", "user": "ann"})
    log.info("mine", extra={"event_type": "cache_warmed", "model_name": "m"})
    predict, transitioned, own = captured.events
    for name, value in PREDICTION.items():
        assert predict[name] == value
    assert predict["message"] == "scored"
    assert predict["log"] == {"level": "info", "logger": "shop.scoring"}
    assert transitioned["user"]["name"] == "ann"
    assert own["event_type"] == "cache_warmed"
    assert all(map(stored, captured.lines))


def test_a_message_that_is_called_like_an_event_type_is_a_message(log, captured):
    log.info("deleted")
    assert captured.events[0]["event_type"] == "log"


@pytest.mark.parametrize(
    "extra",
    [
        {"status": 200},
        {"user": {"id": 7}},
        {"stage": "checkout"},
        {"latency_ms": "12ms"},
        {"metrics": {"auc": "n/a"}},
        {"features": {"age": 41}},
        {"features": [1, 2]},
        {"tags": "a,b"},
        {"labels": "not a mapping"},
        {"logger": "x", "level": "y", "message_id": 3},
        {"event_id": "e-1"},
        {"timestamp": "yesterday"},
        {"request_id": ["r"]},
    ],
)
def test_what_does_not_fit_the_contract_is_a_label_of_a_log_line(log, captured, stored, extra):
    log.info("x", extra=extra)
    assert captured.events[0]["labels"].keys() == extra.keys()
    assert stored(captured.lines[0])


def test_what_fits_the_contract_is_a_field_of_a_log_line(log, captured, stored):
    log.info(
        "x", extra={"status": "Timeout", "model_name": "m", "model_version": 3, "request_id": "r", "trace.id": "t"}
    )
    (event,) = captured.events
    assert (event["status"], event["model_name"], event["model_version"]) == ("timeout", "m", "3")
    assert event["request_id"] == "r"
    assert event["trace"] == {"id": "t"}
    assert "labels" not in event
    assert stored(captured.lines[0])


def test_names_of_a_callers_own_become_labels_of_a_prediction(log, captured, stored):
    log.info("scored", extra={**PREDICTION, "region": "eu", "labels": {"tier": "gold"}, "batch_size": 2})
    log.info("scored", extra={**PREDICTION, "region": "eu", "level": "mine", "user": "ann"})
    first, second = captured.events
    assert first["labels"] == {"region": "eu", "tier": "gold"}
    assert first["batch_size"] == 2
    assert second["labels"] == {"region": "eu", "level": "mine"}
    assert second["log"]["level"] == "info"
    assert all(map(stored, captured.lines))


def test_a_prediction_with_a_value_of_the_wrong_type_is_judged_by_the_reader(log, captured, stored):
    log.info("scored", extra={**PREDICTION, "latency_ms": "12.5ms"})
    assert captured.events[0]["latency_ms"] == "12.5ms"
    assert not stored(captured.lines[0])


def test_an_exception_is_logged_with_its_stack(log, captured, stored):
    try:
        dict[str, object]()["nothing"]
    except KeyError:
        log.exception("lookup failed")
        log.info("tried", exc_info=True)
    failed, tried = captured.events
    assert failed["status"] == "error"
    assert tried["status"] == "success"
    for event in (failed, tried):
        assert event["error"]["type"] == "KeyError"
        assert event["error"]["message"] == "'nothing'"
        assert "test_an_exception_is_logged" in event["error"]["stack_trace"]
    assert all(map(stored, captured.lines))


def test_an_exception_says_how_a_prediction_ended(log, captured, stored):
    log.error("late", extra=PREDICTION, exc_info=TimeoutError("5 s"))
    log.error("bad", extra=PREDICTION)
    log.error("bad", extra={**PREDICTION, "status": "invalid"})
    log.info("stopped", extra=PREDICTION, exc_info=KeyboardInterrupt())
    assert [event["status"] for event in captured.events] == ["timeout", "error", "invalid", "success"]
    assert all(map(stored, captured.lines))


def test_a_stack_that_was_asked_for_is_there(log, captured):
    log.info("here", stack_info=True)
    assert "test_a_stack_that_was_asked_for" in captured.events[0]["error"]["stack_trace"]


def test_secrets_are_replaced(log, captured):
    log.info("token=%s", "0123456789abcdef", extra={"password": "hunter2"})
    log.info("token=0123456789abcdef", extra=PREDICTION)
    assert b"0123456789abcdef" not in b"".join(captured.lines)
    assert b"hunter2" not in b"".join(captured.lines)


def test_arguments_that_do_not_fit_cost_nothing_but_their_places(log, captured):
    log.info("%d rows", "many")
    log.info("%s", Hostile())
    log.info("100%", 1)
    log.info("%(a)s", {"a": 1})
    messages = [event["message"] for event in captured.events]
    assert len(messages) == 4
    assert (messages[0], messages[3]) == ('["%d rows","many"]', "1")


class Hostile:
    """Raises whatever is asked of it."""

    def __str__(self):
        raise RuntimeError

    __repr__ = __bool__ = __eq__ = __len__ = __iter__ = __hash__ = __str__  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["value", "event_type", "status", "labels", "tags", "latency_ms", "message_id"])
@pytest.mark.parametrize("more", [{}, PREDICTION])
def test_hostile_values_lose_no_line(log, captured, name, more):
    log.info("x", extra={**more, name: Hostile()})
    assert len(captured.lines) == 1


def test_names_of_a_record_are_taken_by_our_logger(captured):
    log = EventLogger("a", logging.INFO)
    log.addHandler(Handler())
    log.addHandler(logging.NullHandler())
    log.info("x", extra={"name": "n", "args": 1, "labels": {"own": "l"}})
    log.handlers.pop()
    log.info("x", extra={"name": "n", "args": 1, "labels": {"own": "l"}})
    assert [event["labels"] for event in captured.events] == [{"name": "n", "args": "1", "own": "l"}] * 2


def test_a_dictionary_for_a_message_is_fields(log, captured):
    log.info({"event_type": "predict", **PREDICTION})
    log.info({"rows": 3})
    predict, line = captured.events
    assert predict["model_name"] == "fraud"
    assert line["labels"] == {"rows": "3"}


class Listening(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


def test_another_handler_is_told_who_called(captured):
    log = EventLogger("a", logging.INFO)
    other = Listening()
    log.addHandler(Handler())
    log.addHandler(other)
    log.info("one", extra=PREDICTION)
    log.warning("two")
    assert [record.funcName for record in other.records] == ["test_another_handler_is_told_who_called"] * 2
    assert [event["message"] for event in captured.events] == ["one", "two"]


def test_propagation_levels_and_filters_are_kept(captured):
    parent, child = EventLogger("p", logging.INFO), EventLogger("p.c", logging.INFO)
    child.parent = parent
    parent.addHandler(Handler(logging.WARNING))
    child.info("too low for the handler")
    child.debug("too low for the logger")
    child.warning("through the parent")
    child.addHandler(Handler())
    child.error("twice, as logging has it")
    child.propagate = False
    child.handlers[0].addFilter(lambda record: "secret" not in record.msg)
    child.info("secret")
    child.info("kept")
    child.handlers.clear()
    assert [event["message"] for event in captured.events] == [
        "through the parent",
        "twice, as logging has it",
        "twice, as logging has it",
        "kept",
    ]


def test_no_record_is_made_where_only_our_handler_listens(captured, monkeypatch):
    log = EventLogger("a", logging.INFO)
    log.addHandler(Handler())
    monkeypatch.setattr(EventLogger, "makeRecord", lambda *_: pytest.fail("a record was made"))
    log.info("x", extra=PREDICTION)
    log.warning("y", extra={"a": 1})
    log.log(25, "z")
    assert len(captured.lines) == 3
    assert captured.events[2]["log"]["level"] == "level 25"


def test_a_factory_of_records_is_asked(captured):
    def factory(*args, **kwargs):
        record = before(*args, **kwargs)
        record.region = "eu"
        return record

    log = EventLogger("a", logging.INFO)
    log.addHandler(Handler())
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(factory)
    try:
        log.info("x")
    finally:
        logging.setLogRecordFactory(before)
    assert captured.events[0]["labels"] == {"region": "eu"}


def test_an_adapter_of_logging_adds_its_fields(log, captured):
    logging.LoggerAdapter(log, PREDICTION).info("scored")
    assert captured.events[0]["model_name"] == "fraud"


def test_a_record_from_a_queue_keeps_its_time_and_its_exception(captured):
    waiting = queue.SimpleQueue()
    log = logging.Logger("a", logging.INFO)
    log.addHandler(logging.handlers.QueueHandler(waiting))
    try:
        raise ValueError("boom")
    except ValueError:
        log.exception("failed")
    record = waiting.get()
    record.created = 1_700_000_000.25
    Handler().handle(record)
    (event,) = captured.events
    assert event["@timestamp"] == "2023-11-14T22:13:20.250Z"
    assert "boom" in json.dumps(event)


def configure(**formatter):
    stream = io.StringIO()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"events": {"()": "model_logs.adapters.stdlib.Formatter", **formatter}},
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "events", "stream": stream}},
            "loggers": {"of.dict.config": {"handlers": ["out"], "level": "DEBUG", "propagate": False}},
        }
    )
    return logging.getLogger("of.dict.config"), stream


# The formatter numbers lines for somebody else's handler, which a capture would take away: these run in processes.
FORMATTED = """
import json, logging, sys
from model_logs import logger
from model_logs.adapters.stdlib import Formatter
logger.configure(path="events.log", service="s")
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(Formatter(static_fields={{"region": "eu"}}, rename_fields={{"cid": "request_id"}}))
log = logging.getLogger("a")
log.addHandler(handler)
log.setLevel(10)
{code}
"""


def test_the_formatter_makes_our_lines_for_any_handler(python, stored):
    code = """
log.info("%d rows", 3, extra={"cid": "r9"})
log.info("scored", extra=dict(event_type="predict", model_name="m", request_id="r", latency_ms=1.5))
log.info("%d rows", "many")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
logger.event("mine")
"""
    lines = python(FORMATTED.format(code=code)).stdout.splitlines()
    first, second, third, failed = map(json.loads, lines)
    assert (first["message"], first["request_id"], first["labels"]) == ("3 rows", "r9", {"region": "eu"})
    assert second["event_type"] == "predict"
    assert third["message"] == '["%d rows","many"]'
    assert failed["error"]["type"] == "ZeroDivisionError"
    assert [json.loads(line)["event"]["sequence"] for line in lines] == [1, 2, 3, 4]
    assert all(map(stored, lines))


def test_the_formatter_is_ready_for_dict_config(captured):
    log, stream = configure(fmt="%(levelname)s %(funcName)s %(message)s")
    log.info("x", extra={"a": 1})
    # Captured: nothing reaches the stream but the end of the line that its handler writes.
    assert stream.getvalue() == "\n"
    assert captured.events[0]["labels"] == {"a": "1", "funcName": "test_the_formatter_is_ready_for_dict_config"}
    logging.getLogger("of.dict.config").handlers.clear()


def test_a_line_of_the_formatter_fits_into_a_pipe(captured):
    record = logging.makeLogRecord({"msg": "x" * 20_000, "levelno": 20, "name": "a"})
    Formatter().format(record)
    Formatter(limit=100_000).format(record)
    short, long = captured.lines
    assert len(short) <= 4096
    assert len(long) > 20_000
    assert "truncated" in captured.events[0]["tags"]


@pytest.mark.parametrize("way", ["Handler", "Formatter"])
def test_disabled_it_writes_nothing(python, way):
    code = f"""
    import logging
    from model_logs.adapters import stdlib
    logging.setLoggerClass(stdlib.EventLogger)
    handler = stdlib.Handler() if {way!r} == "Handler" else logging.StreamHandler()
    handler.setFormatter(stdlib.Formatter())
    logging.basicConfig(handlers=[handler], level=10)
    logging.getLogger("a").info("x", extra={{"event_type": "predict", "model_name": "m"}})
    logging.getLogger("a").error("x")
    """
    done = python(code, MODEL_LOGS_DISABLED="1")
    assert done.stdout == b""
    assert done.stderr.strip() == b""


def test_a_prediction_may_say_more_or_less_than_most(log, captured, stored):
    given = [
        PREDICTION,
        {**{name: value for name, value in PREDICTION.items() if name != "prediction_label"}, "stage": "production"},
        {**PREDICTION, "status": "timeout"},
        {**PREDICTION, "model_version": 3},
        {**PREDICTION, "prediction_score": None},
    ]
    for fields in given:
        log.info("scored", extra=fields)
    assert all(map(stored, captured.lines))
    for fields, event in zip(given, captured.events, strict=True):
        said = {name: value for name, value in fields.items() if value is not None}
        assert event.items() >= {"status": "success", **said, "model_version": "3"}.items()
        assert event["log"] == {"level": "info", "logger": "shop.scoring"}
