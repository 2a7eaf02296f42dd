"""Every rule, runbook and case that is shipped: complete, linked to each other, and within the contract."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click
import pytest

from model_logs import assets, contract, dashboards
from model_logs.alerts.rulebook import query_text, rules, runbooks
from model_logs.alerts.ruletests import cases
from model_logs.cli import elk_bootstrap, model_logs

if TYPE_CHECKING:
    from pathlib import Path

RULES = rules.load_rules()
CASES = cases.load_cases(RULES)
RUNBOOKS = sorted(assets.path("alerts/runbooks").glob("*.md"))
NOISE = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*')

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
every_runbook = pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda file: file.stem)


def test_the_five_rules_of_the_source_document_are_there_with_their_severity_and_receivers() -> None:
    found = {rule.name: (rule.severity, set(rule.actions), rule.window) for rule in RULES}
    assert found["Model Deploy Failed"] == ("P1", {"pagerduty", "slack"}, timedelta(minutes=5))
    assert found["High Error Rate"] == ("P1", {"pagerduty"}, timedelta(minutes=10))
    assert found["Latency Regression"] == ("P2", {"slack"}, timedelta(minutes=15))
    assert found["No Predictions"][:2] == ("P2", {"slack"})
    assert found["Disk Usage High"][:2] == ("P3", {"email"})
    assert {"DataDriftAlert", "High Fallback Rate", "Events Lost", "Failed Documents", "Ingest Lag"} <= set(found)


def test_ids_and_names_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@every_rule
def test_a_rule_has_an_owner_a_runbook_and_an_explanation_in_its_first_line(rule: rules.Rule) -> None:
    assert rule.owner
    assert rule.runbook_file.is_file()
    assert rule.runbook == f"{rule.id}.md"
    assert re.match(r"# \w", rule.source.read_text(encoding="utf-8"))
    assert runbooks.runbook_text(rule.runbook_file).startswith(f"# {rule.name}\n")
    assert rule.dashboard in dashboards.names()


@every_rule
def test_a_rule_has_firing_silent_boundary_and_recovery_cases(rule: rules.Rule) -> None:
    own = [case for case in CASES if case.rule == rule.id]
    assert {case.shows for case in own} >= {"firing", "silent", "boundary", "recovery"}
    assert len({case.name for case in own}) == len(own)
    for case in own:
        fires = [bool(expected.fires) for expected in case.expect]
        if case.shows == "firing":
            assert any(fires), case
        if case.shows == "silent":
            assert not any(fires), case
        if case.shows == "recovery":
            assert any(fires[:-1]), case
            assert len(case.expect[0].fires) > len(case.expect[-1].fires), case
        if case.shows == "boundary":
            tells_apart = any(fires) and not all(fires)
            assert tells_apart or len(_subjects(case)) > len(case.expect[0].fires) or "lost" in case.rule, case


def _subjects(case: cases.Case) -> set[str]:
    batches = (*case.events, *case.disk, *case.refused, *case.outcomes)
    return {str(sorted(map(str, batch.fields.items()))) for batch in batches}


@every_rule
def test_the_query_names_its_window_as_kibana_does(rule: rules.Rule) -> None:
    text = NOISE.sub("", query_text.alerts_query(rule))
    # Kibana sends both as soon as one is there, and Elasticsearch refuses a parameter that nobody asks for.
    assert "?_tstart" in text
    assert "?_tend" in text
    assert set(re.findall(r"\?(\w+)", text)) == {"_tstart", "_tend"}
    assert "NOW(" not in text.upper()
    assert "INLINE" not in text.upper()


@every_rule
def test_the_query_has_one_limit_at_its_end(rule: rules.Rule) -> None:
    assert re.findall(r"\|\s*LIMIT\s+(\d+)", query_text.alerts_query(rule)) == [str(query_text.LIMIT)]
    assert query_text.alerts_query(rule).endswith(f"| LIMIT {query_text.LIMIT}")


@every_rule
def test_the_query_asks_only_for_fields_of_the_contract(rule: rules.Rule) -> None:
    loaded = contract.load_contract()
    known = set(loaded.fields) | set(loaded.metrics_stream.fields)
    for lookup in loaded.lookups.values():
        known |= set(lookup.fields)
    for family in loaded.indices.values():
        known |= set(family.fields)
    known |= {"_index", "error.type"}
    text = NOISE.sub('""', rule.query)
    made = set(re.findall(r"\b([a-z_]+) = ", text)) | set(re.findall(r"LOOKUP JOIN ([\w-]+)", text))
    sources = set(re.findall(r"FROM ([^|\n]+?)(?: METADATA|\n)", text))
    bare = re.sub(r"FROM [^|]+|LOOKUP JOIN [\w-]+ ON|\?[\w]+", " ", text)
    used = set(re.findall(r"(?<![\w.@])(@?[a-z_][a-z0-9_]*(?:\.[a-z_]+)*)(?![\w(])", bare))
    words = {"day", "minute", "minutes", "true", "false", "null"}
    assert not used - known - made - words
    for source in sources:
        for pattern in source.split(","):
            name = pattern.strip().removesuffix("::failures").removesuffix("-*")
            name = name.removesuffix("*") if name.startswith("model-logs-outcomes") else name
            streams = {f"logs-{stream.dataset}" for stream in loaded.streams.values()}
            tables = {*loaded.lookups, *loaded.indices, loaded.metrics_stream.name, "logs-model.*"}
            assert name in streams | tables


@every_rule
def test_what_judges_outcomes_does_so_by_the_one_definition_of_failure(rule: rules.Rule) -> None:
    shared = assets.path("dashboards/queries/_failure.esql").read_text(encoding="utf-8")
    line = next(line for line in shared.splitlines() if line.startswith("| EVAL failure"))
    # Where the truth is joined, the answers are counted that it may come to, and no failure is judged.
    query = rule.query.replace('status == "success"', "") if "model-logs-outcomes" in rule.query else rule.query
    if "status" in NOISE.sub("", query):
        assert line in [each.strip() for each in rule.query.splitlines()]


@every_rule
def test_kibana_tells_alerts_apart_by_the_same_columns(rule: rules.Rule) -> None:
    """Kibana takes the columns of the last STATS … BY; `model` and `env` stand for the names that a join hides."""
    last = re.findall(r"STATS .*?\bBY ([^|]+)", NOISE.sub('""', rule.query), flags=re.DOTALL)[-1]
    columns = [column.split("=")[0].strip() for column in last.split(",")]
    assert [{"model": "model_name", "env": "environment"}.get(name, name) for name in columns] == list(rule.by)


@every_runbook
def test_a_runbook_has_all_sections_in_order_and_steps_to_begin_with(runbook: Path) -> None:
    assert tuple(runbooks.sections(runbook)) == runbooks.SECTIONS
    assert 2 <= len(runbooks.first_steps(runbook)) <= 4
    assert all(body for body in runbooks.sections(runbook).values())


@every_rule
def test_the_time_until_somebody_else_is_called_stands_in_the_runbook(rule: rules.Rule) -> None:
    spoken = {15: "15 (more )?minutes", 30: "30 minutes", 60: "an hour", 120: "two hours"}
    if rule.escalate_after is not None:
        said = runbooks.sections(rule.runbook_file)[runbooks.ESCALATION]
        assert re.search(spoken[int(rule.escalate_after.total_seconds() // 60)], said)


def test_the_three_playbooks_of_the_source_document_are_there_and_linked() -> None:
    playbooks = {"model-server-down", "registry-down", "drift-detected"}
    assert {file.stem for file in RUNBOOKS} == playbooks | {rule.id for rule in RULES}
    links = {link for file in RUNBOOKS for link in re.findall(r"\]\(([\w-]+)\.md\)", runbooks.runbook_text(file))}
    assert links == playbooks


@every_runbook
def test_the_commands_in_a_runbook_exist(runbook: Path) -> None:
    entry_points = {"model-logs": model_logs, "elk-bootstrap": elk_bootstrap}
    for program, words in re.findall(
        r"`(model-logs|elk-bootstrap) ([a-z -]+)", " ".join(runbooks.runbook_text(runbook).split())
    ):
        command: click.Command = entry_points[program]
        for word in words.split():
            if word.startswith("-") or not isinstance(command, click.Group):
                break
            child = command.get_command(click.Context(command), word)
            assert child is not None, f"{program} {words}"
            command = child


@every_runbook
def test_a_silence_in_a_runbook_names_a_rule_that_exists(runbook: Path) -> None:
    silenced = re.findall(r"alerts silence ([\w-]+)", runbooks.runbook_text(runbook))
    assert silenced
    assert set(silenced) <= {rule.id for rule in RULES}
