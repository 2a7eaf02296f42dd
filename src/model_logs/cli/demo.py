"""`model-logs demo`: a run of the whole product, on the development node or on a cluster of one's own."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from model_logs.cli.options import debug_option
from model_logs.cli.output import note

if TYPE_CHECKING:
    from types import FrameType

    from model_logs.demo import Outcome

__all__ = ["demo"]


@click.command()
# Not from MODEL_LOGS_URL: whoever has a cluster set for the day's work does not mean to fill it with a demo.
@click.option("--url", help="Use this cluster instead of the development node.")
@click.option("--api-key", envvar="MODEL_LOGS_API_KEY", help="Encoded API key for that cluster.")
@click.option("--username", envvar="MODEL_LOGS_USERNAME", help="User for basic authentication there.")
@click.option("--password", envvar="MODEL_LOGS_PASSWORD", help="Password of that user.")
@click.option("--ca-certs", envvar="MODEL_LOGS_CA_CERTS", help="File with the certificates to trust.")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default="demo-output",
    show_default=True,
    help="Folder for models, logs and pages; cleared first.",
)
@click.option(
    "--requests", type=click.IntRange(min=100), default=12_000, show_default=True, help="How many predictions."
)
@click.option("--keep", is_flag=True, help="Leave the development node running, to look around.")
@click.option(
    "--mlflow",
    metavar="PYTHON|none",
    help="A Python that has model-logs[mlflow]; none: a small registry of the demo's own.  [default: this one, where "
    "MLflow is installed]",
)
@debug_option
def demo(
    *, url: str | None, output_dir: Path, requests: int, keep: bool, mlflow: str | None, **credentials: Any
) -> None:
    """Run the whole product once, in under two minutes: node, registry, models, service, events, dashboards.

    A real Elasticsearch and a real MLflow start, classifiers of scikit-learn are trained, registered and served over
    HTTP by several processes, a slow version and a failing one are promoted and rolled back, their predictions are
    logged and shipped, the true results are joined later, two gates judge versions, the panels of four dashboards are
    answered, and one failed prediction is traced to the people behind it. Nothing is simulated. On the first run
    Elasticsearch is downloaded (about 70 MB). Where there is no MLflow, the demo has a small registry of its own.

    \b
    Example:
      model-logs demo
      model-logs demo --keep --requests 20000
      model-logs demo --url https://es.example:9200 --api-key KEY
    """
    from model_logs.cli.lineage import show_trace
    from model_logs.cluster import Connection
    from model_logs.dashboards.report import print_report
    from model_logs.demo import DemoOptions, python_with_mlflow, run

    signal.signal(signal.SIGTERM, _end)
    connection = Connection(url=url, **credentials) if url else None
    outcome = run(DemoOptions(output_dir, connection, requests, keep, python_with_mlflow(mlflow)), note)
    for report in outcome.reports:
        print_report(report)
    show_trace(outcome.trace)
    _say_what_next(outcome, own_cluster=url is not None)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """Leave as on Ctrl-C, through every `finally`: what was started is stopped."""
    del frame
    sys.exit(128 + number)


def _say_what_next(outcome: Outcome, *, own_cluster: bool) -> None:
    lines = ["", "What next:", f"  Open the pages:  {outcome.pages[0].as_uri()}"]
    lines += [f"                   {page.as_uri()}" for page in outcome.pages[1:]]
    if own_cluster or outcome.node_home:
        lines.append(f"  Ask again:       model-logs report --since 1h --url {outcome.url}")
        lines.append(f"                   model-logs trace {outcome.trace.request_id} --url {outcome.url}")
    if outcome.node_home:
        lines.append(f"  Stop the node:   model-logs node stop --home {outcome.node_home}")
    elif own_cluster:
        lines.append(f"  Remove it:        elk-bootstrap remove --url {outcome.url} (it lists what holds data)")
    else:
        lines.append("  Look around:     make demo ARGS=--keep leaves the Elasticsearch running")
    lines.append("  Your own code:   README.md, “Your own service”")
    for line in lines:
        note(line)
