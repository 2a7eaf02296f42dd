"""Options that the commands about alerts and baselines share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

__all__ = ["folder_option", "moment_type", "span_type"]


def folder_option(function: Any) -> Any:
    """Add `--alerts`, passed as `folder`."""
    return click.option(
        "--alerts",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MODEL_LOGS_ALERTS",
        help="A folder in the form of alerts/.  [default: the rules that come with model-logs]",
    )(function)


class _Span(click.ParamType[timedelta]):
    """A span of time such as 15m."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span, or complain as click does."""
        from model_logs.dashboards import duration

        if isinstance(value, timedelta):
            return value
        try:
            return timedelta(0) if value == "0s" else duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Moment(click.ParamType[datetime]):
    """A moment: 2026-01-31T12:00, or a span from now such as 2h."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC, or complain as click does."""
        from model_logs.dashboards import duration

        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            try:
                return datetime.now(UTC) + duration(value)
            except ValueError:
                self.fail(f"{value!r} is neither a time such as 2026-01-31T12:00 nor a span such as 2h", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def span_type() -> click.ParamType[timedelta]:
    """Return the type of an option that takes a span of time."""
    return _Span()


def moment_type() -> click.ParamType[datetime]:
    """Return the type of an option that takes a moment, or a span from now."""
    return _Moment()
