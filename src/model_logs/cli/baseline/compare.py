"""`model-logs baseline compare`: a model's current figures beside those of its baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.baseline.options import FIGURES, measured_options, show_table
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.errors import InconclusiveError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from model_logs.baselines import Baseline, Figures
    from model_logs.cluster import Connection

__all__ = ["compare"]


@click.command()
@measured_options
@click.option("--version", help="Only this version.  [default: all that predicted]")
@cluster_options
@output_option
@debug_option
def compare(
    *,
    model: str,
    environment: str,
    version: str | None,
    window: timedelta,
    end: datetime,
    min_events: int,
    connection: Connection,
    output: str,
) -> None:
    """Show a model's current latency, errors and throughput beside those of its baseline.

    Exit 4 when there is no baseline, or too few events to judge by. Verdicts are left to alerts and gates.

    \b
    Example:
      model-logs baseline compare --model churn --environment production --window 1h --min-events 200
    """
    from model_logs import baselines
    from model_logs.cluster import connect

    with connect(connection) as client:
        recorded = baselines.current(client, model=model, environment=environment)
        if not recorded:
            raise InconclusiveError(
                f"No baseline of {model} in {environment} is recorded.",
                next_step="Record one with `model-logs baseline record`; `baseline show` lists the recorded ones.",
            )
        now = baselines.measure(
            client, model, environment, version=version, end=end, window=window, min_events=min_events
        )
    rows = _rows(recorded[0], now)
    if output == "json":
        shown = {"baseline": recorded[0].as_dict(), "now": now.as_dict(), "figures": rows}
        show_json(shown)
        return
    show_table(("figure", "baseline", "now", "ratio"), rows)
    was = recorded[0].figures
    about = f"version {was.version} from {was.start:%Y-%m-%d %H:%M} to {was.end:%Y-%m-%d %H:%M} UTC"
    note(f"Baseline: {about}, recorded by {recorded[0].recorded_by}.")


def _rows(recorded: Baseline, now: Figures) -> list[dict[str, Any]]:
    before, after = recorded.figures.as_dict(), now.as_dict()
    return [
        {
            "figure": heading,
            "baseline": before[name],
            "now": after[name],
            "ratio": after[name] / before[name] if before[name] and after[name] is not None else None,
        }
        for name, heading in FIGURES.items()
    ]
