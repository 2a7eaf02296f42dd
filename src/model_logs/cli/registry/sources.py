"""`model-logs registry sources`: which registries are known."""

from __future__ import annotations

import click

from model_logs.cli.options import debug_option, output_option
from model_logs.cli.output import show_json

__all__ = ["sources"]


@click.command()
@output_option
@debug_option
def sources(*, output: str) -> None:
    """List the registries whose webhooks can be received, with the environment variable of each secret.

    A registry of your own is described by a file in the form of mappings/registries/*.yml: `elk-bootstrap assets copy
    mappings/registries`.

    \b
    Example:
      model-logs registry sources
    """
    from model_logs.registries import sources as files

    found = [files.load(name) for name in files.known()]
    if output == "json":
        show_json(
            [
                {
                    "registry": each.registry,
                    "meaning": each.meaning,
                    "documentation": each.documentation,
                    "secret": each.proof.variable,
                }
                for each in found
            ]
        )
        return
    for each in found:
        click.echo(f"{each.registry}: {each.meaning}")
        click.echo(f"    secret: {each.proof.variable}")
        click.echo(f"    {each.documentation}")
