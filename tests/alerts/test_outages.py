"""One outage of many models is one message, and one incident, for each owner; it is over when the last is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from model_logs.alerts.rulebook import rules
from model_logs.alerts.rulebook.evaluation import Alert, Evaluation
from model_logs.alerts.rulebook.labels import labels_of
from model_logs.alerts.rulebook.transitions import RuleState, advance
from model_logs.catalog.facts import ModelFacts
from model_logs.catalog.models_file import Catalog, Entry, load_catalog
from model_logs.channels.pagerduty import PagerDuty
from model_logs.channels.slack import Slack
from model_logs.errors import AssetError

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
RULES = rules.load_rules()
OWNED = Catalog(tuple(Entry(f"{owner}-*", None, ModelFacts(owner)) for owner in ("crm", "risk", "search")))
FAILED = replace(rules.find_rule(RULES, "deploy-failed"), catalog=OWNED)
ROUTING_KEY = "0" * 32


def _fail(world: Any, models: list[str]) -> None:
    operations: list[Any] = []
    for model in models:
        id_ = f"{model}-{world.now.timestamp()}"
        event = {
            "@timestamp": world.now.isoformat(),
            "event": {"id": id_, "ingested": world.now.isoformat()},
            "event_type": "deployed",
            "status": "failed",
            "environment": "production",
            "model_name": model,
            "model_version": "4",
        }
        operations += [{"create": {"_index": "logs-model.lifecycle-production", "_id": id_}}, event]
    assert not world.es.bulk(operations=operations, refresh=True)["errors"]


def test_three_hundred_models_of_three_owners_are_three_messages_and_three_incidents(world, slack, pagerduty) -> None:
    told = [Slack(slack.url), PagerDuty(ROUTING_KEY, pagerduty.url)]
    evaluator = world.evaluator(told=told, which=(FAILED,), delay=timedelta(0))
    world.run(evaluator)
    _fail(world, [f"{('crm', 'risk', 'search')[each % 3]}-{each:03}" for each in range(300)])
    world.run(evaluator, 3)
    assert len(slack.accepted) == 3
    for text, owner in zip(sorted(each["text"] for each in slack.accepted), ("crm", "risk", "search"), strict=True):
        assert f"100 alerts of {owner}" in text
        assert text.count("\n- ") == 10
        assert "and 90 more" in text
    assert pagerduty.actions == ["trigger"] * 3
    assert len(pagerduty.open) == 3
    world.run(evaluator, 15, step=1)
    assert ["is over" in each["text"].splitlines()[0] for each in slack.accepted] == [False] * 3 + [True] * 3
    assert pagerduty.actions == ["trigger"] * 3 + ["resolve"] * 3
    assert pagerduty.open == set()
    assert evaluator._states["deploy-failed"].outbox == ()
    # Each alert is an event of its own all the same.
    found = world.es.count(index="logs-model.lifecycle-*", query={"term": {"event_type": "alert_fired"}})["count"]
    assert found == 600


def test_the_first_leaves_at_once_and_those_of_the_next_minute_leave_together(world, slack, pagerduty) -> None:
    told = [Slack(slack.url), PagerDuty(ROUTING_KEY, pagerduty.url)]
    evaluator = world.evaluator(told=told, which=(FAILED,), delay=timedelta(0))
    world.run(evaluator)
    _fail(world, ["crm-1"])
    world.run(evaluator, 0.5)
    assert len(slack.accepted) == 1
    _fail(world, ["crm-2", "crm-3", "risk-1"])
    world.run(evaluator, 0.5)
    # Another owner is another outage.
    assert ["risk-1" in each["text"] for each in slack.accepted] == [False, True]
    _fail(world, ["crm-4"])
    world.run(evaluator, 1)
    assert len(slack.accepted) == 3
    assert "3 more alerts of crm" in slack.accepted[2]["text"]
    assert "beside 1 that were sent before" in slack.accepted[2]["text"]
    assert len(pagerduty.open) == 2
    assert sum(pagerduty.incidents.values()) == 2


def test_an_outage_is_over_with_its_last_alert(rule) -> None:
    state = RuleState(START)
    state = _after(rule, state, 1, "a", "b")
    assert _kinds(state) == [("fired", "a"), ("fired", "b")]
    state = _after(rule, replace(state, outbox=()), 2, "b")
    state = _after(rule, state, 5, "b")
    # It is recorded that the first is over; nobody is told yet.
    assert [(each.kind, each.channel) for each in state.outbox] == [("recovered", "")]
    state = _after(rule, replace(state, outbox=()), 6)
    state = _after(rule, state, 9)
    assert [(each.kind, each.channel, each.episode.group) for each in state.outbox] == [("recovered", "slack", "a")]


def test_a_receiver_that_holds_the_state_is_told_of_each_end(rule) -> None:
    state = RuleState(START)
    state = _after(rule, state, 1, "a", "b", to=("alertmanager",))
    state = _after(rule, replace(state, outbox=()), 5, "b", to=("alertmanager",))
    assert [(each.kind, each.channel) for each in state.outbox] == [("recovered", "alertmanager")]


def test_a_lead_that_fires_again_joins_its_incident_which_others_keep_open(rule) -> None:
    """Its end would otherwise resolve the incident of those that still fire, or theirs its own."""
    state = RuleState(START)
    state = _after(rule, state, 1, "a", "b")
    state = _after(rule, state, 5, "b")
    state = _after(rule, replace(state, outbox=()), 10, "a", "b")
    (fired,) = state.outbox
    assert (fired.episode.key, fired.episode.group, fired.not_before) == ("a", "a", None)
    state = _after(rule, replace(state, outbox=()), 15, "a")
    assert [each.channel for each in state.outbox] == [""]
    state = _after(rule, replace(state, outbox=()), 20)
    assert [(each.kind, each.channel, each.episode.group) for each in state.outbox] == [("recovered", "slack", "a")]


def test_the_labels_and_the_owner_of_an_alert_stay_to_its_end(rule) -> None:
    state = _after(replace(rule, catalog=Catalog((Entry("a", None, ModelFacts("crm")),))), RuleState(START), 1, "a")
    changed = replace(rule, owner="nobody", severity="P3", by=("environment",))
    state = _after(changed, state, 2, "a")
    labels = state.firing["a"].labels
    assert (labels["owner"], labels["severity"], labels["model_name"]) == ("crm", "critical", "a")
    # And through the store.
    again = RuleState.from_dict(json.loads(json.dumps(state.as_dict())))
    assert again.firing["a"].labels == labels
    assert again == state


def test_a_state_of_the_version_before_is_read(rule) -> None:
    state = _after(rule, RuleState(START), 1, "a", "b").as_dict()
    for episode in (*state["firing"], *(intent["episode"] for intent in state["outbox"])):
        for name in ("labels", "group", "grouped_at"):
            del episode[name]
    old = RuleState.from_dict(json.loads(json.dumps(state)))
    assert [each.kind for each in _after(rule, old, 9).outbox] == ["fired", "fired", "recovered", "recovered"]


def _after(rule: rules.Rule, state: RuleState, minute: float, *models: str, to: tuple[str, ...] = ("slack",)) -> Any:
    window = Evaluation(
        START + timedelta(minutes=minute),
        {name: Alert(name, 9.0, 5.0, {"model_name": name, "environment": "production"}) for name in models},
    )
    which = replace(rule, actions=("slack",))
    return advance(which, state, window, channels=to, silenced=lambda row: False, holder="me")


def _kinds(state: RuleState) -> list[tuple[str, str]]:
    return [(each.kind, each.episode.key) for each in state.outbox]


# --- owners and labels ----------------------------------------------------------------------------------------------


def test_each_fact_is_of_the_first_entry_that_covers_the_model_and_states_it() -> None:
    entries = (Entry("fraud-*", None, ModelFacts("risk")), Entry(None, "staging", ModelFacts("developers", tier="3")))
    catalog = Catalog(entries)
    assert catalog.facts("fraud-eu", "staging") == ModelFacts("risk", tier="3")
    assert catalog.facts("churn", "staging").owner == "developers"
    assert catalog.facts("churn", "production").owner is None
    assert catalog.facts(None, None).owner is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model: x", "models.yml"),
        ("- {model: x}", "owner"),
        ("- {owner: x}", "model"),
        ("- {model: x, tier: 1}", "tier"),
        ("- {model: x, schedule: sometimes}", "sometimes"),
        ("- {model: x, schedule: 0h}", "0h"),
        ("- {model: x, owner: y, colour: red}", "colour"),
        ("- {model: [x], owner: y}", "model"),
        ("- {model: 7, owner: y}", "model"),
        ("- {model: '', owner: y}", "model"),
        ("- x", "models.yml"),
        ("- {model: x, model: z, owner: y}", "model"),
    ],
)
def test_a_file_of_models_that_cannot_be_meant_says_where(tmp_path, text: str, said: str) -> None:
    (tmp_path / "models.yml").write_text(text, encoding="utf-8")
    with pytest.raises(AssetError) as error:
        load_catalog(tmp_path)
    assert said in str(error.value)
    assert "models.yml" in str(error.value)


def test_the_earlier_file_of_owners_is_read_after_the_one_that_took_its_place(tmp_path) -> None:
    (tmp_path / "owners.yml").write_text("- {model: a, owner: old}\n- {model: b, owner: old}\n", encoding="utf-8")
    (tmp_path / "models.yml").write_text("- {model: a, owner: new}\n- {model: b, tier: '1'}\n", encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert catalog.facts("a", "production") == ModelFacts("new")
    assert catalog.facts("b", "production") == ModelFacts("old", tier="1")
    assert catalog.deprecated == tmp_path / "owners.yml"
    (tmp_path / "owners.yml").write_text("# nothing\n", encoding="utf-8")
    assert load_catalog(tmp_path).deprecated is None


def test_the_shipped_file_of_models_states_nothing() -> None:
    assert RULES[0].catalog == Catalog()


def test_no_value_and_no_time_is_a_label(rule) -> None:
    row = {"model_name": "churn", "environment": "production", "value": 7.5, "events": 400, "versions": ["3"]}
    assert labels_of(rule, "churn|production", row) == {
        "alertname": "high-error-rate",
        "severity": "critical",
        "priority": "P1",
        "owner": "ml-serving",
        "source": "model-logs",
        "model_name": "churn",
        "environment": "production",
    }


def test_columns_of_any_name_are_labels_that_prometheus_takes(rule) -> None:
    names = ["host.name", "host_name", "owner", "alertname", "9lives", "__name__", "alert_id", "a b", "ä"]
    labels = labels_of(replace(rule, by=tuple(names)), "key", {name: f"v-{name}" for name in names})
    assert len(labels) >= 5 + len(names)
    assert all(name.isascii() and name.isidentifier() and not name.startswith("__") for name in labels)
    assert labels["owner"] == "ml-serving"
