"""`elk-bootstrap keys create`: makes an API key with the rights of one role, and shows it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_logs.cli.keys.options import (
    Lifetime,
    dry_run_option,
    new_key_json,
    role_argument,
    show_new_key,
    show_requests,
    warn_of_rules,
)
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import show_json

if TYPE_CHECKING:
    from datetime import timedelta

    from model_logs.cluster import Connection

__all__ = ["create"]


@click.command()
@role_argument
@click.option("--name", "suffix", default="", help="Suffix of the key's name, after the role, to distinguish keys.")
@click.option(
    "--expires",
    type=Lifetime(),
    default="90d",
    show_default=True,
    help="How long the key is valid: 90d, 12h or never.",
)
@click.option(
    "--environments", default="", help="Limit the key to these environments, with commas; `unknown` is added."
)
@click.option(
    "--streams",
    default="",
    help="Limit the key to these streams, with commas: prediction, lifecycle, unparsed, node.",
)
@click.option(
    "--kibana-space", default="", help="Give the key access to this space of Kibana too (bootstrap, reader)."
)
@dry_run_option
@cluster_options
@output_option
@debug_option
def create(
    *,
    connection: Connection,
    role_name: str,
    suffix: str,
    expires: timedelta | None,
    environments: str,
    streams: str,
    kibana_space: str,
    dry_run: bool,
    output: str,
) -> None:
    """Create an API key with the rights of ROLE: writer, shipper, reader, operator or bootstrap.

    The key is shown once, in the forms that Logstash, Filebeat and our own commands take, and is neither stored nor
    logged. A key cannot make keys: give a user with the cluster privilege manage_own_api_key.

    \b
    Example:
      elk-bootstrap keys create writer --username elastic > writer.env
      elk-bootstrap keys create shipper --name eu --environments production --expires 30d
      elk-bootstrap keys create reader --dry-run
    """
    from model_logs.cluster import connect
    from model_logs.install.keys import Security, create_request, role

    request = create_request(
        role(role_name),
        suffix=suffix,
        expires=expires,
        environments=_environments(environments),
        streams=_streams(streams),
        kibana_space=kibana_space,
    )
    if dry_run:
        show_requests(request, output=output)
        return
    with connect(connection) as client:
        made = Security(client).create(request)
    if output == "json":
        show_json(new_key_json(made))
    else:
        show_new_key(made)
    warn_of_rules(kibana_space if expires is not None else "", may_write=role(role_name).kibana == "space_all")


def _environments(given: str) -> tuple[str, ...]:
    from model_logs.environments import allowed

    return allowed(given) if given.strip() else ()


def _streams(given: str) -> tuple[str, ...]:
    from model_logs.errors import ConfigurationError, meant
    from model_logs.install.keys import STREAMS

    chosen = tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
    if unknown := [name for name in chosen if name not in STREAMS]:
        raise ConfigurationError(f"There is no stream {', '.join(unknown)}.", next_step=meant(unknown[0], STREAMS))
    return chosen
