"""Schedules of models as people write them: a word such as nightly, a span of time such as 6h, or a line of cron."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise

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
_FIELDS_OF_CRON = 5
# So many runs of a line of cron are looked at: those of a year, where it is one a day.
_RUNS = 400
_FROM = datetime(2026, 1, 1)  # noqa: DTZ001  # the pauses are the same in every time zone, but for summer time


@lru_cache(maxsize=1024)
def minutes_between_runs(schedule: str) -> float | None:
    """Return the longest time between two runs, in minutes; None for a model that predicts all the time.

    Raises:
        ValueError: It is no such word, no span of time and no line of cron.
        ModuleNotFoundError: It is a line of cron, and cronsim is not installed.
    """
    word = schedule.strip().lower()
    if word in WORDS:
        span = WORDS[word]
        return None if span is None else span / _MINUTE
    if len(word.split()) == _FIELDS_OF_CRON:
        return _longest_pause(schedule.strip())
    try:
        return read_span(word) / _MINUTE
    except ValueError as error:
        known = ", ".join(WORDS)
        raise ValueError(
            f"{schedule!r} is no schedule; write one of {known}, a span such as 6h, or a line of cron"
        ) from error


def _longest_pause(cron: str) -> float:
    from cronsim import CronSim, CronSimError

    try:
        runs = list(islice(CronSim(cron, _FROM), _RUNS))
    except CronSimError as error:
        raise ValueError(f"{cron!r} is no line of cron: {error}") from error
    return max((later - run for run, later in pairwise(runs)), default=timedelta(days=366)) / _MINUTE
