"""`model-logs alerts list`: firing alerts, silences and undelivered messages; or the rules themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import orjson

from model_logs.cli.alerts.options import folder_option
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.printing import printable, printable_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.cluster import Connection

__all__ = ["list_"]


@click.command("list")
@folder_option
@click.option("--rules", "only_rules", is_flag=True, help="List the rules instead, without a cluster.")
@cluster_options
@output_option
@debug_option
def list_(folder: Path | None, connection: Connection, *, only_rules: bool, output: str) -> None:
    """List firing alerts, rules that are not evaluated now, silences and undelivered messages.

    \b
    Example:
      model-logs alerts list
      model-logs alerts list --rules --output json
    """
    from model_logs.alerts.rulebook import rules
    from model_logs.cluster import connect

    found = rules.load_rules(folder)
    if only_rules:
        _print_rules(found, output)
        return
    with connect(connection) as client:
        shown = _gathered(client, found)
    if output == "json":
        click.echo(printable_json(shown))
    else:
        _print(shown)


def _print_rules(found: tuple[Rule, ...], output: str) -> None:
    described = [
        {
            "id": rule.id,
            "name": rule.name,
            "severity": rule.severity,
            "owner": rule.owner,
            "window_s": rule.window.total_seconds(),
            "every_s": rule.every.total_seconds(),
            "thresholds": dict(rule.thresholds),
            "overrides": len(rule.overrides),
            "actions": list(rule.actions),
            "runbook": str(rule.runbook_file),
        }
        for rule in found
    ]
    if output == "json":
        click.echo(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
        return
    for rule in found:
        numbers = ", ".join(
            f"{name} {value}" for name, value in rule.thresholds.items() if not isinstance(value, tuple)
        )
        click.echo(f"{rule.severity}  {rule.id:20}  {', '.join(rule.actions):16}  {numbers}")


def _gathered(client: Elasticsearch, found: tuple[Rule, ...]) -> dict[str, Any]:
    from model_logs.alerts.engine import silences
    from model_logs.alerts.engine.explanation import behind, firing
    from model_logs.alerts.notify.messages import spoken
    from model_logs.alerts.notify.outbox import UNDELIVERED
    from model_logs.alerts.rulebook.groups import owner_of_episode
    from model_logs.state.store import Store

    store = Store(client)
    now = datetime.now(UTC)
    return {
        "not_judged": [
            {"rule": rule.id, "judged_to": to and to.isoformat()} for rule, to in behind(client, found, now)
        ],
        "firing": [
            {
                "severity": rule.severity,
                "rule": rule.id,
                "alert": episode.key,
                "owner": owner_of_episode(episode) or rule.owner,
                "since": episode.since.isoformat(),
                "told": episode.told,
                "summary": spoken(rule, episode),
            }
            for rule, episode in sorted(firing(client, found), key=lambda pair: pair[0].severity)
        ],
        "silences": [
            {
                "id": silence.id,
                "rule": silence.rule,
                "model": silence.model,
                "environment": silence.environment,
                "until": silence.until.isoformat(),
                "reason": silence.reason,
                "by": silence.by,
            }
            for silence in silences.open_silences(store, now)
        ],
        "undelivered": [
            {
                "rule": stored.body["rule"],
                "alert": stored.body["intent"]["episode"]["key"],
                "kind": stored.body["intent"]["kind"],
                "channel": stored.body["intent"]["channel"],
                "since": stored.body["intent"]["episode"]["since"],
                "error": stored.body["error"],
            }
            for stored in store.of_kind(UNDELIVERED)
        ],
    }


def _print(shown: Mapping[str, list[dict[str, Any]]]) -> None:
    if stale := shown["not_judged"]:
        seen = max((str(rule["judged_to"]) for rule in stale if rule["judged_to"]), default="never")
        click.echo(f"Not judged now, last {seen}: {', '.join(rule['rule'] for rule in stale)}.", err=True)
        click.echo("Next step: check that `model-logs alerts watch` runs, and read its messages.", err=True)
    if not shown["firing"]:
        click.echo("No alert fires." if not stale else "No alert fires, as of the last evaluation.")
    for alert in shown["firing"]:
        told = "" if alert["told"] else "  (silenced)"
        click.echo(
            f"{alert['severity']}  since {alert['since']}  {printable(alert['rule'])}: "
            f"{printable(alert['summary'])} ({printable(alert['owner'])}){told}"
        )
    for silence in shown["silences"]:
        about = ", ".join(printable(silence[name]) for name in ("rule", "model", "environment") if silence[name])
        until = f"until {silence['until']} by {printable(silence['by'])}: {printable(silence['reason'])}"
        click.echo(f"silenced  {about or 'everything'}  {until}  ({silence['id']})")
    for lost in shown["undelivered"]:
        about = f"{lost['kind']} {lost['rule']} {printable(lost['alert'])} of {lost['since']}"
        click.echo(f"not delivered  {about} by {lost['channel']}: {printable(lost['error'])}")
