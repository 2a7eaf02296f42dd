"""Options that several commands share, as decorators.

Precedence is click's own: the option, then the environment variable; what neither gives is asked of the
configuration file (`model_logs.settings`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["cluster_options", "debug_option", "environments_option", "kibana_options", "output_option"]

_F = TypeVar("_F", bound=Callable[..., Any])


def debug_option(function: _F) -> _F:
    """Add `--debug`: a traceback instead of a message when something of ours fails."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback on errors.")(function)


def output_option(function: _F) -> _F:
    """Add `--output text|json`, passed as `output`."""
    option = click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="What to print on standard output.",
    )
    return option(function)


_CLUSTER = [
    click.option("--url", envvar="MODEL_LOGS_URL", help="The cluster.  [default: http://127.0.0.1:9200]"),
    click.option("--api-key", envvar="MODEL_LOGS_API_KEY", help="Encoded API key."),
    click.option("--username", envvar="MODEL_LOGS_USERNAME", help="User for basic authentication."),
    click.option("--password", envvar="MODEL_LOGS_PASSWORD", help="Password of that user."),
    click.option("--ca-certs", envvar="MODEL_LOGS_CA_CERTS", help="File with the certificates to trust."),
    click.option("--timeout", envvar="MODEL_LOGS_TIMEOUT", type=float, help="Seconds for a request.  [default: 30]"),
]


_KIBANA = [
    click.option(
        "--kibana-url", envvar="MODEL_LOGS_KIBANA_URL", help="Kibana; without it the dashboards are left out."
    ),
    click.option(
        "--kibana-api-key",
        envvar="MODEL_LOGS_KIBANA_API_KEY",
        help="Encoded API key for Kibana.  [default: the cluster's credentials]",
    ),
    click.option("--space", envvar="MODEL_LOGS_SPACE", help="Kibana's space, by its id.  [default: default]"),
]


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which cluster, passed together as `connection`."""

    @functools.wraps(function)
    def wrapper(
        *args: Any,
        url: str | None,
        api_key: str | None,
        username: str | None,
        password: str | None,
        ca_certs: str | None,
        timeout: float | None,
        **kwargs: Any,
    ) -> Any:
        from model_logs.cluster import Connection
        from model_logs.settings import load

        given = {
            "url": url,
            "api_key": api_key,
            "username": username,
            "password": password,
            "ca_certs": ca_certs,
            "timeout": timeout,
        }
        from_file = load().get("elasticsearch", {})
        if api_key or username:
            # One way to authenticate: what was said nearer to the command replaces the file's altogether.
            from_file = {k: v for k, v in from_file.items() if k not in {"api_key", "username", "password"}}
        values = from_file | {key: value for key, value in given.items() if value is not None}
        return function(*args, connection=Connection(**values), **kwargs)

    decorated: Callable[..., Any] = wrapper
    for option in reversed(_CLUSTER):
        decorated = option(decorated)
    return decorated


def kibana_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which Kibana, passed as `kibana`: a connection and a space, or None without a URL.

    To be put below `cluster_options`, whose credentials it takes where none of its own are given.
    """

    @functools.wraps(function)
    def wrapper(
        *args: Any, kibana_url: str | None, kibana_api_key: str | None, space: str | None, **kwargs: Any
    ) -> Any:
        from dataclasses import replace

        from model_logs.settings import load

        from_file = load().get("kibana", {})
        url = kibana_url or from_file.get("url")
        space = space or from_file.get("space") or "default"
        connection = kwargs["connection"]
        credentials = {key: from_file[key] for key in ("api_key", "username", "password") if from_file.get(key)}
        if kibana_api_key:
            credentials = {"api_key": kibana_api_key}
        if credentials:
            connection = replace(connection, **{"api_key": None, "username": None, "password": None, **credentials})
        if from_file.get("ca_certs"):
            connection = replace(connection, ca_certs=from_file["ca_certs"])
        target = (replace(connection, url=url), space) if url else None
        return function(*args, kibana=target, **kwargs)

    decorated: Callable[..., Any] = wrapper
    for option in reversed(_KIBANA):
        decorated = option(decorated)
    return decorated


def environments_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--environments`, passed as `environments`: the canonical names, without `unknown`."""

    @functools.wraps(function)
    def wrapper(*args: Any, environments: str | None, **kwargs: Any) -> Any:
        from model_logs.environments import allowed
        from model_logs.settings import load

        given = environments if environments is not None else load().get("events", {}).get("environments")
        return function(*args, environments=allowed(given), **kwargs)

    return click.option(
        "--environments",
        envvar="MODEL_LOGS_ENVIRONMENTS",
        help="Environments that have data streams, with commas.  [default: development,staging,production]",
    )(wrapper)
