"""`model-logs audit`: the lost, doubled and late events of each writer; below it, the seals of the audit trail."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli import LazyGroup
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json
from model_logs.cli.times import Moment, Span
from model_logs.printing import printable
from model_logs.times import iso

if TYPE_CHECKING:
    from model_logs.audit import Audit, WriterAudit
    from model_logs.cluster import Connection

__all__ = ["audit"]

_MOST_WRITERS = 50
_MOST_RANGES = 5
_LOST = 3  # the exit code


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    commands_at={
        "seal": ("audit.seal", "seal", "Seal the audit trail, a day at a time."),
        "verify": ("audit.verify", "verify", "Name the events that were changed, added or deleted since."),
    },
)
@click.option("--since", type=Span(), default="1h", show_default=True, help="How far back: 15m, 24h, 7d.")
@click.option("--from", "begin", type=Moment(), help="Begin, included: 2026-11-22T08:30:00Z.")
@click.option("--to", "finish", type=Moment(), help="End, excluded.  [default: half a minute ago]")
@click.option("--environment", help="Only writers of this environment.")
@click.option(
    "--late", type=Span(), default="1m", show_default=True, help="Delay after which an event counts as late."
)
@cluster_options
@output_option
@debug_option
def audit(
    *,
    connection: Connection,
    since: timedelta,
    begin: datetime | None,
    finish: datetime | None,
    environment: str | None,
    late: timedelta,
    output: str,
) -> None:
    """Count the lost, doubled and late events of each writer, by their sequence numbers.

    Each writer of the logger numbers its events. A number that is missing between the lowest and the highest of the
    window, or up to the next event outside, is a lost event; unparsed events and the failure store are searched, too.
    After a clean end the last number is known; the last events of a killed writer are not. Exit 3 when an event is
    lost, 4 when the window holds no numbered event.

    \b
    Example:
      model-logs audit --since 24h
      model-logs audit --from 2026-11-22T00:00:00Z --to 2026-11-23T00:00:00Z --output json
    """
    if click.get_current_context().invoked_subcommand:
        return
    from model_logs.audit import SETTLE
    from model_logs.audit import audit_writers as judge
    from model_logs.cluster import connect

    end = finish or datetime.now(UTC) - SETTLE
    start = begin or end - since
    if start >= end:
        raise click.UsageError(f"The window is empty: {start.isoformat()} to {end.isoformat()}.")
    with connect(connection) as client:
        found = judge(client, start, end, environment=environment, late=late)
    if output == "json":
        show_json(found.document())
    else:
        _print(found)
    if found.total("lost"):
        sys.exit(_LOST)


def _print(found: Audit) -> None:
    start, end = (iso(moment, "seconds") for moment in (found.start, found.end))
    click.echo(f"{found.total('events'):,} events of {len(found.writers):,} writers from {start} to {end}")
    amiss = sorted((each for each in found.writers if _worst(each) < (0, 0, 0)), key=_worst)
    for writer in amiss[:_MOST_WRITERS]:
        _print_writer(writer)
    if len(amiss) > _MOST_WRITERS:
        click.echo(f"... and {len(amiss) - _MOST_WRITERS:,} more writers with losses: see --output json")
    _print_late([each for each in found.writers if each.late and _worst(each) == (0, 0, 0)])
    tails = {
        tail: sum(writer.tail == tail for writer in found.writers) for tail in ("closed", "continues", "unknown")
    }
    click.echo(
        f"lost {found.total('lost'):,}   doubled {found.total('doubled'):,}   late {found.total('late'):,}"
        f"   only in the failure store {found.total('failed'):,}   erased {found.total('erased'):,}"
        f"   without a number {found.unnumbered:,}"
    )
    _print_unattested(found.unattested)
    click.echo(
        f"writers: {tails['closed']:,} ended cleanly, {tails['continues']:,} wrote on after the window,"
        f" {tails['unknown']:,} run still or were killed (what such a one wrote last is unknown)"
    )


def _print_unattested(decisions: list[dict[str, Any]]) -> None:
    """Name the decisions that any process with a log file may have claimed."""
    if not decisions:
        return
    click.echo(f"{len(decisions):,} decisions are unattested: they came by the ordinary path, and approve nothing")
    for each in decisions[:_MOST_RANGES]:
        model = " ".join(printable(each[name]) for name in ("model_name", "model_version") if each[name])
        who = " ".join(f"{name} {printable(each[name])}" for name in ("user", "service", "host") if each[name])
        click.echo(
            f"  {iso(each['@timestamp'])} {printable(each['event'])} {model}, {who}, event {printable(each['id'])}"
        )
    if len(decisions) > _MOST_RANGES:
        click.echo(f"  ... and {len(decisions) - _MOST_RANGES:,} more: see --output json")


def _worst(writer: WriterAudit) -> tuple[int, int, int]:
    """Return what writers are ordered by: the most lost first, then what no panel shows, then what is there twice."""
    return -writer.lost, -writer.failed, -writer.doubled


def _print_late(writers: list[WriterAudit]) -> None:
    """Write one line about the writers of which nothing is lost and something came late."""
    if not writers:
        return
    worst = max(writers, key=lambda each: each.worst_lag_s)
    who = f"{len(writers):,} writers" if len(writers) > 1 else "1 writer"
    click.echo(
        f"{who} delivered late and lost nothing: {sum(each.late for each in writers):,} events,"
        f" at worst {worst.worst_lag_s:,.0f} s ({_who(worst)}); --output json names each"
    )


def _who(writer: WriterAudit) -> str:
    where = " on ".join(printable(name) for name in (writer.service, writer.host) if name)
    return f"{printable(writer.writer)}{f', {where}' if where else ''}"


def _print_writer(writer: WriterAudit) -> None:
    head = "" if writer.head == "complete" else ", the beginning may have been deleted by its retention"
    click.echo(f"\n{_who(writer)}, numbers {writer.judged[0]:,} to {writer.judged[1]:,}, tail {writer.tail}{head}")
    for count, ranges, what in (
        (writer.lost, writer.lost_ranges, "lost"),
        (writer.doubled, writer.doubled_ranges, "doubled"),
        (writer.late, writer.late_ranges, f"late, at worst {writer.worst_lag_s:,.0f} s"),
        (writer.failed, writer.failed_ranges, "only in the failure store"),
        (writer.erased, writer.erased_ranges, "erased on request: not lost"),
    ):
        if count:
            shown = [f"{a}" if a == b else f"{a}-{b}" for a, b in ranges[:_MOST_RANGES]]
            more = ", ..." if len(ranges) > _MOST_RANGES else ""
            click.echo(f"  {count:,} {what}: {', '.join(shown)}{more}")
    click.echo()
