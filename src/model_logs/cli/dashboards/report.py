"""`model-logs report`: the panels of a dashboard, answered on the terminal, as JSON, or as one HTML page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, of_pictures, show_json
from model_logs.cli.times import Moment, Span
from model_logs.times import iso

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["report"]


def _range(
    since: timedelta | None, begin: datetime | None, finish: datetime | None, default: timedelta
) -> tuple[datetime, datetime]:
    """Return the time range that the options mean."""
    if since and begin:
        raise click.UsageError("Give --since or --from, not both.")
    end = finish or datetime.now(UTC)
    try:
        start = begin or end - (since or default)
    except OverflowError as error:
        raise click.UsageError("--since reaches back beyond the calendar.") from error
    if start >= end:
        raise click.UsageError(f"The time range is empty: {iso(start, 'auto')} is not before {iso(end, 'auto')}.")
    return start, end


@click.command()
@click.argument("dashboard", default="model-overview")
@click.option("--since", type=Span(), help="How far back: 15m, 24h, 7d.  [default: the dashboard's range]")
@click.option("--from", "begin", type=Moment(), help="Begin, included: 2026-11-22T08:30:00Z.")
@click.option("--to", "finish", type=Moment(), help="End, excluded.  [default: now]")
@click.option("--model", "models", multiple=True, help="Only this model; may be given several times.")
@click.option("--environment", "environments", multiple=True, help="Only this environment; several times too.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the charts to this page, too.")
@click.option(
    "--pictures", type=click.Path(file_okay=False, path_type=Path), help="Write PNG and SVG to this folder."
)
@output_option
@cluster_options
@debug_option
def report(
    *,
    dashboard: str,
    since: timedelta | None,
    begin: datetime | None,
    finish: datetime | None,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    html: Path | None,
    pictures: Path | None,
    output: str,
    connection: Connection,
) -> None:
    """Answer the panels of DASHBOARD (model-overview unless named) on the terminal.

    DASHBOARD is the name of a file in dashboards/, or the path of one of your own. Times are UTC.

    \b
    Example:
      model-logs report --since 1h
      model-logs report --since 7d --model churn --environment production
      model-logs report --from 2026-11-22T08:00:00Z --to 2026-11-22T09:00:00Z --output json
      model-logs report --since 24h --html overview.html
    """
    from model_logs import dashboards
    from model_logs.cluster import connect
    from model_logs.dashboards.report import answer, check_names, print_report, to_json

    asked = dashboards.load_dashboard(dashboard)
    start, end = _range(since, begin, finish, asked.range)
    client = connect(connection)
    check_names(client, {"model_name": models, "environment": environments})
    found = answer(
        client,
        asked,
        start=start,
        end=end,
        models=models,
        environments=environments,
        timeout=connection.timeout,
    )
    if html:
        from model_logs.dashboards.charts import write_page

        write_page(found, html)
        note(f"Wrote {html}.")
    if pictures:
        from model_logs.dashboards.charts import write_pictures

        files = write_pictures(found, pictures)
        note(of_pictures(found, files, pictures))
    if output == "json":
        show_json(to_json(found))
    else:
        print_report(found)
