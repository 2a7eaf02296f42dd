"""The rules' own unit tests on a real Elasticsearch, and the proof that they notice a changed rule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from model_logs import bootstrap
from model_logs.alerts import cases, mutate, render, rules, trial
from model_logs.testing.node import remove_everything_of_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

RULES = rules.load()
CASES = cases.load(RULES)


@pytest.fixture(scope="module")
def judge(es: Elasticsearch) -> Iterator[trial.Trial]:
    """All cases written once; nothing else is in the cluster while this module runs."""
    remove_everything_of_ours(es)
    bootstrap.install(es)
    yield trial.Trial(es, CASES)
    remove_everything_of_ours(es)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_says_what_its_case_expects(judge: trial.Trial, case: cases.Case) -> None:
    assert judge.judge(case, rules.find(RULES, case.rule)).differences == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_changed_threshold_window_or_comparison_makes_a_case_fail(judge: trial.Trial, rule: rules.Rule) -> None:
    surviving = list(mutate.mutants(rule))
    assert len(surviving) >= 8
    for case in [case for case in CASES if case.rule == rule.id]:
        findings = judge.judge_all(case, [mutant.rule for mutant in surviving])
        surviving = [mutant for mutant, finding in zip(surviving, findings, strict=True) if not finding.differences]
    assert [str(mutant) for mutant in surviving] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_kibana_would_see_the_same_alerts(judge: trial.Trial, es: Elasticsearch, rule: rules.Rule) -> None:
    """Kibana adds a filter on the time field, after the begin and up to the end, and a second LIMIT."""
    text = render.alerts_query(rule)
    case = next(case for case in CASES if case.rule == rule.id and case.shows == "firing")
    # A second early: an event on the very begin is ours and not Kibana's.
    at = judge.begin(case) + case.expect[-1].at - timedelta(seconds=1)
    start, end = (at - rule.window).isoformat(), at.isoformat()
    with judge.rows(case):
        answer = es.esql.query(
            query=f"{text} | limit 1000",
            params=[{"_tstart": start}, {"_tend": end}],
            filter={"bool": {"filter": [{"range": {rule.time_field: {"gt": start, "lte": end}}}]}},
        )
    names = [column["name"] for column in answer["columns"]]
    found = {tuple(row[names.index(column)] for column in rule.by) for row in answer["values"]}
    assert found == {tuple(alert[column] for column in rule.by) for alert in case.expect[-1].fires}


def test_a_cluster_with_events_of_others_is_refused(judge: trial.Trial, es: Elasticsearch) -> None:
    with pytest.raises(trial.ClusterError, match=r"holds .* events"):
        trial.refuse_foreign_data(es)
