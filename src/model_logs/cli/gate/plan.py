"""`model-logs gate plan`: how long a verdict takes for a model, tried on its own traffic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json, table
from model_logs.cli.times import Span

if TYPE_CHECKING:
    from datetime import timedelta

    from model_logs.cluster import Connection
    from model_logs.gate.planning import ObjectivePlan, Plan

__all__ = ["plan"]


@click.command()
@click.option("--model", required=True, help="The model.")
@click.option("--version", default="", help="Only the traffic of this version.  [default: all of them]")
@click.option("--environment", default="production", show_default=True, help="Where it runs.")
@click.option("--objective", default="slo", show_default=True, help="slo, degraded, or a file of your own.")
@click.option(
    "--chaos",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with objectives/ and models.yml.  [default: that of the package]",
)
@click.option("--since", type=Span(), default="7d", show_default=True, help="How far back the traffic is looked at.")
@click.option(
    "--share",
    type=click.FloatRange(0, 100, min_open=True),
    default=100.0,
    show_default=True,
    help="Percent of the traffic that the new version will answer: a canary's part.",
)
@click.option(
    "--load", type=click.FloatRange(0, min_open=True), help="Declared predictions a second: throughput is judged."
)
@cluster_options
@output_option
@debug_option
def plan(
    *,
    model: str,
    version: str,
    environment: str,
    objective: str,
    folder: Path | None,
    since: timedelta,
    share: float,
    load: float | None,
    connection: Connection,
    output: str,
) -> None:
    """Show how long a gate takes to a verdict on a model, and which limits an hour can confirm.

    Windows of a quarter of an hour to a day are laid over the traffic since then and judged as a gate would. Exit 4
    where there was no traffic.

    \b
    Example:
      model-logs gate plan --model churn --environment production
      model-logs gate plan --model churn --share 5
    """
    from model_logs.cluster import connect
    from model_logs.gate.planning import make_plan
    from model_logs.gate.question import Question

    question = Question(model, version, environment, objective=objective, folder=folder, load=load)
    with connect(connection) as client:
        found = make_plan(client, question, since=since, share=share / 100)
    if output == "json":
        show_json(_document(found))
    else:
        _show(found)


def _show(found: Plan) -> None:
    from model_logs.printing import printable
    from model_logs.times import short_span

    windows = list(found.verdicts)
    rows = [
        (
            each.title,
            _limit(each),
            *(f"{100 * each.decided[window]:.0f} %" if window in each.decided else "-" for window in windows),
            short_span(each.takes, days=False) if each.takes else "longer",
        )
        for each in found.objectives
    ]
    rows.append(
        (
            "all of them",
            "",
            *(f"{100 * _decided(found.verdicts[window]):.0f} %" for window in windows),
            short_span(found.takes, days=False) if found.takes else "longer",
        )
    )
    headings = ("objective", "limit", *(short_span(window, days=False) for window in windows), "takes")
    table(headings, rows, right=range(1, len(headings)))
    click.echo("")
    part = "" if found.share == 1 else f", {100 * found.share:g} % of which the new version would answer"
    subject = f"{printable(found.question.model)} in {printable(found.question.environment)}"
    note(
        f"{subject}: {found.predictions:,} predictions since {found.since:%Y-%m-%d %H:%M} UTC{part};"
        f" {found.per_minute:,.3g} a minute to judge by. Each figure: the share of windows of that length that"
        " would have ended in passed or failed."
    )
    for each in found.objectives:
        if line := _advice(each, found.per_minute):
            note(line)


def _decided(verdicts: Any) -> float:
    return float(1 - verdicts.get("inconclusive", 0.0))


def _advice(each: ObjectivePlan, per_minute: float) -> str:
    """Return what can be done where an hour decides nothing."""
    from model_logs.times import rounded_span

    if each.kind != "share" or each.within_hour is None:
        return ""
    lines = f"{each.title}: an hour confirms {100 * each.within_hour:.2g} % at best, the objective is {_limit(each)}."
    if each.least > 60 * per_minute:
        wait = rounded_span(60 * each.least / per_minute) if per_minute else "for ever"
        lines += f" It takes {each.least:,} predictions without a single bad one, that is {wait}."
    elif each.why:
        lines += f" Within an hour: {each.why}."
    return lines


def _limit(each: ObjectivePlan) -> str:
    return f"{100 * each.limit:.3g} %" if each.kind == "share" else f"{each.limit:g}"


def _document(found: Plan) -> dict[str, Any]:
    from model_logs.times import short_span

    return {
        "model": found.question.model,
        "environment": found.question.environment,
        "objective": found.question.objective,
        "since": found.since,
        "until": found.until,
        "predictions": found.predictions,
        "share": found.share,
        "per_minute": found.per_minute,
        "verdicts": {short_span(window, days=False): dict(said) for window, said in found.verdicts.items()},
        "takes_s": found.takes.total_seconds() if found.takes else None,
        "objectives": [each.as_dict() for each in found.objectives],
    }
