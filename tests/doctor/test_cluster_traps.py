"""Traps of the cluster as a whole, each set on the real node; where no real one can be had, a server stands in."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import elasticsearch
import pytest

from model_logs.cluster import Connection
from model_logs.doctor import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    Look = Callable[..., Any]

STREAM = "logs-model.prediction-production"
DISK = "cluster.routing.allocation.disk"
BLOCK = "index.blocks.read_only_allow_delete"


def version(number: str) -> dict[str, Any]:
    return {"name": "n", "version": {"number": number}, "tagline": "You Know, for Search"}


@pytest.mark.parametrize("number", ["7.17.29", "8.18.8", "9.0.4"])
def test_a_server_without_what_we_need_is_a_problem(look: Look, serve: Any, number: str) -> None:
    url = serve(lambda path, headers: (200, version(number)))
    (finding,) = look("server-version", connection=Connection(url=url))
    assert finding.severity is Severity.PROBLEM
    assert number in finding.seen
    assert "Upgrade" in finding.remedy


def test_a_client_of_9_is_refused_by_a_server_of_8_and_the_doctor_still_says_why(
    look: Look, applied: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not applied.info()["version"]["number"].startswith("8."):
        pytest.skip("the test cluster takes a client of 9")
    # What makes a client one of 9: the version that it asks to be compatible with.
    nine = r"application/vnd.elasticsearch+\g<1>; compatible-with=9"
    monkeypatch.setattr("elasticsearch._sync.client._base._COMPAT_MIMETYPE_SUB", nine)
    monkeypatch.setattr(elasticsearch, "__version__", (9, 1, 0))
    (finding,) = look("client-version")
    assert finding.severity is Severity.PROBLEM
    assert "9.1.0 asks Elasticsearch 8." in finding.seen
    assert "elasticsearch>=8.19,<9" in finding.remedy
    (blind,) = look("ilm-stopped")
    assert blind.failed
    assert "refuses this client's version" in blind.seen


def test_what_is_missing_is_a_problem_and_what_was_edited_a_warning(look: Look, applied: Elasticsearch) -> None:
    policy = applied.ilm.get_lifecycle(name="model-logs-policy")["model-logs-policy"]["policy"]
    policy["phases"]["warm"]["min_age"] = "8d"
    applied.ilm.put_lifecycle(name="model-logs-policy", policy=policy)
    applied.indices.delete(index="model-logs-baselines")
    applied.indices.delete_data_stream(name=STREAM)
    found = {finding.where: finding for finding in look("objects")}
    assert {name: str(finding.severity) for name, finding in found.items()} == {
        "model-logs-baselines": "problem",
        STREAM: "problem",
        "model-logs-policy": "warning",
    }
    assert all("elk-bootstrap apply" in finding.remedy for finding in found.values())


@pytest.mark.parametrize(("off", "severity"), [(12, Severity.WARNING), (-90, Severity.PROBLEM)])
def test_a_clock_of_this_machine_that_is_off_is_seen(
    look: Look, applied: Elasticsearch, monkeypatch: pytest.MonkeyPatch, off: int, severity: Severity
) -> None:
    monkeypatch.setattr("model_logs.doctor.estate.time", SimpleNamespace(time=lambda: time.time() + off))
    (finding,) = look("clock-skew")
    assert finding.severity is severity
    assert f"{'behind' if off > 0 else 'ahead of'} this one" in finding.seen


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (("low",), (Severity.WARNING, "low")),
        (("low", "high"), (Severity.PROBLEM, "high")),
        (("low", "high", "flood_stage"), (Severity.PROBLEM, "flood-stage")),
    ],
)
def test_a_disk_over_a_watermark_is_named_with_its_figures(
    look: Look,
    applied: Elasticsearch,
    cluster_settings: Callable[..., None],
    stages: tuple[str, ...],
    expected: tuple[Severity, str],
) -> None:
    (node,) = applied.nodes.stats(metric="fs")["nodes"].values()
    # Below what is free, and as much above it.
    over, under = f"{node['fs']['total']['available_in_bytes'] * 2}b", "1mb"
    cluster_settings(
        {f"{DISK}.watermark.{each}": over if each in stages else under for each in ("low", "high", "flood_stage")}
    )
    (finding,) = look("disk-watermark")
    assert finding.severity is expected[0]
    assert f"less than the {expected[1]} watermark" in finding.seen
    assert node["name"] in finding.where


def test_watermarks_that_are_switched_off_are_told(look: Look, cluster_settings: Callable[..., None]) -> None:
    cluster_settings({f"{DISK}.threshold_enabled": False})
    (finding,) = look("disk-watermark")
    assert finding.severity is Severity.WARNING
    assert "threshold_enabled" in finding.remedy


def test_a_block_after_the_flood_stage_is_a_problem_with_the_request_that_lifts_it(
    look: Look, applied: Elasticsearch, cluster_settings: Callable[..., None]
) -> None:
    applied.indices.put_settings(index=STREAM, settings={BLOCK: True})
    (finding,) = look("read-only")
    assert finding.severity is Severity.PROBLEM
    assert finding.where.startswith(f".ds-{STREAM}-")
    assert f'PUT {finding.where}/_settings {{"{BLOCK}": null}}' in finding.remedy


def test_a_block_on_the_whole_cluster_is_a_problem(look: Look, cluster_settings: Callable[..., None]) -> None:
    cluster_settings({"cluster.blocks.read_only_allow_delete": True})
    (finding,) = look("read-only")
    assert finding.severity is Severity.PROBLEM
    assert "cluster.blocks.read_only_allow_delete" in finding.remedy


def test_the_block_of_the_cold_phase_on_an_old_index_is_none(look: Look, applied: Elasticsearch) -> None:
    old = applied.indices.rollover(alias=STREAM)["old_index"]
    applied.indices.put_settings(index=old, settings={"index.blocks.write": True})
    assert [finding.severity for finding in look("read-only")] == [Severity.OK]


@pytest.mark.parametrize(("room", "severity"), [(1, Severity.PROBLEM), (16, Severity.WARNING)])
def test_a_cluster_that_may_soon_have_no_further_shard_is_told(
    look: Look, applied: Elasticsearch, cluster_settings: Callable[..., None], room: int, severity: Severity
) -> None:
    used = applied.cluster.health()["active_shards"]
    cluster_settings({"cluster.max_shards_per_node": used + room})
    # The health report learns of a new limit by a task of its own.
    deadline = time.monotonic() + 30
    while (finding := look("shard-limit")[0]).severity is Severity.OK and time.monotonic() < deadline:
        time.sleep(0.1)
    assert finding.severity is severity
    assert f"{used} of {used + room} shards" in finding.seen


def test_replicas_without_a_node_are_a_warning(look: Look, applied: Elasticsearch) -> None:
    applied.indices.put_settings(
        index=STREAM, settings={"index.auto_expand_replicas": False, "index.number_of_replicas": 7}
    )
    found = look("shards")
    applied.indices.delete_data_stream(name=STREAM)
    assert [(finding.severity, "yellow" in finding.seen) for finding in found] == [(Severity.WARNING, True)]


def test_an_index_that_no_node_may_hold_is_a_problem(look: Look, applied: Elasticsearch) -> None:
    nowhere = {"index.routing.allocation.require._name": "no-such-node"}
    template = {"settings": nowhere}
    applied.cluster.put_component_template(name="logs-model.prediction@custom", template=template)
    try:
        applied.indices.rollover(alias=STREAM, wait_for_active_shards=0)
        found = look("shards")
    finally:
        applied.indices.delete_data_stream(name=STREAM)
        applied.cluster.delete_component_template(name="logs-model.prediction@custom")
    assert [(finding.severity, finding.seen.startswith("red")) for finding in found] == [(Severity.PROBLEM, True)]
