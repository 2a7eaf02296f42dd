"""`model-logs pipeline test`: the test vectors, on ship's parser and on a real Logstash where there is one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli import Group
from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.printing import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from model_logs.pipeline import Vector, VectorResult

__all__ = ["pipeline"]

_NOT_THERE = {
    "logstash": "LOGSTASH_HOME is not set",
    "docker": "no Docker answers",
}


@click.group(cls=Group)
def pipeline() -> None:
    """Test the parsers that make a document of each log line.

    \b
    Example:
      model-logs pipeline test
    """


@pipeline.command()
@click.argument("words", nargs=-1, metavar="[WORD...]")
@click.option(
    "--on",
    type=click.Choice(["all", "ship", "logstash", "docker"]),
    default="all",
    show_default=True,
    help="Where to run them; `all` is ship and any available Logstash.",
)
@click.option(
    "--vectors",
    type=click.Path(exists=True, file_okay=False),
    help="Folder with other vectors.  [default: pipelines/tests]",
)
@click.option(
    "--image", envvar="MODEL_LOGS_LOGSTASH_IMAGE", help="Image for Docker.  [default: Elastic's own, at one version]"
)
@output_option
@debug_option
def test(words: tuple[str, ...], on: str, vectors: str | None, image: str | None, output: str) -> None:
    """Run the test vectors: a raw line as Filebeat ships it, and the document that must come out.

    Words narrow them down: a vector is run when its file or name holds all of them. Exit 1 when one fails.

    \b
    Example:
      model-logs pipeline test
      model-logs pipeline test latency seconds
      LOGSTASH_HOME=/usr/share/logstash model-logs pipeline test --on logstash
    """
    from pathlib import Path

    chosen = _chosen(words, Path(vectors) if vectors else None)
    results = _run(chosen, on, image)
    failed = sum(bool(outcome.differences) for outcomes in results.values() for outcome in outcomes)
    if output == "json":
        report = {engine: [_described(outcome) for outcome in outcomes] for engine, outcomes in results.items()}
        show_json(report)
    else:
        for engine, outcomes in results.items():
            _print(engine, outcomes)
    if failed:
        sys.exit(1)


def _chosen(words: tuple[str, ...], folder: Path | None) -> list[Vector]:
    from model_logs.pipeline import load_vectors

    def fits(vector: Vector) -> bool:
        text = f"{vector.file} {vector.name}".lower()
        return all(word.lower() in text for word in words)

    chosen = [vector for vector in load_vectors(folder) if fits(vector)]
    if not chosen:
        raise click.UsageError(f"No vector has {' and '.join(words) or 'a name'}.")
    return chosen


def _run(vectors: Sequence[Vector], on: str, image: str | None) -> dict[str, list[VectorResult]]:
    """Run the vectors wherever they are to be run; engine → outcomes."""
    from model_logs.pipeline import DEFAULT_IMAGE, in_docker, installed, run_on_ship

    results = {}
    if on in {"all", "ship"}:
        results["ship"] = run_on_ship(vectors)
    for name in ("logstash", "docker"):
        if on not in {"all", name} or len(results) > 1:
            continue
        engine = installed() if name == "logstash" else in_docker(image or DEFAULT_IMAGE)
        if engine is not None:
            note(f"{engine.name}: {len(vectors)} vectors in one run; this takes half a minute.")
            results[engine.name] = engine.run(vectors)
        elif on == name:
            raise click.UsageError(f"--on {name}: {_NOT_THERE[name]}.")
        else:
            note(f"Not run on {name}: {_NOT_THERE[name]}.")
    return results


def _described(outcome: VectorResult) -> dict[str, Any]:
    differences = [
        {"name": difference.name, "expected": difference.expected, "got": difference.got}
        for difference in outcome.differences
    ]
    vector = outcome.vector
    return {"file": vector.file, "name": vector.name, "passed": not differences, "differences": differences}


def _print(engine: str, outcomes: Sequence[VectorResult]) -> None:
    for outcome in outcomes:
        if not outcome.differences:
            continue
        vector = outcome.vector
        click.secho(f"\n{printable(vector.file)}: {printable(vector.name)}", bold=True)
        click.echo(f"  line  {printable(vector.line.decode('utf-8', 'backslashreplace'))}")
        for difference in outcome.differences:
            click.echo(f"  {printable_lines(difference, indent='    ')}")
    failed = sum(bool(outcome.differences) for outcome in outcomes)
    words = f"{len(outcomes) - failed} of {len(outcomes)} vectors passed"
    click.secho(f"{engine}: {words}.", fg="red" if failed else "green")
