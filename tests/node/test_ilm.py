"""The shipped life cycle, run for real: rollover, shrink, force-merge, cold, delete, and no document lost before.

Only the ages are changed. They are shortened one phase at a time, so that each phase can be looked at for as long as
it takes. On the development node Elastic's own steps are driven by the runner in `tests/java/ilm-runner`; on the
cluster of `MODEL_LOGS_TEST_URL` it is all Elastic's.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from model_logs import assets
from model_logs.node import start_node
from model_logs.testing.node import remove_everything_of_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNNER = Path(__file__).parent.parent / "java" / "ilm-runner"
STREAM = "logs-model.ilm-development"
POLICY = "model-logs-ilm-test"
DOCUMENTS = 300
NEVER = "1000d"


@pytest.fixture
def ilm_es(memory: Path, tmp_path: Path) -> Iterator[Elasticsearch]:
    interval = {"indices.lifecycle.poll_interval": "1s"}
    if url := os.environ.get("MODEL_LOGS_TEST_URL"):
        with Elasticsearch(url) as client:
            remove_everything_of_ours(client)
            client.cluster.put_settings(persistent=interval)
            yield client
            client.cluster.put_settings(persistent=dict.fromkeys(interval))
        return
    with (
        start_node(
            memory / tmp_path.name,
            settings={"indices.lifecycle.poll_interval": "1s"},
            extra_java=[RUNNER],
            stop_with_parent=True,
        ) as node,
        Elasticsearch(node.url) as client,
    ):
        yield client


def _put_policy(es: Elasticsearch, **ages: str) -> None:
    """Put the shipped policy with other ages: `rollover`, `warm`, `cold`, `delete`."""
    policy = json.loads(assets.path("ilm/model-logs-policy.json").read_text())["policy"]
    policy["phases"]["hot"]["actions"]["rollover"]["max_age"] = ages["rollover"]
    for phase in ("warm", "cold", "delete"):
        policy["phases"][phase]["min_age"] = ages[phase]
    es.ilm.put_lifecycle(name=POLICY, policy=policy)


def _until(condition: Callable[[], Any], what: str, *, keeping: Elasticsearch | None = None) -> Any:
    """Wait for a condition; with `keeping`, see all the while that every document can be found."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if found := condition():
            return found
        if keeping is not None:
            assert _count(keeping) == DOCUMENTS, f"lost on the way to: {what}"
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for: {what}")


def _indices(es: Elasticsearch) -> list[str]:
    (stream,) = es.indices.get_data_stream(name=STREAM)["data_streams"]
    return [index["index_name"] for index in stream["indices"]]


def _settings(es: Elasticsearch, index: str) -> dict[str, Any]:
    return es.indices.get_settings(index=index, flat_settings=True)[index]["settings"]


def _at(es: Elasticsearch, index: str) -> tuple[str, str, str]:
    found = es.ilm.explain_lifecycle(index=index)["indices"][index]
    return found.get("phase"), found.get("action"), found.get("step")


def _count(es: Elasticsearch) -> int:
    es.indices.refresh(index=STREAM)
    return es.count(index=STREAM)["count"]


def _segments(es: Elasticsearch, index: str) -> list[int]:
    """Return how many segments each primary has."""
    shards = es.indices.segments(index=index)["indices"][index]["shards"]
    return [
        copy["num_search_segments"] for copies in shards.values() for copy in copies if copy["routing"]["primary"]
    ]


def test_the_shipped_policy_runs_through_every_phase_and_loses_nothing_before_delete(ilm_es: Elasticsearch) -> None:
    es = ilm_es
    _put_policy(es, rollover=NEVER, warm=NEVER, cold=NEVER, delete=NEVER)
    es.indices.put_index_template(
        name="logs-model.ilm",
        index_patterns=["logs-model.ilm-*"],
        priority=300,
        data_stream={},
        template={
            "settings": {
                "index.lifecycle.name": POLICY,
                "index.mode": "logsdb",
                "index.mapping.source.mode": "stored",
                "index.number_of_shards": 2,
                "index.auto_expand_replicas": "0-1",
            },
            "mappings": {"properties": {"model_name": {"type": "keyword"}}},
        },
    )
    for part in range(3):  # three refreshes: more than one segment
        numbers = range(part * DOCUMENTS // 3, (part + 1) * DOCUMENTS // 3)
        events = [{"@timestamp": "2026-01-01T00:00:00Z", "model_name": f"m{number}"} for number in numbers]
        bulk(es, ({"_op_type": "create", "_index": STREAM, "_source": event} for event in events), refresh=True)
    (first,) = _indices(es)
    assert _settings(es, first)["index.number_of_shards"] == "2"

    # Hot: waits for the age
    _until(lambda: _at(es, first) == ("hot", "rollover", "check-rollover-ready"), "hot")
    assert _settings(es, first)["index.priority"] == "100"

    # Rolled over.
    _put_policy(es, rollover="1s", warm=NEVER, cold=NEVER, delete=NEVER)
    _until(lambda: len(_indices(es)) == 2, "rollover", keeping=es)
    _until(lambda: _at(es, first) == ("hot", "complete", "complete"), "the end of hot", keeping=es)
    assert _indices(es)[0] == first
    assert _count(es) == DOCUMENTS
    segments = _segments(es, first)
    assert len(segments) == 2
    assert min(segments) > 1, "a force-merge would show nothing"

    # Warm: shrink to one primary, then force-merge to one segment
    _put_policy(es, rollover="1s", warm="1ms", cold=NEVER, delete=NEVER)
    _until(lambda: _indices(es)[0] != first, "shrink", keeping=es)
    shrunken = _indices(es)[0]
    assert shrunken.startswith("shrink-")
    assert shrunken.endswith(first)
    _until(lambda: _at(es, shrunken) == ("warm", "complete", "complete"), "the end of warm", keeping=es)
    assert not es.indices.exists(index=first)
    assert _settings(es, shrunken)["index.number_of_shards"] == "1"
    assert _settings(es, shrunken)["index.priority"] == "50"
    assert _segments(es, shrunken) == [1]
    assert _count(es) == DOCUMENTS

    # Cold is read-only.
    _put_policy(es, rollover="1s", warm="1ms", cold="2ms", delete=NEVER)
    _until(lambda: _at(es, shrunken) == ("cold", "complete", "complete"), "the end of cold", keeping=es)
    assert _settings(es, shrunken)["index.priority"] == "0"
    assert _settings(es, shrunken)["index.blocks.write"] == "true"
    assert _count(es) == DOCUMENTS
    answer = es.esql.query(query=f"FROM {STREAM} | STATS models = COUNT_DISTINCT(model_name, 3000) | LIMIT 1")
    assert answer["values"] == [[DOCUMENTS]]

    # The index goes, the stream stays and takes new events
    _put_policy(es, rollover=NEVER, warm="1ms", cold="2ms", delete="3ms")
    _until(lambda: not es.indices.exists(index=shrunken), "delete")
    assert _count(es) == 0
    es.index(index=STREAM, document={"@timestamp": "2026-01-02T00:00:00Z"}, op_type="create")
    assert _count(es) == 1
