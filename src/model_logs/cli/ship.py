"""`model-logs ship`: log files to Elasticsearch, at least once, each event by its id."""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.options import cluster_options, debug_option, environments_option, metrics_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.cli.times import Seconds

if TYPE_CHECKING:
    from types import FrameType

    from model_logs.cluster import Connection
    from model_logs.ship import Shipper

__all__ = ["ship"]

_MOST_OPEN = 65_536


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH_GLOB...")
@click.option("--once", is_flag=True, help="Ship the existing lines and end; without it, follow until a signal.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MODEL_LOGS_STATE",
    help="Folder for checkpoints and dead letters.  [default: ~/.local/state/model-logs/ship]",
)
@click.option("--from-start", is_flag=True, help="Read every file from its start, and ignore the checkpoint.")
@environments_option
@click.option(
    "--environment",
    "default_environment",
    envvar="MODEL_LOGS_ENVIRONMENT",
    default="development",
    show_default=True,
    help="Environment of lines that name none.",
)
@click.option(
    "--other-lines",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="MODEL_LOGS_OTHER_LINES",
    help="File in the form of pipelines/other_lines.yml: lines to leave out, access lines that are predictions.",
)
@click.option(
    "--attested",
    is_flag=True,
    help="These are files of registries and gates, to which no serving process writes: attest their decisions.",
)
@click.option(
    "--max-wait",
    type=Seconds(zero=True),
    help="Seconds to wait for a cluster that accepts nothing.  [default: 60 with --once, else for ever]",
)
@click.option(
    "--grace",
    type=Seconds(zero=True),
    default=30.0,
    show_default=True,
    help="Seconds that a deleted or renamed file must be quiet before it is let go.",
)
@click.option(
    "--dead-letters",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for events that the cluster refuses.  [default: dead-letters.ndjson in the state folder]",
)
@click.option(
    "--batch-events", type=click.IntRange(1, 10_000), default=5_000, show_default=True, help="Events in a request."
)
@click.option(
    "--senders", type=click.IntRange(1, 16), default=2, show_default=True, help="Requests at the same time."
)
@metrics_option
@cluster_options
@output_option
@debug_option
def ship(
    *,
    connection: Connection,
    paths: tuple[str, ...],
    state: Path | None,
    dead_letters: Path | None,
    max_wait: float | None,
    once: bool,
    metrics: tuple[str, int] | None,
    output: str,
    **options: Any,
) -> None:
    """Send log files to Elasticsearch, at least once, each event by its id.

    Files are followed by inode, through rotation by rename; quote the pattern, so that the shipper expands it and
    sees new files. JSON lines of the logger and the text lines of pipelines/patterns are understood; others go to the
    stream of unparsed lines. Exit 1 when the cluster refused an event, a file could not be read, was lost sight
    of or was truncated (copytruncate), or a run with --once was interrupted.

    An approval counts only if a run with --attested shipped it. Any other run marks it as unattested, whatever the
    line says.

    \b
    Example:
      model-logs ship 'logs/*.log*' --once
      model-logs ship '/var/log/models/**/*.log*' --url https://es.example:9200
      model-logs ship '/var/log/registry/*.jsonl' --attested --state /var/lib/model-logs/registry
    """
    from model_logs.ship import Settings, Shipper
    from model_logs.ship.settings import default_state

    settings = Settings(
        patterns=paths,
        state=state.expanduser() if state else default_state(),
        dead_letters=dead_letters.expanduser() if dead_letters else None,
        max_wait=60.0 if once and max_wait is None else max_wait,
        once=once,
        **options,
    )
    _open_more_files()
    shipper = Shipper(connection, settings, say=_say)
    _stop_on_signals(shipper)
    if metrics:
        _serve_metrics(shipper, metrics)
    try:
        totals = shipper.run()
    finally:
        for sentence in shipper.totals.sentences() if shipper.totals.files or shipper.totals.interrupted else ():
            _say(sentence)
        if output == "json":
            show_json(shipper.totals.document())
    if not totals.ok:
        sys.exit(1)


def _serve_metrics(shipper: Shipper, where: tuple[str, int]) -> None:
    from model_logs.metrics import serve

    port, _ = serve(where, shipper.figures.samples)
    shipper.figures.wanted = True
    note(f"Metrics at http://{where[0]}:{port}/metrics.")


def _say(message: str) -> None:
    note(message)


def _open_more_files() -> None:
    """Raise the limit of open files as far as we may: each followed file is one, and a shell allows few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, _MOST_OPEN)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # a system may have a limit of its own below the hard one
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _stop_on_signals(shipper: Shipper) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        shipper.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
