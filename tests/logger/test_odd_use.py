"""Odd use of a prediction, odd values and a deleted file: the body's result is the body's, and the event is kept."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from model_logs import logger
from model_logs._logger.writing.writer import NEVER
from model_logs.testing import capture

GOOD = {"model_name": "m", "request_id": "r", "latency_ms": 1.0}


def _chain(prediction: Any) -> None:
    prediction.meta.owner = "ann"
    prediction.meta["owner"] = "ann"
    del prediction.meta.owner


def _context(prediction: Any) -> None:
    with prediction.timer("features"):
        pass


def _read(prediction: Any) -> None:
    assert not list(prediction.items)
    assert int(prediction.tokens) + float(prediction.cost) + len(prediction.rows) == 0
    assert not prediction.tokens > 3
    assert f"{prediction.note}" == ""


def _delete(prediction: Any) -> None:
    prediction.label = "stays"
    del prediction.label, prediction.status, prediction.nothing


def _travel(prediction: Any) -> None:
    assert copy.deepcopy(prediction) is copy.copy(prediction) is prediction
    with pickle.loads(pickle.dumps(prediction)) as elsewhere:
        elsewhere.label = "stays"


@pytest.mark.parametrize("use", [_chain, _context, _read, _delete, _travel])
def test_nothing_that_is_done_to_a_prediction_raises(use: Any, written: Any) -> None:
    with written.log.predict(model_name="m") as prediction:
        use(prediction)
    assert written.event["status"] == "success"
    assert "prediction_label" not in written.event


def test_an_unknown_attribute_may_be_awaited(written: Any) -> None:
    async def serve() -> None:
        with written.log.predict(model_name="m") as prediction:
            await prediction.flush()

    asyncio.run(serve())
    assert written.event["status"] == "success"


def test_a_field_that_is_counted_up_begins_at_zero(written: Any) -> None:
    with written.log.predict(model_name="m") as prediction:
        for _ in range(3):
            prediction.batch_size += 1
    assert written.event["batch_size"] == 3


def test_a_prediction_that_has_ended_is_not_at_hand() -> None:
    with capture():
        first, second = logger.predict(model_name="first"), logger.predict(model_name="second")
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        assert logger.current_prediction() not in (first, second)

        crossed = logger.predict(model_name="crossed").__enter__()
        thread = threading.Thread(target=crossed.__exit__, args=(None, None, None))
        thread.start()
        thread.join()
        assert logger.current_prediction() is not crossed


@pytest.mark.parametrize(
    ("span", "milliseconds"),
    [
        (np.timedelta64(5_000_000, "ns"), 5.0),
        (np.timedelta64(250, "us"), 0.25),
        (np.timedelta64(2, "s"), 2000.0),
        (timedelta(milliseconds=3), 3.0),
    ],
)
def test_a_span_of_any_unit_is_milliseconds(span: Any, milliseconds: float, written: Any) -> None:
    written.log.prediction(**GOOD | {"latency_ms": span})
    assert written.event["latency_ms"] == milliseconds


@pytest.mark.parametrize(
    ("word", "stage"), [("dev", None), ("qa", None), ("Staging-eu", None), ("prd", "production"), ("STG", "staging")]
)
def test_a_stage_of_a_team_s_own_costs_no_prediction(word: str, stage: str | None, written: Any) -> None:
    written.log.prediction(**GOOD, stage=word)
    assert written.event.get("stage") == stage
    assert written.event["labels"] == {"stage": word}


def test_a_number_beyond_every_float_leaves_its_field(written: Any) -> None:
    written.log.prediction(**GOOD, prediction_score=10**400)
    assert "prediction_score" not in written.event
    assert written.event["tags"] == ["placeholder"]


def _made(name: str, **attributes: Any) -> Exception:
    error: Exception = type(name, (Exception,), attributes)()
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (_made("HttpError", resp=type("Response", (), {"status": 404})()), "invalid"),
        (_made("ApiError", meta=type("Meta", (), {"status": 400})()), "invalid"),
        (_made("ProtocolError", errcode=404), "invalid"),
        (_made("Failed", statusCode=422), "invalid"),
        (_made("Failed", status_code=404.0), "invalid"),
        (_made("Failed", status_code=float("nan")), "error"),
        (_made("DeadlineExceededError"), "timeout"),
        (_made("ClientDisconnect"), "cancelled"),
        (_made("ClientDisconnected", code=400), "cancelled"),
        (_made("UnreadablePostError"), "cancelled"),
    ],
)
def test_a_status_is_found_where_a_library_puts_it(error: Exception, status: str, written: Any) -> None:
    with pytest.raises(type(error)), written.log.predict(model_name="m"):
        raise error
    assert written.event["status"] == status


def test_events_wait_where_the_file_was_deleted_and_its_place_is_taken(written: Any) -> None:
    log, path = written.log, written.path
    log.prediction(**GOOD)
    path.unlink()
    path.mkdir()
    log._writer._sink.check()  # as once a second, when a new stamp is made
    log._writer.stamp = NEVER
    log.prediction(**GOOD)
    assert log.stats()["held"] == 1
    path.rmdir()
    log._writer._sink.be_patient()
    log.prediction(**GOOD)
    assert len(written.events) == 2
    assert log.stats()["held"] == 0
