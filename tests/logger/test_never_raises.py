"""Serving code never sees an exception of ours, and the caller sees what the body raised.

The stack, descriptors and the interpreter at their end, lazy proxies, slips of the pen, blocks that are left twice.
"""

# ruff: noqa: PIE804 - these names cannot be written otherwise

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from model_logs.errors import ContractError
from model_logs.testing import capture

if TYPE_CHECKING:
    from types import FrameType

GOOD = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}


class OwnError(Exception):
    """What a body raises."""


def unbound():
    raise RuntimeError("Working outside of request context.")


class LocalProxy:
    """Shaped like werkzeug's: everything, its class too, is asked of what it stands for."""

    __slots__ = ("_get",)

    def __init__(self, get):
        self._get = get

    __class__ = property(lambda self: type(self._get()))

    def __getattr__(self, name):
        return getattr(self._get(), name)

    __str__, __repr__ = (lambda self: str(self._get())), (lambda self: repr(self._get()))  # type: ignore[attr-defined]
    __bool__, __len__ = (lambda self: bool(self._get())), (lambda self: len(self._get()))
    __eq__, __hash__ = (lambda self, other: self._get() == other), (lambda self: hash(self._get()))  # type: ignore[attr-defined]
    __iter__, __getitem__ = (lambda self: iter(self._get())), (lambda self, name: self._get()[name])


class Hostile:
    """Raises at everything that one may do with it."""

    @property  # type: ignore[misc]
    def __class__(self):
        raise RuntimeError("class")

    def _raise(self, *_):
        raise RuntimeError("hostile")

    __str__ = __repr__ = __bool__ = __len__ = __iter__ = __eq__ = __float__ = __int__ = __index__ = _raise
    __hash__ = None  # type: ignore[assignment]


class Nameless(type):
    """Makes classes that will not say what they are called."""

    @property
    def __name__(cls):  # type: ignore[override]
        raise RuntimeError("no name")


class OfNoName(metaclass=Nameless):
    """A value whose class has no name."""


# By name, since pytest looks at what it hands over.
PROXIES = {"LocalProxy": lambda: LocalProxy(unbound), "Hostile": Hostile, "OfNoName": OfNoName}
LOGS = {
    "prediction": lambda log, value: log.prediction(**GOOD, prediction_label=value),
    "score": lambda log, value: log.prediction(**GOOD, prediction_score=value),
    "request": lambda log, value: log.prediction(model_name="m", request_id=value, latency_ms=1.0),
    "labels": lambda log, value: log.prediction(**GOOD, labels=value),
    "a label": lambda log, value: log.prediction(**GOOD, labels={"a": value}),
    "a name": lambda log, value: log.prediction(**GOOD, labels={1: value, "x": [value]}),
    "metrics": lambda log, value: log.quality(model_name="m", metrics=value),
    "tags": lambda log, value: log.quality(model_name="m", tags=value),
    "unknown": lambda log, value: log.registered(model_name="m", unheard_of=value),
    "timestamp": lambda log, value: log.registered(model_name="m", timestamp=value),
    "event_id": lambda log, value: log.registered(model_name="m", event_id=value),
    "stage": lambda log, value: log.prediction(**GOOD, stage=value, variant=value, cache_hit=value, batch_size=value),
    "bound labels": lambda log, value: log.bind(labels=value).prediction(**GOOD, labels={"b": "c"}),
    "bound": lambda log, value: log.bind(labels=value, model_name=value).prediction(request_id="r", latency_ms=1.0),
    "event": lambda log, value: log.event("mine", message=value),
    "type": lambda log, value: log.event(value),
    "timed": lambda log, value: log.predict(model_name="m", request_id=value).__enter__().__exit__(None, None, None),
}


@pytest.mark.parametrize("way", LOGS)
@pytest.mark.parametrize("kind", PROXIES)
def test_a_value_that_cannot_be_looked_at_leaves_the_event(written, way, kind):
    LOGS[way](written.log, PROXIES[kind]())
    assert written.log.stats()["dropped"] == {}
    assert len(written.events) == 1


@pytest.mark.parametrize("kind", PROXIES)
def test_a_decorated_function_that_is_called_with_one_runs_and_is_logged(written, kind):
    value = PROXIES[kind]()

    @written.log.log_prediction
    def predict(request_id):
        return 7

    assert predict(request_id=value) == 7
    with written.log.request(value):
        assert predict(request_id=value) == 7
    assert [event["event_type"] for event in written.events] == ["predict", "predict"]


def test_a_proxy_for_text_or_labels_is_what_it_stands_for(written):
    written.log.prediction(
        model_name=LocalProxy(lambda: "fraud"),
        request_id=LocalProxy(lambda: "r1"),
        latency_ms=1.0,
        labels=LocalProxy(lambda: {"region": LocalProxy(lambda: "eu")}),
    )
    assert (written.event["model_name"], written.event["request_id"]) == ("fraud", "r1")
    assert written.event["labels"] == {"region": "eu"}


def test_two_names_that_become_equal_stand_there_once_each_with_both_values(written):
    written.log.prediction(**GOOD, labels={"a\n": "1", "a\t": "2", "a_": "3", " b": "4", "b ": "5", 1: "6", "1": "7"})
    written.log.quality(model_name="m", metrics={"auc\n": 0.1, "auc\t": 0.2})
    written.log.prediction(**GOOD, region="top", labels={"region": "below"})

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), names
        return dict(pairs)

    first, second, third = (
        json.loads(line, object_pairs_hook=once) for line in written.path.read_text().splitlines()
    )
    assert sorted(first["labels"].values()) == list("1234567")
    assert sorted(second["metrics"].values()) == [0.1, 0.2]
    assert sorted(third["labels"].values()) == ["below", "top"]


@pytest.mark.parametrize("size", [6, 7, 8, 9, 10, 13, 21, 34])
def test_with_hardly_a_frame_left_nothing_of_ours_raises_and_the_bodys_exception_goes_on(written, size):
    written.log.prediction(**GOOD)

    def down(left, then):
        return down(left - 1, then) if left else then()

    def room():
        frame: FrameType | None = sys._getframe()
        depth = 0
        while frame is not None:
            frame, depth = frame.f_back, depth + 1
        return sys.getrecursionlimit() - depth

    def body():
        with written.log.predict(model_name="m"):
            raise OwnError

    def call():
        try:
            body()
        except OwnError:
            return "theirs"

    # One frame for the functions here, one for each method of ours that is called.
    for then, answer in ((lambda: written.log.prediction(**GOOD), None), (written.log.registered, None)):
        assert down(room() - 6 - size, then) is answer
    assert down(room() - 8 - size, call) == "theirs"


def test_with_no_descriptor_left_an_error_is_logged_as_it_is(python, tmp_path):
    code = """
    import os, resource
    from model_logs import logger
    logger.configure(path="events.log")
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    class Own(Exception): pass
    try:
        with logger.predict(model_name="m"):
            raise Own("text")
    except Own:
        print("theirs")
    os.close(logger._writer._file.fd)
    taken.append(os.open("/dev/null", os.O_RDONLY))
    logger.prediction(model_name="m", request_id="waits", latency_ms=1.0)
    assert logger.stats()["held"] == 1, logger.stats()
    for fd in taken: os.close(fd)
    """
    assert python(code).stdout == b"theirs\n"
    events = [json.loads(line) for line in (tmp_path / "events.log").read_bytes().splitlines() if line]
    assert [event["event"]["sequence"] for event in events] == [1, 2, 3]
    assert "Own: text" in events[0]["error"]["stack_trace"]


def test_at_the_interpreters_end_errors_are_still_logged(python, tmp_path):
    code = """
    from model_logs import logger
    logger.configure(path="events.log")
    class Late:
        def __del__(self, logger=logger):
            try:
                with logger.predict(model_name="late"):
                    raise ValueError("at the end")
            except ValueError:
                logger.prediction(model_name="late", request_id="r", latency_ms=1.0, event_id="needs a hash!")
    late = Late()
    """
    done = python(code)
    assert done.stderr == b""
    assert b"at the end" in (tmp_path / "events.log").read_bytes()


def test_a_block_left_twice_or_entered_in_itself_is_one_prediction_and_leaves_nothing_behind(written):
    block = written.log.predict(model_name="m")
    with block:
        pass
    block.__exit__(None, None, None)
    block.__exit__(ValueError, ValueError("late"), None)
    with block, block:
        assert written.log.current_prediction() is block
    request = written.log.request("r")
    with request, request:
        pass
    request.__exit__(None, None, None)
    written.log.predict(model_name="m").__exit__(None, None, None)
    written.log.current_prediction().label = "nobody's"
    written.log.registered(model_name="m")
    assert [event["event_type"] for event in written.events] == ["predict", "predict", "registered"]
    assert "request_id" not in written.events[-1]
    assert "prediction_label" not in json.dumps(written.events)


@pytest.mark.parametrize(
    "call",
    [
        lambda log: log.prediction(**GOOD, **{"self": 1}),
        lambda log: log.registered(**{"self": 1}, model_name="m"),
        lambda log: log.event("mine", **{"self": 1, "event_type": 2, "fields": 3}),
        lambda log: log.bind(**{"self": 1}).prediction(**GOOD),
        lambda log: log.predict(**{"self": 1, "log": 2, "function": 3}).__enter__().__exit__(None, None, None),
        lambda log: log.registered("positional"),
        lambda log: log.log_prediction(lambda **_: 1, **{"self": 1})(request_id="r"),
    ],
)
def test_names_and_arguments_that_python_would_refuse_are_labels(written, call):
    call(written.log)
    assert written.log.stats()["unknown_keyword"] >= 1
    assert set(written.event["labels"].values()) & {"1", "2", "positional"}


def test_a_slip_on_the_prediction_becomes_a_label_and_raises_nothing(written):
    with written.log.predict(model_name="m", labels={"first": "1"}) as prediction:
        prediction.lable = "spam"
        prediction.batch_size = 3
        prediction["odd"] = 1
        prediction.labels["region"] = "eu"
        prediction.tags.append("mine")
        prediction.sett(score_of="calls", cache_hit=True)
        prediction.set("alone")
        prediction.set({"fallback_level": 1}, label="ham")
        assert not prediction.nothing_like_it
    event = written.event
    assert (event["batch_size"], event["cache_hit"], event["fallback_level"]) == (3, True, 1)
    assert event["prediction_label"] == "ham"
    assert event["labels"].items() >= {"lable": "spam", "first": "1", "region": "eu", "score_of": "calls"}.items()
    assert event["tags"] == ["mine"]
    assert written.log.stats()["unknown_keyword"] == 4
    assert written.log.stats()["dropped"] == {}


def test_a_strict_test_finds_the_slip():
    from model_logs import logger

    def slip(how):
        with capture(strict=True), logger.predict(model_name="m", request_id="r") as prediction:
            how(prediction)

    with pytest.raises(ContractError, match="lable"):
        slip(lambda prediction: setattr(prediction, "lable", "spam"))
    with pytest.raises(AttributeError, match="lable"):
        slip(lambda prediction: prediction.lable)
    with pytest.raises(OwnError):
        slip(lambda prediction: (prediction.__setattr__("lable", 1), (_ for _ in ()).throw(OwnError)))
