"""`model-logs erase`: remove the personal data of some requests, or of a model, and leave a record of it."""

from __future__ import annotations

import getpass
import sys
from typing import IO, TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.cli.times import Moment
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from model_logs.cluster import Connection
    from model_logs.erasure import Plan, Selection

__all__ = ["erase"]


@click.command()
@click.option(
    "--request-ids", "file", type=click.File(), help="A file with one request id a line; - is standard input."
)
@click.option("--model", help="All predictions of this model before --before.")
@click.option("--before", type=Moment(), help="Only what happened before: 2026-11-22T00:00:00Z.")
@click.option("--environment", help="Only the streams of this environment.")
@click.option("--reason", help="Why; it is kept for years, so name no person whose data is erased.")
@click.option("--by", default=getpass.getuser, help="Who asked for it.  [default: your user name]")
@click.option("--yes", is_flag=True, help="Erase without a question, for scripts.")
@click.option("--dry-run", is_flag=True, help="Show how much would be erased, and erase nothing.")
@cluster_options
@output_option
@debug_option
def erase(
    *,
    connection: Connection,
    file: IO[str] | None,
    model: str | None,
    before: datetime | None,
    environment: str | None,
    reason: str | None,
    by: str,
    yes: bool,
    dry_run: bool,
    output: str,
) -> None:
    """Erase predictions, their outcomes, and unparsed or refused copies, for ever.

    Read-only indices are opened for it and closed again. Each batch is written into the audit trail first, as an
    event `erased` with person, reason and the numbers of the erased events, so that `audit` does not call them lost.
    The audit trail itself stays. After an interruption run it again: it continues where it stopped.

    \b
    Example:
      model-logs erase --request-ids ids.txt --reason 'ticket 4711' --dry-run
      model-logs erase --model churn --before 2025-01-01T00:00:00Z --reason 'retention' --yes
    """
    from model_logs.cluster import connect
    from model_logs.erasure import Request, look
    from model_logs.erasure import erase as carry_out

    selection = _selection(file, model, before, environment)
    if not dry_run and not (reason or "").strip():
        raise click.UsageError("Give --reason: it stands in the audit trail. --dry-run needs none.")
    if selection.request_ids and selection.fits({"reason": reason}):
        raise click.UsageError("--reason names one of the requests: it would stand in the audit trail for years.")
    with connect(connection) as client:
        plan = look(client, selection, progress=_progress("found"))
        _show(plan, "would be erased" if dry_run else "is erased for ever")
        if dry_run or not plan.documents:
            _conclude(plan, output, erased=False)
            return
        _ask(plan, yes=yes)
        request = Request(selection, by, str(reason).strip())
        done = carry_out(client, request, told=note, progress=_progress("erased", plan.documents))
    done.kept = plan.kept
    _conclude(done, output, erased=True)
    note("Delete them from the services' log files too: a shipper that reads one from its start brings them back.")
    note("Snapshots hold what they held; on disk the rest goes with the next merges, within about 12 hours.")


def _selection(
    file: IO[str] | None, model: str | None, before: datetime | None, environment: str | None
) -> Selection:
    from model_logs.environments import canonical_environment
    from model_logs.erasure import Selection

    if (file is None) == (model is None):
        raise click.UsageError("Give either --request-ids FILE, or --model NAME with --before MOMENT.")
    if (model is None) != (before is None):
        raise click.UsageError("--model and --before belong together.")
    chosen = canonical_environment(environment) if environment else ""
    if file is None:
        return Selection(model=model or "", before=before, environment=chosen)
    ids = frozenset(filter(None, (line.strip() for line in file)))
    if not ids:
        raise click.UsageError("The file of --request-ids names no request.")
    return Selection(request_ids=ids, environment=chosen)


def _show(plan: Plan, what: str) -> None:
    note(f"{plan.documents:,} documents: this data {what}.")
    for name, kinds in sorted(plan.by_name().items()):
        note(f"  {printable(name)}: {', '.join(f'{count:,} {kind}' for kind, count in sorted(kinds.items()))}")
    for place in plan.counts:
        if place.blocks:
            note(f"  {place.index} is read-only ({', '.join(place.blocks)}): lifted for the deletion, then put back")
    if plan.kept:
        note(f"{plan.kept:,} events of the audit trail name one of these requests: they stay, as all of it does.")


def _ask(plan: Plan, *, yes: bool) -> None:
    """Go on only when each environment was typed, or --yes was given.

    Raises:
        ConfigurationError: A name was typed wrongly, or nobody can be asked.
    """
    from model_logs.errors import ConfigurationError

    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "Data is erased only after a person typed the name of its environment; this is no terminal."
            " Nothing was erased.",
            next_step="Give --yes in a script, or --dry-run to see the plan.",
        )
    for name in sorted({place.environment for place in plan.counts}):
        typed = click.prompt(f"Type {name} to erase its data", err=True, default="", show_default=False)
        if typed.strip() != name:
            raise ConfigurationError(
                f"{typed!r} was typed, not {name!r}. Nothing was erased.",
                next_step="Run the command again, or with --dry-run to see the plan.",
            )


def _progress(word: str, of: int = 0) -> Callable[[int], None]:
    """Return what shows on a terminal how much is done."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done:,}{f' of {of:,}' if of else ''} documents {word}", nl=False, err=True)

    return show


def _conclude(plan: Plan, output: str, *, erased: bool) -> None:
    if sys.stderr.isatty():
        click.echo(err=True)
    if output == "json":
        show_json({"erased": erased, **plan.document()})
    elif erased:
        click.echo(f"{plan.documents:,} documents were erased.")
    elif not plan.documents:
        click.echo("Nothing to erase.")
