"""`elk-bootstrap verify`: sends one event down the whole path, and tells where it was last seen."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.options import cluster_options, debug_option, logstash_option, output_option
from model_logs.cli.output import show_json
from model_logs.cli.times import Seconds
from model_logs.printing import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_logs.cluster import Connection
    from model_logs.verify import VerifyResult, VerifySettings

__all__ = ["verify"]

_NAMES = {
    "file": "written to the file",
    "shipper": "read by the shipper",
    "logstash": "received by Logstash",
    "index": "indexed",
    "search": "visible to search",
}
_COLOURS = {"seen": "green", "not seen": "red", "not watched": "yellow"}
_PRODUCTION = "production"


@click.command()
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    envvar="MODEL_LOGS_PATH",
    required=True,
    help="The log file that is shipped, or the folder of such files.",
)
@click.option(
    "--environment",
    envvar="MODEL_LOGS_ENVIRONMENT",
    default="development",
    show_default=True,
    help="Environment of the event, and so its data stream.",
)
@click.option("--yes", is_flag=True, help="Allow an event in production.")
@click.option(
    "--wait", type=Seconds(zero=True), default=60.0, show_default=True, help="Seconds until the event counts as lost."
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MODEL_LOGS_STATE",
    help="State folder of the `model-logs ship` that reads the file.  [default: its own default, where that is used]",
)
@click.option(
    "--filebeat-registry",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Filebeat's registry, such as /var/lib/filebeat/registry.",
)
@click.option("--filebeat-url", help="Filebeat's HTTP endpoint, such as http://127.0.0.1:5066.")
@click.option("--beats", metavar="HOST:PORT", help="Where Logstash listens for Filebeat; tried when nothing arrives.")
@logstash_option
@cluster_options
@output_option
@debug_option
def verify(*, connection: Connection, environment: str, yes: bool, output: str, **options: Any) -> None:
    """Send one test event from a log file to Elasticsearch, and name the part of the path where it stopped.

    The event is a `probe`, which no panel, rule or gate counts. Exit 0 when its data stream holds it, 1 otherwise.

    \b
    Example:
      elk-bootstrap verify --file /var/log/model-logs --url http://127.0.0.1:9200
      elk-bootstrap verify --file logs/serving.log --logstash-url http://127.0.0.1:9600 --wait 120
    """
    from model_logs.cluster import connect
    from model_logs.environments import canonical_environment
    from model_logs.verify import verify_path as run

    settings = _settings(canonical_environment(environment), ca_certs=connection.ca_certs, **options)
    if settings.environment == _PRODUCTION and not yes:
        raise click.UsageError(
            "This writes a test event into production. Confirm it with --yes, or give another --environment."
        )
    with connect(connection) as client, _progress() as say:
        result = run(client, settings, say=say)
    if output == "json":
        show_json(result.as_dict())
    else:
        _show(result)
    if not result.found:
        sys.exit(1)


def _settings(environment: str, **options: Any) -> VerifySettings:
    from model_logs.ship.settings import default_state
    from model_logs.verify import VerifySettings

    if not any(options[name] for name in ("state", "filebeat_registry", "filebeat_url")) and default_state().is_dir():
        options |= {"state": default_state(), "state_guessed": True}
    return VerifySettings(environment=environment, **options)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Return the function that shows progress: one line on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("writing the event") as status:
        yield lambda text: status.update(Text(printable(text)))


def _show(result: VerifyResult) -> None:
    click.echo(f"event {result.id}, for {result.stream}\n")
    for hop in result.hops:
        seconds = "" if hop.seconds is None else f"{hop.seconds:.2f} s"
        state = click.style(f"{hop.state:<11}", fg=_COLOURS.get(hop.state))
        click.echo(f"{seconds:>9}  {state}  {_NAMES[hop.name]:<20}  {printable(hop.detail)}".rstrip())
    click.echo()
    if result.found:
        click.secho(f"The event was found after {result.hops[-1].seconds:.1f} s.", fg="green")
        return
    click.secho(printable_lines(result.problem, indent="  "), fg="red")
    click.echo(f"Next step: {printable_lines(result.remedy, indent='  ')}")
