"""`model-logs registry receive`: take the webhooks of registries into the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import debug_option
from model_logs.cli.registry.options import approval_option, environment_option, path_option

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["receive"]


@click.command()
@click.option(
    "--source",
    "names",
    multiple=True,
    required=True,
    metavar="NAME|FILE",
    help="A registry whose deliveries are taken; repeatable. `model-logs registry sources` lists them.",
)
@path_option
@environment_option
@approval_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8181, show_default=True, help="Port; 0: a free one.")
@debug_option
def receive(*, names: tuple[str, ...], path: Path, environment: str, approval: str, host: str, port: int) -> None:
    """Receive webhooks of model registries, and write each change once into a file of events.

    Each registry has its path: MLflow's webhooks go to /mlflow. The secret that proves a delivery is in
    MODEL_LOGS_REGISTRY_SECRET_<NAME>. The answer is 2xx only after the line is on the disk. `model-logs ship` or
    Filebeat sends the file on. Where the plugin is the source of MLflow, MODEL_LOGS_MLFLOW_SOURCE=plugin has
    its deliveries counted and ignored.

    \b
    Example:
      export MODEL_LOGS_REGISTRY_SECRET_MLFLOW=...
      model-logs registry receive --source mlflow --path /var/log/models/registry.log
    """
    from model_logs.journal import Journal
    from model_logs.registries import sources
    from model_logs.registries.approval import Approval
    from model_logs.registries.ownership import is_source
    from model_logs.registries.receiver import Receiver, Taken
    from model_logs.web.listening import listen, server

    found = [sources.load(name) for name in names]
    taken = {
        each.registry: Taken(each, each.proof.secret(), ignored=not is_source(each.registry, "webhook"))
        for each in found
    }
    journal = Journal(path, service="model-logs-registry", environment=environment)
    journal.try_to_open()
    receiver = Receiver(journal, taken, Approval.of(approval), _say)
    with listen(host, port) as listener:
        at = f"[{host}]" if ":" in host else host
        for name in sorted(taken):
            _say(f"Takes deliveries at http://{at}:{listener.getsockname()[1]}/{name}.")
        server(receiver).run(sockets=[listener])


def _say(message: str) -> None:
    from model_logs.times import iso

    click.echo(f"{iso(datetime.now(UTC), 'seconds')} {message}", err=True)
