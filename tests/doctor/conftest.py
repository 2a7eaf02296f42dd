"""What the tests of the doctor need: a look at the test cluster, events, and servers that stand in for others."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.serving import Quiet, serving

from model_logs import doctor
from model_logs.cluster import Connection

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.doctor import Finding

STREAM = "logs-model.prediction-production"
BLOCK = "index.blocks.read_only_allow_delete"
Answer = Callable[[str, Any], tuple[int, Any]]


@pytest.fixture(scope="session")
def environments() -> tuple[str, ...]:
    return ("production",)


@pytest.fixture
def look(es_url: str) -> Callable[..., list[Finding]]:
    """Look for one trap: on the test cluster, and at what else is named."""

    def examine(only: str, **parts: Any) -> list[Finding]:
        where = {"connection": Connection(url=es_url), "environments": ("production",), **parts}
        return list(doctor.examine(doctor.Where(**where), [only]).findings)

    return examine


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """Return an event of so many seconds ago that came so many seconds after it happened."""

    def make(*, ago: float = 5.0, lag: float = 1.0, host: str = "serving-1", **fields: Any) -> dict[str, Any]:
        came = datetime.now(UTC) - timedelta(seconds=ago)
        return {
            "@timestamp": (came - timedelta(seconds=lag)).isoformat(),
            "event": {"ingested": came.isoformat()},
            "event_type": "predict",
            "environment": "production",
            "host": {"name": host},
            **fields,
        }

    return make


@pytest.fixture
def store(applied: Elasticsearch) -> Callable[..., None]:
    """Store documents in a stream, and make them visible."""

    def create(*documents: dict[str, Any], stream: str = STREAM) -> None:
        for document in documents:
            applied.index(index=stream, document=document, op_type="create", refresh=True)

    return create


@pytest.fixture
def cluster_settings(applied: Elasticsearch) -> Iterator[Callable[..., None]]:
    """Change settings of the cluster, and change them back."""
    changed: dict[str, None] = {}

    def change(settings: dict[str, Any]) -> None:
        changed.update(dict.fromkeys(settings))
        applied.cluster.put_settings(persistent=settings)

    yield change
    if changed:
        applied.cluster.put_settings(persistent=changed)
    applied.indices.put_settings(index="_all", settings={BLOCK: None}, expand_wildcards="all")


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Answer GET requests by what a function says of path and headers; anything else is refused."""
    with ExitStack() as started:

        def start(answer: Answer) -> str:
            class Handler(Quiet):
                def do_GET(self) -> None:  # noqa: N802  # the name is of http.server
                    status, body = answer(self.path, self.headers)
                    text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                    self.reply(status, text, product="Elasticsearch")

            return started.enter_context(serving(Handler))

        yield start


class Logstash:
    """Stands in for the monitoring API of Logstash 9.5, which runs nowhere here: the answers have its shape.

    It knows `/_node/stats/pipelines` and refuses any other path as Logstash does, and every method but GET. A test
    changes `pipelines` to what Logstash would say in the trap.
    """

    def __init__(self) -> None:
        self.version = "9.5.2"
        self.password = ""
        main = _pipeline("beats", "beats")
        main["queue"] = {
            "type": "persisted",
            "events": 0,
            "events_count": 0,
            "queue_size_in_bytes": 1,
            "max_queue_size_in_bytes": 1 << 30,
            "capacity": {
                "page_capacity_in_bytes": 64 << 20,
                "max_unread_events": 0,
                "queue_size_in_bytes": 1,
                "max_queue_size_in_bytes": 1 << 30,
            },
            "data": {
                "free_space_in_bytes": 200 << 30,
                "storage_type": "ext4",
                "path": "/var/lib/logstash/queue/model-logs",
            },
        }
        main["dead_letter_queue"] = {
            "dropped_events": 0,
            "last_error": "no errors",
            "queue_size_in_bytes": 1,
            "storage_policy": "drop_newer",
            "expired_events": 0,
            "max_queue_size_in_bytes": 1 << 30,
        }
        self.pipelines: dict[str, dict[str, Any]] = {
            "model-logs": main,
            "model-logs-dead-letters": _pipeline("dead_letter_queue", "refused"),
            "model-logs-disk": _pipeline("http_poller", "nodes"),
        }

    @property
    def main(self) -> dict[str, Any]:
        return self.pipelines["model-logs"]

    @property
    def output(self) -> dict[str, Any]:
        output: dict[str, Any] = self.main["plugins"]["outputs"][0]
        return output

    def __call__(self, path: str, headers: Any) -> tuple[int, Any]:
        proof = "Basic " + base64.b64encode(f"doctor:{self.password}".encode()).decode()
        if self.password and headers.get("authorization") != proof:
            return 401, ""
        if path != "/_node/stats/pipelines":
            return 404, {"path": path, "status": 404, "error": {"message": "Not Found"}}
        return 200, {
            "host": "logs-1",
            "version": self.version,
            "http_address": "127.0.0.1:9600",
            "id": "5f6f0f0e-0000-4000-8000-000000000000",
            "name": "logs-1",
            "ephemeral_id": "5f6f0f0e-0000-4000-8000-000000000001",
            "snapshot": False,
            "status": "green",
            "pipeline": {"workers": 2, "batch_size": 250, "batch_delay": 50},
            "pipelines": self.pipelines,
        }


def _pipeline(input_name: str, input_id: str) -> dict[str, Any]:
    return {
        "events": {"in": 20, "filtered": 20, "out": 20, "duration_in_millis": 9, "queue_push_duration_in_millis": 0},
        "flow": {"input_throughput": {"current": 0.0, "lifetime": 0.1}},
        "plugins": {
            "inputs": [
                {"id": input_id, "name": input_name, "events": {"out": 20, "queue_push_duration_in_millis": 0}}
            ],
            "codecs": [],
            "filters": [],
            "outputs": [
                {
                    "id": "streams",
                    "name": "elasticsearch",
                    "flow": {"worker_utilization": {"current": "Infinity", "lifetime": 0.4}},
                    "events": {"in": 20, "out": 20, "duration_in_millis": 9},
                    "documents": {"successes": 20},
                    "bulk_requests": {"successes": 2, "responses": {"200": 2}},
                }
            ],
        },
        "reloads": {
            "failures": 0,
            "successes": 0,
            "last_error": None,
            "last_success_timestamp": None,
            "last_failure_timestamp": None,
        },
        "queue": {"type": "memory", "events_count": 0, "queue_size_in_bytes": 0, "max_queue_size_in_bytes": 0},
        "pipeline": {"workers": 2, "batch_size": 250, "batch_delay": 50},
        "hash": "da8bec6e",
        "ephemeral_id": "3a93f523-0000-4000-8000-000000000000",
    }


@pytest.fixture
def logstash() -> Logstash:
    return Logstash()


@pytest.fixture
def logstash_url(logstash: Logstash, serve: Callable[[Answer], str]) -> str:
    return serve(logstash)
