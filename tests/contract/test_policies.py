"""The life-cycle policies as the product describes them, judged by Elastic's own policy classes."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import BadRequestError

from model_logs import assets, contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

FILES = sorted(assets.path("ilm").glob("*.json"))


def policy(name: str) -> dict[str, Any]:
    return json.loads(assets.path(f"ilm/{name}.json").read_text(encoding="utf-8"))["policy"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_elastic_accepts_the_policy_and_keeps_it_as_it_is_written(clean_es: Elasticsearch, file: Any) -> None:
    written = json.loads(file.read_text(encoding="utf-8"))["policy"]
    clean_es.ilm.put_lifecycle(name=file.stem, policy=written)
    assert clean_es.ilm.get_lifecycle(name=file.stem)[file.stem]["policy"] == written


def test_every_stream_names_a_policy_that_exists() -> None:
    loaded = contract.load_contract()
    named = {policy for stream in loaded.streams.values() for policy in (stream.policy, stream.busy_policy) if policy}
    named |= {family.policy for family in loaded.indices.values()}
    named |= {policy for each in loaded.data_classes.values() for policy in each.policies.values()}
    assert named | {loaded.metrics_stream.policy} == {file.stem for file in FILES}


def test_the_quiet_policy_is_the_busy_one_but_for_the_age_of_a_rollover() -> None:
    busy, quiet = policy("model-logs-policy"), policy("model-logs-policy-quiet")
    assert quiet["phases"]["hot"]["actions"].pop("rollover") == {"max_primary_shard_size": "50gb", "max_age": "30d"}
    assert busy["phases"]["hot"]["actions"].pop("rollover") == {"max_primary_shard_size": "50gb", "max_age": "1d"}
    assert quiet["phases"] == busy["phases"]


def test_predictions_become_warm_cold_and_deleted_when_the_product_says() -> None:
    phases = policy("model-logs-policy")["phases"]
    assert {name: phase["min_age"] for name, phase in phases.items()} == {
        "hot": "0ms",
        "warm": "7d",
        "cold": "30d",
        "delete": "365d",
    }
    assert phases["hot"]["actions"]["rollover"] == {"max_primary_shard_size": "50gb", "max_age": "1d"}
    assert phases["warm"]["actions"]["shrink"]["number_of_shards"] == 1
    assert phases["warm"]["actions"]["forcemerge"] == {"max_num_segments": 1}
    assert phases["cold"]["actions"]["readonly"] == {}
    assert phases["cold"]["actions"]["set_priority"] == {"priority": 0}


def test_the_audit_trail_is_kept_for_seven_years_and_never_merged_or_shrunk() -> None:
    phases = policy("model-logs-audit-policy")["phases"]
    assert set(phases) == {"hot", "delete"}
    assert phases["hot"]["actions"]["rollover"] == {"max_primary_shard_size": "10gb", "max_age": "30d"}
    assert phases["delete"]["min_age"] == "2555d"


def test_unparsed_events_are_kept_for_thirty_days() -> None:
    assert policy("model-logs-unparsed-policy")["phases"]["delete"]["min_age"] == "30d"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_needs_a_paid_licence_or_a_version_that_is_gone(file: Any) -> None:
    actions = {name for phase in policy(file.stem)["phases"].values() for name in phase["actions"]}
    assert not actions & {"freeze", "searchable_snapshot", "unfollow", "wait_for_snapshot", "downsample"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_phase_begins_before_the_one_it_follows(file: Any) -> None:
    # Elasticsearch only warns about it.
    phases = policy(file.stem)["phases"]
    ages = [phases[name]["min_age"] for name in ("hot", "warm", "cold", "delete") if name in phases]
    days = [0 if age == "0ms" else int(age.removesuffix("d")) for age in ages]
    assert days == sorted(days)


def _rollover_in_warm(p: dict[str, Any]) -> None:
    p["phases"]["warm"]["actions"]["rollover"] = {"max_age": "1d"}


def _forcemerge_in_cold(p: dict[str, Any]) -> None:
    p["phases"]["cold"]["actions"]["forcemerge"] = {"max_num_segments": 1}


def _unknown_phase(p: dict[str, Any]) -> None:
    p["phases"]["tepid"] = {"min_age": "1d", "actions": {}}


def _unknown_action(p: dict[str, Any]) -> None:
    p["phases"]["warm"]["actions"]["defrost"] = {}


def _rollover_without_condition(p: dict[str, Any]) -> None:
    p["phases"]["hot"]["actions"]["rollover"] = {}


def _no_segments(p: dict[str, Any]) -> None:
    p["phases"]["warm"]["actions"]["forcemerge"] = {"max_num_segments": 0}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_rollover_in_warm, r"invalid action \[rollover\] defined in phase \[warm\]"),
        (_forcemerge_in_cold, r"invalid action \[forcemerge\] defined in phase \[cold\]"),
        (_unknown_phase, "tepid"),
        (_unknown_action, "defrost"),
        (_rollover_without_condition, "rollover"),
        (_no_segments, "max_num_segments"),
    ],
)
def test_elastic_refuses_a_policy_that_is_wrong(
    clean_es: Elasticsearch, spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    wrong = copy.deepcopy(policy("model-logs-policy"))
    spoil(wrong)
    with pytest.raises(BadRequestError) as caught:
        clean_es.ilm.put_lifecycle(name="model-logs-policy", policy=wrong)
    assert message.replace("\\", "") in json.dumps(caught.value.body)
