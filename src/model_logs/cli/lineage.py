"""`model-logs trace` and `model-logs lineage`: from a prediction to who made, approved and judged what answered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.alerts.options import folder_option
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_logs.cluster import Connection
    from model_logs.lineage.story import Lineage, Trace

__all__ = ["lineage", "show_trace", "trace"]

_html_option = click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it with a timeline to this page too."
)
_SHOWN = 20
_NOTHING = 1


@click.command()
@click.argument("request_id")
@folder_option
@cluster_options
@_html_option
@output_option
@debug_option
def trace(request_id: str, *, folder: Path | None, html: Path | None, connection: Connection, output: str) -> None:
    """Show one request: its predictions in every service, its outcome, and the model versions that answered.

    Each version is shown with its author and approver, its history in the registry until then, its baseline and
    gates, and the alerts and experiments within an hour of the request. Exit 1 when no event has this request id.

    \b
    Example:
      model-logs trace 6513270e269e0d37f2a74de452e6b438
      model-logs trace 6513270e269e0d37f2a74de452e6b438 --html request.html
    """
    from model_logs.alerts.rulebook import rules
    from model_logs.catalog.models_file import load_catalog
    from model_logs.cluster import connect
    from model_logs.lineage.story import trace as traced

    catalog = load_catalog(rules.folder(folder))

    with connect(connection) as client:
        found = traced(client, request_id, catalog=catalog)
    known = bool(found.predictions or found.others or found.outcomes)
    if known and html:
        from model_logs.lineage.page import trace_page, write_page

        write_page(trace_page(found), html)
        note(f"Wrote {html}.")
    if output == "json":
        show_json(found.document())
    elif known:
        show_trace(found)
    if not known:
        note(f"No event has the request id {printable(request_id)}.")
        note("Next step: check that the service's log is shipped: `elk-bootstrap verify`, `model-logs audit`.")
        sys.exit(_NOTHING)


@click.command()
@click.argument("model")
@click.argument("version", required=False)
@folder_option
@cluster_options
@_html_option
@output_option
@debug_option
def lineage(
    model: str, version: str | None, *, folder: Path | None, html: Path | None, connection: Connection, output: str
) -> None:
    """Show the history of MODEL, or of one VERSION: author, approver, stages, baseline, gates, alerts.

    Earlier names of the model are followed. Exit 1 when the audit trail holds no event of the model.

    \b
    Example:
      model-logs lineage fraud
      model-logs lineage fraud 3 --output json
      model-logs lineage fraud --html fraud.html
    """
    from model_logs.alerts.rulebook import rules
    from model_logs.catalog.models_file import load_catalog
    from model_logs.cluster import connect
    from model_logs.lineage.story import lineage as told

    catalog = load_catalog(rules.folder(folder))

    with connect(connection) as client:
        found = told(client, model, version, catalog=catalog)
    known = bool(found.history or found.gates or found.alerts or found.baseline)
    if known and html:
        from model_logs.lineage.page import lineage_page, write_page

        write_page(lineage_page(found), html)
        note(f"Wrote {html}.")
    if output == "json":
        show_json(found.document())
    elif known:
        _tell(found)
    if not known:
        note(f"The audit trail does not know {printable(model)}" + (f" {printable(version)}." if version else "."))
        note("Next step: connect the model's registry, as docs/registries.md explains.")
        sys.exit(_NOTHING)


def show_trace(found: Trace) -> None:
    """Print a trace for people."""
    _heading(f"Request {found.request_id}")
    for event in (*found.predictions, *found.others):
        click.echo(_line(event))
    for row in found.outcomes:
        _outcome(row)
    for each in found.lineages:
        _tell(each)
    _section("Alerts within an hour", found.alerts)
    _section("Experiments within an hour", found.experiments)


def _tell(found: Lineage) -> None:
    _heading(f"{found.model} {found.version}" if found.version else found.model)
    said = {
        "owner": found.facts.owner,
        "author": found.author,
        "run": found.run_id,
        (found.verdict or {}).get("event_type", "approved") + " by": found.approver,
    }
    for name, value in said.items():
        click.echo(f"  {name}: {printable(value) if value else 'not known'}")
    more = {**found.facts.stated(), **{f"run's {name}": value for name, value in found.run.items()}}
    for name, value in more.items():
        if name not in {"owner", "run's run_id"}:
            click.echo(f"  {name.replace('_', ' ')}: {printable(_worded(value))}")
    for claim in found.claims:
        click.echo(f"  unattested, counts for nothing: {_line(claim).strip()}")
    if found.approved_by_its_author:
        click.echo("  approver and author are the same person")
    _section("History", found.history)
    _section("Baseline", [found.baseline] if found.baseline else [])
    _section("Gates", found.gates)
    _section("Drift", found.drift)
    _section("Experiments", found.experiments)


def _worded(value: Any) -> str:
    """Return a list or a mapping as a line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _outcome(row: Mapping[str, Any]) -> None:
    truth = row.get("actual_label", row.get("actual_value"))
    said = {True: "right", False: "wrong"}.get(row.get("correct", ""), row.get("state", ""))
    click.echo(f"  the truth: {printable(truth)} ({printable(said)}), known at {printable(row.get('outcome_at'))}")


def _heading(text: str) -> None:
    click.echo(printable(text))


def _section(title: str, events: Iterable[Mapping[str, Any]]) -> None:
    listed = list(events)
    if not listed:
        return
    click.echo(f"  {title}")
    if len(listed) > _SHOWN:
        click.echo(f"    … {len(listed) - _SHOWN} earlier ones: --output json")
    for event in listed[-_SHOWN:]:
        click.echo(_line(event))


_PARTS = (
    *("status", "model_name", "model_version", "stage", "alias", "prediction_label", "prediction_score"),
    *("latency_ms", "variant", "fallback_level", "previous_version", "previous_stage", "previous_name", "reason"),
)


def _line(event: Mapping[str, Any]) -> str:
    """Return one event as a line: when, what, and what it says."""
    from model_logs.lineage.approvals import mark_of

    parts = [f"{name} {event[name]}" for name in _PARTS if event.get(name) is not None and event[name] != "success"]
    for outer, inner in (("user", "name"), ("service", "name"), ("tag", "key"), ("alert", "rule"), ("gate", "name")):
        value = (event.get(outer) or {}).get(inner)
        if value:
            parts.append(f"{outer} {value}")
    if event.get("reconciled"):
        parts.append("reconciled")
    if mark := mark_of(event):
        parts.append(mark)
    return f"    {printable(event['@timestamp'])} {printable(event['event_type'])} {printable(', '.join(parts))}"
