"""One evaluator after another, and two at once: what is remembered, and who may tell."""

from __future__ import annotations

from datetime import timedelta

from model_logs.alerts import rules
from model_logs.alerts.explain import firing
from model_logs.alerts.store import INDEX

RULES = rules.load()


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
