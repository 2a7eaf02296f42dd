"""`elk-bootstrap assets list`: which files come with the package. It asks no cluster."""

from __future__ import annotations

import click

from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import show_json, table

__all__ = ["list_"]


@click.command("list")
@output_option
@debug_option
def list_(*, output: str) -> None:
    """List the sets of files that `assets copy` can copy.

    \b
    Example:
      elk-bootstrap assets list
    """
    from model_logs.files import asset_copies

    found = {name: asset_copies.files_of([name]) for name in asset_copies.SETS}
    if output == "json":
        described = [
            {"name": name, "about": each.about, "used_by": each.used_by, "files": list(found[name])}
            for name, each in asset_copies.SETS.items()
        ]
        show_json({"assets": described})
        return
    rows = [(name, len(found[name]), each.about, each.used_by) for name, each in asset_copies.SETS.items()]
    table(("name", "files", "what", "read by"), rows, right=(1,))
