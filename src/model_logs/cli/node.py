"""`model-logs node start | stop | status | logs`: the development node on the command line."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from model_logs.cli import Group
from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.errors import NodeError
from model_logs.printing import printable_lines

__all__ = ["node"]


def _home_option(function: Any) -> Any:
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MODEL_LOGS_NODE_HOME",
        help="The node's folder: data, configuration, logs.  [default: in the platform's folder for user data]",
    )(function)


@click.group(cls=Group)
def node() -> None:
    """Run the development node: a real Elasticsearch from pip alone.

    It has no authentication and listens on this machine only.

    \b
    Example:
      model-logs node start --port 9200
      model-logs node stop
    """


@node.command()
@_home_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; 0 takes a free one.  [default: 0]")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine's loopback.")
@click.option("--heap", default="512m", show_default=True, help="Java's heap.")
@output_option
@debug_option
def start(home: Path | None, port: int, host: str, heap: str, output: str) -> None:
    """Start the node; the first time, download Elasticsearch (70 MB).

    \b
    Example:
      model-logs node start --home ./elastic --port 9200
    """
    from model_logs.node import start_node

    running = start_node(home, port=port, host=host, heap=heap, progress=sys.stderr.isatty())
    if output == "json":
        show_json(_described(running))
        return
    click.echo(running.url)
    note(f"Elasticsearch {running.version} on {running.java}, process {running.pid}, in {running.home}.")
    note(f"Use it:  export MODEL_LOGS_URL={running.url}")
    note("Stop it: model-logs node stop" + (f" --home {home}" if home else ""))


@node.command()
@_home_option
@debug_option
def stop(home: Path | None) -> None:
    """Stop the node; its data stays on the disk.

    \b
    Example:
      model-logs node stop
    """
    running = _find(home)
    if running is None:
        note("No node runs there.")
    elif running.stop():
        note(f"Stopped process {running.pid}; the data stays in {running.data}.")
    else:
        note(f"Process {running.pid} did not end by itself and was killed; the next start replays its log.")


@node.command()
@_home_option
@output_option
@debug_option
def status(home: Path | None, output: str) -> None:
    """Show whether the node runs, and which of its parts are Elastic's, ours or absent; exit 1 when it is stopped.

    \b
    Example:
      model-logs node status
    """
    from model_logs.node import support

    running = _find(home)
    if output == "json":
        described = _described(running) if running else {}
        show_json({"running": running is not None, **described, "support": [asdict(row) for row in support()]})
    else:
        _print_status(running)
    if running is None:
        sys.exit(1)


def _print_status(running: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from model_logs.node import WHOSE, support

    if running is None:
        note("No node runs there. Start it with `model-logs node start`.")
    else:
        health = running.health()
        click.echo(f"{running.url}  {health['status']}, {health['active_primary_shards']} primary shards")
        click.echo(f"Elasticsearch {running.version} on {running.java}, process {running.pid}, in {running.home}.")
    table = Table("What", "Whose", "Note", box=None, header_style="bold", pad_edge=False)
    for row in support():
        table.add_row(row.what, WHOSE[row.whose], row.note)
    Console(width=None if sys.stdout.isatty() else 160).print(table, markup=False)


@node.command()
@_home_option
@click.option("-n", "--lines", type=click.IntRange(1), default=50, show_default=True, help="How many lines.")
@debug_option
def logs(home: Path | None, lines: int) -> None:
    """Print the end of the node's log.

    \b
    Example:
      model-logs node logs -n 200
    """
    from model_logs.node import log_tail

    text = log_tail(home, lines)
    if not text:
        raise NodeError("There is no log there: no node was started in that folder.", next_step="check --home.")
    click.echo(printable_lines(text))


def _find(home: Path | None) -> Any:
    from model_logs.node import find_running_node

    return find_running_node(home)


def _described(running: Any) -> dict[str, object]:
    return {
        "url": running.url,
        "pid": running.pid,
        "home": str(running.home),
        "data": str(running.data),
        "version": running.version,
        "java": running.java,
    }
