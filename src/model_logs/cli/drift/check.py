"""`model-logs drift check`: the logged features of a window against a reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, environments_option, output_option
from model_logs.cli.outcomes.options import environment_option
from model_logs.cli.output import note, show_json, table
from model_logs.cli.times import Moment, Span

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.cluster import Connection
    from model_logs.drift import Comparison, Sample

__all__ = ["check"]

_DRIFTED = 3


@click.command()
@click.option("--model", required=True, help="The model.")
@click.option("--version", help="Only this version.  [default: all that predicted]")
@environment_option
@click.option(
    "--reference",
    required=True,
    metavar="FILE|SPAN|START..END",
    help="Reference sample: a file (.csv, .ndjson, .parquet), the span before the window (7d), or two moments.",
)
@click.option(
    "--reference-version",
    help="The version of the reference, if that is a span or a time range.  [default: --version]",
)
@click.option(
    "--window", type=Span(), default="24h", show_default=True, help="Span of predictions that is judged: 24h, 7d."
)
@click.option(
    "--end", type=Moment(), default=lambda: datetime.now(UTC), help="End of the window, UTC.  [default: now]"
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, min_open=True),
    default=0.2,
    show_default=True,
    help="Population stability index above which a feature has drifted.",
)
@click.option(
    "--min-rows", type=click.IntRange(2), default=500, show_default=True, help="Give no verdict with fewer."
)
@click.option("--dry-run", is_flag=True, help="Compare and show, record nothing.")
@environments_option
@cluster_options
@output_option
@debug_option
def check(
    *,
    model: str,
    version: str | None,
    environment: str,
    reference: str,
    reference_version: str | None,
    window: timedelta,
    end: datetime,
    threshold: float,
    min_rows: int,
    dry_run: bool,
    environments: tuple[str, ...],
    connection: Connection,
    output: str,
) -> None:
    """Compare the features that a model's predictions logged with a reference, feature by feature.

    The population stability index decides; the Kolmogorov-Smirnov test is shown beside it. Features that are missing,
    new or of another type are listed. A `quality` event is recorded, and a `drift_detected` event where something
    drifted, which DataDriftAlert looks at. At most 100,000 rows of each side are read. Exit 3 when something drifted,
    4 when there are too few rows to judge by.

    \b
    Example:
      model-logs drift check --model churn --version 3 --reference training.parquet --window 24h
      model-logs drift check --model churn --reference 7d --window 24h --dry-run
    """
    from model_logs import drift
    from model_logs.cluster import connect
    from model_logs.drift.events import record_drift

    start = end - window
    with connect(connection) as client:
        before = _reference(client, reference, model, environment, before=start, version=reference_version or version)
        now = drift.read_window(client, model, environment, start=start, end=end, version=version)
        found = drift.compare(before, now, threshold=threshold, least=min_rows)
        if not dry_run:
            about = {"model": model, "version": version, "environment": environment}
            record_drift(client, found, about, environments=environments, end=end)
    if output == "json":
        show_json({"model": model, "version": version, "environment": environment, **found.as_dict()})
    else:
        _show(found, recorded=not dry_run)
    if found.drifted:
        raise click.exceptions.Exit(_DRIFTED)


def _reference(
    client: Elasticsearch, said: str, model: str, environment: str, *, before: datetime, version: str | None
) -> Sample:
    """Return the reference: a file, a span that ends where the window begins, or a stretch of time.

    Raises:
        ConfigurationError: It is none of these.
    """
    from model_logs import drift
    from model_logs.errors import ConfigurationError
    from model_logs.times import read_span

    if Path(said).is_file():
        return drift.read_file(Path(said))
    first, dots, last = said.partition("..")
    try:
        if dots:
            start, end = (Moment().convert(each, None, None) for each in (first, last))
        else:
            start, end = before - read_span(said), before
    except (ValueError, OverflowError, click.BadParameter) as error:
        raise ConfigurationError(
            f"The reference {said!r} is neither an existing file, nor a span such as 7d, nor START..END.",
            next_step="Write it as training.parquet, 7d, or 2026-11-01..2026-11-08.",
        ) from error
    if start >= end:
        raise ConfigurationError(f"The reference {said!r} ends before it begins.", next_step="Write START..END.")
    return drift.read_window(client, model, environment, start=start, end=end, version=version)


def _show(found: Comparison, *, recorded: bool) -> None:
    rows = [
        (
            each.name,
            each.state,
            each.kind,
            _number(each.psi),
            _number(each.ks),
            _number(each.p_value),
            f"{100 * each.missing_before:.1f} %",
            f"{100 * each.missing:.1f} %",
        )
        for each in found.features
    ]
    headings = ("feature", "state", "type", "PSI", "KS", "p", "missing before", "missing now")
    table(headings, rows, right=range(3, len(headings)))
    note(f"Reference: {found.reference}, {found.reference_rows:,} rows. Now: {found.current}, {found.rows:,} rows.")
    verdict = f"Drift: {found.reason}." if found.drifted else f"No feature is over {found.threshold:g}."
    note(f"{verdict} {'Recorded.' if recorded else 'Not recorded (--dry-run).'}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
