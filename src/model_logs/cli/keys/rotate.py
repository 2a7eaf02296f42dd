"""`elk-bootstrap keys rotate`: a new key with today's rights, and an end for the one that it replaces."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.keys.options import (
    Lifetime,
    dry_run_option,
    found,
    new_key_json,
    show_new_key,
    show_requests,
    warn_of_rules,
)
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.cli.times import Span
from model_logs.times import iso

if TYPE_CHECKING:
    from model_logs.cluster import Connection
    from model_logs.install.keys import MadeKey, Security, SecurityRequest

__all__ = ["rotate"]


@click.command()
@click.argument("key", metavar="ID_OR_NAME")
@click.option(
    "--expires", type=Lifetime(), default="90d", show_default=True, help="How long the new key is valid, or never."
)
@click.option(
    "--grace", type=Span(), default="24h", show_default=True, help="How long the old key stays valid: 24h, 30m."
)
@click.option("--now", "at_once", is_flag=True, help="Revoke the old key at once, such as one that others know.")
@dry_run_option
@cluster_options
@output_option
@debug_option
def rotate(
    *,
    connection: Connection,
    key: str,
    expires: timedelta | None,
    grace: timedelta,
    at_once: bool,
    dry_run: bool,
    output: str,
) -> None:
    """Replace an API key by a new one with the same role and limits, and the role's current rights.

    The new key is shown once. The old key stays valid for --grace, so that there is time to bring the new one to its
    program; Elasticsearch itself ends the old key. Of several keys with one name the newest is replaced; write --
    before an id that begins with -.

    \b
    Example:
      elk-bootstrap keys rotate model-logs-writer --grace 2h --username elastic > writer.env
      elk-bootstrap keys rotate VuaCfGcBCdbkQm-e5aOx --now
    """
    from model_logs.cluster import connect
    from model_logs.install.keys import Security, create_request, expire_request, revoke_request, role

    with connect(connection) as client:
        security = Security(client)
        old = found(security.ours(), key)
        made_for = role(old.role)
        request = create_request(
            made_for,
            suffix=old.name.removeprefix(f"model-logs-{old.role}").removeprefix("-"),
            expires=expires,
            environments=old.environments,
            streams=old.streams,
            kibana_space=old.kibana_space,
            replaces=old.id,
        )
        ends_sooner = not at_once and old.expires is not None and old.expires <= datetime.now(UTC) + grace
        end = None if ends_sooner else (revoke_request([old.id]) if at_once else expire_request(old.id, grace))
        if dry_run:
            show_requests(request, *([end] if end else []), output=output)
            return
        new = security.create(request)
        if output == "text":
            # Before anything else can fail: it would be known to nobody.
            show_new_key(new)
        failure = _ended(security, old, end)
        if output == "json":
            show_json({"new": new_key_json(new), "old": _old(old, end, grace, failure)})
    if failure:
        note(f"The new key is valid, and the old one, {old.id}, still is too: {failure}")
        sys.exit(1)
    _tell(old, end, grace)
    # Whatever the new one's end: the rules that the old one installed go on with the old one.
    warn_of_rules(old.kibana_space, may_write=made_for.kibana == "space_all")


def _ended(security: Security, old: MadeKey, end: SecurityRequest | None) -> str:
    """End the old key; return why that failed."""
    from model_logs.errors import ClusterError

    del old
    try:
        if end is not None and end.method == "DELETE":
            security.revoke(end)
        elif end is not None:
            security.end(end)
    except ClusterError as error:
        return str(error)
    return ""


def _old(old: MadeKey, end: SecurityRequest | None, grace: timedelta, failure: str) -> dict[str, Any]:
    ends = old.expires if end is None else datetime.now(UTC) + (grace if end.method == "PUT" else timedelta(0))
    shown = iso(ends, "seconds") if ends and not failure else None
    return {"id": old.id, "name": old.name, "ends": shown, "error": failure or None}


def _tell(old: MadeKey, end: SecurityRequest | None, grace: timedelta) -> None:
    if end is None:
        note(f"The old key, {old.id}, ends sooner than --grace says, and stays as it is.")
    elif end.method == "DELETE":
        note(f"The old key, {old.id}, is revoked.")
    else:
        note(f"The old key, {old.id}, stays valid for {grace}. Bring the new one to its program by then.")
