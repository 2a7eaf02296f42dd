"""The evaluator on a real Elasticsearch, with a clock of its own: told once, over once, nothing missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from model_logs.alerts.engine import silences
from model_logs.alerts.engine.explanation import explain_rule, firing
from model_logs.alerts.rulebook import rules
from model_logs.state.store import Store

RULES = rules.load_rules()


def test_a_failing_model_is_told_once_and_its_recovery_once(world, pagerduty, slack) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 3)
    assert pagerduty.actions == ["trigger"]
    world.predictions("success", 3000, start=world.now, minutes=1)
    world.run(evaluator, 5)
    assert pagerduty.actions == ["trigger", "resolve"]
    assert sum(pagerduty.incidents.values()) == 1
    assert not pagerduty.open
    (fired,), (recovered,) = world.events("alert_fired"), world.events("alert_recovered")
    assert fired["alert"]["rule"] == "high-error-rate"
    assert (fired["alert"]["channel"], fired["alert"]["severity"], fired["status"]) == (
        "pagerduty",
        "critical",
        "success",
    )
    assert (fired["model_name"], fired["alert"]["threshold"], fired["environment"]) == ("churn", 5.0, "production")
    assert recovered["@timestamp"] > fired["@timestamp"]
    assert world.es.search(index="logs-model.unparsed-*")["hits"]["total"]["value"] == 0


def test_what_a_registry_says_of_a_model_is_told_with_its_alert_and_routes_it(world, pagerduty) -> None:
    stated = {"owner": "risk", "tier": "1", "data_class": "personal", "card": "https://wiki.example.org/churn"}
    operations: list[Any] = []
    for number, (key, value) in enumerate(stated.items()):
        head = {"@timestamp": world.now.isoformat(timespec="milliseconds"), "event": {"id": f"tag-{number}"}}
        about = {"model_name": "churn", "environment": "production", "status": "success"}
        event = {**head, **about, "event_type": "tag_set", "tag": {"key": key, "value": value}}
        create = {"_index": "logs-model.lifecycle-production", "_id": f"tag-{number}"}
        operations += [{"create": create}, event]
    assert not world.es.bulk(operations=operations, refresh=True)["errors"]
    evaluator = world.evaluator()
    world.run(evaluator, 1)
    world.predictions("error", 100)
    world.run(evaluator, 3)
    (fired,) = pagerduty.accepted
    details = fired["payload"]["custom_details"]
    assert (details["owner"], details["stated"]) == ("risk", stated)
    assert {"href": stated["card"], "text": "Model card"} in fired["links"]
    (episode,) = (found for rule, found in firing(world.es, RULES) if rule.id == "high-error-rate")
    assert {name: episode.labels[name] for name in ("owner", "tier", "data_class")} == {
        "owner": "risk",
        "tier": "1",
        "data_class": "personal",
    }


def test_it_is_told_within_a_minute(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    began = world.now
    world.predictions("error", 100)
    while not pagerduty.accepted:
        world.now += timedelta(seconds=1)
        evaluator.run_once()
        world.flush(evaluator)
    assert world.now - began <= timedelta(minutes=1)


def test_after_a_pause_every_missed_window_is_judged_in_order(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    evaluator.stop()
    # A failure that begins and ends while nobody watches.
    world.predictions("error", 100, start=world.start + timedelta(minutes=10), minutes=5)
    world.now = world.start + timedelta(minutes=45)
    world.run(world.evaluator())
    assert pagerduty.actions == ["trigger", "resolve"]
    (fired,) = world.events("alert_fired")
    assert fired["@timestamp"] < (world.start + timedelta(minutes=14)).isoformat()


def test_a_pause_beyond_the_limit_is_said_and_not_judged(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    evaluator.stop()
    world.predictions("error", 100, start=world.start + timedelta(minutes=10), minutes=5)
    world.now = world.start + timedelta(hours=1)
    world.run(world.evaluator(catch_up=timedelta(minutes=20)))
    assert pagerduty.actions == []
    assert any("older than --catch-up" in line for line in world.said)


def test_events_that_come_late_raise_the_alert_that_was_missed(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator, 5)
    gone = world.now
    world.run(evaluator, 15)
    world.predictions("error", 100, start=gone - timedelta(minutes=3), minutes=2)
    world.predictions("success", 100)
    world.run(evaluator, 1)
    assert pagerduty.actions == ["trigger", "resolve"]
    assert pagerduty.accepted[0]["payload"]["custom_details"]["late"] is True
    world.run(evaluator, 3)
    assert pagerduty.actions == ["trigger", "resolve"]


def test_late_events_of_a_known_alert_open_no_second_incident(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100, minutes=2)
    world.run(evaluator, 4)
    world.predictions("error", 100, start=world.now - timedelta(minutes=8), minutes=8)
    world.run(evaluator, 4)
    world.predictions("error", 100, start=world.now - timedelta(minutes=12), minutes=2)
    world.run(evaluator, 20)
    assert pagerduty.actions == ["trigger", "resolve"]


@pytest.mark.parametrize("skew", [-5, 5])
def test_a_clock_that_is_five_minutes_wrong_misses_nothing(world, pagerduty, skew: int) -> None:
    """The clock of the serving host is behind or ahead of the evaluator's."""
    evaluator = world.evaluator()
    world.run(evaluator)
    for _ in range(6):
        world.predictions("error", 30, start=world.now + timedelta(minutes=skew), minutes=0.5)
        world.run(evaluator, 0.5)
    for _ in range(4):
        world.predictions("success", 1000, start=world.now + timedelta(minutes=skew), minutes=1)
        world.run(evaluator, 1)
    world.run(evaluator, 5)
    assert pagerduty.incidents == {"model-logs:high-error-rate:churn|production": 1}
    world.run(evaluator, 2)
    assert pagerduty.actions == ["trigger", "resolve"]


def test_repeated_events_change_nothing(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("success", 96)
    world.predictions("error", 4)
    found = world.es.search(index="logs-model.prediction-*", size=200)["hits"]["hits"]
    again: list[Any] = []
    for hit in found:
        again += [{"create": {"_index": "logs-model.prediction-production", "_id": hit["_id"]}}, hit["_source"]]
    answer = world.es.bulk(operations=again, refresh=True)
    assert {item["create"]["status"] for item in answer["items"]} == {409}
    world.run(evaluator, 2)
    assert pagerduty.actions == []


def test_an_answer_that_cannot_be_had_leaves_alerts_as_they_are(world, pagerduty) -> None:
    working = rules.find_rule(RULES, "high-error-rate")
    evaluator = world.evaluator(which=(working,))
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    evaluator.stop()
    broken = replace(working, query=working.query.replace("logs-model.prediction-*", "logs-model.gone-*"))
    other = world.evaluator(which=(broken,))
    world.run(other, 15)
    assert pagerduty.actions == ["trigger"]
    assert sum("high-error-rate failed, alerts stay as they are" in line for line in world.said) == 1
    other.stop()
    # Back again, the missed windows are judged and the alert ends.
    world.run(world.evaluator(which=(working,)))
    assert pagerduty.actions == ["trigger", "resolve"]


def test_a_rule_in_trouble_does_not_stop_the_others(world, pagerduty) -> None:
    working = rules.find_rule(RULES, "high-error-rate")
    broken = replace(
        working, id="broken", query=working.query.replace("logs-model.prediction-*", "logs-model.gone-*")
    )
    evaluator = world.evaluator(which=(broken, working))
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    assert pagerduty.actions == ["trigger"]


def test_a_silenced_alert_is_recorded_and_nobody_is_told_until_the_silence_ends(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    silences.add(
        Store(world.es),
        until=world.now + timedelta(minutes=4),
        reason="test",
        by="me",
        rule="high-error-rate",
        model="churn",
    )
    world.predictions("error", 100)
    world.run(evaluator, 2)
    assert pagerduty.actions == []
    (fired,) = world.events("alert_fired")
    assert "channel" not in fired["alert"]
    world.run(evaluator, 3)
    assert pagerduty.actions == ["trigger"]


def test_explain_shows_the_figure_the_threshold_and_the_trend(world) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 30)
    world.predictions("success", 70)
    world.run(evaluator, 1)
    found = {each.rule.id: each for each in explain_rule(world.es, RULES, "churn", at=world.now)}
    rate = found["high-error-rate"]
    assert rate.alert
    assert rate.row["value"] == pytest.approx(30)
    assert rate.episode is not None
    assert rate.trend[-1] == pytest.approx(30)
    assert rate.trend[0] is None
    assert not found["fallback-rate"].alert
    assert "disk-usage-high" not in found


def test_disk_samples_are_written_once_a_minute(world) -> None:
    evaluator = world.evaluator()
    world.run(evaluator, 3)
    world.es.indices.refresh(index="metrics-model.*")
    hits = world.es.search(index="metrics-model.node-default")["hits"]["hits"]
    assert len(hits) == 4
    assert all(0 < hit["_source"]["disk"]["used_pct"] < 100 for hit in hits)
    assert "data" in hits[0]["_source"]["node"]["roles"]


@pytest.mark.parametrize("skew", [-5, 5])
def test_a_short_window_misses_nothing_when_the_clocks_differ(world, slack, skew: int) -> None:
    """The window of a failed deployment is as long as the difference: the event is in no window when it arrives."""
    evaluator = world.evaluator()
    world.run(evaluator, 1)
    world.now += timedelta(minutes=skew)
    world.fail_deployment()
    world.now -= timedelta(minutes=skew)
    world.run(evaluator, 12)
    assert ["fires" in text["text"].splitlines()[0] for text in slack.accepted] == [True, False]


@pytest.mark.parametrize("end", ["archived", "renamed"])
def test_a_model_that_leaves_while_it_is_missed_is_missed_no_longer(world, slack, end: str) -> None:
    evaluator = world.evaluator(which=(rules.find_rule(RULES, "no-predictions"),))
    world.lifecycle("transitioned", stage="production")
    world.predictions("success", 5, minutes=1)
    world.run(evaluator)
    world.run(evaluator, 34, step=1)
    assert ["fires" in text["text"] for text in slack.accepted] == [True]
    if end == "archived":
        world.lifecycle("archived")
    else:
        world.lifecycle("renamed", model_name="retention", previous_name="churn", model_version=None)
    world.run(evaluator, 4, step=1)
    assert ["fires" in text["text"] for text in slack.accepted] == [True, False]
    # Under its new name it gets its half hour; under the old one nobody waits for it.
    world.run(evaluator, 40, step=2)
    names = [text["text"].splitlines()[1].split()[0] for text in slack.accepted[2:]]
    assert names == ([] if end == "archived" else ["retention"])
