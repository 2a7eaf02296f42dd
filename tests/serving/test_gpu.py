"""The sampler of GPU use, through NVIDIA's own binding, on a stand-in for the driver below it."""

from __future__ import annotations

import sys
import time

import pynvml
import pytest
from tests.support.nvml import Driver

from model_logs._logger.complaints import forget_complaints
from model_logs.serving.gpu import Sampler
from model_logs.testing import capture


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    forget_complaints()
    monkeypatch.setattr(pynvml, "_nvmlLib_refcount", 0)


@pytest.fixture
def driver(monkeypatch):
    found = Driver([37, 100, 0])
    monkeypatch.setattr(pynvml, "nvmlLib", found)
    # The binding remembers functions by their name.
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    return found


def used(captured):
    return [(event["labels"]["gpu"], event["gpu_utilization_pct"]) for event in captured.events]


def test_each_device_is_one_event_of_the_contract(driver):
    with capture(strict=True) as captured:
        assert Sampler("assistant", model_version="3", stage="production", labels={"node": "a"}).sample() == 3
    assert used(captured) == [("0", 37), ("1", 100), ("2", 0)]
    assert {event["event_type"] for event in captured.events} == {"quality"}
    assert captured.events[0]["labels"] == {"node": "a", "gpu": "0"}
    assert (captured.events[0]["model_name"], captured.events[0]["model_version"]) == ("assistant", "3")
    assert driver.users == 0


def test_some_devices_alone_may_be_asked(driver):
    with capture(strict=True) as captured:
        assert Sampler("assistant", devices=[1]).sample() == 1
    assert used(captured) == [("1", 100)]


@pytest.mark.parametrize("odd", [None, -1])
def test_a_device_that_cannot_be_read_costs_only_itself_and_is_said(driver, capfd, odd):
    driver.used[1] = odd
    with capture() as captured:
        assert Sampler("assistant", devices=[0, 1, 7]).sample() == 1
    assert used(captured) == [("0", 37)]
    said = capfd.readouterr().err
    assert "The use of GPU 1 cannot be read" in said
    assert "The use of GPU 7 cannot be read" in said
    assert driver.users == 0


def test_without_a_driver_it_is_said_with_the_next_step_and_nothing_is_raised(capfd):
    """The real binding, which finds no library here."""
    with capture() as captured:
        assert Sampler("assistant").sample() == 0
    assert captured.events == []
    assert "Next step: see that `nvidia-smi` works" in capfd.readouterr().err


def test_without_the_binding_it_says_what_to_install(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with capture() as captured:
        assert Sampler("assistant").sample() == 0
    assert captured.events == []
    assert "pip install 'model-logs[gpu]'" in capfd.readouterr().err


def test_it_samples_at_an_interval_until_it_is_stopped_and_after_an_odd_answer(driver, monkeypatch):
    calls = []

    def count():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("odd")
        return 1

    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", count)
    with capture() as captured:
        with Sampler("assistant", interval=0.1) as sampler:
            until = time.monotonic() + 30
            while len(captured.events) < 2 and time.monotonic() < until:
                time.sleep(0.02)
        assert len(captured.events) >= 2
        assert not sampler._thread.is_alive()
        written = len(captured.events)
        assert sampler.start() is sampler
        sampler.stop()
        assert len(captured.events) > written
