"""Schedules: each form that people write gives the longest pause between two runs, and a slip of the pen is said."""

from __future__ import annotations

import sys

import pytest

from model_logs.catalog import schedules
from model_logs.catalog.facts import ModelFacts
from model_logs.catalog.schedules import minutes_between_runs


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        ("continuous", None),
        ("hourly", 60),
        (" Nightly ", 1440),
        ("weekdays", 3 * 1440),
        ("monthly", 31 * 1440),
        ("90m", 90),
        ("6h", 360),
        ("0 2 * * *", 1440),
        ("*/10 * * * *", 10),
        ("0 2 * * 1-5", 3 * 1440),
        ("0 2 * * MON-FRI", 3 * 1440),
        ("0 8-17 * * 1-5", 63 * 60),
        ("0 0 1 * *", 31 * 1440),
    ],
)
def test_a_schedule_gives_its_longest_pause(schedule: str, minutes: float | None) -> None:
    assert minutes_between_runs(schedule) == minutes


@pytest.mark.parametrize(
    "schedule", ["sometimes", "0h", "* * * *", "61 * * * *", "0 0 31 2 *", "a b c d e", "-6h", ""]
)
def test_what_is_no_schedule_is_said_and_in_a_tag_counts_for_nothing(schedule: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        minutes_between_runs(schedule)
    assert ModelFacts(schedule=schedule).schedule_minutes is None


def test_without_cronsim_the_words_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cronsim", None)
    schedules.minutes_between_runs.cache_clear()
    assert minutes_between_runs("nightly") == 1440
    assert ModelFacts(schedule="5 4 * * *").schedule_minutes is None
    schedules.minutes_between_runs.cache_clear()
