"""`elk-bootstrap assets diff`: the differences between copied files and the installed version. It writes nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.install.output import show_diff
from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import show_json
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.files.asset_copies import Change

__all__ = ["diff"]

_SAID = {
    "upgrade": "changed by the upgrade, not by you",
    "both": "changed by the upgrade and by you",
    "yours": "edited by you; the package's is as it was",
    "new": "new in this version",
    "gone": "no longer in the package",
    "deleted": "deleted by you",
}
_OF_THE_UPGRADE = frozenset({"upgrade", "both", "new", "gone"})
_DIFFERS = 3


@click.command()
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default=True,
    help="The folder that `assets copy` wrote to.",
)
@output_option
@debug_option
def diff(*, folder: Path, output: str) -> None:
    """Show the differences between your copies and the installed version: your edits and the upgrade's.

    Exit 0 when the upgrade changed none of your files, 3 when it did: `assets copy` updates those that you did not
    edit.

    \b
    Example:
      elk-bootstrap assets diff --in my-models
    """
    from model_logs.files import asset_copies

    found = asset_copies.compare_copies(folder)
    if output == "json":
        show_json({"folder": str(folder), "changes": [each.as_dict() for each in found]})
    else:
        _show(found)
    if any(each.what in _OF_THE_UPGRADE for each in found):
        sys.exit(_DIFFERS)


def _show(found: list[Change]) -> None:
    for each in found:
        click.secho(f"{printable(each.path)}: {_SAID[each.what]}", bold=True)
        show_diff(each.diff)
    if not found:
        click.echo("Nothing differs: your copies are as this version has them.")
