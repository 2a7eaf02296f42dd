"""Attempts that a server of MLflow's refuses: each is one event of the type that was meant, without the body's texts.

The applications here are small ones that refuse as MLflow and its plugins do; a real MLflow is asked in
test_mlflow_life.py.
"""

from __future__ import annotations

import asyncio
import base64
import json

import flask
import httpx
import pytest

from model_logs.registries.mlflow import writing
from model_logs.registries.mlflow.people import Person
from model_logs.registries.mlflow.refused import WatchedASGI, WatchedWSGI

PLANTED = "PLANTED-SECRET"
ALIAS = "/api/2.0/mlflow/registered-models/alias"
CREATE = "/api/2.0/mlflow/registered-models/create"
SET_TAG = "/ajax-api/2.0/mlflow/model-versions/set-tag"


@pytest.fixture
def events(tmp_path, monkeypatch):
    """Return a function that reads what was written."""
    path = tmp_path / "registry.log"
    monkeypatch.setenv("MODEL_LOGS_REGISTRY_PATH", str(path))
    for cached in (writing._journal, writing.approval):
        cached.cache_clear()

    def read():
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    yield read
    assert PLANTED not in (path.read_text() if path.exists() else "")
    writing._journal().close()
    writing._journal.cache_clear()


def answering(status, body=b"", *, reads=True, told=False, person=None):
    """Return an ASGI application that answers so; one that refuses at once reads no body."""

    async def app(scope, receive, send):
        attempt = writing.ATTEMPT.get()
        if attempt:
            attempt.told, attempt.person = told, person
        more = reads
        while more:
            more = (await receive()).get("more_body", False)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


def asgi(app, method, path, body, **headers):
    async def ask():
        transport = httpx.ASGITransport(app=WatchedASGI(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://mlflow") as client:
            return await client.request(method, path, content=body, headers=headers)

    return asyncio.run(ask())


def wsgi(status, body, method, path, content, *, reads=True, **headers):
    def app(environ, start_response):
        if reads:
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response(f"{status} Refused", [])
        return [body]

    with httpx.Client(transport=httpx.WSGITransport(app=WatchedWSGI(app)), base_url="http://mlflow") as client:
        return client.request(method, path, content=content, headers=headers)


def claiming(name):
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{PLANTED}".encode()).decode()}


MEANT = json.dumps({"name": "fraud", "version": "3", "alias": "champion", "note": PLANTED}).encode()


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            400,
            b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "PLANTED-SECRET"}',
            ("invalid", "INVALID_PARAMETER_VALUE"),
        ),
        (401, b"You are not authenticated", ("invalid", "Unauthorized")),
        (403, b"Permission denied", ("invalid", "Forbidden")),
        (403, b'{"error_code": "PLANTED-SECRET is no code"}', ("invalid", "Forbidden")),
        (429, b"", ("invalid", "Too Many Requests")),
        (503, b"[1, 2]", ("failed", "Service Unavailable")),
    ],
)
def test_a_refusal_is_one_event_of_the_type_that_was_meant(events, status, body, expected, reads):
    for answer in (
        asgi(answering(status, body, reads=reads), "POST", ALIAS, MEANT),
        wsgi(status, body, "POST", ALIAS, MEANT, reads=reads),
    ):
        assert answer.status_code == status
        assert answer.content == body
    assert len(events()) == 2
    for found in events():
        assert found["event_type"] == "alias_set"
        assert (found["status"], found["error"]) == (expected[0], {"type": expected[1]})
        assert found["http"]["response"]["status_code"] == status
        assert (found["model_name"], found["model_version"], found["alias"]) == ("fraud", "3", "champion")
        assert found["registry"] == "mlflow"


def test_a_name_that_nobody_proved_is_only_claimed(events):
    asgi(answering(401), "POST", ALIAS, MEANT, **claiming("jane"))
    asgi(answering(403), "POST", ALIAS, MEANT, **claiming("jane"))
    asgi(answering(403, person=Person(name="jane")), "POST", ALIAS, MEANT, **claiming("other"))
    asgi(answering(401), "POST", ALIAS, MEANT, authorization="Bearer " + PLANTED)
    asgi(answering(401), "POST", ALIAS, MEANT, authorization="Basic !!!")
    asgi(answering(401), "POST", ALIAS, MEANT)
    found = [(each.get("user", {}).get("name"), each.get("labels", {}).get("user_claimed")) for each in events()]
    assert found == [(None, "jane"), (None, "jane"), ("jane", None), (None, None), (None, None), (None, None)]


@pytest.mark.parametrize(
    ("method", "path", "app"),
    [
        ("POST", ALIAS, answering(200)),
        ("POST", ALIAS, answering(400, told=True)),
        ("POST", CREATE, answering(400, b'{"error_code": "RESOURCE_ALREADY_EXISTS"}')),
        ("GET", ALIAS, answering(401)),
        ("POST", "/api/2.0/mlflow/registered-models/get-latest-versions", answering(401)),
        ("POST", "/api/2.0/mlflow/webhooks", answering(403)),
        ("POST", "/api/2.0/mlflow/runs/create", answering(403)),
        ("POST", "/elsewhere", answering(403)),
    ],
)  # fmt: skip
def test_what_succeeds_what_the_store_told_and_what_changes_no_model_is_no_event(events, method, path, app):
    asgi(app, method, path, MEANT)
    assert events() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1, 2]",
        b'"text"',
        b'{"name": ["PLANTED-SECRET"], "alias": {"a": "PLANTED-SECRET"}}',
        b'{"name": "' + b"x" * (1 << 20) + b'"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_body_that_says_nothing_is_an_event_all_the_same(events, body):
    asgi(answering(400), "POST", ALIAS, body)
    [found] = events()
    assert (found["event_type"], found["model_name"]) == ("alias_set", "unknown")


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("approval", "approved", "approved"),
        ("approval", "Rejected", "rejected"),
        ("approval", PLANTED, None),
        ("api_key", PLANTED, None),
        ("mlflow.prompt.text", PLANTED, None),
    ],
)
def test_of_a_tag_that_was_refused_only_the_words_of_approval_are_kept(events, key, value, kept):
    body = json.dumps({"name": "fraud", "version": "3", "key": key, "value": value}).encode()
    asgi(answering(403), "POST", SET_TAG, body)
    [found] = events()
    assert found["tag"] == {"key": key} | ({"value": kept} if kept else {})
    assert [each["event_type"] for each in events()] == ["tag_set"]


def test_an_application_that_breaks_is_an_event_and_breaks_as_before(events):
    async def broken(scope, receive, send):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        asgi(broken, "POST", ALIAS, MEANT)
    assert [(each["event_type"], each["status"]) for each in events()] == [("alias_set", "failed")]


def test_a_journal_that_cannot_write_changes_no_answer(events, monkeypatch):
    monkeypatch.setenv("MODEL_LOGS_REGISTRY_PATH", "/proc/no/such/registry.log")
    before = writing.counts["lost"]
    assert asgi(answering(403, b"no"), "POST", ALIAS, MEANT).content == b"no"
    assert wsgi(403, b"no", "POST", ALIAS, MEANT).content == b"no"
    assert writing.counts["lost"] == before + 2


def test_flask_itself_may_be_inside(events):
    app = flask.Flask("inner")

    @app.route(ALIAS, methods=["DELETE"])
    def refuse():
        flask.abort(400)

    with httpx.Client(transport=httpx.WSGITransport(app=WatchedWSGI(app)), base_url="http://mlflow") as client:
        assert client.request("DELETE", ALIAS, content=MEANT).status_code == 400
    assert [(each["event_type"], each["alias"]) for each in events()] == [("alias_removed", "champion")]
