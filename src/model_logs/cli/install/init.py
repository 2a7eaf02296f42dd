"""`elk-bootstrap init`: writes the configuration file, every setting in it explained. It asks no cluster."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import debug_option
from model_logs.cli.output import note
from model_logs.settings import DEFAULT_NAME, SECTIONS, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.settings import Setting

__all__ = ["annotated", "init"]

_WIDTH = 100
# Beside the file that is written, so that its first line holds wherever it lies.
_SCHEMA = Path(".model-logs") / "configuration.json"
_HEAD = f"""\
# yaml-language-server: $schema={_SCHEMA}
# The configuration of elk-bootstrap and model-logs, found as {DEFAULT_NAME} in the current folder, or where
# MODEL_LOGS_CONFIG points. An option wins over an environment variable, which wins over this file. A line with # in
# front says what counts, or could be said. ${{NAME}} is taken from the environment, and ${{NAME:default}} where it
# may be missing.
#
# Keep no secret here: an API key (`elk-bootstrap keys create`) belongs into the variable that its line names, which
# is read without being mentioned in this file. Serving code does not read this file; see docs/logger.md.
"""


@click.command()
@click.option("--url", help="Write this URL of the cluster into the file; several with commas between.")
@click.option("--kibana-url", help="Write this URL of Kibana into the file.")
@click.option("--environments", help="Write these environments into the file, with commas between.")
@click.option(
    "--output",
    type=click.Path(allow_dash=True, path_type=Path),
    default=Path(DEFAULT_NAME),
    show_default=True,
    help="The file to write; - for standard output.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@debug_option
def init(*, url: str | None, kibana_url: str | None, environments: str | None, output: Path, force: bool) -> None:
    """Write a configuration file that names every setting, with its meaning, its default and its variable.

    The command asks no question and needs no cluster; an existing file stays unless --force is given.

    \b
    Example:
      elk-bootstrap init
      elk-bootstrap init --url https://es.example:9200 --kibana-url https://kibana.example:5601
      elk-bootstrap init --output - | less
    """
    given = {
        ("elasticsearch", "url"): _checked_urls(url),
        ("kibana", "url"): _checked_urls(kibana_url),
        ("events", "environments"): _checked_environments(environments),
    }
    text = annotated({key: value for key, value in given.items() if value is not None})
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    _write(output, text, force=force)
    _write_schema(output.parent / _SCHEMA)
    note(f"Wrote {output}. Next step: elk-bootstrap plan")


def annotated(given: Mapping[tuple[str, str], str]) -> str:
    """Return the file: every setting, with a value where one is given, else as a comment.

    Args:
        given: (section, name) → its value.
    """
    blocks = [_HEAD]
    for section, about in SECTIONS.items():
        lines = [*(f"# {line}" for line in textwrap.wrap(about, _WIDTH)), f"{section}:"]
        for each in SETTINGS:
            if each.section == section:
                lines += ["", *_lines(each, given.get((section, each.name)))]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _lines(each: Setting, value: str | None) -> list[str]:
    meaning = f"{each.meaning} A secret." if each.secret else each.meaning
    source = " or ".join(each.asked) + (f"; default: {each.default}" if each.default else "")
    explained = [f"  # {line}" for said in (meaning, source) for line in textwrap.wrap(said, _WIDTH)]
    if value is not None:
        return [*explained, f"  {each.name}: {json.dumps(value, ensure_ascii=False)}"]
    return [*explained, f"  # {each.name}: {_shown(each)}".rstrip()]


def _shown(each: Setting) -> str:
    if each.secret:
        return f"${{{each.asked[0]}}}"
    return each.example or each.default


def _checked_urls(given: str | None) -> str | None:
    """Return the URLs without credentials; refuse one that is no URL."""
    from model_logs.cluster import Connection, checked
    from model_logs.errors import ConfigurationError

    if given is None:
        return None
    connection = checked(Connection(given))
    if connection.username:
        raise ConfigurationError(
            f"{connection.shown} was given with a user, and a password has no place in the file.",
            next_step="Leave them out of the URL and set MODEL_LOGS_API_KEY, or MODEL_LOGS_USERNAME and"
            " MODEL_LOGS_PASSWORD.",
        )
    return ",".join(Connection(given).urls)


def _checked_environments(given: str | None) -> str | None:
    from model_logs.environments import allowed

    return None if given is None else ",".join(allowed(given))


def _write(file: Path, text: str, *, force: bool) -> None:
    from model_logs.errors import ConfigurationError, ModelLogsError
    from model_logs.files.writing import write_private

    if not force and os.path.lexists(file):
        raise ConfigurationError(
            f"{file} is there already and stays as it is.",
            next_step="Name another file (--output), or replace it with --force.",
        )
    if file.exists() and not file.is_file():
        raise ConfigurationError(
            f"{file} is no regular file.", next_step="Name a file (--output), or - for standard output."
        )
    try:
        # For its owner alone from the first moment on: it is where passwords are put.
        write_private(file, text.encode())
    except OSError as error:
        raise ModelLogsError(
            f"{file} cannot be written: {error.strerror}.", next_step="Name another file: --output."
        ) from error


def _write_schema(file: Path) -> None:
    """Write the schema that the first line names, from which an editor completes the file."""
    from model_logs import assets
    from model_logs.files.schemas import FOLDER
    from model_logs.files.writing import write_file

    content = assets.path(f"{FOLDER}/{_SCHEMA.name}").read_bytes()
    write_file(file, content, next_step="Name another file: --output.")
