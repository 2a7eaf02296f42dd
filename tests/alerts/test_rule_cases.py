"""The rules' own unit tests on a real Elasticsearch, and the proof that they notice a changed rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_logs import install
from model_logs.alerts.rulebook import rules
from model_logs.alerts.ruletests import cases, mutations, runs
from model_logs.errors import ClusterError
from model_logs.testing.node import remove_everything_of_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

RULES = rules.load_rules()
CASES = cases.load_cases(RULES)


@pytest.fixture(scope="module")
def judge(es: Elasticsearch) -> Iterator[runs.Trial]:
    """All cases written once; nothing else is in the cluster while this module runs."""
    remove_everything_of_ours(es)
    install.install(es)
    yield runs.Trial(es, CASES)
    remove_everything_of_ours(es)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_says_what_its_case_expects(judge: runs.Trial, case: cases.Case) -> None:
    assert judge.judge(case, rules.find_rule(RULES, case.rule)).differences == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_changed_threshold_window_or_comparison_makes_a_case_fail(judge: runs.Trial, rule: rules.Rule) -> None:
    surviving = list(mutations.mutants(rule))
    assert len(surviving) >= 8
    for case in [case for case in CASES if case.rule == rule.id]:
        findings = judge.judge_all(case, [mutant.rule for mutant in surviving])
        surviving = [mutant for mutant, finding in zip(surviving, findings, strict=True) if not finding.differences]
    assert [str(mutant) for mutant in surviving] == []


def test_a_cluster_with_events_of_others_is_refused(judge: runs.Trial, es: Elasticsearch) -> None:
    with pytest.raises(ClusterError, match=r"holds .* events"):
        runs.refuse_foreign_data(es)
