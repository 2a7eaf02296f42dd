"""How structlog and python-json-logger are set up elsewhere: what they make of a line is found in its own field."""

from __future__ import annotations

import logging
import logging.config

import pytest
import structlog

from model_logs._logger.complaints import forget_complaints
from model_logs.adapters.stdlib import Formatter, Handler
from model_logs.adapters.structlog import BoundLogger, write
from model_logs.testing import capture


def through(*processors, wrapper=None):
    return structlog.wrap_logger(
        None, processors=[*processors, write], wrapper_class=wrapper or structlog.BoundLogger
    )


def refuse():
    raise LookupError("no such row:\n7")


def test_an_exception_that_dict_tracebacks_took_apart_fills_the_fields_of_the_error():
    log = through(structlog.processors.dict_tracebacks, wrapper=structlog.make_filtering_bound_logger(0))
    with capture() as captured:
        try:
            int("no such row")
        except ValueError:
            log.exception("not scored")
    (event,) = captured.events
    assert (event["error"]["type"], event["error"]["message"]) == (
        "ValueError",
        "invalid literal for int() with base 10: 'no such row'",
    )
    assert "test_set_ups.py" in event["error"]["stack_trace"]
    assert "exception" not in event.get("labels", {})


@pytest.mark.parametrize(
    "processor", [structlog.processors.ExceptionRenderer(), structlog.processors.format_exc_info]
)
def test_an_exception_that_was_made_text_before_fills_the_fields_of_the_error(processor):
    log = through(processor, wrapper=structlog.make_filtering_bound_logger(0))
    with capture() as captured:
        try:
            refuse()
        except LookupError:
            log.exception("not scored")
    error = captured.events[0]["error"]
    assert (error["type"], error["message"]) == ("LookupError", "no such row:\n7")
    assert error["stack_trace"].startswith("Traceback")


@pytest.mark.parametrize(
    ("text", "kind"), [("a.b.CError", "a.b.CError"), ("it went wrong", None), ("", None), ("  indented", None)]
)
def test_a_text_without_a_traceback_names_its_class_where_it_is_one(text, kind):
    with capture() as captured:
        through(wrapper=BoundLogger).info("x", exception=text)
    assert captured.events[0].get("error", {}).get("type") == kind


@pytest.mark.parametrize("to", ["message", "msg"])
def test_a_renamed_event_is_the_message(to):
    log = through(structlog.processors.EventRenamer(to), wrapper=structlog.make_filtering_bound_logger(0))
    with capture() as captured:
        log.info("loaded", rows=3)
    assert (captured.events[0]["message"], captured.events[0]["labels"]) == ("loaded", {"rows": "3"})


@pytest.mark.parametrize(
    "log", [through(wrapper=BoundLogger), through(wrapper=structlog.make_filtering_bound_logger(0))]
)
def test_a_level_that_is_no_name_and_a_stack_that_is_asked_for_are_kept(log):
    with capture() as captured:
        log.info("x", level=2)
        log.info("y", stack_info=True)
    first, second = captured.events
    assert (first["log"]["level"], first["labels"]) == ("info", {"level": "2"})
    assert "test_set_ups.py" in second["error"]["stack_trace"]


@pytest.mark.parametrize(
    "options",
    [
        {"json_ensure_ascii": False},
        {"json_indent": 2, "json_default": str, "json_encoder": None, "json_serializer": None},
        {"timestamp": True, "static_fields": {"team": "risk"}, "exc_info_as_array": True},
        {"of_another_formatter": 1},
    ],
)
def test_options_of_python_json_logger_are_taken_or_do_nothing(options, capfd):
    forget_complaints()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"events": {"()": "model_logs.adapters.stdlib.Formatter", **options}},
            "handlers": {
                "stream": {"class": "logging.StreamHandler", "formatter": "events"},
                "events": {"()": "model_logs.adapters.stdlib.Handler", "level": "INFO", "filename": "x.log"},
            },
            "loggers": {"set-ups": {"handlers": ["stream", "events"], "propagate": False}},
        }
    )
    log = logging.getLogger("set-ups")
    try:
        with capture() as captured:
            log.warning("café")
    finally:
        log.handlers.clear()
    assert [event["message"] for event in captured.events] == ["café", "café"]
    assert "Handler has no option filename" in capfd.readouterr().err


@pytest.mark.parametrize("created", [float("nan"), float("inf"), -1e30, 1e30, None, "now", object()])
@pytest.mark.parametrize("way", [Handler().handle, Formatter().format])
def test_a_record_with_a_strange_time_is_an_event_of_now(way, created):
    record = logging.makeLogRecord({"name": "m", "levelno": 20, "msg": "loaded", "args": None})
    record.created = created
    with capture() as captured:
        way(record)
    assert captured.events[0]["message"] == "loaded"


def test_a_message_in_a_dictionary_is_the_message():
    record = logging.makeLogRecord(
        {"name": "m", "levelno": 20, "msg": {"message": "loaded", "rows": 3}, "args": None}
    )
    with capture() as captured:
        Handler().handle(record)
        Formatter().format(record)
    assert [event["message"] for event in captured.events] == ["loaded", "loaded"]
