"""`model-logs registry register-webhooks`: have MLflow send its changes to the receiver."""

from __future__ import annotations

import click

from model_logs.cli.options import debug_option
from model_logs.cli.registry.options import tracking_uri_option, workspace_option

__all__ = ["register_webhooks"]

_NAME = "model-logs"


@click.command("register-webhooks")
@tracking_uri_option
@workspace_option
@click.option("--to", "url", required=True, metavar="URL", help="URL of the receiver, as MLflow's server reaches it.")
@click.option("--remove", is_flag=True, help="Remove the webhook instead.")
@debug_option
def register_webhooks(*, tracking_uri: str, workspace: str, url: str, remove: bool) -> None:
    """Register a webhook at MLflow's server that sends each change of a model to the receiver.

    Run again, the command replaces the secret alone. The secret is that of MODEL_LOGS_REGISTRY_SECRET_MLFLOW. MLflow
    refuses http:// and private addresses unless its server runs with MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https and
    MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true, and forgets secrets at a restart without
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY.

    \b
    Example:
      model-logs registry register-webhooks --tracking-uri http://127.0.0.1:5000 --to https://logs.example.org/mlflow
    """
    from model_logs.cluster import bare
    from model_logs.registries import sources
    from model_logs.registries.mlflow.api import EVENTS, MLflow

    # Without a password or a secret in it.
    shown = bare(url).partition("?")[0]
    server = MLflow(tracking_uri, workspace=workspace)
    ours = [each for each in server.webhooks() if each.get("name") == _NAME]
    if remove:
        for each in ours:
            server.delete_webhook(each["webhook_id"])
        click.echo(f"{len(ours)} webhooks removed.")
        return
    secret = sources.load("mlflow").proof.secret().decode()
    for each in ours[:1]:
        server.update_webhook(each["webhook_id"], url, secret)
        click.echo(f"The webhook {_NAME} sends {len(EVENTS)} kinds of changes to {shown}.")
    if not ours:
        server.create_webhook(_NAME, url, secret)
        click.echo(f"The webhook {_NAME} is new, and sends {len(EVENTS)} kinds of changes to {shown}.")
