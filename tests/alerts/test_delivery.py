"""From the outbox to people and to the record: order, pauses, what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from model_logs.alerts.notify.attempts import attempted
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.notify.messages import Links, message
from model_logs.alerts.notify.outbox import UNDELIVERED
from model_logs.alerts.rulebook import rules
from model_logs.alerts.rulebook.transitions import RuleState
from model_logs.channels.declaration import NotDeliveredError
from model_logs.channels.slack import Slack
from model_logs.state.store import Store

# Tests of long outages judge one rule: each window of each rule is a query.
DEPLOYMENTS = (rules.find_rule(rules.load_rules(), "deploy-failed"),)


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


def test_a_channel_that_is_down_for_hours_gets_everything_afterwards_in_order(world, slack, pagerduty) -> None:
    evaluator = world.evaluator(which=DEPLOYMENTS)
    world.run(evaluator)
    slack.failing = [503] * 10_000
    world.fail_deployment()
    world.run(evaluator, 10, step=1)
    world.fail_deployment()
    world.run(evaluator, 240, step=5)
    assert slack.accepted == []
    # The other channel was not held up, and the attempts became rare: a power of two has an end.
    assert pagerduty.actions == ["trigger", "resolve"] * 2
    assert 40 < 10_000 - len(slack.failing) < 120
    slack.failing = []
    world.run(evaluator, 25, step=5)
    assert [text["text"].split("fires")[0].split()[-1] for text in slack.accepted if "fires" in text["text"]]
    assert ["fires" in text["text"].splitlines()[0] for text in slack.accepted] == [True, False, True, False]
    assert not Store(world.es).of_kind(UNDELIVERED, fresh=True)


def test_after_a_day_in_vain_it_is_kept_and_not_tried_again(world, slack) -> None:
    evaluator = world.evaluator(told=[Slack(slack.url)], which=DEPLOYMENTS, catch_up=timedelta(minutes=10))
    world.run(evaluator)
    slack.failing = [503] * 10_000
    world.fail_deployment()
    world.run(evaluator, 1)
    world.now += timedelta(hours=25)
    world.run(evaluator, 7, step=1)
    assert {kept.body["intent"]["kind"] for kept in Store(world.es).of_kind(UNDELIVERED)} == {"fired", "recovered"}
    assert [event["status"] for event in world.events("alert_fired")] == ["failed"]
    tried = len(slack.failing)
    world.run(evaluator, 7, step=1)
    assert len(slack.failing) == tried


def test_a_receiver_that_asks_to_be_left_alone_is(world, slack) -> None:
    evaluator = world.evaluator(told=[Slack(slack.url)])
    world.run(evaluator)
    slack.failing, slack.answer_headers = [429], {"Retry-After": "240"}
    world.fail_deployment()
    world.run(evaluator, 1)
    # Nobody else is told there either until the time has passed.
    world.fail_deployment("fraud")
    world.run(evaluator, 3)
    assert slack.accepted == []
    world.run(evaluator, 2)
    # Both began within a minute: they are one outage.
    assert "fires" in slack.accepted[0]["text"].splitlines()[0]
    assert all(f"- {model} " in slack.accepted[0]["text"] for model in ("churn", "fraud"))


@pytest.mark.parametrize(
    ("said", "seconds"), [("30", 30), ("86400", 3600), ("9" * 30, 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_how_long_to_wait_is_read_from_the_answer(rule, intent, slack, said: str, seconds: int | None) -> None:
    slack.failing, slack.answer_headers = [429], {"retry-after": said}
    told = message(rule, intent("slack"), links=Links(), holder="me")
    with pytest.raises(NotDeliveredError) as error:
        attempted(partial(Slack(slack.url).send, told), "slack", attempts=1)
    assert error.value.retry_after == (seconds and timedelta(seconds=seconds))


def test_what_pagerduty_calls_wrong_is_kept_once_and_not_sent_again(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    pagerduty.failing = [400]
    world.predictions("error", 100)
    world.run(evaluator, 5)
    assert pagerduty.accepted == []
    assert not pagerduty.failing
    (kept,) = Store(world.es).of_kind(UNDELIVERED)
    assert kept.body["intent"]["channel"] == "pagerduty"
    (fired,) = world.events("alert_fired")
    assert "400" in fired["error"]["message"]


def test_an_end_while_messages_wait_for_a_thread_loses_none_of_them(world, slack, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    for model in ("a", "b", "c", "d", "e", "f"):
        world.fail_deployment(model)
    release = Event()
    pool = evaluator._outbox._delivery._pool
    busy = [pool.submit(release.wait, 20) for _ in range(4)]
    world.now += timedelta(minutes=1)
    evaluator.run_once()
    assert evaluator.sending
    # The threads get free only when the queue was dropped already.
    pool.shutdown(wait=False, cancel_futures=True)
    release.set()
    evaluator.stop()
    world.evaluators.clear()
    assert all(future.result() for future in busy)
    assert slack.accepted == []
    other = world.evaluator()
    world.run(other)
    (told,) = slack.accepted
    assert "6 alerts of" in told["text"]
    assert all(f"- {model} " in told["text"] for model in ("a", "b", "c", "d", "e", "f")), told["text"]
    assert sum(pagerduty.incidents.values()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [({"summary": "{{ no_such_column | number }}"}, "no_such_column"), ({"runbook": "not-there.md"}, "not-there.md")],
    ids=["summary", "runbook"],
)
def test_a_text_that_cannot_be_made_is_told_in_plain_words(
    world, pagerduty, change: dict[str, Any], said: str
) -> None:
    working = rules.find_rule(rules.load_rules(), "high-error-rate")
    wrong = replace(working, **change)
    evaluator = world.evaluator(which=(wrong,))
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    (event,) = pagerduty.accepted
    assert event["payload"]["summary"] == "P1 High Error Rate: churn|production, value 100 %, threshold 5 %"
    assert any("sent as a plain message" in line and said in line for line in world.said)
    assert len(world.events("alert_fired")) == 1


def test_a_row_that_names_no_model_properly_is_told_and_recorded_all_the_same(world, pagerduty) -> None:
    working = rules.find_rule(rules.load_rules(), "high-error-rate")
    evaluator = world.evaluator(which=(replace(working, query=working.query + "| EVAL model_name = 7"),))
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    assert pagerduty.actions == ["trigger"]
    assert evaluator._states["high-error-rate"].outbox == ()


def test_what_cannot_be_recorded_now_is_recorded_later_and_told_once(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100)
    world.es.indices.put_settings(index="logs-model.lifecycle-*", settings={"index.blocks.write": True})
    try:
        world.run(evaluator, 1)
        evaluator.send()
        assert pagerduty.actions == ["trigger"]
    finally:
        world.es.indices.put_settings(index="logs-model.lifecycle-*", settings={"index.blocks.write": None})
    assert world.events("alert_fired") == []
    world.run(evaluator, 1)
    assert len(world.events("alert_fired")) == 1
    assert pagerduty.actions == ["trigger"]
    assert any("sending of high-error-rate: works again" in line for line in world.said)


def test_a_message_that_ended_and_is_not_settled_is_not_overtaken(rule, intent, slack) -> None:
    """Its recovery waits, because it may have to be sent again first."""
    from model_logs.alerts.notify.outbox import Outbox

    delivery = Delivery([Slack(slack.url)], attempts=1)
    said: list[str] = []
    fired, recovered = intent("slack"), intent("slack", "recovered")
    nothing: Any = None  # it asks neither the store nor the recorder
    outbox = Outbox(nothing, delivery, nothing, links=Links(), clock=lambda: fired.episode.since, say=said.append)
    slack.failing = [503]
    state = RuleState(fired.episode.since, outbox=(fired, recovered))
    outbox.start(rule, state, "me")
    delivery.wait(5)
    for outcome in delivery.finished(fired.episode.since):
        outbox._outcomes[outcome.intent.id] = outcome
    outbox.start(rule, state, "me")
    assert not delivery.busy
    saved: list[object] = []
    left, trouble = outbox.settle(rule, (fired, recovered), "me", saved.append)
    assert [each.kind for each in left] == ["fired", "recovered"]
    assert saved == [left]
    assert trouble is None
    outbox.close()
    assert slack.accepted == []
