"""Options and output that the commands about baselines share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli import output
from model_logs.cli.alerts.options import moment_type, span_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FIGURES", "measured_options", "show_table"]

# Figure → its heading.
FIGURES = {
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
    "p99_ms": "p99 ms",
    "error_rate": "error rate",
    "throughput_per_min": "per minute",
    "count": "predictions",
    "accuracy": "right",
    "mean_absolute_error": "mean absolute error",
    "outcomes": "known truths",
}


def measured_options(function: Any) -> Any:
    """Add the options that say what is measured: model, environment, window, end and how many events it takes."""
    from functools import reduce

    options = [
        click.option("--model", required=True, help="The model."),
        click.option("--environment", default="production", show_default=True, help="Where it runs."),
        click.option("--window", type=span_type(), default="24h", show_default=True, help="How far back: 24h, 7d."),
        click.option(
            "--end", type=moment_type(), default=lambda: datetime.now(UTC), help="End, UTC.  [default: now]"
        ),
        click.option(
            "--min-events", type=click.IntRange(1), default=1_000, show_default=True, help="Refuse with fewer."
        ),
    ]
    return reduce(lambda done, option: option(done), reversed(options), function)


def show_table(headings: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows under headings, columns aligned."""
    names = list(headings)
    cells = [[_shown(row.get(name)) for name in names] for row in rows]
    output.table(names, cells, right=range(len(names)))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"  # noqa: PLR2004  # five digits are enough
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
