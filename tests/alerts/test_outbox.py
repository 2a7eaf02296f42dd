"""What ended and is not settled yet: it is told once, and keeps nobody else from being told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from model_logs.alerts.engine.removed_rules import STATE
from model_logs.alerts.rulebook import rules
from model_logs.channels.slack import Slack
from model_logs.errors import ClusterError
from model_logs.state.store import Store

RULES = rules.load_rules()
RATE = rules.find_rule(RULES, "high-error-rate")
# After a day the windows of six hours are judged, which takes ten seconds.
AHEAD = pytest.mark.parametrize(
    "ahead_by", [timedelta(hours=1), pytest.param(timedelta(days=1), marks=pytest.mark.soak)], ids=["hour", "day"]
)


def test_what_ends_after_another_took_over_holds_up_nothing_later(world, slack) -> None:
    """The message was in the hands of a thread when the lease was lost; the next leader told and settled it."""
    told = [Slack(slack.url)]
    first, second = world.evaluator(told=told), world.evaluator(told=told)
    world.run(first)
    asleep = Event()
    busy = [first._outbox._delivery._pool.submit(asleep.wait, 60) for _ in range(4)]
    world.fail_deployment()
    world.now += timedelta(minutes=1)
    first.run_once()
    assert first.sending
    first._step_down()
    assert not first.sending, "a run of --once would wait for ever"
    second.lease._seen, second.lease._seen_at = _version(second), -1e9
    world.run(second)
    assert len(slack.accepted) == 1
    second.stop()
    asleep.set()
    assert all(future.result() for future in busy)
    world.run(first, 12, step=1)
    world.flush(first)
    slack.accepted.clear()
    world.fail_deployment()
    world.run(first, 1)
    assert not first.sending
    assert ["fires" in text["text"].splitlines()[0] for text in slack.accepted] == [True]


def test_what_waits_for_a_thread_since_an_earlier_term_is_not_told_in_a_later_one(world, pagerduty) -> None:
    """It was told and resolved by another in between: a trigger now would stay open for ever."""
    first, second = world.evaluator(), world.evaluator()
    world.run(first)
    asleep = Event()
    busy = [first._outbox._delivery._pool.submit(asleep.wait, 60) for _ in range(4)]
    world.fail_deployment()
    world.now += timedelta(minutes=1)
    first.run_once()
    first._step_down()
    second.lease._seen, second.lease._seen_at = _version(second), -1e9
    world.run(second, 12, step=1)
    assert pagerduty.actions == ["trigger", "resolve"]
    second.stop()
    assert first.run_once()
    asleep.set()
    assert all(future.result() for future in busy)
    first.stop()
    assert pagerduty.actions == ["trigger", "resolve"]


@AHEAD
def test_a_clock_that_was_put_back_leaves_no_channel_alone_for_longer_than_it_asked(
    world, slack, ahead_by: timedelta
) -> None:
    right = world.now
    evaluator = world.evaluator(told=[Slack(slack.url)])
    world.run(evaluator)
    world.now += ahead_by
    slack.failing, slack.answer_headers = [429], {"Retry-After": "240"}
    world.fail_deployment()
    world.run(evaluator, 1)
    assert slack.accepted == []
    world.now = right + timedelta(minutes=3)
    world.run(evaluator, 1)
    assert ["fires" in text["text"].splitlines()[0] for text in slack.accepted[:1]] == [True]


def test_what_one_rule_cannot_record_keeps_no_other_from_telling(world, slack) -> None:
    """Both rules name their alerts by model and environment."""
    both = (rules.find_rule(RULES, "deploy-failed"), replace(RATE, actions=("slack",)))
    evaluator = world.evaluator(told=[Slack(slack.url)], which=both)
    world.run(evaluator)
    record = evaluator._outbox._recorder.record

    def refuse(*_: object) -> None:
        raise ClusterError("There is no room.")

    evaluator._outbox._recorder.record = refuse
    world.fail_deployment()
    world.run(evaluator, 1)
    assert len(slack.accepted) == 1
    world.predictions("error", 100)
    world.run(evaluator, 1)
    assert len(slack.accepted) == 2
    evaluator._outbox._recorder.record = record
    world.run(evaluator)
    assert {event["alert"]["rule"] for event in world.events("alert_fired")} == {"deploy-failed", RATE.id}
    assert len(slack.accepted) == 2


def test_what_cannot_be_struck_off_now_is_not_told_again(world, slack) -> None:
    evaluator = world.evaluator(told=[Slack(slack.url)])
    world.run(evaluator)
    world.fail_deployment()
    write, refused = evaluator._store.write, []

    def full(id_: str, kind: str, body: dict[str, object], *args: object, **options: object) -> object:
        if kind == STATE and body["rule"] == "deploy-failed" and slack.accepted and len(refused) < 3:
            refused.append(id_)
            raise ClusterError("There is no room.")
        return write(id_, kind, body, *args, **options)

    evaluator._store.write = full
    world.run(evaluator, 3)
    assert len(refused) == 3
    assert len(slack.accepted) == 1
    assert evaluator._states["deploy-failed"].outbox == ()


def test_a_rule_that_is_gone_says_so_once_however_often_it_is_found(world, slack) -> None:
    told = [Slack(slack.url)]
    first = world.evaluator(told=told)
    world.run(first)
    world.fail_deployment()
    world.run(first, 1)
    first.stop()
    slack.failing = [503] * 2
    for _ in range(2):
        other = world.evaluator(told=told, which=(RATE,))
        world.run(other, 1, step=1)
        other.stop()
        world.now += timedelta(minutes=10)
    world.run(world.evaluator(told=told, which=(RATE,)), 1, step=1)
    (recovered,) = world.events("alert_recovered")
    assert recovered["message"].count("(the rule was taken away)") == 1
    assert Store(world.es).read("alerts-rule-deploy-failed") is None


def _version(evaluator) -> tuple[int, int]:
    found = evaluator._store.read("alerts-leader")
    return found.primary_term, found.seq_no
