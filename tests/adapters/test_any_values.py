"""Whatever a program hands to a logging library: one strict line each, stored as an event, and nothing raised."""

# ruff: noqa: LOG001 - these tests log in every way that programs do

from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_logs.adapters.stdlib import EventLogger, Formatter, Handler
from model_logs.adapters.structlog import BoundLogger, write
from model_logs.parse import Origin, Parser
from model_logs.tables.contract import KEYWORDS
from model_logs.testing import capture

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.characters()
    | st.binary(max_size=30)
    | st.dates()
    | st.datetimes()
    | st.decimals()
    | st.uuids()
    | st.complex_numbers()
    | st.builds(object)
    | st.builds(ValueError, st.text(max_size=9))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
        | st.frozensets(st.text(max_size=9), max_size=3)
    ),
    max_leaves=5,
)
# Names of the contract as often as others, with and without dots.
NAMES = st.sampled_from([*KEYWORDS, *KEYWORDS.values(), "event_id", "timestamp"]) | st.text(max_size=12)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=6)
ORIGIN = Origin(path="events.log", device=1, inode=1, fingerprint="5f" * 32, offset=0)
PARSER = Parser()

_plain = logging.Logger("shop")
_plain.addHandler(Handler())
_quick = EventLogger("shop")
_quick.addHandler(Handler())
_wrapped = structlog.wrap_logger(None, processors=[write], wrapper_class=BoundLogger)
_chained = structlog.wrap_logger(None, processors=[write], wrapper_class=structlog.make_filtering_bound_logger(0))


def through_a_record(message, fields):
    record = logging.makeLogRecord({"name": "shop", "levelno": 20, "msg": message, "args": None})
    # As `Logger.makeRecord` does, which refuses the names of its own.
    vars(record).update({name: value for name, value in fields.items() if name not in {*vars(record), "message"}})
    Handler().handle(record)


def through_the_formatter(message, fields):
    record = logging.makeLogRecord({"name": "shop", "levelno": 20, "msg": message, "args": None})
    vars(record).update({name: value for name, value in fields.items() if name not in {*vars(record), "message"}})
    Formatter().format(record)


def through_structlog(log):
    def run(message, fields):
        log.info(message, **{name: value for name, value in fields.items() if name not in {"event", "self"}})

    return run


WAYS = {
    "Handler": through_a_record,
    "Formatter": through_the_formatter,
    "EventLogger": lambda message, fields: _quick.info(message, extra=fields),
    "BoundLogger": through_structlog(_wrapped),
    "write": through_structlog(_chained),
}


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(message=VALUES, fields=FIELDS)
def test_a_line_without_a_type_is_stored_as_a_log_event_whatever_is_in_it(way, message, fields):
    if way in {"Handler", "Formatter"} and isinstance(message, dict):
        # Fields too, there: a caller may choose the type with it.
        message = str(message)
    with capture() as captured:
        WAYS[way](message, fields)
    (line,) = captured.lines
    assert json.loads(line, parse_constant=refuse)["event_type"] == "log"
    assert not PARSER.parse(line.rstrip(b"\n"), ORIGIN, ingested="2026-01-15T10:30:01.000Z").unparsed


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fields=FIELDS, event_type=st.sampled_from(["predict", "transitioned", "mine"]) | VALUES)
def test_a_line_with_a_type_is_one_strict_line_whatever_is_in_it(way, fields, event_type):
    with capture() as captured:
        WAYS[way]("scored", {**fields, "event_type": event_type})
    (line,) = captured.lines
    json.loads(line, parse_constant=refuse)


PREDICTED = st.fixed_dictionaries(
    {
        "model_name": st.text(max_size=9) | st.integers(),
        "request_id": st.text(max_size=9) | st.none(),
        "latency_ms": st.floats() | st.integers(0, 9),
    },
    optional=dict.fromkeys(("prediction_score", "stage", "region", "labels", "level", "trace_id", "logger"), VALUES),
)


@settings(max_examples=200, deadline=None)
@given(fields=PREDICTED, message=st.text(max_size=9))
def test_the_short_way_writes_what_the_long_way_writes(fields, message):
    with capture() as captured:
        EventLogger.info(_quick, message, extra={**fields, "event_type": "predict"})
        # Not the very same object as ours: it goes the long way.
        _quick.log(20, message, extra={**fields, "event_type": "predict_".removesuffix("_")})
    short, long = (event | {"@timestamp": "", "event": ""} for event in captured.events)
    assert short == long
