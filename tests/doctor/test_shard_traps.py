"""The shards of the next year: reckoned from policies and ages, on the real node and for courses made up."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import assets, install
from model_logs.doctor import Severity
from model_logs.doctor.cluster.shards import YEAR, Backing, Course, LifeCyclePolicy, shards_of_days

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    Look = Callable[..., Any]

GB = 1 << 30
BUSY = LifeCyclePolicy(rollover_days=1, rollover_bytes=50 * GB, delete_days=365)
QUIET = LifeCyclePolicy(rollover_days=30, rollover_bytes=50 * GB, delete_days=365)


def course(policy: LifeCyclePolicy, *ages: float, old: LifeCyclePolicy | None = None, **parts: Any) -> Course:
    backing = tuple(Backing(age, old or policy) for age in ages or (0.0,))
    return Course("s", indices=backing, policy=policy, **parts)


@pytest.mark.parametrize(
    ("made", "at_begin", "at_end"),
    [
        (course(BUSY), 1, 366),
        (course(QUIET), 1, 13),
        (course(BUSY, shards=2), 2, 732),
        # Three indices that are there are gone within the year; the write index is 29 days old.
        (course(QUIET, 360.0, 330.0, 300.0, 29.0), 4, 14),
        # A day's policy that was changed to the quiet one: the small indices go one by one.
        (course(QUIET, *map(float, range(364, -1, -1)), old=BUSY), 365, 14),
        # 100 GB a day into one shard: twice a day, whatever the age says.
        (course(QUIET, bytes_a_day=100 * GB), 1, 731),
        # No rollover, no delete.
        (course(LifeCyclePolicy(), 900.0, 10.0), 2, 2),
        (course(QUIET, failures=1, failures_later=6), 2, 19),
        (course(LifeCyclePolicy(rollover_days=7, delete_days=90)), 1, 14),
        (course(LifeCyclePolicy(rollover_days=7, delete_days=30)), 1, 6),
        (course(LifeCyclePolicy(rollover_days=30, delete_days=2555)), 1, 13),
    ],
)
def test_the_shards_of_a_year_follow_from_policies_and_ages(made: Course, at_begin: int, at_end: int) -> None:
    days = made.days()
    assert (days[0], days[-1]) == (at_begin, at_end)
    assert len(days) == YEAR + 1


@pytest.mark.parametrize(
    ("stream", "policy"),
    [
        ("logs-model.prediction, busy", "model-logs-policy"),
        ("logs-model.prediction, quiet", "model-logs-policy-quiet"),
        ("logs-model.lifecycle, quiet", "model-logs-audit-policy"),
        ("logs-model.unparsed, quiet", "model-logs-unparsed-policy"),
        ("metrics-model.node-default", "model-logs-metrics-policy"),
    ],
)
def test_what_is_reckoned_is_what_elastics_own_steps_made_of_a_year(stream: str, policy: str) -> None:
    # Written by `python -m benchmarks.year_of_shards`, with the policies that are shipped.
    seen = json.loads((assets.root() / "docs/shards.json").read_text(encoding="utf-8"))["primary_shards"]
    phases = json.loads(assets.path(f"ilm/{policy}.json").read_text(encoding="utf-8"))["policy"]["phases"]
    reckoned = course(LifeCyclePolicy.of(phases)).days()
    assert {day: reckoned[int(day)] for day in seen} == {day: kinds[stream] for day, kinds in seen.items()}


def test_three_environments_with_an_index_a_day_pass_a_node_of_a_thousand_shards_within_a_year() -> None:
    days = shards_of_days([course(BUSY)] * 3)
    assert next(day for day, count in enumerate(days) if count > 1000) == 333
    assert max(shards_of_days([course(QUIET)] * 3)) == 39


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        (
            {
                "hot": {"actions": {"rollover": {"max_age": "1d", "max_primary_shard_size": "50gb"}}},
                "delete": {"min_age": "365d", "actions": {"delete": {}}},
            },
            BUSY,
        ),
        ({"hot": {"actions": {"rollover": {"max_age": "12h"}}}}, LifeCyclePolicy(rollover_days=0.5)),
        (
            {"hot": {"actions": {}}, "delete": {"min_age": "48h", "actions": {"delete": {}}}},
            LifeCyclePolicy(delete_days=2),
        ),
        ({"delete": {"min_age": "9d", "actions": {}}}, LifeCyclePolicy()),
        ({}, LifeCyclePolicy()),
    ],
)
def test_a_policy_is_read_as_elasticsearch_describes_it(phases: dict[str, Any], expected: LifeCyclePolicy) -> None:
    assert LifeCyclePolicy.of(phases) == expected


def test_a_write_index_that_nothing_rolls_over_lives_for_ever() -> None:
    assert LifeCyclePolicy().period(0.0) == math.inf
    assert LifeCyclePolicy(rollover_bytes=GB).period(GB / 10) == 10


def test_what_is_installed_without_a_setting_stays_far_below_the_limit(look: Look, applied: Elasticsearch) -> None:
    (finding,) = look("shards-to-come")
    assert finding.severity is Severity.OK
    assert "1,000 may be" in finding.seen


@pytest.mark.parametrize(("room", "severity"), [(2, Severity.PROBLEM), (250, Severity.WARNING), (800, Severity.OK)])
def test_policies_that_will_bring_more_shards_than_the_cluster_may_hold_are_told_long_before(
    look: Look, applied: Elasticsearch, cluster_settings: Callable[..., None], room: int, severity: Severity
) -> None:
    install.install(applied, ("production",), busy=("production",))
    applied.indices.rollover(alias="logs-model.prediction-production")
    used = applied.cluster.health()["active_shards"]
    cluster_settings({"cluster.max_shards_per_node": used + room})
    (finding,) = look("shards-to-come", busy=("production",))
    install.install(applied, ("production",))
    assert finding.severity is severity
    assert f"{used:,} shards now" in finding.seen
    assert f"{used + room:,} may be" in finding.seen
    if severity is not Severity.OK:
        assert "over the limit in about" in finding.seen
        assert "logs-model.prediction-production 366" in finding.seen
        assert "busy_environments" in finding.remedy
