"""Options and output that the commands about keys share. A key is written to standard output and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.output import note, show_json
from model_logs.cli.times import Span
from model_logs.errors import meant
from model_logs.printing import printable, printable_json
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_logs.install.keys import MadeKey, NewKey, SecurityRequest

__all__ = [
    "Lifetime",
    "dry_run_option",
    "found",
    "key_json",
    "new_key_json",
    "role_argument",
    "show_new_key",
    "show_requests",
    "warn_of_rules",
    "when",
]

NEVER = "never"


class Lifetime(Span):
    """A span of time, or `never`, which becomes None."""

    name = "span|never"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the span, None for ever, or complain as click does."""
        return None if value == NEVER else super().convert(value, param, ctx)


class _Role(click.ParamType[str]):
    """A role of `mappings/roles.yml`."""

    name = "role"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or complain as click does."""
        from model_logs.install.keys import load_roles

        known = load_roles()
        if value not in known:
            self.fail(f"there is no role {value!r}. {meant(value, known)}", param, ctx)
        return str(value)


def role_argument(function: Any) -> Any:
    """Add the argument ROLE, passed as `role_name`."""
    return click.argument("role_name", metavar="ROLE", type=_Role())(function)


def dry_run_option(function: Any) -> Any:
    """Add `--dry-run`."""
    return click.option("--dry-run", is_flag=True, help="Show the request and send nothing.")(function)


def show_requests(*requests: SecurityRequest, output: str) -> None:
    """Print the requests of a dry run: as Kibana's console takes them, or as one JSON document."""
    if output == "json":
        named = [{"method": each.method, "path": each.path, "body": each.body} for each in requests]
        show_json({"dry_run": True, "requests": named})
        return
    for request in requests:
        click.echo(f"{request.method} {printable(request.path)}")
        if request.body is not None:
            click.echo(printable_json(request.body))


def show_new_key(key: NewKey) -> None:
    """Write a key that was just made, in each form that a program takes, as lines of an environment file."""
    click.echo(f"# {printable(key.name)}, id {printable(key.id)}, {when(key.expires)}")
    click.echo("# Logstash and Filebeat:")
    click.echo(f"ELASTICSEARCH_API_KEY={key.pair}")
    click.echo(f"ELASTICSEARCH_API_KEY_ENCODED={key.encoded}")
    click.echo("# elk-bootstrap, model-logs, and the header `Authorization: ApiKey …`:")
    click.echo(f"MODEL_LOGS_API_KEY={key.encoded}")
    note("The key is shown only once: store it now.")


def warn_of_rules(kibana_space: str, *, may_write: bool) -> None:
    """Warn that Kibana's alert rules stop when the key that installed them ends."""
    if kibana_space and may_write:
        note(
            "Kibana runs alert rules with the very key that installed them: they stop when that key ends. Give"
            " `apply` a user for Kibana instead (--kibana-username); see docs/keys.md."
        )


def new_key_json(key: NewKey) -> dict[str, Any]:
    """Return a key that was just made, for programs."""
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "expires": _iso(key.expires),
        "api_key": key.secret,
        "id_and_key": key.pair,
        "encoded": key.encoded,
    }


def key_json(key: MadeKey, now: datetime) -> dict[str, Any]:
    """Return the facts about a key as JSON, without its secret."""
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "environments": list(key.environments),
        "streams": list(key.streams),
        "kibana_space": key.kibana_space or None,
        "owner": key.owner,
        "created": _iso(key.created),
        "expires": _iso(key.expires),
        "state": key.state(now),
    }


def found(keys: Iterable[MadeKey], named: str) -> MadeKey:
    """Return the valid key with an id or a name; of several with one name the newest.

    Raises:
        ConfigurationError: There is none.
    """
    from model_logs.errors import ConfigurationError

    now = datetime.now(UTC)
    for key in keys:
        if named in {key.id, key.name} and key.state(now) in {"active", "outdated"}:
            return key
    raise ConfigurationError(
        f"There is no valid key {named!r} that elk-bootstrap made.",
        next_step="`elk-bootstrap keys list --all` shows them; a user without read_security sees only the own ones.",
    )


def when(moment: datetime | None, now: datetime | None = None) -> str:
    """Return the end of a key as text for people."""
    if moment is None:
        return "never expires"
    left = moment - (now or datetime.now(UTC))
    if left < timedelta(0):
        return f"expired {moment:%Y-%m-%d}"
    return f"expires {moment:%Y-%m-%d %H:%M} UTC"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
