"""`status`: what is installed and how it stands, and what the streams hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

STREAM = "logs-model.prediction-production"
EVENT = {"@timestamp": "2026-11-22T07:00:00.000Z"}


def as_json(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def test_an_empty_cluster_has_everything_missing_and_no_streams(clean_es: Elasticsearch, run: Run) -> None:
    found = as_json(run("status", "--output", "json"))
    assert {each["state"] for each in found["objects"]} == {"missing"}
    assert found["streams"] == []
    assert found["lookups"] == {}


def test_documents_failures_size_and_indices_of_each_stream_are_counted(applied: Elasticsearch, run: Run) -> None:
    for number in range(3):
        applied.create(index=STREAM, id=str(number), document=EVENT, refresh=True)
    applied.indices.rollover(alias=STREAM)
    applied.create(index=STREAM, id="4", document=EVENT, refresh=True)
    applied.create(index=STREAM, id="5", document=EVENT | {"latency_ms": "fast"}, refresh=True)
    found = as_json(run("status", "--output", "json"))
    streams = {each["name"]: each for each in found["streams"]}
    held = streams[STREAM]
    assert (held["documents"], held["failures"], held["indices"]) == (4, 1, 2)
    assert held["bytes"] > 0
    assert held["failure_bytes"] > 0
    assert sum(held["phases"].values()) == 2
    assert streams["logs-model.lifecycle-production"]["audit"]
    assert streams["logs-model.lifecycle-production"]["documents"] == 0
    assert found["lookups"] == {"model-logs-baselines": 0, "model-logs-models": 0}


def test_versions_hashes_and_edits_are_shown_and_nothing_is_written(
    applied: Elasticsearch, run: Run, proxy: Any
) -> None:
    body = applied.ilm.get_lifecycle(name="model-logs-policy")["model-logs-policy"]["policy"]
    body["phases"]["warm"]["min_age"] = "8d"
    applied.ilm.put_lifecycle(name="model-logs-policy", policy=body)
    found = as_json(run("status", "--output", "json", "--url", proxy.url))
    states = {each["name"]: each["state"] for each in found["objects"]}
    assert states.pop("model-logs-policy") == "edited"
    assert set(states.values()) == {"current"}
    installed = [each for each in found["objects"] if each["kind"] != "data stream"]
    assert all(each["version"] and len(each["hash"]) == 12 for each in installed)
    assert proxy.writes == []


def test_the_table_names_the_cluster_each_object_and_each_stream(applied: Elasticsearch, run: Run) -> None:
    done = run("status")
    assert done.exit_code == 0
    assert done.stdout.startswith("Elasticsearch ")
    for name in ("model-logs-audit-policy", "logs-model.unparsed", STREAM, "model-logs-models (lookup)", "current"):
        assert name in done.stdout


def test_without_the_right_to_read_failures_the_rest_is_shown_and_remove_takes_them_for_data(
    applied: Elasticsearch, run: Run, proxy: Any
) -> None:
    applied.create(index=STREAM, id="1", document=EVENT | {"latency_ms": "fast"})
    cause = {"type": "security_exception", "reason": "action [indices:data/read/search] is unauthorized"}
    denied = {"error": {"root_cause": [cause], **cause}, "status": 403}
    proxy.refuse = lambda _, path: (403, denied) if "failures" in path else None
    found = as_json(run("status", "--output", "json", "--url", proxy.url))
    assert {each["failures"] for each in found["streams"] if each["name"] == STREAM} == {None}
    assert "no right" in run("status", "--url", proxy.url).stdout
    removed = run("remove", "--url", proxy.url)
    assert removed.exit_code == 1
    assert "failed ones that may not be counted" in removed.stderr
