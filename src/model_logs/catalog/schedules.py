"""Schedules of models as people write them: a word such as nightly, or a span of time such as 6h."""

from __future__ import annotations

from datetime import timedelta

from model_logs.times import read_span

__all__ = ["WORDS", "minutes_between_runs"]

# Word → the longest time between two runs; None for a model that predicts all the time.
WORDS: dict[str, timedelta | None] = {
    "continuous": None,
    "hourly": timedelta(hours=1),
    "nightly": timedelta(days=1),
    "daily": timedelta(days=1),
    # From Friday to Monday.
    "weekdays": timedelta(days=3),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=31),
}
_MINUTE = timedelta(minutes=1)


def minutes_between_runs(schedule: str) -> float | None:
    """Return the longest time between two runs, in minutes; None for a model that predicts all the time.

    Raises:
        ValueError: It is neither such a word nor a span of time.
    """
    word = schedule.strip().lower()
    if word in WORDS:
        span = WORDS[word]
        return None if span is None else span / _MINUTE
    try:
        return read_span(word) / _MINUTE
    except ValueError as error:
        known = ", ".join(WORDS)
        raise ValueError(
            f"{schedule!r} is no schedule; write one of {known}, or a span of time such as 6h"
        ) from error
