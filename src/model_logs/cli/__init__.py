"""The two command lines, `elk-bootstrap` and `model-logs`: one tree of click commands, loaded on demand.

This module knows which commands exist and where they live; each command is a file of its own beside it, and how one
ends stands in `tree`. Nothing heavy is imported until a command is chosen.
"""

from __future__ import annotations

import click

from model_logs.cli.tree import Group, LazyGroup

__all__ = ["Group", "LazyGroup", "elk_bootstrap", "model_logs"]


_EPILOG = "Exit codes: 0 done, 1 failed, 2 usage, 3 drift or gate failed, 4 inconclusive."


@click.command(
    cls=LazyGroup,
    epilog=_EPILOG,
    commands_at={
        "init": ("install.init", "init", "Write a configuration file, every setting explained."),
        "plan": (
            "install.plan",
            "plan",
            "Show what apply would change; exit 3 when there is a difference.",
        ),
        "apply": (
            "install.apply",
            "apply",
            "Install templates and policies; a second run changes nothing.",
        ),
        "status": ("install.status", "status", "Show what is installed, and the streams with their size."),
        "verify": ("check.verify", "verify", "Send one event through the whole path and wait for it."),
        "doctor": (
            "check.doctor",
            "doctor",
            "Look at a running estate; name each known trap with its remedy.",
        ),
        "remove": ("install.remove", "remove", "Take away what apply installed; data only when told to."),
        "render": ("dashboards.render", "render", "Write the dashboards as pages, pictures, or files for Kibana."),
        "keys": ("keys", "keys", "API keys with least rights: create, list, rotate, revoke."),
        "assets": (
            "assets",
            "assets",
            "Files to edit: list, copy to a folder, compare after an upgrade.",
        ),
        "lint": ("check.lint", "lint", "Check the dashboards and run their queries."),
    },
)
@click.version_option(package_name="model-logs")
def elk_bootstrap() -> None:
    """Install, check and remove the Elasticsearch and Kibana objects of model-logs.

    \b
    Example:
      elk-bootstrap plan  --url http://127.0.0.1:9200
      elk-bootstrap apply --url http://127.0.0.1:9200
    """


@click.command(
    cls=LazyGroup,
    epilog=_EPILOG,
    commands_at={
        "demo": ("demo", "demo", "See it all work: node, model, events, panels, picture."),
        "node": ("node", "node", "Run the development node: a real Elasticsearch from pip alone."),
        "ship": ("ship", "ship", "Send log files to Elasticsearch, at least once, each event by its id."),
        "pipeline": ("pipeline", "pipeline", "Check what becomes of a line on its way: run the test vectors."),
        "report": ("dashboards.report", "report", "Answer the panels of a dashboard on the terminal."),
        "audit": ("audit", "audit", "Tell for each writer what is lost, doubled or late."),
        "baseline": ("baseline", "baseline", "Record what is normal, and compare with it."),
        "compare": ("compare", "compare", "Compare two variants of a model, request by request."),
        "trace": ("lineage", "trace", "Tell everything about one request, and what answered it."),
        "lineage": ("lineage", "lineage", "Tell the life of a model or a version: people, changes, verdicts."),
        "registry": ("registry", "registry", "Bring in who changed which model, from the registries."),
        "outcomes": ("outcomes", "outcomes", "Bring in what became of predictions: the truth, later."),
        "drift": ("drift", "drift", "Tell whether what goes into a model still looks as it did."),
        "alerts": ("alerts", "alerts", "Rules as code: test them, run them, ask them."),
    },
)
@click.version_option(package_name="model-logs")
def model_logs() -> None:
    """Ship, query and check the logs of your models.

    \b
    Example:
      model-logs demo
      model-logs report --since 1h --model churn
    """
