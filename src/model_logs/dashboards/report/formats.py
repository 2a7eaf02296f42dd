"""How values are written for people: one way for the terminal, the page and its tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from model_logs.printing import printable

__all__ = ["ABSENT", "cell", "format_moment"]

# What stands where there is no value: a rate of no predictions, a baseline that was never recorded.
ABSENT = "–"  # noqa: RUF001  # an en dash, as tables have it


def format_moment(value: datetime) -> str:
    """Return a moment in UTC to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def cell(value: Any, unit: str = "") -> str:
    """Return one value as a reader sees it.

    Args:
        value: As an answer holds it.
        unit: One that `schemas/dashboard.json` lists.
    """
    if value is None:
        return ABSENT
    if isinstance(value, list):
        return ", ".join(cell(one, unit) for one in value)
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return printable(value)
    return _quantity(value, unit)


def _quantity(value: float, unit: str) -> str:
    if unit == "ms":
        # Nobody reads 12,345.6 ms at a glance.
        return f"{_short(value)} ms" if abs(value) < 10_000 else f"{_short(value / 1000)} s"  # noqa: PLR2004
    if unit == "s":
        return f"{_short(value)} s"
    if unit == "percent":
        return "<0.01 %" if 0 < value < 0.01 else f"{_short(value, 2)} %"  # noqa: PLR2004  # not 0, so not shown as 0
    if unit == "change":
        return f"{'+' if value >= 0 else '−'}{_short(abs(value))} %"  # noqa: RUF001  # a minus sign
    if unit == "per minute":
        return f"{_short(value)} /min"
    return f"{value:,}" if isinstance(value, int) else _short(value)


def _short(value: float, decimals: int = 3) -> str:
    """Return three significant digits, never fewer than the whole part, and no trailing zeros."""
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    text = f"{value:,.{max(0, min(decimals, 3 - whole))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
