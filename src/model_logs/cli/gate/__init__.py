"""`model-logs gate`: judge a version before a promotion; below it, what is done with the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli import LazyGroup
from model_logs.cli.gate.options import by_option, question_options, recording, recording_options
from model_logs.cli.gate.showing import EXIT_CODES, show
from model_logs.cli.options import cluster_options, debug_option, environments_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.cli.times import Span

if TYPE_CHECKING:
    from datetime import timedelta

    from model_logs.cluster import Connection
    from model_logs.gate import Judgement, Question

__all__ = ["gate"]


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    commands_at={
        "plan": ("gate.plan", "plan", "Show how long a verdict takes for a model, by its own traffic."),
        "serve": ("gate.serve", "serve", "Answer over HTTP, for Argo Rollouts, Flagger and others."),
        "verify": ("gate.verify", "verify", "Look whether an evidence is as it was written."),
        "override": ("gate.override", "override", "Record that you go on in spite of a gate, and why."),
    },
)
@question_options
@click.option(
    "--evidence",
    type=click.Path(path_type=Path, file_okay=False),
    default="gate-evidence",
    show_default=True,
    help="Folder for the file with the evidence.",
)
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw the intervals into this file.")
@click.option("--watch", is_flag=True, help="Begin the window now, and end before it is over where it surely fails.")
@click.option("--every", type=Span(), default="30s", show_default=True, help="With --watch: time between two looks.")
@click.option("--dry-run", is_flag=True, help="Judge and show, write and record nothing.")
@recording_options
@by_option
@environments_option
@cluster_options
@output_option
@debug_option
def gate(
    *,
    question: Question | None,
    evidence: Path,
    picture: Path | None,
    watch: bool,
    every: timedelta,
    dry_run: bool,
    path: Path | None,
    by: str,
    environments: tuple[str, ...],
    connection: Connection,
    output: str,
) -> None:
    """Judge whether a version of a model meets its objectives: passed, failed, or inconclusive.

    It counts the predictions of the window by blocks of time, and says how sure it is: of versions that lie exactly
    at a limit, about 5 % pass, up to 8 % in bursty traffic. Missing evidence makes it inconclusive: too few
    events, gaps, events on their way, wrong clocks. Exit 0 passed, 3 failed, 4 inconclusive.

    \b
    Example:
      model-logs gate --model churn --version 7 --environment staging --window 15m
      model-logs gate --model churn --version 7 --variant canary --against-variant control --objective slo
    """
    if click.get_current_context().invoked_subcommand:
        return
    if question is None:
        raise click.UsageError("Missing option '--model' or '--version'.")
    from model_logs.cluster import connect
    from model_logs.gate import judge
    from model_logs.gate.watching import watch as watch_over

    if watch and question.end is not None:
        raise click.UsageError("With --watch the window begins now; leave out --end.")
    with connect(connection) as client:
        found = watch_over(client, question, every=every, on_look=_tell) if watch else judge(client, question)
        written = {} if dry_run else _record(found, client, evidence, by, (path, environments))
    if picture is not None:
        from model_logs.gate.picture import write_picture

        write_picture(found.checks, found.question.subject, picture)
    if output == "json":
        show_json(_document(found, written))
    else:
        show(found)
        if written:
            note(f"Evidence: {written['evidence']}, SHA-256 {written['sha256']}.")
    raise click.exceptions.Exit(EXIT_CODES[found.verdict])


def _tell(over: int, blocks: int, predictions: int) -> None:
    note(f"{over} of {blocks} blocks: {predictions:,} predictions, nothing is sure yet.")


def _record(
    found: Judgement, client: Any, folder: Path, by: str, road: tuple[Path | None, tuple[str, ...]]
) -> dict[str, str]:
    from model_logs.gate.evidence import document_of, write_evidence
    from model_logs.gate.trail import record_verdict

    document = document_of(found, by=by)
    file = folder / f"{document['id']}.json"
    sha256 = write_evidence(document, file)
    with recording(client, *road, found.question.environment) as roads:
        record_verdict(found, id_=document["id"], sha256=sha256, by=by, **roads)
    return {"id": document["id"], "evidence": str(file), "sha256": sha256}


def _document(found: Judgement, written: dict[str, str]) -> dict[str, Any]:
    question = found.question
    return {
        **written,
        "verdict": found.verdict,
        "model": question.model,
        "version": question.version,
        "environment": question.environment,
        "objective": found.objectives.name,
        "start": found.window.start,
        "end": found.window.end,
        "checks": [each.as_dict() for each in found.checks],
        "doubts": [each.as_dict() for each in found.doubts],
        "notes": found.notes,
    }
