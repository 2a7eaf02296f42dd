"""`model-logs alerts watch`: the evaluator for any licence and for no Kibana at all."""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.alerts.options import LeaseSeconds, folder_option, span_type
from model_logs.cli.options import cluster_options, debug_option, environments_option, metrics_option
from model_logs.printing import printable
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_logs.alerts.engine.rounds import Evaluator
    from model_logs.alerts.notify.configuration import Receivers
    from model_logs.alerts.notify.watchdog import Watchdog
    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.cluster import Connection

__all__ = ["watch"]

# A new leader has that long to judge the windows that were missed.
_REPLAY = timedelta(minutes=5)


@click.command()
@folder_option
@cluster_options
@click.option("--once", is_flag=True, help="Evaluate the windows that are due, send the messages, and end.")
@click.option(
    "--delay",
    type=span_type(),
    default="5s",
    show_default=True,
    help="Wait this long after a window's end, for late events.",
)
@click.option(
    "--catch-up",
    type=span_type(),
    default="6h",
    show_default=True,
    help="Evaluate missed windows up to this far back.",
)
@click.option(
    "--lookback",
    type=span_type(),
    default="1h",
    show_default=True,
    help="Evaluate again for late events up to this far back.",
)
@click.option(
    "--lease",
    type=LeaseSeconds(),
    default=30.0,
    show_default=True,
    help="Seconds until another evaluator takes over, 3 to 3600.",
)
@environments_option
@metrics_option
@debug_option
def watch(
    folder: Path | None,
    connection: Connection,
    *,
    once: bool,
    delay: timedelta,
    catch_up: timedelta,
    lookback: timedelta,
    lease: float,
    environments: tuple[str, ...],
    metrics: tuple[str, int] | None,
) -> None:
    """Evaluate the rules on schedule, and send messages through every configured channel.

    Start two of them: one evaluates, the other takes over when the first dies. Channels are configured under
    `alerts:` in model-logs.yml or by MODEL_LOGS_PAGERDUTY_ROUTING_KEY, MODEL_LOGS_SLACK_WEBHOOK_URL and so on: see
    docs/alerts.md.

    \b
    Example:
      model-logs alerts watch --url http://127.0.0.1:9200
    """
    from model_logs.alerts.engine.rounds import Evaluator, Timing
    from model_logs.alerts.notify.configuration import receivers
    from model_logs.alerts.notify.delivery import Delivery
    from model_logs.alerts.notify.watchdog import Watchdog
    from model_logs.alerts.rulebook import rules
    from model_logs.cluster import connect
    from model_logs.state.audit_trail import Recorder

    found = rules.load_rules(folder)
    told = receivers()
    with connect(connection) as client:
        evaluator = Evaluator(
            client,
            found,
            # Receivers that hold a state keep what fires for as long as a new leader needs to judge what was missed.
            Delivery(told.channels, keep=catch_up + timedelta(seconds=lease) + _REPLAY),
            Recorder(client, "model-logs-alerts", environments=environments),
            links=told.links,
            serving_aliases=told.serving_aliases,
            timing=Timing(delay=delay, catch_up=catch_up, lookback=lookback, lease=lease),
            say=_say,
        )
        _warn(found, told)
        evaluator.start()
        stop = _serve_metrics(evaluator, metrics) if metrics else None
        watchdog = Watchdog(told.watchdog_url, told.stateful, lasts=_sign_lasts(lease), say=_say)
        try:
            _run(evaluator, watchdog, once=once, lease=lease, delay=delay)
        finally:
            watchdog.close()
            if stop:
                stop()


def _sign_lasts(lease: float) -> timedelta:
    """Return how long a sign of life counts: another evaluator must have taken over by then."""
    return max(timedelta(minutes=3), timedelta(seconds=3 * lease))


def _serve_metrics(evaluator: Evaluator, where: tuple[str, int]) -> Callable[[], None]:
    from model_logs.metrics import serve

    port, stop = serve(where, lambda: evaluator.progress.samples(datetime.now(UTC)))
    _say(f"Metrics at http://{where[0]}:{port}/metrics.")
    return stop


def _run(evaluator: Evaluator, watchdog: Watchdog, *, once: bool, lease: float, delay: timedelta) -> None:
    from model_logs.errors import ClusterError

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        while not stop.is_set():
            pause = 1.0
            try:
                leads = evaluator.run_once()
                if leads and evaluator.progress.works(now := datetime.now(UTC)):
                    watchdog.beat(now)
                if once:
                    while leads and evaluator.sending and not stop.wait(0.1):
                        evaluator.send()
                    return
                pause = min(_until_next(delay), lease / 3)
            except ClusterError as error:
                if once:
                    raise
                _say(f"{error}\nTrying again.")
                pause = 5.0
            _wait(evaluator, stop, pause)
    finally:
        evaluator.stop()


def _wait(evaluator: Evaluator, stop: threading.Event, seconds: float) -> None:
    """Wait for the next window, and settle meanwhile what was sent."""
    from model_logs.errors import ClusterError

    # By a stopwatch: a wall clock that is put back an hour would make it sleep for an hour.
    end = time.monotonic() + seconds
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        stop.wait(min(left, 0.5))
        try:
            if evaluator.sending:
                evaluator.send()
        except ClusterError as error:
            _say(str(error))
            return


def _until_next(delay: timedelta) -> float:
    from model_logs.alerts.rulebook.rules import GRID

    grid = GRID.total_seconds()
    passed = (datetime.now(UTC).timestamp() - delay.total_seconds()) % grid
    return max(0.05, grid - passed)


def _warn(found: tuple[Rule, ...], told: Receivers) -> None:
    from model_logs.catalog.models_file import FILE

    there = {channel.name for channel in told.channels}
    for name in sorted({name for rule in found for name in rule.actions} - there):
        rules = ", ".join(rule.id for rule in found if name in rule.actions)
        _say(f"The channel {name} is not configured, so nothing is sent there. Rules that name it: {rules}.")
    if old := found[0].catalog.deprecated:
        _say(f"{printable(old)} is deprecated; one more release reads it. Next step: rename it to {FILE}.")


def _say(text: Any) -> None:
    click.echo(f"{iso(datetime.now(UTC), 'seconds')} {text}", err=True)
