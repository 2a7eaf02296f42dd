"""The rules as each Kibana gets them, run in the present as its executor runs them: same alerts, same names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.alerts import executor

from model_logs import install
from model_logs.alerts.rulebook import query_text, rules
from model_logs.alerts.rulebook.evaluation import evaluate
from model_logs.alerts.ruletests import cases, synthetic
from model_logs.install.kibana import rule_bodies
from model_logs.testing.node import remove_everything_of_ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch import Elasticsearch

RULES = rules.load_rules()
CASES = cases.load_cases(RULES)
NOBODY = rule_bodies.wiring({}, {})
# So much of a case is still to come when it is judged: what falls out of the window meanwhile changes nothing.
SLACK = timedelta(seconds=50)

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@pytest.fixture(scope="module")
def now_firing(es: Elasticsearch) -> Iterator[Elasticsearch]:
    """The firing case of each rule, whose moment is nearly now, about models of its own."""
    remove_everything_of_ours(es)
    install.install(es)
    begun = datetime.now(UTC)
    written = {}
    for rule in RULES:
        firing = _own(next(case for case in CASES if case.rule == rule.id and case.shows == "firing"))
        written[f"now-{rule.id}"] = (firing, begun - firing.expect[-1].at + SLACK)
    synthetic.write_synthetic_events(es, written)
    for case, begin in written.values():
        for index, key, document in synthetic.lookup_rows(case, begin):
            es.index(index=index, id=key, document=document, refresh=True)
    yield es
    remove_everything_of_ours(es)


def _own(case: cases.Case) -> cases.Case:
    """Return a case about models that no other case is about."""

    def renamed(fields: Mapping[str, Any]) -> dict[str, Any]:
        own = {"model_name": f"{fields['model_name']}, {case.rule}"} if "model_name" in fields else {}
        return {**fields, **own}

    return replace(
        case,
        events=tuple(replace(batch, fields=renamed(batch.fields)) for batch in case.events),
        outcomes=tuple(replace(batch, fields=renamed(batch.fields)) for batch in case.outcomes),
        models=tuple(renamed(row) for row in case.models),
        baselines=tuple(renamed(row) for row in case.baselines),
    )


def _body(rule: rules.Rule, version: tuple[int, int]) -> dict[str, Any]:
    return rule_bodies.rule_body(rule, NOBODY, version=version)


@every_rule
def test_every_kibana_sees_the_alerts_of_the_evaluator_and_names_each_by_what_it_is_about(
    now_firing: Elasticsearch, rule: rules.Rule
) -> None:
    ours = evaluate(now_firing, rule, query_text.alerts_query(rule), datetime.now(UTC)).alerts
    named = {",".join(str(a.row[column]) for column in rule.by if a.row[column] is not None) for a in ours.values()}
    assert named
    for version in executor.VERSIONS:
        found = executor.run(now_firing, _body(rule, version), version)
        assert set(found) == named, version
        assert all(len(rows) == 1 for rows in found.values()), version
        # From run to run: figures move on, names do not.
        assert set(executor.run(now_firing, _body(rule, version), version)) == named, version


@every_rule
def test_below_9_3_a_text_asks_for_no_parameter_and_from_there_on_for_both(rule: rules.Rule) -> None:
    for version in executor.VERSIONS:
        text = _body(rule, version)["params"]["esqlQuery"]["esql"]
        assert bool(re.search(r"\?_t(start|end)", text)) == (version >= (9, 3)), version
        assert ("NOW()" in text) == (version < (9, 3)), version


def test_what_stands_in_quotes_and_comments_is_no_parameter() -> None:
    text = 'FROM a // ?_tstart\n| WHERE x == "?_tend" AND t < ?_tend AND t >= ?_tstart /* ?_tend */'
    assert query_text.by_the_clock(text, timedelta(minutes=10)) == (
        'FROM a // ?_tstart\n| WHERE x == "?_tend" AND t < NOW() AND t >= (NOW() - 600 seconds) /* ?_tend */'
    )


@pytest.mark.parametrize("renames", [False, True], ids=["8.19 to 9.4", "9.5"])
@every_rule
def test_an_alert_is_named_by_the_columns_of_the_rule_and_by_no_figure(rule: rules.Rule, renames: bool) -> None:
    text = query_text.alerts_query(rule)
    columns = ["value", "threshold", "events", "model", "env", *rule.by]
    found = executor.named_by(text, columns, renames=renames)
    assert [{"model": "model_name", "env": "environment"}.get(name, name) for name in found] == list(rule.by)


def test_of_more_alerts_than_kibana_takes_the_worst_are_kept_and_always_the_same(now_firing: Elasticsearch) -> None:
    rule = rules.find_rule(RULES, "high-error-rate")
    now = datetime.now(UTC)
    operations: list[Any] = []
    for number in range(6):
        for each in range(60):
            at = (now - timedelta(seconds=60 + each)).isoformat(timespec="milliseconds")
            id_ = f"limit-{number}-{each}"
            operations += [
                {"create": {"_index": "logs-model.prediction-production", "_id": id_}},
                {
                    "@timestamp": at,
                    "event": {"id": id_, "ingested": at},
                    "event_type": "predict",
                    "status": "error" if each < 20 + 10 * number else "success",
                    "environment": "production",
                    "model_name": f"model-{number}",
                    "latency_ms": 1,
                    "request_id": id_,
                },
            ]
    assert not now_firing.bulk(operations=operations, refresh=True)["errors"]
    for version in executor.VERSIONS:
        found = executor.run(now_firing, _body(rule, version), version, limit=3)
        # Of models 4 and 5 every call failed: among equals the name decides.
        assert list(found) == ["model-4,production", "model-5,production", "model-3,production"]


def test_a_rule_sets_no_flapping_of_its_own_and_an_incident_has_a_short_key() -> None:
    """A space without flapping refuses a rule that has its own; PagerDuty takes 255 characters."""
    wired = rule_bodies.wiring({".pagerduty": True}, {"pagerduty_routing_key": "0" * 32})
    for rule in RULES:
        body = rule_bodies.rule_body(rule, wired)
        assert "flapping" not in body
        keys = {each["params"]["dedupKey"] for each in body["actions"] if "dedupKey" in each["params"]}
        assert keys <= {"{{rule.id}}:{{alert.uuid}}"}
    uuid = rule_bodies.object_id("rule", "x")
    assert len(f"{uuid}:{uuid}") < 255


def test_the_numbers_that_kibanas_index_connector_writes_as_text_are_numbers_for_queries(
    now_firing: Elasticsearch,
) -> None:
    written = [
        {"rule": "x", "kind": "fired", "value": "7.5", "threshold": "5"},
        {"rule": "x", "value": "", "link": "?"},
    ]
    try:
        for document in written:
            now_firing.index(index=rule_bodies.ALERTS_INDEX, document=document, refresh=True)
        over = f'FROM {rule_bodies.ALERTS_INDEX} | WHERE rule == "x"'
        text = f"{over} | STATS most = MAX(value - threshold), n = COUNT(*) | LIMIT 1"
        assert now_firing.esql.query(query=text)["values"] == [[2.5, 2]]
    finally:
        now_firing.indices.delete(index=rule_bodies.ALERTS_INDEX, ignore_unavailable=True)
