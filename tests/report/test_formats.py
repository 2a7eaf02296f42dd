"""How values are written: short, with their unit, never a false zero, never a terminal's control code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from model_logs.dashboards.report import cell


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4236, "ms", "0.424 ms"),
        (0.0, "ms", "0 ms"),
        (12.345, "ms", "12.3 ms"),
        (100.0, "ms", "100 ms"),
        (1234.5, "ms", "1,234 ms"),
        (12_345.6, "ms", "12.3 s"),
        (0, "percent", "0 %"),
        (0.004, "percent", "<0.01 %"),
        (0.356, "percent", "0.36 %"),
        (12.5, "percent", "12.5 %"),
        (100.0, "percent", "100 %"),
        (130.4, "change", "+130 %"),
        (-3.14, "change", "\N{MINUS SIGN}3.14 %"),
        (0.0, "change", "+0 %"),
        (1240.0, "per minute", "1,240 /min"),
        (4000, "predictions", "4,000"),
        (7, "", "7"),
        ("v3.2.1", "", "v3.2.1"),
        (True, "", "True"),
        (None, "ms", "\N{EN DASH}"),
        (["a", "b"], "", "a, b"),
        (datetime(2026, 3, 14, 7, 30, tzinfo=timezone(timedelta(hours=1))), "time", "2026-03-14 06:30:00"),
        (datetime(2026, 3, 14, 6, 30, tzinfo=UTC), "", "2026-03-14 06:30:00"),
    ],
)
def test_a_value_is_written_for_people(value: object, unit: str, text: str) -> None:
    assert cell(value, unit) == text


@pytest.mark.parametrize("nasty", ["\x1b[31mred", "a\nb", "a\u202eb", "a\x00b", "\u2028", "\x9b2J"])
def test_control_codes_of_a_caller_do_not_reach_a_terminal(nasty: str) -> None:
    assert cell(nasty).isprintable()
