"""Batches of jobs, and models that are observed."""

from __future__ import annotations

import contextlib
import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from model_logs import logger
from model_logs.serving import batches, observe
from model_logs.testing import capture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "rows",
    [list(range(10)), iter(range(10)), np.arange(10), np.arange(20).reshape(10, 2)],
    ids=lambda r: type(r).__name__,
)
def test_each_batch_is_one_event_with_its_rows(rows: Any) -> None:
    with capture(strict=True) as captured:
        answers = list(batches(len, rows, size=4, model_name="m", model_version="3", request_id="job-1"))
    assert answers == [4, 4, 2]
    assert [event["batch_size"] for event in captured.events] == [4, 4, 2]
    assert {event["request_id"] for event in captured.events} == {"job-1"}


def test_a_batch_that_raises_is_logged_and_raises() -> None:
    def predict(batch: list[int]) -> int:
        return 1 // (4 - batch[0])

    with capture() as captured, pytest.raises(ZeroDivisionError):
        list(batches(predict, range(10), size=4, model_name="m"))
    assert [event["status"] for event in captured.events] == ["success", "error"]


def test_rows_are_read_only_as_far_as_batches_are_asked_for() -> None:
    read = []

    def rows() -> Any:
        for number in range(100):
            read.append(number)
            yield number

    with capture():
        first = next(iter(batches(sum, rows(), size=10, model_name="m")))
    assert (first, len(read)) == (45, 10)


def test_a_size_under_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        list(batches(sum, [1], size=0, model_name="m"))


def test_workers_of_multiprocessing_close_their_writers(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        """
import multiprocessing, sys
from model_logs import logger
from model_logs.serving import batches

def part(rows):
    logger.configure(path="events.log")
    return sum(batches(sum, rows, size=10, model_name="m"))

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert sum(pool.map(part, [range(100), range(100)])) == 9900
        pool.close()
        pool.join()
""",
        encoding="utf-8",
    )
    for method in ("fork", "spawn"):
        subprocess.run([sys.executable, "-W", "ignore", "job.py", method], cwd=tmp_path, check=True)
    events = [json.loads(line) for line in (tmp_path / "events.log").read_text().splitlines()]
    assert len([event for event in events if event["event_type"] == "predict"]) == 40
    writers = {event["process"]["entity_id"] for event in events if event["event_type"] == "predict"}
    assert writers <= {event["process"]["entity_id"] for event in events if event["event_type"] == "writer_closed"}


def test_workers_that_are_ended_by_a_signal_close_behind_each_part_and_go_on_in_the_next(tmp_path: Path) -> None:
    """As a pool that is left by its block, or Spark's workers."""
    (tmp_path / "job.py").write_text(
        """
import multiprocessing
from model_logs import logger
from model_logs.serving import batches

def part(rows):
    logger.configure(path="events.log")
    return sum(batches(sum, rows, size=10, model_name="m", close=True))

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert sum(pool.map(part, [range(100)] * 6, chunksize=1)) == 6 * 4950
""",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, "-W", "ignore", "job.py"], cwd=tmp_path, check=True)
    events = [json.loads(line) for line in (tmp_path / "events.log").read_text().splitlines()]
    assert len([event for event in events if event["event_type"] == "predict"]) == 60
    last = {event["process"]["entity_id"]: event for event in events}
    assert {event["event_type"] for event in last.values()} == {"writer_closed"}
    for writer in last:
        numbers = [e["event"]["sequence"] for e in events if e["process"]["entity_id"] == writer]
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), "no gap, although it closed several times"


class Model:
    def predict(self, row: Any) -> Any:
        raise ValueError(f"cannot predict {row}")


def test_an_observed_model_marks_the_prediction_although_nobody_lets_its_exception_out() -> None:
    model = observe(Model())
    with capture() as captured:
        with logger.predict(model_name="m"), contextlib.suppress(ValueError):
            model.predict(1)
        with logger.predict(model_name="m"):
            pass
    assert [event["status"] for event in captured.events] == ["error", "success"]
    assert captured.events[0]["error"]["message"] == "cannot predict 1"


def test_a_model_that_takes_no_attributes_is_wrapped() -> None:
    class Fixed(NamedTuple):
        weight: float

        def predict(self, _: Any) -> float:
            raise RuntimeError("no")

    model = observe(Fixed(2.0))
    assert model.weight == 2.0
    with capture() as captured, pytest.raises(RuntimeError), logger.predict(model_name="m"):
        model.predict(1)
    assert captured.events[0]["status"] == "error"


def test_without_a_prediction_at_hand_a_model_raises_as_ever() -> None:
    with capture() as captured, pytest.raises(ValueError, match="cannot predict"):
        observe(Model()).predict(1)
    assert captured.events == []


def test_an_observed_function_can_be_pickled_by_name() -> None:
    assert pickle.loads(pickle.dumps(_square))(3) == 9


@observe
def _square(value: int) -> int:
    return value * value
