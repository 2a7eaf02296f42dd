"""`model-logs compare`: two variants of a model over the requests that both answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json, table
from model_logs.cli.times import Seconds, Span

if TYPE_CHECKING:
    from model_logs.cluster import Connection
    from model_logs.variants import Comparison

__all__ = ["compare"]


@click.command()
@click.option("--model", required=True, help="The model.")
@click.option("--environment", default="production", show_default=True, help="Where it runs.")
@click.option("--control", default="control", show_default=True, help="The variant that is compared with.")
@click.option("--other", default="shadow", show_default=True, help="The variant that is compared.")
@click.option("--since", type=Span(), default="24h", show_default=True, help="How far back: 1h, 7d.")
@click.option("--query-timeout", type=Seconds(), default=60.0, show_default=True, help="Seconds for each question.")
@cluster_options
@output_option
@debug_option
def compare(
    *,
    model: str,
    environment: str,
    control: str,
    other: str,
    since: timedelta,
    query_timeout: float,
    connection: Connection,
    output: str,
) -> None:
    """Compare a shadow (or any variant) with the control, request by request.

    Agreement of labels, distance of scores, latency and failures, over the requests that both answered. Verdicts are
    left to gates. Exit 4 when no request was answered by both.

    \b
    Example:
      model-logs compare --model churn --environment production --other shadow --since 24h
    """
    from model_logs import variants
    from model_logs.cluster import connect

    end = datetime.now(UTC)
    with connect(connection) as client:
        found = variants.compare_variants(
            client,
            model,
            environment,
            start=end - since,
            end=end,
            control=control,
            other=other,
            timeout=query_timeout,
        )
    if output == "json":
        show_json({"model": model, "environment": environment, "control": control, "other": other, **found.as_dict()})
        return
    _show(found, control, other)
    note(
        f"{model} in {environment}: {found.pairs:,} requests were answered by both;"
        f" {found.only_control:,} by {control} alone, {found.only_other:,} by {other} alone."
    )


def _show(found: Comparison, control: str, other: str) -> None:
    rows = [
        ("p50 ms", found.control_p50_ms, found.other_p50_ms),
        ("p99 ms", found.control_p99_ms, found.other_p99_ms),
        ("failed", found.control_failed, found.other_failed),
    ]
    table(["", control, other], [(name, _number(first), _number(second)) for name, first, second in rows])
    if found.labelled:
        share = 100 * found.agreed / found.labelled
        click.echo(f"\nSame label: {found.agreed:,} of {found.labelled:,} ({share:.2f} %).")
    if found.scored:
        click.echo(
            f"Score of {other} less that of {control}: {found.mean_difference:+.4g} on average,"
            f" {found.mean_distance:.4g} apart, {found.largest_distance:.4g} at most, over {found.scored:,}."
        )
    if found.disagreements:
        click.echo("")
        table([f"{control} says", f"{other} says", "requests"], [(a, b, f"{n:,}") for a, b, n in found.disagreements])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
