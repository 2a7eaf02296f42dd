"""`elk-bootstrap render`: dashboards as pages and pictures without Kibana, or as files for Kibana."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option
from model_logs.cli.output import note, of_pictures
from model_logs.cli.times import Moment, Span

if TYPE_CHECKING:
    from model_logs.cluster import Connection
    from model_logs.dashboards.panels import Dashboard

__all__ = ["render"]

_DRAWN = frozenset({"html", "pictures"})
_FORMATS = click.Choice(["html", "pictures", "ndjson", "api"])


@click.command()
@click.argument("names", nargs=-1, metavar="[DASHBOARD]...")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("dashboards-rendered"),
    show_default=True,
    help="The folder to write to.",
)
@click.option(
    "--format",
    "formats",
    type=_FORMATS,
    multiple=True,
    default=["html"],
    show_default=True,
    help="html: a page without dependencies; pictures: PNG and SVG, light and dark; ndjson: for Kibana's import,"
    " 8.19 and later; api: for its Dashboards API, 9.5 and later. Repeatable.",
)
@click.option("--since", type=Span(), help="How far back.  [default: the dashboard's range]")
@click.option("--to-time", "finish", type=Moment(), help="End of the time shown, excluded.  [default: now]")
@cluster_options
@debug_option
def render(
    *,
    connection: Connection,
    names: tuple[str, ...],
    folder: Path,
    formats: tuple[str, ...],
    since: timedelta | None,
    finish: datetime | None,
) -> None:
    """Write dashboards (every one, unless DASHBOARD names some) as pages, pictures, or files for Kibana.

    Pages and pictures show the data of the cluster; the two forms for Kibana need no cluster.

    \b
    Example:
      elk-bootstrap render --to pages
      elk-bootstrap render model-health --format html --format pictures --since 7d
      elk-bootstrap render --format ndjson --to kibana
    """
    from model_logs import dashboards

    chosen = [dashboards.load_dashboard(name) for name in names or dashboards.names()]
    written = _for_kibana(chosen, folder, formats) if set(formats) - _DRAWN else []
    if set(formats) & _DRAWN:
        written += _drawn(connection, chosen, folder, formats, since=since, finish=finish)
    for file in written:
        click.echo(file)


def _for_kibana(chosen: list[Dashboard], folder: Path, formats: tuple[str, ...]) -> list[Path]:
    from model_logs.files.writing import write_file
    from model_logs.install import kibana

    files: dict[str, bytes] = {}
    if "ndjson" in formats:
        files["model-logs.ndjson"] = kibana.ndjson(kibana.saved_objects(chosen))
    if "api" in formats:
        for dashboard in chosen:
            body = json.dumps(kibana.dashboard_body(dashboard), indent=2, ensure_ascii=False)
            files[f"model-logs-{dashboard.id}.json"] = body.encode() + b"\n"
    return [
        write_file(folder / name, content, next_step="Name another folder: --to.") for name, content in files.items()
    ]


def _drawn(
    connection: Connection,
    chosen: list[Dashboard],
    folder: Path,
    formats: tuple[str, ...],
    *,
    since: timedelta | None,
    finish: datetime | None,
) -> list[Path]:
    from model_logs.cluster import connect
    from model_logs.dashboards.charts import write_page, write_pictures
    from model_logs.dashboards.report import answer

    end = finish or datetime.now(UTC)
    written = []
    with connect(connection) as client:
        for dashboard in chosen:
            start = end - (since or dashboard.range)
            found = answer(client, dashboard, start=start, end=end, timeout=connection.timeout)
            if "html" in formats:
                file = folder / f"{dashboard.id}.html"
                write_page(found, file)
                written.append(file)
            if "pictures" in formats:
                pictures = write_pictures(found, folder)
                written += pictures
                note(of_pictures(found, pictures, folder))
    return written
