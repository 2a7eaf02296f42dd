"""`model_logs.testing.capture`, which is for users' own tests."""

from __future__ import annotations

from typing import Any

import pytest

from model_logs import logger
from model_logs.errors import ContractError
from model_logs.testing import capture

GOOD: dict[str, Any] = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}


def test_it_collects_what_would_have_been_written(capfd):
    with capture() as captured:
        logger.prediction(**GOOD)
        logger.registered(model_name="fraud")
    assert [event["event_type"] for event in captured.events] == ["predict", "registered"]
    assert captured.of_type("predict")[0]["latency_ms"] == 12.5
    assert capfd.readouterr().out == ""


def test_each_block_begins_with_the_first_number():
    for _ in range(2):
        with capture() as captured:
            logger.prediction(**GOOD)
        assert captured.events[0]["event"]["sequence"] == 1


def test_it_works_where_the_logger_is_disabled(python):
    code = """
    from model_logs import logger
    from model_logs.testing import capture
    with capture() as captured:
        logger.registered(model_name="m")
    logger.registered(model_name="m")
    print(len(captured.events))
    """
    assert python(code, env={"MODEL_LOGS_DISABLED": "1"}).stdout == b"1\n"


def test_it_leaves_no_gap_in_the_real_file(written):
    writer = written.log._writer
    written.log.registered(model_name="m")
    before = writer.divert(lambda _, line: len(line), strict=False)
    written.log.registered(model_name="m")
    writer.restore(before)
    written.log.registered(model_name="m")
    assert [event["event"]["sequence"] for event in written.events] == [1, 2]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"latency": 3.0}, "'latency' is no keyword of the contract"),
        ({"latency_ms": "12.5ms"}, "latency_ms is '12.5ms' (str), and must be a number"),
        ({"latency_ms": float("nan")}, "latency_ms is NaN"),
        ({"status": "meh"}, "status is 'meh', and must be one of cancelled, error, failed"),
        ({"model_name": None}, "predict needs model_name="),
        ({"user": "ann"}, "predict does not carry user="),
        ({"labels": "x"}, "labels is a str, and must map names to values"),
    ],
)
def test_strict_it_raises_what_else_is_only_counted(fields, message):
    with capture(strict=True) as captured, pytest.raises(ContractError) as raised:
        logger.prediction(**GOOD | fields)
    assert message in str(raised.value)
    assert "Next step" in str(raised.value)
    assert captured.lines == []


def test_strict_it_takes_what_is_right():
    with capture(strict=True) as captured:
        logger.prediction(**GOOD, model_version=3, labels={"rows": 3})
        logger.transitioned(model_name="m", stage="Production")  # type: ignore[arg-type]
        logger.event("my_own", labels={"a": "b"})
    assert len(captured.events) == 3
