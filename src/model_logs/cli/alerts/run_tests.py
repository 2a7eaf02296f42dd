"""`model-logs alerts test`: the unit tests of rules, on a node of their own."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_logs.cli.alerts.options import folder_option
from model_logs.cli.options import debug_option, output_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.alerts.ruletests.cases import Case
    from model_logs.alerts.ruletests.runs import Trial

__all__ = ["test"]


@click.command()
@folder_option
@click.option("--rule", "wanted", multiple=True, metavar="RULE", help="Only this rule; may be given several times.")
@click.option(
    "--mutations",
    is_flag=True,
    help="Also change each threshold, window and comparison in turn: at least one case must then fail.",
)
@click.option(
    "--url",
    # No environment variable: the cluster of the day holds events, and these tests write synthetic ones.
    help="An empty cluster.  [default: a development node is started, and removed afterwards]",
)
@output_option
@debug_option
def test(folder: Path | None, wanted: tuple[str, ...], *, mutations: bool, url: str | None, output: str) -> None:
    """Run the unit tests of rules (`alerts/tests/`) on a real Elasticsearch; exit 1 when a case fails.

    \b
    Example:
      model-logs alerts test
      model-logs alerts test --alerts ./our-alerts --rule high-error-rate --mutations
    """
    from model_logs import install
    from model_logs.alerts.rulebook import rules
    from model_logs.alerts.ruletests import cases, runs

    known = rules.load_rules(folder)
    chosen = tuple(rules.find_rule(known, name) for name in wanted) or known
    found = cases.load_cases(chosen, folder)
    with _cluster(url) as client:
        install.install(client)
        judge = runs.Trial(client, found)
        results = [_judged(judge, rule, found, mutations=mutations) for rule in chosen]
    if output == "json":
        import orjson

        click.echo(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(results)
    if not all(result["passed"] for result in results):
        sys.exit(1)


@contextmanager
def _cluster(url: str | None) -> Iterator[Elasticsearch]:
    from model_logs.alerts.ruletests.runs import refuse_foreign_data
    from model_logs.cluster import Connection, connect

    if url:
        with connect(Connection(url)) as client:
            refuse_foreign_data(client)
            yield client
        return
    from model_logs.node import start_node

    click.echo("Starting a development node for the tests …", err=True)
    with (
        tempfile.TemporaryDirectory(prefix="model-logs-alerts-") as home,
        start_node(Path(home), stop_with_parent=True) as node,
        connect(Connection(node.url)) as client,
    ):
        yield client


def _judged(judge: Trial, rule: Rule, found: tuple[Case, ...], *, mutations: bool) -> dict[str, Any]:
    from model_logs.alerts.ruletests.mutations import mutants

    own = [case for case in found if case.rule == rule.id]
    alive = list(mutants(rule)) if mutations else []
    total = len(alive)
    findings = []
    for case in own:
        first, *others = judge.judge_all(case, [rule, *(mutant.rule for mutant in alive)])
        findings.append(first)
        alive = [mutant for mutant, finding in zip(alive, others, strict=True) if not finding.differences]
    return {
        "rule": rule.id,
        "cases": [
            {"name": finding.case.name, "shows": finding.case.shows, "differences": list(finding.differences)}
            for finding in findings
        ],
        "mutants": total,
        "unnoticed": [mutant.change for mutant in alive],
        "passed": bool(own) and not alive and not any(finding.differences for finding in findings),
    }


def _print(results: list[dict[str, Any]]) -> None:
    for result in results:
        failed = [case for case in result["cases"] if case["differences"]]
        mark = "ok    " if result["passed"] else "FAILED"
        noticed = f", {result['mutants'] - len(result['unnoticed'])} of {result['mutants']} changes noticed"
        click.echo(f"{mark} {result['rule']}: {len(result['cases'])} cases{noticed if result['mutants'] else ''}")
        if not result["cases"]:
            click.echo("    no case tests this rule: write one in tests/")
        for case in failed:
            click.echo(f"    {case['name']}")
            for difference in case["differences"]:
                click.echo(f"        {difference}")
        for change in result["unnoticed"]:
            click.echo(f"    no case notices when {change}")
