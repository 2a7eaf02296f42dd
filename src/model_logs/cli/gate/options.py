"""Options that the commands about gates share."""

from __future__ import annotations

import functools
import getpass
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.times import Moment, Seconds, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

__all__ = ["by_option", "question_options", "recording", "recording_options"]

_QUESTION = (
    click.option("--model", help="The model."),
    click.option("--version", help="The version that is judged."),
    click.option("--environment", default="production", show_default=True, help="Where it runs."),
    click.option("--variant", default="", help="Only this variant of the version: canary, shadow."),
    click.option("--against", "against_version", default="", help="A version that serves at the same time."),
    click.option("--against-variant", default="", help="A variant that serves at the same time, such as control."),
    click.option(
        "--against-baseline", "baseline", is_flag=True, help="Compare its latency with the stored baseline."
    ),
    click.option("--objective", default="slo", show_default=True, help="slo, degraded, or a file of your own."),
    click.option(
        "--chaos",
        "folder",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Folder with objectives/ and models.yml.  [default: that of the package]",
    ),
    click.option("--window", type=Span(), default="15m", show_default=True, help="Length of the window: 15m, 1h."),
    click.option("--end", type=Moment(), help="End of the window, UTC.  [default: --settle ago]"),
    click.option(
        "--load", type=click.FloatRange(0, min_open=True), help="Declared predictions a second: throughput is judged."
    ),
    click.option("--require-approval", "approval", is_flag=True, help="Inconclusive without an attested approval."),
    click.option(
        "--settle", type=Span(), default="30s", show_default=True, help="Younger events may be on their way."
    ),
    click.option(
        "--query-timeout",
        type=Seconds(),
        default=60.0,
        show_default=True,
        help="Seconds for each question.",
    ),
)


def question_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is judged, passed together as `question`; None without a model and a version."""
    names = [option_name(each) for each in _QUESTION]

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from model_logs.environments import allowed
        from model_logs.gate.question import Question

        given = {name: kwargs.pop(name) for name in names}
        question, waiting = None, given.pop("query_timeout")
        if given["model"] and given["version"]:
            given["environment"] = (allowed(given["environment"]) or ("production",))[0]
            question = Question(**given, timeout=waiting)
        return function(*args, question=question, **kwargs)

    for option in reversed(_QUESTION):
        wrapper = option(wrapper)
    return wrapper


def option_name(option: Callable[..., Any]) -> str:
    """Return the name under which click passes an option."""

    @option
    def nothing() -> None: ...

    return str(nothing.__click_params__[-1].name)


def recording_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--path`, passed as `path`."""
    return click.option(
        "--path",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="MODEL_LOGS_GATE_PATH",
        help="Write the event into this file, for `ship --attested`, and not straight into the cluster.",
    )(function)


def by_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--by`, passed as `by`."""
    return click.option("--by", default=getpass.getuser, help="Who asks.  [default: your user name]")(function)


@contextmanager
def recording(
    client: Elasticsearch, path: Path | None, environments: tuple[str, ...], environment: str
) -> Iterator[dict[str, Any]]:
    """Yield the road of events into the audit trail: a file where one is named, else the cluster."""
    from model_logs.journal import Journal
    from model_logs.state.audit_trail import Recorder

    if path is None:
        yield {"recorder": Recorder(client, "model-logs-gate", environments=environments)}
        return
    journal = Journal(path, service="model-logs-gate", environment=environment)
    try:
        yield {"journal": journal}
    finally:
        journal.close()
