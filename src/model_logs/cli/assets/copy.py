"""`elk-bootstrap assets copy`: writes files of the package into a folder, to be edited. It asks no cluster."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.printing import printable

__all__ = ["copy"]


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to; created if it is missing.",
)
@click.option("--force", is_flag=True, help="Replace files that you edited too.")
@output_option
@debug_option
def copy(*, names: tuple[str, ...], folder: Path, force: bool, output: str) -> None:
    """Write the files of NAME (see `assets list`) into a folder, with a note of the version that they came from.

    Run it again after an upgrade: files that you did not edit are updated; edited files stay, exit 1.

    \b
    Example:
      elk-bootstrap assets copy alerts shipper --to my-models
      elk-bootstrap assets copy compose --to stack
    """
    from model_logs.files import asset_copies

    done = asset_copies.copy_assets(names, folder, force=force)
    kept = [each.path for each in done if each.outcome == "kept"]
    if output == "json":
        show_json({"folder": str(folder), "files": [{"path": each.path, "outcome": each.outcome} for each in done]})
    else:
        outcomes = [each.outcome for each in done]
        counts = {outcome: outcomes.count(outcome) for outcome in ("written", "updated", "kept")}
        said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing to do"
        click.echo(f"{len(done)} files in {printable(folder)}: {said}.")
    if kept:
        note("These were edited, or were there before, and stay as they are:")
        for path in kept:
            note(f"  {path}")
        note("Next step: `elk-bootstrap assets diff` shows how they differ; --force replaces them.")
        sys.exit(1)
