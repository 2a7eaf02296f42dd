"""Values of numpy, pandas and others: arrays, what stands for a missing value, times and spans of time."""

from __future__ import annotations

import dataclasses
import os
import stat
from array import array
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

GOOD = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}


class Tensor:
    """Shaped like torch's."""

    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values

    def size(self):
        return (len(self.values),)

    def numel(self):
        return len(self.values)

    def __str__(self):
        return "tensor(...)"


class NAType:
    """Shaped like pandas.NA."""

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    __eq__ = __float__ = __int__ = __bool__  # type: ignore[assignment]
    __hash__ = object.__hash__


class NaTType(datetime):
    """Shaped like pandas.NaT, which is a datetime."""


ARRAYS = [
    (np.array([0.1, 0.9]), "[0.1,0.9]"),
    (np.array([[1, 2], [3, 4]]), "[[1,2],[3,4]]"),
    (np.array([]), "[]"),
    (np.array(["a", "b"]), '["a","b"]'),
    (np.array(7), "7"),
    (np.array(["2026-01-15"], dtype="datetime64[ns]"), '["2026-01-15T00:00:00.000000000"]'),
    (Tensor([1.5, 2.5]), "[1.5,2.5]"),
    (array("d", [0.5]), "[0.5]"),
    (np.zeros((200, 200)), "<ndarray of shape (200, 200)>"),
    ({"p": np.array([0.5])}, '{"p":[0.5]}'),
    ([np.float64(0.5), np.array([1])], "[0.5,[1]]"),
    ([np.float32(0.1), np.int64(3), np.bool_(True)], "[0.1,3,true]"),
    ({"p": [NAType(), np.array(7)]}, '{"p":[null,7]}'),
    (np.ma.array([0.5, 0.1], mask=[True, False]), "[null,0.1]"),
]
MISSING = [
    NAType(),
    NaTType(2026, 1, 1),
    np.ma.masked,
    np.datetime64("NaT"),
    np.timedelta64("NaT"),
    np.ma.array(1.0, mask=True),
    np.ma.array([1.0], mask=[True]),
    dataclasses.MISSING,
]


@pytest.mark.parametrize(("value", "text"), ARRAYS)
def test_an_array_is_its_values_wherever_text_stands(written, value, text):
    written.log.prediction(**GOOD, labels={"p": value}, message=value, prediction_label=value)
    event = written.event
    assert (event["labels"]["p"], event["message"], event["prediction_label"]) == (text, text, text)
    assert "tags" not in event


@pytest.mark.parametrize("value", MISSING, ids=lambda value: type(value).__name__)
def test_what_says_that_there_is_no_value_leaves_the_field_and_a_mark(written, value):
    written.log.prediction(
        **GOOD, prediction_score=value, batch_size=value, prediction_label=value, timestamp=value, labels={"a": value}
    )
    event = written.event
    assert not {"prediction_score", "batch_size", "prediction_label"} & event.keys()
    assert "a" not in event.get("labels", {})
    assert event["tags"] == ["placeholder"]
    assert abs(datetime.fromisoformat(event["@timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("value", [Tensor([None]), np.array([NAType()]), [NAType()], np.array([[None]])])
def test_one_value_in_an_array_that_says_that_there_is_none_is_no_number(written, value):
    written.log.prediction(**GOOD, prediction_score=value, metrics={"m": value})
    assert "prediction_score" not in written.event
    assert written.event["metrics"] == {}
    assert written.event["tags"] == ["placeholder"]


def test_a_decimal_number_that_signals_is_as_any_that_is_none(written):
    written.log.prediction(**GOOD, prediction_score=Decimal("sNaN"))
    assert written.event["labels"] == {"prediction_score": "NaN"}
    assert "prediction_score" not in written.event


@pytest.mark.parametrize("span", [timedelta(milliseconds=12.5), np.timedelta64(12500, "us")])
def test_a_span_of_time_is_a_number_of_the_fields_unit(written, span):
    written.log.prediction(model_name="m", request_id="r", latency_ms=span, feature_freshness_s=timedelta(minutes=2))
    assert (written.event["latency_ms"], written.event["feature_freshness_s"]) == (12.5, 120.0)


@pytest.mark.parametrize(
    ("given", "version"), [(3.0, "3"), (np.float64(3), "3"), (3.1, "3.1"), ("3.0", "3.0"), (3, "3")]
)
def test_a_version_is_counted_as_registries_do(written, given, version):
    written.log.prediction(**GOOD, model_version=given)
    assert written.event["model_version"] == version


@pytest.mark.parametrize(
    ("given", "variant"),
    [("challenger", "canary"), ("Champion", "control"), ("mirror", "shadow"), ("SHADOW", "shadow"), ("blue", None)],
)
def test_the_arm_of_a_rollout_by_another_name_keeps_the_prediction_and_the_name(written, given, variant):
    written.log.prediction(**GOOD, variant=given)
    assert written.event.get("variant") == variant
    assert written.event.get("labels", {}).get("variant", given) == given


class OwnTime(datetime):
    """A class made of datetime, with ideas of its own."""

    def isoformat(self, *_, **__):
        return "not a time"

    def astimezone(self, *_):
        raise RuntimeError


@pytest.mark.parametrize("when", [OwnTime(2026, 1, 15, 10, 30, tzinfo=UTC), np.datetime64("2026-01-15T10:30:00")])
def test_a_point_in_time_of_another_class_is_the_events_time(written, when):
    written.log.prediction(**GOOD, timestamp=when, labels={"at": when})
    assert written.event["@timestamp"] == "2026-01-15T10:30:00.000Z"
    assert written.event["labels"]["at"].startswith("2026-01-15T10:30:00")


def test_a_path_in_the_home_folder_is_there(python, tmp_path):
    code = "from model_logs import logger\nlogger.configure(path='~/x.log')\nlogger.registered(model_name='m')"
    (tmp_path / "home").mkdir()
    python(code, env={"HOME": str(tmp_path / "home")})
    assert (tmp_path / "home" / "x.log").exists()


def test_folders_are_not_open_to_all_whatever_the_umask(python, tmp_path):
    python("from model_logs import logger\nlogger.configure(path='a/b/c/x.log')", umask=0)
    for folder in ("a", "a/b", "a/b/c"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o750


def test_a_working_folder_that_is_gone_is_said_and_events_wait(python, tmp_path):
    code = """
    import os
    os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
    from model_logs import logger
    logger.configure(path="x.log")
    logger.registered(model_name="m")
    assert logger.stats()["held"] == 1, logger.stats()
    logger.configure(path=os.environ["ELSEWHERE"])
    """
    done = python(code, env={"ELSEWHERE": str(tmp_path / "y.log")})
    assert b"No such file or directory" in done.stderr
    assert (tmp_path / "y.log").read_bytes().count(b'"registered"') == 1


def test_without_standard_error_nothing_of_ours_gets_into_somebody_elses_file(python, tmp_path):
    code = """
    import os
    other = os.open("database", os.O_WRONLY | os.O_CREAT)
    from model_logs import logger
    logger.configure(path="/dev/full", hold_events=0)
    for _ in range(3):
        logger.registered(model_name="m")
    logger.configure(path="x.log")
    assert other == 2 and logger._writer._file.fd > 2, (other, logger._writer._file.fd)
    """
    python(code, preexec_fn=lambda: os.close(2), capture_output=False)
    assert (tmp_path / "database").read_bytes() == b""


def test_an_environment_that_is_not_listed_is_said_once(python):
    code = """
    from model_logs import logger
    logger.configure(path="x.log", environment="qa")
    for _ in range(3):
        logger.registered(model_name="m")
    """
    done = python(code)
    assert done.stderr.count(b"environment 'qa' is not one of development, staging, production") == 1
    assert python(code, env={"MODEL_LOGS_ENVIRONMENTS": "qa,production"}).stderr == b""


def test_with_warnings_of_bytes_as_errors_each_event_is_there(python, tmp_path, read):
    code = """
    import os, sys
    if sys.flags.bytes_warning < 2:
        os.execv(sys.executable, [sys.executable, "-bb", "-c", sys.argv[1], sys.argv[1]])
    """
    inner = """
import logging
from model_logs import logger
from model_logs.adapters.stdlib import Handler
logger.configure(path="x.log")
logger.prediction(model_name=b"m", request_id=b"r", latency_ms=1.0, labels={b"a": b"b", "b": b"c"}, tags=[b"t"])
logger.prediction(model_name="m", request_id="r", latency_ms=1.0)
logger.prediction(model_name=b"m", request_id=b"r", latency_ms=b"1", labels={b"a": b"b"})
log = logging.getLogger("b")
log.addHandler(Handler())
log.warning("%s rows", b"no", extra={"message_of": b"x"})
log.warning(b"bytes", extra={"request_id": b"r"})
assert logger.stats()["dropped"] == {}, logger.stats()
"""
    python(code, inner)
    assert len(read(tmp_path / "x.log")) == 6
