"""The evaluator on a real Elasticsearch, with a clock of its own: told once, over once, nothing missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.alerts import rules, silences
from model_logs.alerts.channels import Slack
from model_logs.alerts.delivery import Delivery
from model_logs.alerts.evaluator import Evaluator, Timing
from model_logs.alerts.explain import explain, firing
from model_logs.alerts.outbox import UNDELIVERED
from model_logs.alerts.record import Recorder
from model_logs.alerts.store import INDEX, Store

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

RULES = rules.load()
TWO = (rules.find(RULES, "deploy-failed"), rules.find(RULES, "high-error-rate"))
START = datetime(2026, 2, 1, 12, tzinfo=UTC)
_numbers = count()


class World:
    """A cluster, a clock, and evaluators that look at both."""

    def __init__(self, es: Elasticsearch, told: list[Any]) -> None:
        self.es = es
        self.told = told
        self.now = START
        self.said: list[str] = []
        self.evaluators: list[Evaluator] = []

    def evaluator(
        self, *, told: list[Any] | None = None, which: tuple[rules.Rule, ...] = TWO, **timing: Any
    ) -> Evaluator:
        made = Evaluator(
            self.es,
            which,
            Delivery(self.told if told is None else told, attempts=1),
            Recorder(self.es, "alerts"),
            timing=Timing(**timing),
            clock=lambda: self.now,
            say=self.said.append,
        )
        made.start()
        self.evaluators.append(made)
        return made

    def predictions(
        self, status: str, number: int, *, start: datetime | None = None, minutes: float = 5, model: str = "churn"
    ) -> None:
        """Write predictions evenly over some minutes, ending now unless a start is given."""
        begin = start or self.now - timedelta(minutes=minutes)
        operations: list[Any] = []
        for each in range(number):
            at = begin + timedelta(minutes=minutes) * each / number
            id_ = f"event-{next(_numbers)}"
            operations += [
                {"create": {"_index": "logs-model.prediction-production", "_id": id_}},
                {
                    "@timestamp": at.isoformat(timespec="milliseconds"),
                    "event": {"id": id_, "ingested": self.now.isoformat(timespec="milliseconds")},
                    "event_type": "predict",
                    "status": status,
                    "environment": "production",
                    "model_name": model,
                    "model_version": "3",
                    "latency_ms": 20,
                    "request_id": id_,
                    "host": {"name": "host-1"},
                },
            ]
        assert not self.es.bulk(operations=operations, refresh=True)["errors"]

    def run(self, evaluator: Evaluator, minutes: float = 0, *, step: float = 0.5) -> None:
        """Let time pass in steps; at each the evaluator does its round and sends everything."""
        for _ in range(int(minutes / step) or 1):
            if minutes:
                self.now += timedelta(minutes=step)
            evaluator.run_once()
            self.flush(evaluator)

    @staticmethod
    def flush(evaluator: Evaluator) -> None:
        while evaluator.sending:
            evaluator._outbox._delivery.wait(5)
            evaluator.send()

    def events(self, kind: str) -> list[dict[str, Any]]:
        self.es.indices.refresh(index="logs-model.lifecycle-*")
        found = self.es.search(
            index="logs-model.lifecycle-*", query={"term": {"event_type": kind}}, size=100, sort=["@timestamp"]
        )
        return [hit["_source"] for hit in found["hits"]["hits"]]


@pytest.fixture
def world(applied: Elasticsearch, told: list[Any]):
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    made = World(applied, told)
    yield made
    for evaluator in made.evaluators:
        evaluator.stop()
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def _actions(pagerduty) -> list[str]:
    return [event["event_action"] for event in pagerduty.accepted]


def test_a_failing_model_is_told_once_and_its_recovery_once(world, pagerduty, slack) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 3)
    assert _actions(pagerduty) == ["trigger"]
    world.predictions("success", 3000, start=world.now, minutes=1)
    world.run(evaluator, 5)
    assert _actions(pagerduty) == ["trigger", "resolve"]
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


def test_a_restart_remembers_what_was_told(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    evaluator.stop()
    other = world.evaluator()
    world.run(other, 2)
    assert _actions(pagerduty) == ["trigger"]


def test_after_a_pause_every_missed_window_is_judged_in_order(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    evaluator.stop()
    # A failure that begins and ends while nobody watches.
    world.predictions("error", 100, start=START + timedelta(minutes=10), minutes=5)
    world.now = START + timedelta(minutes=45)
    world.run(world.evaluator())
    assert _actions(pagerduty) == ["trigger", "resolve"]
    (fired,) = world.events("alert_fired")
    assert fired["@timestamp"] < (START + timedelta(minutes=14)).isoformat()


def test_a_pause_beyond_the_limit_is_said_and_not_judged(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    evaluator.stop()
    world.predictions("error", 100, start=START + timedelta(minutes=10), minutes=5)
    world.now = START + timedelta(hours=1)
    world.run(world.evaluator(catch_up=timedelta(minutes=20)))
    assert _actions(pagerduty) == []
    assert any("too old" in line for line in world.said)


def test_events_that_come_late_raise_the_alert_that_was_missed(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator, 5)
    gone = world.now
    world.run(evaluator, 15)
    world.predictions("error", 100, start=gone - timedelta(minutes=3), minutes=2)
    world.predictions("success", 100)
    world.run(evaluator, 1)
    assert _actions(pagerduty) == ["trigger", "resolve"]
    assert pagerduty.accepted[0]["payload"]["custom_details"]["late"] is True
    world.run(evaluator, 3)
    assert _actions(pagerduty) == ["trigger", "resolve"]


def test_late_events_of_a_known_alert_open_no_second_incident(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 100, minutes=2)
    world.run(evaluator, 4)
    world.predictions("error", 100, start=world.now - timedelta(minutes=8), minutes=8)
    world.run(evaluator, 4)
    world.predictions("error", 100, start=world.now - timedelta(minutes=12), minutes=2)
    world.run(evaluator, 20)
    assert _actions(pagerduty) == ["trigger", "resolve"]


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
    assert _actions(pagerduty) == ["trigger", "resolve"]


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
    assert _actions(pagerduty) == []


def test_an_answer_that_cannot_be_had_leaves_alerts_as_they_are(world, pagerduty) -> None:
    working = rules.find(RULES, "high-error-rate")
    evaluator = world.evaluator(which=(working,))
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    evaluator.stop()
    broken = replace(working, query=working.query.replace("logs-model.prediction-*", "logs-model.gone-*"))
    other = world.evaluator(which=(broken,))
    world.run(other, 15)
    assert _actions(pagerduty) == ["trigger"]
    assert sum("high-error-rate: not possible now" in line for line in world.said) == 1
    other.stop()
    # Back again, the missed windows are judged and the alert ends.
    world.run(world.evaluator(which=(working,)))
    assert _actions(pagerduty) == ["trigger", "resolve"]


def test_a_rule_in_trouble_does_not_stop_the_others(world, pagerduty) -> None:
    working = rules.find(RULES, "high-error-rate")
    broken = replace(
        working, id="broken", query=working.query.replace("logs-model.prediction-*", "logs-model.gone-*")
    )
    evaluator = world.evaluator(which=(broken, working))
    world.run(evaluator)
    world.predictions("error", 100)
    world.run(evaluator, 1)
    assert _actions(pagerduty) == ["trigger"]


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
    assert _actions(pagerduty) == []
    (fired,) = world.events("alert_fired")
    assert "channel" not in fired["alert"]
    world.run(evaluator, 3)
    assert _actions(pagerduty) == ["trigger"]


def test_a_receiver_that_is_away_is_told_later_and_in_order(world, pagerduty) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    pagerduty.failing = [503] * 3
    world.predictions("error", 100)
    world.run(evaluator, 1)
    assert _actions(pagerduty) == []
    world.run(evaluator, 2)
    assert _actions(pagerduty) == ["trigger"]


def test_what_cannot_be_delivered_is_kept_and_recorded(world, slack) -> None:
    evaluator = world.evaluator(told=[Slack(slack.url + "-wrong")])
    world.run(evaluator)
    world.es.bulk(operations=_failed_deployment(world.now), refresh=True)
    world.run(evaluator, 1)
    (kept,) = Store(world.es).of_kind(UNDELIVERED)
    assert kept.body["rule"] == "deploy-failed"
    assert "no_service" in kept.body["error"]
    assert "churn" in kept.body["text"]
    (fired,) = world.events("alert_fired")
    assert (fired["status"], fired["alert"]["channel"]) == ("failed", "slack")
    assert "no_service" in fired["error"]["message"]


def _failed_deployment(at: datetime) -> list[Any]:
    event = {
        "@timestamp": at.isoformat(),
        "event": {"id": "deploy", "ingested": at.isoformat()},
        "event_type": "deployed",
        "status": "failed",
        "environment": "production",
        "model_name": "churn",
        "model_version": "4",
    }
    return [{"create": {"_index": "logs-model.lifecycle-production", "_id": "deploy"}}, event]


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
    assert _actions(pagerduty) == ["trigger"]


def test_a_leader_that_slept_through_its_lease_changes_nothing(world, pagerduty) -> None:
    first, second = world.evaluator(lease=0.2), world.evaluator(lease=0.2)
    world.run(first)
    assert second.run_once() is False
    world.predictions("error", 100)
    while not second.run_once():
        world.es.indices.refresh(index=INDEX)
    world.run(second, 1)
    world.run(first)
    assert _actions(pagerduty) == ["trigger"]
    assert any("Another evaluator has taken over" in line for line in world.said)
    assert first.lease.held is False


def test_what_another_one_may_have_sent_is_sent_again_and_marked(world, pagerduty, slack) -> None:
    """The first stores what is to be sent, and dies before or after sending: nobody can know."""
    first = world.evaluator()
    world.run(first)
    world.es.bulk(operations=_failed_deployment(world.now), refresh=True)
    world.now += timedelta(minutes=1)
    first._send = lambda **_: None  # it dies here
    first.run_once()
    first.lease.release()
    world.evaluators.clear()
    world.run(world.evaluator())
    assert _actions(pagerduty) == ["trigger"]
    (told,) = slack.accepted
    assert "May repeat" in told["text"]
    assert {event["alert"]["channel"]: event["alert"].get("may_repeat") for event in world.events("alert_fired")} == {
        "pagerduty": True,
        "slack": True,
    }
    assert not firing(world.es, RULES)[0][1].until


def test_explain_shows_the_figure_the_threshold_and_the_trend(world) -> None:
    evaluator = world.evaluator()
    world.run(evaluator)
    world.predictions("error", 30)
    world.predictions("success", 70)
    world.run(evaluator, 1)
    found = {each.rule.id: each for each in explain(world.es, RULES, "churn", at=world.now)}
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
