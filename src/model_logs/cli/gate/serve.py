"""`model-logs gate serve`: verdicts over HTTP, for Argo Rollouts, Flagger and others that ask again."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.gate.options import by_option, recording, recording_options
from model_logs.cli.options import cluster_options, debug_option, environments_option
from model_logs.cli.times import Span

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["serve"]

_TOKEN = "MODEL_LOGS_GATE_TOKEN"  # noqa: S105  # the name of a variable


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8282, show_default=True, help="Port; 0: a free one.")
@click.option(
    "--keep",
    type=Span(),
    default="15m",
    show_default=True,
    help="How long a verdict is given to whoever asks the same again.",
)
@click.option(
    "--chaos",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with objectives/ and models.yml.  [default: that of the package]",
)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path, file_okay=False),
    default="gate-evidence",
    show_default=True,
    help="Folder for the files with the evidence.",
)
@recording_options
@by_option
@environments_option
@cluster_options
@debug_option
def serve(
    *,
    host: str,
    port: int,
    keep: timedelta,
    folder: Path | None,
    evidence: Path,
    path: Path | None,
    by: str,
    environments: tuple[str, ...],
    connection: Connection,
) -> None:
    """Answer questions about releases over HTTP, for Argo Rollouts' provider `web` and for Flagger's webhooks.

    The token in MODEL_LOGS_GATE_TOKEN is asked of everybody. GET /verdict?model=M&version=V&environment=E answers at
    once: 200 with the verdict, or 503 while it is pending. Equal questions share one run, which leaves one event.

    \b
    Example:
      export MODEL_LOGS_GATE_TOKEN=$(openssl rand -hex 24)
      model-logs gate serve --host 0.0.0.0 --evidence /var/lib/model-logs/gate-evidence
    """
    from model_logs.cluster import connect
    from model_logs.gate.service.application import Application
    from model_logs.gate.service.runs import Runs
    from model_logs.gate.service.verdicts import Verdicts
    from model_logs.web.listening import listen, server

    with connect(connection) as client, recording(client, path, environments, "production") as roads:
        verdicts = Verdicts(client, folder, evidence, by, roads)
        application = Application(Runs(verdicts.judge, keep=keep), os.environ.get(_TOKEN, ""), _say)
        with listen(host, port) as listener:
            at = f"[{host}]" if ":" in host else host
            _say(f"Answers at http://{at}:{listener.getsockname()[1]}/verdict.")
            server(application).run(sockets=[listener])


def _say(message: str) -> None:
    from model_logs.times import iso

    click.echo(f"{iso(datetime.now(UTC), 'seconds')} {message}", err=True)
