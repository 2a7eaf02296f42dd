"""Traps of streams and of their life cycle, each set on the real node."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch

from model_logs import assets, install
from model_logs.cluster import Connection
from model_logs.doctor import Severity
from model_logs.node import start_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Look = Callable[..., Any]

RUNNER = Path(__file__).parent.parent / "java" / "ilm-runner"
STREAM = "logs-model.prediction-production"
SETTINGS = "model-logs-settings"
POLICY = "model-logs-policy-quiet"


@pytest.fixture
def template(applied: Elasticsearch) -> Iterator[Callable[..., None]]:
    """Put an index template of somebody else's over one stream; in the end both are gone."""

    def put(settings: dict[str, Any], **rest: Any) -> None:
        applied.indices.put_index_template(
            name="others",
            index_patterns=[f"{STREAM[:-3]}*"],
            priority=900,
            data_stream={},
            template={"settings": settings, **rest},
        )

    yield put
    applied.indices.delete_data_stream(name=STREAM)
    applied.indices.delete_index_template(name="others")


def test_a_template_that_wins_over_ours_is_named_before_it_takes_effect(
    look: Look, template: Callable[..., None]
) -> None:
    template({})
    (finding,) = look("template-shadowed")
    assert (finding.severity, finding.where) == (Severity.PROBLEM, STREAM)
    assert "the template others (patterns logs-model.prediction-product*, priority 900)" in finding.seen
    assert "priority 301" in finding.seen


def test_a_write_index_that_is_older_than_the_templates_asks_for_a_rollover(
    look: Look, applied: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "assets"
    for folder in ("ilm", "mappings"):
        shutil.copytree(assets.root() / folder, changed / folder)
    file = changed / "mappings/generated/component_template" / f"{SETTINGS}.json"
    body = json.loads(file.read_text(encoding="utf-8"))
    body["template"]["settings"]["index"]["refresh_interval"] = "7s"
    file.write_text(json.dumps(body), encoding="utf-8")
    monkeypatch.setattr(assets, "root", lambda: changed)
    install.install(applied, ("production",))
    found = look("not-rolled-over")
    assert {finding.severity for finding in found} == {Severity.WARNING}
    assert STREAM in {finding.where for finding in found}
    assert {finding.remedy for finding in found} == {"elk-bootstrap apply --rollover"}
    for finding in found:
        applied.indices.rollover(alias=finding.where)
    assert [finding.severity for finding in look("not-rolled-over")] == [Severity.OK]


def test_a_failure_store_that_is_off_is_a_problem(look: Look, applied: Elasticsearch) -> None:
    body = applied.cluster.get_component_template(name=SETTINGS)["component_templates"][0]["component_template"]
    body["template"]["data_stream_options"]["failure_store"] = {"enabled": False}
    applied.cluster.put_component_template(name=SETTINGS, template=body["template"])
    applied.indices.delete_data_stream(name=STREAM)
    applied.indices.create_data_stream(name=STREAM)
    found = {finding.where: finding for finding in look("failure-store-off")}
    applied.indices.delete_data_stream(name=STREAM)
    assert found[STREAM].severity is Severity.PROBLEM
    assert f"PUT _data_stream/{STREAM}/_options" in found[STREAM].remedy


@pytest.mark.parametrize("name", ["model-logs-2026.11.22", "logs-model.prediction.old"])
def test_a_plain_index_under_our_names_is_a_problem(look: Look, applied: Elasticsearch, name: str) -> None:
    applied.indices.create(index=name)
    found = look("events-elsewhere")
    applied.indices.delete(index=name)
    assert [(finding.severity, finding.where) for finding in found] == [(Severity.PROBLEM, name)]


def test_events_in_the_stream_of_an_output_without_options_are_a_problem(look: Look, applied: Elasticsearch) -> None:
    where = "logs-generic-default"
    applied.index(index=where, document={"event_type": "predict", "model_name": "churn"}, refresh=True)
    found = look("events-elsewhere")
    applied.indices.delete(index=where)
    assert [(finding.severity, finding.where) for finding in found] == [(Severity.PROBLEM, where)]
    assert "1 events of models" in found[0].seen


def test_ilm_that_is_stopped_is_a_problem(look: Look, applied: Elasticsearch) -> None:
    applied.ilm.stop()
    try:
        found = look("ilm-stopped")
    finally:
        applied.ilm.start()
    assert [(finding.severity, finding.remedy) for finding in found] == [(Severity.PROBLEM, "POST _ilm/start")]
    assert "STOP" in found[0].seen


def test_a_stream_whose_template_names_no_policy_is_a_problem(look: Look, template: Callable[..., None]) -> None:
    template({})
    (finding,) = look("ilm-off")
    assert (finding.severity, finding.where) == (Severity.PROBLEM, STREAM)
    assert "names no policy" in finding.seen


def test_a_backing_index_that_was_made_without_a_policy_stays_a_problem(
    look: Look, applied: Elasticsearch, template: Callable[..., None]
) -> None:
    template({})
    index = applied.indices.rollover(alias=STREAM)["new_index"]
    (finding,) = [finding for finding in look("ilm-off") if finding.where == index]
    assert finding.severity is Severity.PROBLEM
    assert "Unmanaged" in finding.seen


def test_prefer_ilm_that_is_false_is_told_before_it_takes_effect(look: Look, template: Callable[..., None]) -> None:
    template({"index.lifecycle.name": "model-logs-policy", "index.lifecycle.prefer_ilm": False})
    (finding,) = look("ilm-off")
    assert (finding.severity, finding.where) == (Severity.WARNING, STREAM)
    assert "prefer_ilm is false" in finding.seen


def test_a_data_stream_life_cycle_that_wins_over_the_policy_is_a_problem(
    look: Look, applied: Elasticsearch, template: Callable[..., None]
) -> None:
    template(
        {"index.lifecycle.name": "model-logs-policy", "index.lifecycle.prefer_ilm": False},
        lifecycle={"data_retention": "7d"},
    )
    applied.indices.delete_data_stream(name=STREAM)
    applied.indices.create_data_stream(name=STREAM)
    found = look("ilm-off")
    assert {finding.severity for finding in found} == {Severity.PROBLEM}
    assert any(finding.where == STREAM and "Data stream lifecycle" in finding.seen for finding in found)
    assert any(finding.where.startswith(".ds-") for finding in found)


def test_an_index_that_ilm_passes_over_is_a_warning(look: Look, applied: Elasticsearch) -> None:
    applied.indices.put_settings(index=STREAM, settings={"index.lifecycle.skip": True})
    found = look("ilm-off")
    applied.indices.delete_data_stream(name=STREAM)
    assert [finding.severity for finding in found] == [Severity.WARNING]
    assert '"index.lifecycle.skip": null' in found[0].remedy


@pytest.mark.long
def test_an_index_in_an_error_step_is_a_problem_with_its_reason(look: Look, memory: Path) -> None:
    # ILM itself runs in a node of its own: there it cannot roll over, since the cluster may have no further shard.
    settings = {"indices.lifecycle.poll_interval": "1s"}
    with (
        start_node(memory / "error-step", settings=settings, extra_java=[RUNNER], stop_with_parent=True) as node,
        Elasticsearch(node.url) as es,
    ):
        install.install(es, ("production",))
        policy = es.ilm.get_lifecycle(name=POLICY)[POLICY]["policy"]
        es.index(index=STREAM, document={"@timestamp": "2026-11-22T07:00:00Z"}, op_type="create", refresh=True)
        es.cluster.put_settings(persistent={"cluster.max_shards_per_node": 1})
        policy["phases"]["hot"]["actions"]["rollover"] = {"max_age": "1s"}
        es.ilm.put_lifecycle(name=POLICY, policy=policy)
        finding = _until_found(lambda: look("ilm-error", connection=Connection(url=node.url)))
    assert finding.where.startswith(f".ds-{STREAM}-")
    assert "hot/rollover" in finding.seen
    assert "maximum" in finding.seen
    assert f"POST {finding.where}/_ilm/retry" in finding.remedy


def _until_found(find: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for finding in find():
            if finding.severity is Severity.PROBLEM:
                return finding
        time.sleep(0.1)
    raise AssertionError("no error step came")
