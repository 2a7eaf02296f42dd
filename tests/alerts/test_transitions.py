"""From evaluations to what is told: pure state, no cluster and no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from model_logs.alerts.rulebook.evaluation import Alert, Evaluation
from model_logs.alerts.rulebook.transitions import RuleState, advance, advance_late

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
HALF = timedelta(seconds=30)


@pytest.fixture
def state() -> RuleState:
    return RuleState(START)


def _window(number: int, *keys: str, complete: bool = True) -> Evaluation:
    alerts = {key: Alert(key, 9.0, 5.0, {"model_name": key, "value": 9.0}) for key in keys}
    return Evaluation(START + number * HALF, alerts, complete)


def _after(rule, state, *windows, silenced=lambda row: False):
    for window in windows:
        state = advance(rule, state, window, channels=("pagerduty",), silenced=silenced, holder="me")
    return state


def _late(rule, state, *windows, silenced=lambda row: False):
    return advance_late(rule, state, windows, channels=("pagerduty",), silenced=silenced, holder="me")


def _told(state: RuleState) -> list[tuple[str, str, str]]:
    return [(intent.kind, intent.episode.key, intent.channel) for intent in state.outbox]


def test_an_alert_is_told_once_however_long_it_fires(rule, state) -> None:
    state = _after(rule, state, *(_window(n, "churn") for n in range(1, 9)))
    assert _told(state) == [("fired", "churn", "pagerduty")]
    assert state.firing["churn"].since == START + HALF


def test_it_is_over_after_it_was_quiet_for_so_long_and_not_before(rule, state) -> None:
    assert rule.quiet_for == timedelta(minutes=2)
    state = _after(rule, state, _window(1, "churn"), _window(2), _window(3), _window(4))
    assert _told(state) == [("fired", "churn", "pagerduty")]
    state = _after(rule, state, _window(5))
    assert _told(state) == [("fired", "churn", "pagerduty"), ("recovered", "churn", "pagerduty")]
    assert state.over[0].until == START + 5 * HALF
    assert not state.firing


def test_a_gap_shorter_than_that_is_one_alert(rule, state) -> None:
    state = _after(rule, state, _window(1, "churn"), _window(2), _window(4, "churn"), _window(5))
    assert _told(state) == [("fired", "churn", "pagerduty")]


def test_an_answer_that_was_cut_ends_nothing(rule, state) -> None:
    state = _after(rule, state, _window(1, "churn"), _window(20, "fraud", complete=False))
    assert set(state.firing) == {"churn", "fraud"}


def test_only_the_channels_of_the_rule_are_told_and_the_webhook_always(rule, state) -> None:
    state = advance(
        rule,
        state,
        _window(1, "churn"),
        channels=("email", "pagerduty", "slack", "webhook"),
        silenced=lambda row: False,
        holder="me",
    )
    assert [intent.channel for intent in state.outbox] == ["pagerduty", "webhook"]


def test_without_a_configured_channel_it_is_recorded_that_nobody_was_told(rule, state) -> None:
    state = advance(rule, state, _window(1, "churn"), channels=("email",), silenced=lambda row: False, holder="me")
    assert _told(state) == [("fired", "churn", "")]


def test_a_silenced_alert_is_recorded_and_told_when_the_silence_ends_and_it_still_fires(rule, state) -> None:
    state = _after(rule, state, _window(1, "churn"), _window(2, "churn"), silenced=lambda row: True)
    assert _told(state) == [("fired", "churn", "")]
    state = _after(rule, state, _window(3, "churn"))
    assert _told(state)[1:] == [("fired", "churn", "pagerduty")]


def test_nobody_hears_the_end_of_what_nobody_heard_of(rule, state) -> None:
    state = _after(rule, state, _window(1, "churn"), _window(9), silenced=lambda row: True)
    assert _told(state) == [("fired", "churn", ""), ("recovered", "churn", "")]


def test_the_same_thing_has_the_same_id_whoever_stores_it(rule, state) -> None:
    one = _after(rule, state, _window(1, "churn"))
    other = advance(rule, state, _window(1, "churn"), channels=("pagerduty",), silenced=lambda row: False, holder="b")
    assert one.outbox[0].id == other.outbox[0].id
    assert _after(rule, state, _window(2, "churn")).outbox[0].id != one.outbox[0].id


def test_the_state_survives_being_written(rule, state) -> None:
    state = _after(rule, state, _window(1, "churn", "fraud"), _window(9, "fraud"))
    assert RuleState.from_dict(state.as_dict()) == state


def test_late_events_beside_a_known_alert_tell_nothing_new(rule, state) -> None:
    state = _after(rule, state, _window(10, "churn"), _window(11, "churn"), _window(20))
    told = _told(state)
    # Found true before, during and after: all the same alert.
    state = _late(rule, state, *(_window(n, "churn") for n in range(5, 19)))
    assert _told(state) == told


def test_late_events_tell_of_an_alert_that_was_missed_and_that_it_is_over(rule, state) -> None:
    state = _after(rule, state, _window(40))
    state = _late(rule, state, _window(5, "churn"), _window(6, "churn"), _window(8, "churn"))
    assert _told(state) == [("fired", "churn", "pagerduty"), ("recovered", "churn", "pagerduty")]
    assert all(intent.late for intent in state.outbox)
    assert state.outbox[0].episode.since == START + 5 * HALF
    again = _late(rule, state, _window(5, "churn"), _window(6, "churn"), _window(8, "churn"))
    assert _told(again) == _told(state)


def test_late_events_may_show_two_alerts_far_apart(rule, state) -> None:
    state = _after(rule, state, _window(100))
    state = _late(rule, state, _window(5, "churn"), _window(60, "churn"))
    assert [kind for kind, *_ in _told(state)] == ["fired", "recovered", "fired", "recovered"]


def test_a_late_alert_that_goes_on_is_not_over(rule, state) -> None:
    state = _after(rule, state, _window(40))
    state = _late(rule, state, *(_window(n, "churn") for n in range(30, 41)))
    assert _told(state) == [("fired", "churn", "pagerduty")]
    state = _after(rule, state, _window(41, "churn"), _window(50))
    assert [kind for kind, *_ in _told(state)] == ["fired", "recovered"]


def test_a_silence_covers_what_is_found_late(rule, state) -> None:
    state = _late(rule, _after(rule, state, _window(40)), _window(5, "churn"), silenced=lambda row: True)
    assert _told(state) == [("fired", "churn", ""), ("recovered", "churn", "")]


def test_what_is_long_over_is_forgotten(rule, state) -> None:
    state = _after(rule, state, _window(1, "churn"), _window(9))
    assert len(state.over) == 1
    assert not _after(rule, replace(state, outbox=()), _window(900)).over
