"""Each server and framework: one event for each request that predicts, with the status of how it ended."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving.conftest import Served

pytestmark = pytest.mark.slow  # a server is started for each framework

SERVERS = {
    "FastAPI": ("uvicorn", "fastapi_app", {}),
    "Litestar": ("uvicorn", "litestar_app", {}),
    "Django, ASGI": ("uvicorn", "django_app", {"INTERFACE": "asgi"}),
    "Django, WSGI": ("gunicorn", "django_app", {}),
    "Flask": ("gunicorn", "flask_app", {}),
}
ROW = {"x": 0.5}


@pytest.mark.parametrize(("server", "app", "env"), SERVERS.values(), ids=SERVERS)
def test_each_request_that_predicts_is_logged_once_with_its_status(
    serve: Callable[..., Served], server: str, app: str, env: dict[str, str]
) -> None:
    served = serve(server, app, env=env)
    expected = {"/predict": "success", "/raise": "error", "/own": "failed", "/stream": "success", "/cut": "error"}
    expected |= {"/refuse": "invalid", "/late": "timeout", "/nowhere": "invalid"}
    for path in expected:
        with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):  # a cut stream, or its connection reset
            answer = served.post(path, f"id-{path[1:]}", json=ROW)
            assert answer.headers.get_list("X-Request-ID") == [f"id-{path[1:]}"]
    assert served.post("/predict", "id-bad", json={"y": 1}).status_code in {400, 422}
    for number in range(50):
        served.client.post(f"{served.url}/predict", json=ROW, headers={"X-Request-ID": f"many-{number}"})
        served.client.get(f"{served.url}/health")

    for path, status in expected.items():
        event = served.prediction(f"id-{path[1:]}")
        assert event["status"] == status, event
        assert event["latency_ms"] > 0
        assert (event["model_name"], event["model_version"], event["stage"]) == ("fraud", "3", "production")
    assert served.prediction("id-bad")["status"] == "invalid"
    good = served.prediction("id-predict")
    assert (good["prediction_label"], good["prediction_score"]) == ("stays", 0.5)
    assert good["http"]["response"]["status_code"] == 200
    assert served.prediction("id-raise")["error"]["message"] == "the model is broken"
    assert "RuntimeError: cut" in served.prediction("id-cut")["error"]["stack_trace"]
    served.stop()
    assert len(served.predictions()) == len(expected) + 1 + 50
    assert len({event["event"]["id"] for event in served.events}) == len(served.events)
    writers = {event["process"]["entity_id"] for event in served.events}
    closed = {event["process"]["entity_id"] for event in served.events if event["event_type"] == "writer_closed"}
    assert closed == writers, "a clean stop leaves closed writers only"


@pytest.fixture(scope="module")
def fastapi(serve: Callable[..., Served]) -> Served:
    return serve("uvicorn", "fastapi_app", workers=1)


def test_a_failure_of_the_model_counts_as_one_although_the_answer_is_400(fastapi: Served) -> None:
    assert fastapi.post("/model400", "m-400").status_code == 400
    event = fastapi.prediction("m-400")
    assert event["status"] == "error"
    assert event["error"]["message"] == "singular matrix"
    assert event["http"]["response"]["status_code"] == 400


@pytest.mark.parametrize("path", ["/slow", "/endless"])
def test_a_client_that_left_is_cancelled(fastapi: Served, path: str) -> None:
    where = urlsplit(fastapi.url)
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Request-ID: left{path[1:]}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        time.sleep(0.2)
    assert fastapi.prediction(f"left{path[1:]}")["status"] == "cancelled"


def test_a_stream_is_timed_to_its_end(fastapi: Served) -> None:
    fastapi.post("/stream", "timed")
    assert fastapi.prediction("timed")["latency_ms"] >= 100


def test_a_handler_in_a_thread_finds_its_prediction(fastapi: Served) -> None:
    fastapi.post("/sync", "thread")
    assert fastapi.prediction("thread")["prediction_label"] == "stays"


def test_health_checks_are_no_predictions_even_as_post(fastapi: Served) -> None:
    fastapi.client.post(f"{fastapi.url}/health", headers={"X-Request-ID": "well"})
    fastapi.post("/sync", "after")
    fastapi.prediction("after")
    assert not [event for event in fastapi.predictions() if event["request_id"] == "well"]
