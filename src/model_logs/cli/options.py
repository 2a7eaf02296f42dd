"""Options that several commands share, as decorators.

Precedence is click's own: the option, then the environment variable; what neither gives is asked of the
configuration file. What can be configured, and what it means, stands in `model_logs.settings`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import click

from model_logs.cli.times import Seconds
from model_logs.settings import SETTINGS, load_settings

__all__ = [
    "busy_option",
    "cluster_options",
    "debug_option",
    "environments_option",
    "installation_options",
    "kibana_options",
    "logstash_option",
    "metrics_option",
    "output_option",
]

_F = TypeVar("_F", bound=Callable[..., Any])


def debug_option(function: _F) -> _F:
    """Add `--debug`: a traceback instead of a message when a command fails."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback on errors.")(function)


def output_option(function: _F) -> _F:
    """Add `--output text|json`, passed as `output`."""
    option = click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Format of the result on standard output.",
    )
    return option(function)


def _options(section: str, prefix: str = "", only: Collection[str] = ()) -> list[Callable[[_F], _F]]:
    """Return an option for each setting of a section, last to be added first.

    Args:
        section: Of the configuration file.
        prefix: Put before the name of each option, but for those in `_UNPREFIXED`.
        only: The settings that get one; all without any.
    """
    made = []
    for each in SETTINGS:
        if each.section == section and (not only or each.name in only):
            name = each.name if (section, each.name) in _UNPREFIXED else f"{prefix}{each.name}"
            text = f"{each.meaning}  [default: {each.default}]" if each.default else each.meaning
            made.append(
                click.option(
                    f"--{name.replace('_', '-')}",
                    name,
                    envvar=list(each.asked),
                    type=Seconds() if each.kind == "number" else str,
                    help=text,
                )
            )
    return made[::-1]


# Options whose name says enough.
_UNPREFIXED = {("kibana", "space")}
_CREDENTIALS = frozenset({"api_key", "username", "password"})


def _over_file(section: str, given: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return each option as it was given, or else as the configuration file has it.

    One way to authenticate: what was said nearer to the command replaces what is farther away altogether.
    """
    from_file = load_settings().get(section, {})
    said = _nearest({key: value for key, value in given.items() if value is not None}, prefix)
    if said.keys() & {"api_key", "username"}:
        from_file = {key: value for key, value in from_file.items() if key not in _CREDENTIALS}
    return from_file | said


def _nearest(said: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Leave out a key of the environment where the command line names a user, and the other way round."""
    context = click.get_current_context()
    typed = {
        name
        for name in said.keys() & {"api_key", "username"}
        if context.get_parameter_source(prefix + name) is click.core.ParameterSource.COMMANDLINE
    }
    farther = {"username": {"api_key"}, "api_key": {"username", "password"}}
    dropped = farther[typed.pop()] if len(typed) == 1 else set()
    return {key: value for key, value in said.items() if key not in dropped}


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which cluster, passed together as `connection`."""
    names = [each.name for each in SETTINGS if each.section == "elasticsearch"]

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from model_logs.cluster import Connection

        values = _over_file("elasticsearch", {name: kwargs.pop(name) for name in names})
        if isinstance(values.get("url"), list):
            values["url"] = ",".join(map(str, values["url"]))
        return function(*args, connection=Connection(**values), **kwargs)

    return _decorated(wrapper, _options("elasticsearch"))


def kibana_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which Kibana, passed as `kibana`: a connection and a space, or None without a URL.

    To be put below `cluster_options`, whose credentials it takes where none of its own are given.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, space: str | None, **kwargs: Any) -> Any:
        from dataclasses import replace

        given = {each: kwargs.pop(f"kibana_{each}") for each in ("url", "ca_certs", *_CREDENTIALS)}
        values = _over_file("kibana", given | {"space": space}, "kibana_")
        space = values.pop("space", "default")
        if values.keys() & {"api_key", "username"}:
            values = dict.fromkeys(_CREDENTIALS) | values
        target = (replace(kwargs["connection"], **values), space) if values.get("url") else None
        return function(*args, kibana=target, **kwargs)

    return _decorated(wrapper, _options("kibana", "kibana_"))


def _decorated(function: Callable[..., Any], options: list[Callable[..., Any]]) -> Callable[..., Any]:
    for option in options:
        function = option(function)
    return function


def logstash_option(function: _F) -> _F:
    """Add `--logstash-url`."""
    return click.option(
        "--logstash-url",
        envvar="MODEL_LOGS_LOGSTASH_URL",
        help="Logstash's monitoring API, such as http://127.0.0.1:9600.",
    )(function)


def metrics_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--metrics`, passed as `metrics`: host and port, or None."""

    @functools.wraps(function)
    def wrapper(*args: Any, metrics: str | None, **kwargs: Any) -> Any:
        from model_logs.metrics import address

        return function(*args, metrics=address(metrics) if metrics else None, **kwargs)

    return click.option(
        "--metrics",
        metavar="HOST:PORT",
        envvar="MODEL_LOGS_METRICS",
        help="Answer Prometheus there at /metrics: lag, queue, duration, last round. A port alone: this machine.",
    )(wrapper)


def environments_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--environments`, passed as `environments`: the canonical names, without `unknown`."""

    @functools.wraps(function)
    def wrapper(*args: Any, environments: str | None, **kwargs: Any) -> Any:
        from model_logs.environments import allowed

        return function(
            *args,
            environments=allowed(_over_file("events", {"environments": environments}).get("environments")),
            **kwargs,
        )

    return _decorated(wrapper, _options("events", only=["environments"]))


def busy_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--busy-environments`, passed as `busy`; to be put below `environments_option`."""

    @functools.wraps(function)
    def wrapper(*args: Any, busy_environments: str | None, **kwargs: Any) -> Any:
        from model_logs.environments import busy_among

        said = _over_file("events", {"busy_environments": busy_environments}).get("busy_environments")
        return function(*args, busy=busy_among(said, kwargs["environments"]), **kwargs)

    return _decorated(wrapper, _options("events", only=["busy_environments"]))


def installation_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what the commands that only look at an installation share.

    Passed as `connection`, `kibana`, `environments`, `busy` and `output`; with `--debug`.
    """
    shared = (environments_option, busy_option, cluster_options, kibana_options, output_option, debug_option)
    return _decorated(function, list(shared[::-1]))
