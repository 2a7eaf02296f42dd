"""Times as text: one form of a moment, whatever its zone; spans that say what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from model_logs.times import in_largest_unit, iso, read_span, rounded_span, short_span

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123_456, UTC)


@pytest.mark.parametrize(
    "moment",
    [
        MOMENT,
        MOMENT.replace(tzinfo=None),
        MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))),
        MOMENT.astimezone(timezone(timedelta(hours=-11))),
        MOMENT.astimezone(timezone(timedelta(0), "GMT")),
    ],
)
def test_a_moment_is_written_in_utc_with_milliseconds_and_z(moment: datetime) -> None:
    assert iso(moment) == "2026-03-29T01:30:00.123Z"
    assert iso(moment, "seconds") == "2026-03-29T01:30:00Z"
    assert datetime.fromisoformat(iso(moment, "auto")) == MOMENT


def test_moments_as_text_have_the_order_of_the_moments() -> None:
    moments = [MOMENT.replace(microsecond=0) + timedelta(milliseconds=each) for each in (0, 1, 999, 1000, 86_400_000)]
    assert sorted(map(iso, moments)) == list(map(iso, moments))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), (" 15m ", 900), ("24h", 86_400), ("7d", 604_800), ("4w", 2_419_200)]
)
def test_a_span_is_read(text: str, seconds: int) -> None:
    assert read_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0h", "h", "5", "1.5h", "-3h", "5 m", "5M", "1h30m", "²h", "9" * 400 + "w"])
def test_what_is_no_span_is_refused_with_the_text_in_the_message(text: str) -> None:
    with pytest.raises(ValueError, match=r"span of time") as error:
        read_span(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("seconds", "short", "without_days"),
    [
        (1, "1s", "1s"),
        (90, "90s", "90s"),
        (900, "15m", "15m"),
        (86_400, "1d", "24h"),
        (604_800, "7d", "168h"),
        (90_000, "25h", "25h"),
    ],
)
def test_a_span_is_written_in_the_largest_unit_that_divides_it(seconds: int, short: str, without_days: str) -> None:
    span = timedelta(seconds=seconds)
    assert short_span(span) == short
    assert short_span(span, days=False) == without_days
    assert read_span(short) == read_span(without_days) == span
    assert in_largest_unit(span) == (int(short[:-1]), short[-1])


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (119.9, "119.9 s"), (120, "2.0 min"), (11_520, "3.2 h"), (200_000, "2.3 d"), (-7_200, "-2.0 h")],
)
def test_a_measured_span_is_rounded_for_people(seconds: float, shown: str) -> None:
    assert rounded_span(seconds) == shown
