"""Options that are times: a span such as 15m, a moment in ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

__all__ = ["Moment", "Span"]


class Span(click.ParamType[timedelta]):
    """A span of time such as 15m."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span, or complain as click does."""
        from model_logs.dashboards import duration

        if isinstance(value, timedelta):
            return value
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without a time zone it is UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC, or complain as click does."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment; write it as 2026-11-22T08:30:00Z", param, ctx)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
