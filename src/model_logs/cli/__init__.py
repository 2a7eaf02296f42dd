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
        "status": ("install.status", "status", "Show installed objects, and the streams with their size."),
        "verify": ("check.verify", "verify", "Send one test event from a log file to Elasticsearch."),
        "doctor": (
            "check.doctor",
            "doctor",
            "Look at a running estate; name each known trap with its remedy.",
        ),
        "remove": ("install.remove", "remove", "Remove the objects that apply installed; data on request."),
        "render": ("dashboards.render", "render", "Write the dashboards as pages, pictures, or files for Kibana."),
        "keys": ("keys", "keys", "API keys with least rights: create, list, rotate, revoke."),
        "assets": (
            "assets",
            "assets",
            "Files to edit: list, copy to a folder, compare after an upgrade.",
        ),
        "lint": ("check.lint", "lint", "Check dashboards, rules and other files of your own."),
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
        "demo": ("demo", "demo", "Run the whole product once: node, models, events, panels."),
        "node": ("node", "node", "Run the development node: a real Elasticsearch from pip alone."),
        "ship": ("ship", "ship", "Send log files to Elasticsearch, at least once, each event by its id."),
        "pipeline": ("pipeline", "pipeline", "Test the parsers of log lines with the test vectors."),
        "report": ("dashboards.report", "report", "Answer the panels of a dashboard on the terminal."),
        "audit": ("audit", "audit", "Count the lost, doubled and late events of each writer."),
        "erase": ("audit.erase", "erase", "Erase the personal data of some requests, or of a model."),
        "baseline": ("baseline", "baseline", "Record the normal figures of a model, and compare with them."),
        "gate": ("gate", "gate", "Judge a version before a promotion: passed, failed, inconclusive."),
        "compare": ("compare", "compare", "Compare two variants of a model, request by request."),
        "trace": ("lineage", "trace", "Show one request: predictions, outcome, model versions."),
        "lineage": ("lineage", "lineage", "Show the history of a model or a version: people, changes, gates."),
        "registry": ("registry", "registry", "Record the changes of model registries in the audit trail."),
        "outcomes": ("outcomes", "outcomes", "Join the true results, known later, with their predictions."),
        "chaos": ("chaos", "chaos", "Inject real failures, and judge the service by measurements."),
        "drift": ("drift", "drift", "Compare a model's features with those of an earlier time."),
        "monitor": ("monitor", "monitor", "Show the steady state again and again: objectives, alerts."),
        "alerts": ("alerts", "alerts", "Alert rules as code: test, evaluate, explain, silence."),
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
