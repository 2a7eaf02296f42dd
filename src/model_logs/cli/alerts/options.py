"""Options that the commands about alerts and baselines share."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from model_logs.cli.times import Moment, Span

__all__ = ["LeaseSeconds", "folder_option", "moment_type", "span_type"]

_SHORTEST_LEASE, _LONGEST_LEASE = 3.0, 3_600.0


def folder_option(function: Any) -> Any:
    """Add `--alerts`, passed as `folder`."""
    return click.option(
        "--alerts",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MODEL_LOGS_ALERTS",
        help="A folder in the form of alerts/.  [default: the rules that come with model-logs]",
    )(function)


class _Span(Span):
    """A span of time such as 15m; 0s means none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span, or complain as click does."""
        return timedelta(0) if value == "0s" else super().convert(value, param, ctx)


class _Moment(Moment):
    """A moment: 2026-01-31T12:00, or a span from now such as 2h."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC, or complain as click does."""
        if isinstance(value, str):
            with suppress(click.BadParameter):
                return datetime.now(UTC) + Span().convert(value, param, ctx)
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is neither a time such as 2026-01-31T12:00 nor a span such as 2h", param, ctx)


class LeaseSeconds(click.ParamType[float]):
    """The seconds of a lease: enough to renew it in time, few enough that somebody takes over within the hour."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, or complain as click does."""
        try:
            found = float(value)
        except (TypeError, ValueError):
            found = float("nan")
        if not _SHORTEST_LEASE <= found <= _LONGEST_LEASE:
            self.fail(
                f"{value!r} is no length of a lease: give {_SHORTEST_LEASE:g} to {_LONGEST_LEASE:g} seconds.",
                param,
                ctx,
            )
        return found


def span_type() -> click.ParamType[timedelta]:
    """Return the type of an option that takes a span of time."""
    return _Span()


def moment_type() -> click.ParamType[datetime]:
    """Return the type of an option that takes a moment, or a span from now."""
    return _Moment()
