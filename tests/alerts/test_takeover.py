"""One evaluator after another, and two at once: what is remembered, and who may tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from model_logs.alerts.engine.explanation import firing
from model_logs.alerts.rulebook import rules
from model_logs.channels.slack import Slack
from model_logs.errors import ClusterError
from model_logs.state.store import INDEX, Store

RULES = rules.load_rules()
TWO = (rules.find_rule(RULES, "deploy-failed"), rules.find_rule(RULES, "high-error-rate"))
# After a day the windows of six hours are judged, which takes ten seconds.
AHEAD = pytest.mark.parametrize(
    "ahead_by", [timedelta(hours=1), pytest.param(timedelta(days=1), marks=pytest.mark.soak)], ids=["hour", "day"]
)


def test_a_restart_remembers_what_was_told(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    evaluator.stop()
    other = world.evaluator()
    world.run(other, 2)
    assert pagerduty.actions == ["trigger"]


def test_of_two_evaluators_one_works_and_the_other_takes_over(world, pagerduty) -> None:
    first, second = world.evaluator(lease=1.0), world.evaluator(lease=1.0)
    assert first.run_once() is True
    assert second.run_once() is False
    world.predictions("error", 100)
    world.run(first, 1)
    first.stop()
    world.now += timedelta(minutes=1)
    assert second.run_once() is True
    assert first.run_once() is False
    assert pagerduty.actions == ["trigger"]


def test_a_leader_that_slept_through_its_lease_changes_nothing(world, pagerduty) -> None:
    first, second = world.evaluator(lease=0.2), world.evaluator(lease=0.2)
    world.run(first)
    assert second.run_once() is False
    world.predictions("error", 100)
    while not second.run_once():
        world.es.indices.refresh(index=INDEX)
    world.run(second, 1)
    world.run(first)
    assert pagerduty.actions == ["trigger"]
    assert any("Another evaluator has taken over" in line for line in world.said)
    assert first.lease.held is False


def test_what_another_one_may_have_sent_is_sent_again_and_marked(world, pagerduty, slack) -> None:
    """The first stores what is to be sent, and dies before or after sending: nobody can know."""
    first = world.evaluator()
    world.run(first)
    world.fail_deployment()
    world.now += timedelta(minutes=1)
    first._send = lambda **_: None  # it dies here
    first.run_once()
    first.lease.release()
    world.evaluators.clear()
    world.run(world.evaluator())
    assert pagerduty.actions == ["trigger"]
    (told,) = slack.accepted
    assert "May repeat" in told["text"]
    assert {event["alert"]["channel"]: event["alert"].get("may_repeat") for event in world.events("alert_fired")} == {
        "pagerduty": True,
        "slack": True,
    }
    assert not firing(world.es, RULES)[0][1].until


def test_a_leader_that_wakes_up_does_not_tell_what_is_over_by_now(world, pagerduty) -> None:
    """Its threads had the trigger in hand when it was stopped; after the resolve it would stay open for ever."""
    first, second = world.evaluator(lease=0.4), world.evaluator(lease=0.4)
    world.run(first)
    asleep = Event()
    pool = first._outbox._delivery._pool
    for _ in range(4):
        pool.submit(asleep.wait, 60)
    world.predictions("error", 100)
    world.now += timedelta(minutes=1)
    first.run_once()
    assert first.sending
    while not second.run_once():
        world.es.indices.refresh(index=INDEX)
    world.flush(second)
    world.predictions("success", 3000, start=world.now, minutes=1)
    world.run(second, 5)
    assert pagerduty.actions == ["trigger", "resolve"]
    asleep.set()
    while first.sending:
        first._outbox._delivery.wait(1)
        first.send()
        first.run_once()
    assert pagerduty.actions == ["trigger", "resolve"]
    assert not pagerduty.open


def test_a_repeat_is_an_event_of_its_own(world, slack) -> None:
    """What was told and recorded, but not struck off: the next one tells it again, and that can be counted."""
    first = world.evaluator(told=[Slack(slack.url)])
    world.run(first)
    world.fail_deployment()
    save, full = first._save, []

    def dies_before_it_strikes_off(rule, state) -> None:
        if full and rule.id == "deploy-failed" and not state.outbox:
            raise KeyboardInterrupt
        full.extend(state.outbox)
        save(rule, state)

    first._save = dies_before_it_strikes_off
    with pytest.raises(KeyboardInterrupt):
        world.run(first, 1)
    first.lease.release()
    world.evaluators.clear()
    world.run(world.evaluator(told=[Slack(slack.url)]))
    assert len(slack.accepted) == 2
    told = [event["alert"].get("may_repeat", False) for event in world.events("alert_fired")]
    assert sorted(told) == [False, True]


def test_a_rule_that_is_taken_away_while_it_fires_ends_what_it_told(world, pagerduty, slack) -> None:
    deploy, rate = TWO
    first = world.evaluator()
    world.run(first)
    world.predictions("error", 100)
    world.run(first, 1)
    first.stop()
    renamed = replace(rate, id="error-rate-of-ours")
    other = world.evaluator(which=(deploy, renamed))
    world.run(other, 1)
    # The alert goes on under the new id, as an incident of its own.
    assert pagerduty.incidents == {
        "model-logs:high-error-rate:churn|production": 1,
        "model-logs:error-rate-of-ours:churn|production": 1,
    }
    assert pagerduty.open == {"model-logs:error-rate-of-ours:churn|production"}
    assert Store(world.es).read("alerts-rule-high-error-rate") is None
    (recovered,) = world.events("alert_recovered")
    assert recovered["message"].endswith("over 5 % (the rule was taken away)")
    assert any("high-error-rate: the rule was removed; its 1 firing alerts are ended." in line for line in world.said)


def test_what_a_rule_had_to_send_is_sent_although_it_was_taken_away(world, slack) -> None:
    _, rate = TWO
    first = world.evaluator()
    world.run(first)
    slack.failing = [503]
    world.fail_deployment()
    world.run(first, 1)
    first.stop()
    assert slack.accepted == []
    world.now += timedelta(minutes=1)
    world.run(world.evaluator(which=(rate,)), 1)
    assert ["fires" in text["text"].splitlines()[0] for text in slack.accepted] == [True, False]
    assert Store(world.es).read("alerts-rule-deploy-failed") is None


@AHEAD
def test_a_leader_whose_clock_was_ahead_keeps_nobody_waiting(world, pagerduty, ahead_by: timedelta) -> None:
    """It judged windows of the future; the next one, whose clock is right, begins with the present again."""
    right = world.now
    ahead = world.evaluator()
    world.run(ahead)
    world.now += ahead_by
    world.predictions("error", 100)
    world.run(ahead, 2)
    assert pagerduty.actions == ["trigger"]
    ahead.stop()
    world.now = right + timedelta(minutes=3)
    other = world.evaluator()
    world.run(other, 4)
    assert pagerduty.actions == ["trigger", "resolve"]
    assert any("ahead of this clock" in line for line in world.said)
    world.predictions("error", 100, model="fraud")
    world.run(other, 1)
    assert pagerduty.actions == ["trigger", "resolve", "trigger"]


def test_what_is_remembered_may_be_deleted_at_any_time(world, pagerduty) -> None:
    """People are told again then, and of nothing twice in PagerDuty; the index comes back with its own mapping."""
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    world.es.indices.delete(index=INDEX)
    world.run(evaluator, 3)
    assert pagerduty.incidents == {"model-logs:high-error-rate:churn|production": 1}
    mapping = world.es.indices.get_mapping(index=INDEX)[INDEX]["mappings"]
    assert mapping["dynamic"] == "false"
    world.predictions("success", 3000, start=world.now, minutes=1)
    world.run(evaluator, 6)
    assert not pagerduty.open


def test_while_nothing_can_be_remembered_nobody_is_told_and_nothing_is_lost(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100, minutes=3)
    world.es.indices.put_settings(index=INDEX, settings={"index.blocks.write": True})
    try:
        evaluator.lease._written = -1e9
        for _ in range(3):
            world.now += timedelta(minutes=1)
            with pytest.raises(ClusterError, match="read-only"):
                evaluator.run_once()
        assert pagerduty.accepted == []
    finally:
        world.es.indices.put_settings(index=INDEX, settings={"index.blocks.write": None})
    world.run(evaluator)
    assert pagerduty.actions == ["trigger"]
