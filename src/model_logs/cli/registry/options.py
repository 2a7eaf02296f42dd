"""The options that commands about registries share."""

from __future__ import annotations

from pathlib import Path

import click

from model_logs.registries.approval import DEFAULT

__all__ = ["approval_option", "environment_option", "path_option", "tracking_uri_option", "workspace_option"]

path_option = click.option(
    "--path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MODEL_LOGS_REGISTRY_PATH",
    default=Path("logs/registry.log"),
    show_default=True,
    help="The file that the events are written to.",
)
environment_option = click.option(
    "--environment",
    envvar="MODEL_LOGS_ENVIRONMENT",
    default="production",
    show_default=True,
    help="Environment of the events.",
)
approval_option = click.option(
    "--approval",
    envvar="MODEL_LOGS_APPROVAL",
    default=DEFAULT,
    show_default=True,
    help="The tag, or alias:NAME|NAME, that means approval and rejection.",
)
tracking_uri_option = click.option(
    "--tracking-uri",
    envvar="MLFLOW_TRACKING_URI",
    default="http://127.0.0.1:5000",
    show_default=True,
    help="MLflow's server. Credentials: MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN.",
)
workspace_option = click.option(
    "--workspace", envvar="MLFLOW_WORKSPACE", default="", help="A workspace of MLflow's server.  [default: its own]"
)
