"""From the outbox to people and to the record: order, pauses, what is kept."""

from __future__ import annotations

from model_logs.alerts.channels import Slack
from model_logs.alerts.outbox import UNDELIVERED
from model_logs.alerts.store import Store


def test_a_receiver_that_is_away_is_told_later_and_in_order(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    pagerduty.failing = [503] * 3
    world.predictions("error", 100)
    world.run(evaluator, 1)
    assert pagerduty.actions == []
    world.run(evaluator, 2)
    assert pagerduty.actions == ["trigger"]


def test_what_cannot_be_delivered_is_kept_and_recorded(world, slack) -> None:
    evaluator = world.evaluator(told=[Slack(slack.url + "-wrong")])
    world.run(evaluator)
    world.fail_deployment()
    world.run(evaluator, 1)
    (kept,) = Store(world.es).of_kind(UNDELIVERED)
    assert kept.body["rule"] == "deploy-failed"
    assert "no_service" in kept.body["error"]
    assert "churn" in kept.body["text"]
    (fired,) = world.events("alert_fired")
    assert (fired["status"], fired["alert"]["channel"]) == ("failed", "slack")
    assert "no_service" in fired["error"]["message"]
