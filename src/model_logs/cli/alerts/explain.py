"""`model-logs alerts explain MODEL`: figures, rows and trend behind a model's alerts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.alerts.options import folder_option, moment_type
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.errors import ConfigurationError
from model_logs.printing import printable, printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from model_logs.alerts.engine.explanation import Explanation
    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.cluster import Connection

__all__ = ["explain"]

_BARS = "▁▂▃▄▅▆▇█"


@click.command()
@click.argument("model")
@click.option("--environment", help="Only this environment.")
@click.option("--at", type=moment_type(), help="The end of the newest window, UTC.  [default: now]")
@folder_option
@cluster_options
@output_option
@debug_option
def explain(
    model: str,
    *,
    environment: str | None,
    at: datetime | None,
    folder: Path | None,
    connection: Connection,
    output: str,
) -> None:
    """Show the value that each rule measures for MODEL, its threshold, and the trend over three windows.

    \b
    Example:
      model-logs alerts explain churn
      model-logs alerts explain churn --environment production --at 2026-01-31T12:00
    """
    from model_logs.alerts.engine.explanation import explain_rule as explained
    from model_logs.alerts.rulebook import rules
    from model_logs.cluster import connect

    known = rules.load_rules(folder)
    with connect(connection) as client:
        found = explained(client, known, model, at=at or datetime.now(UTC), environment=environment)
    if not found:
        _refuse_a_rule(known, model)
    if output == "json":
        click.echo(printable_json([_described(each) for each in found]))
        return
    if not found:
        click.echo(
            f"No rule measures anything of {printable(model)} now: no event in any window, and it is not expected"
            " to predict."
        )
        sys.exit(0)
    for each in found:
        _print(each)


def _refuse_a_rule(known: Iterable[Rule], model: str) -> None:
    """Say so where a rule is named in the place of a model; a model that predicts may be called as a rule is."""
    asked = model.strip().casefold()
    rule = next((rule for rule in known if asked in {rule.id.casefold(), rule.name.casefold()}), None)
    if rule is not None:
        raise ConfigurationError(
            f"{printable(model)} is a rule; `alerts explain` takes the name of a model.",
            next_step="Name a model, such as `model-logs alerts explain churn`; `model-logs alerts list` shows what"
            f" fires, and {rule.runbook_file.name} among the runbooks what the rule means.",
        )


def _described(each: Explanation) -> dict[str, Any]:
    return {
        "rule": each.rule.id,
        "alert": each.key,
        "true_now": each.alert,
        "firing_since": each.episode.since if each.episode else None,
        "row": dict(each.row),
        "trend": list(each.trend),
        "runbook": str(each.rule.runbook_file),
    }


def _print(each: Explanation) -> None:
    from model_logs.alerts.engine.explanation import step
    from model_logs.alerts.notify.wording import measured, span_for_people, spelled
    from model_logs.alerts.rulebook import query_text
    from model_logs.alerts.rulebook.rules import VARIANT

    rule = each.rule
    mark = "!" if each.alert else " "
    about = ", ".join(str(each.row[name]) for name in ("environment", VARIANT) if each.row.get(name))
    click.echo(f"{mark} {rule.severity} {rule.name} ({printable(about)}): {_state(each)}")
    value, threshold = measured(each.row["value"], rule.unit), measured(each.row["threshold"], rule.unit)
    verdict = "is" if each.alert else "is not"
    click.echo(
        f"    measured {value}, threshold {threshold}, {each.row['events']} events; the condition {verdict} true"
    )
    click.echo(f"    condition: {query_text.condition(rule)}")
    details = {name: value for name, value in each.row.items() if value is not None and name not in _SAID}
    click.echo("    " + ", ".join(f"{name} {printable(spelled(value))}" for name, value in details.items()))
    click.echo(f"    trend, a point each {span_for_people(step(rule))}: {_sparkline(each.trend, rule.unit)}")


_SAID = {"value", "threshold", "events", "alert", "environment", "variant", "model_name", "model", "env"}


def _state(each: Explanation) -> str:
    """Say how the evaluator's memory and the condition of the newest window go together."""
    from model_logs.alerts.notify.wording import span_for_people

    if each.episode is None:
        if not each.alert:
            return "does not fire"
        return (
            "would fire, but `model-logs alerts watch` has not judged this window: see that it runs, and its --alerts"
        )
    since = f"fires since {each.episode.since:%Y-%m-%d %H:%M} UTC"
    if each.alert:
        return since
    quiet = each.rule.quiet_for
    return (
        f"{since}, and is over when it was quiet for {span_for_people(quiet)}"
        if quiet
        else f"{since}, and is over next time"
    )


def _sparkline(values: Sequence[float | None], unit: str) -> str:
    from model_logs.alerts.notify.wording import measured

    known = [value for value in values if value is not None]
    if not known:
        return "nothing measured"
    low, span = min(known), (max(known) - min(known)) or 1
    bars = ["·" if value is None else _BARS[int((value - low) / span * (len(_BARS) - 1))] for value in values]
    return f"{''.join(bars)}  {measured(low, unit)} to {measured(max(known), unit)}"
