"""Secrets that are planted on every road of the registries, and then searched for in all that we write and say."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.registries.conftest import SECRET, signed
from tests.registries.test_mlflow_roads import free_port, health, receiving, until
from tests.registries.test_outsider import listening_at
from tests.support.mlflow import ADMIN, Server, serving

from model_logs.redaction import is_secret
from model_logs.registries.change import Change, told_value
from model_logs.registries.mlflow import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = str(Path(sys.executable).parent / "model-logs")
# Every planted text has this in it.
PLANTED = "PLANTED"
HOOK = "PLANTED-webhook-secret-0123456789"
TAGS = {
    "api_key": "PLANTED-api-key",
    "db.password": "PLANTED-password",
    "wandbToken": "PLANTED-token",
    "note": "the password: PLANTED-word, and so on",
    "source": "postgresql://ml:PLANTED-pass@db.example/features",
    "call": "curl -H 'Authorization: Bearer PLANTEDabcdefghijklmnop0123456789'",
    "config": '{"client_secret": "PLANTED-json", "team": "risk"}',
}
PROMPT = "You are a PLANTED prompt. " * 20
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}


def not_in(*texts: bytes | str) -> None:
    for text in texts:
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        at = said.find(PLANTED)
        assert at < 0, said[max(0, at - 200) : at + 100]


def mlflows(entity: str, action: str, **data: Any) -> dict[str, Any]:
    return {"entity": entity, "action": action, "timestamp": "2026-11-30T08:16:00+00:00", "data": data}


def deliveries() -> Iterator[dict[str, Any]]:
    for key, value in TAGS.items():
        yield mlflows("model_version_tag", "set", name="churn", version="1", key=key, value=value)
        yield mlflows("model_version", "created", name="churn", version="1", source="s3://m", tags={key: value})
    text = {"mlflow.prompt.text": PROMPT, "mlflow.prompt.is_prompt": "true"}
    yield mlflows("prompt", "created", name="greet", template=PROMPT, tags=text)
    yield mlflows("prompt_version", "created", name="greet", version="1", template=PROMPT, tags=text)
    yield mlflows("model_version", "created", name="greet", version="1", source="x", tags=text, description=PROMPT)
    yield mlflows("gateway", "created", secret="PLANTED-in-an-unknown-kind", password="PLANTED-too")
    yield {"password": "PLANTED-at-the-top"}


@pytest.mark.slow
def test_no_secret_of_a_delivery_is_written_said_or_answered(ear, capfd):
    receiver = ear("mlflow", "azure-ml")
    answers = []
    odd = {
        "Cookie": "session=PLANTED-cookie",
        "X-Api-Key": "PLANTED-header",
        "Authorization": "Bearer PLANTED-bearer",
    }
    with listening_at(receiver) as url, httpx.Client(base_url=url, timeout=30) as client:
        for body in deliveries():
            headers, raw = signed(body)
            for sent, secret in ((headers, SECRET), (signed(body, secret=b"PLANTED-wrong-secret-0123")[0], None)):
                answer = client.post("/mlflow?token=PLANTED-query", content=raw, headers=sent | odd)
                assert answer.status_code == (200 if secret else 401)
                answers.append(answer)
        answers += [
            client.post("/azure-ml?key=PLANTED-key", content=b"[]", headers=odd),
            client.post("/azure-ml", content=b"[]", headers={"X-Model-Logs-Key": "PLANTED-key"}),
            client.post("/PLANTED-path", content=b"PLANTED"),
            client.post("/mlflow", content=b"{PLANTED", headers=signed(b"{PLANTED")[0]),
            client.put("/mlflow?PLANTED=1", content=b"PLANTED"),
            client.get("/health?PLANTED=1"),
        ]
    events = receiver.events
    assert len([each for each in events if each["event_type"] == "tag_set"]) == len(TAGS)
    not_in(*(answer.content + str(answer.headers).encode() for answer in answers))
    not_in(receiver.path.read_bytes(), " ".join(receiver.said), *capfd.readouterr())
    assert SECRET not in receiver.path.read_bytes()


@pytest.mark.parametrize(("key", "value"), TAGS.items())
def test_a_tag_is_told_without_its_secret_and_reconciled_with_what_was_told(key, value):
    told = Change("tag_set", {"model_name": "m", "tag.key": key, "tag.value": value}).keywords
    [said] = [each for name, each in told.items() if name.endswith("value")]
    assert PLANTED not in said
    assert told_value(key, value) == said == told_value(key, said)


def test_what_is_told_of_a_tag_is_what_stands_in_the_file(ear):
    receiver = ear()
    values = {**TAGS, "long": "é" * 9_000, "team": "risk", "empty": ""}
    for key, value in values.items():
        receiver.deliver(mlflows("model_version_tag", "set", name="churn", version="1", key=key, value=value))
    assert {e["tag"]["key"]: e["tag"].get("value") for e in receiver.events} == {
        key: told_value(key, value) for key, value in values.items()
    }
    assert is_secret("api_key")


def test_a_fault_of_the_plugin_is_said_without_its_words(capfd, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(writing, "complain", lambda _, text: said.append(text))

    def fails() -> None:
        raise KeyError("PLANTED")

    assert writing.guarded(fails) is None
    not_in(*said)
    assert "KeyError in fails, line " in said[0]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["register-webhooks", "reconcile"])
@pytest.mark.parametrize(
    "where", ["http://u:PLANTED-pass@127.0.0.1:1", "PLANTED-pass@nowhere", "http://PLANTED:x@[::1"]
)
def test_no_secret_is_said_by_a_command_that_cannot_reach_the_server(tmp_path, command, where):
    said = {
        **os.environ,
        "MODEL_LOGS_REGISTRY_SECRET_MLFLOW": HOOK,
        "MLFLOW_TRACKING_USERNAME": "jane",
        "MLFLOW_TRACKING_PASSWORD": "PLANTED-tracking",
        "MODEL_LOGS_URL": "http://u:PLANTED-es@127.0.0.1:1",
    }
    more = (
        ["--to", "https://u:PLANTED-to@logs.example.org/mlflow?key=PLANTED-key"]
        if command == "register-webhooks"
        else ["--path", str(tmp_path / "registry.log")]
    )
    done = subprocess.run(
        [OURS, "registry", command, "--tracking-uri", where, "--debug", *more],
        env=said,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {1, 2}
    not_in(done.stdout, done.stderr)


def _ask(server: Server, method: str, path: str, body: Any, user: tuple[str, str] | None = ADMIN) -> httpx.Response:
    return server.ask(method, path, body, user=user)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("source", ["plugin", "webhook"])
def test_no_secret_on_any_road_from_a_real_server(applied, es_url, tmp_path, source):
    """Plugin, wrapper, receiver, webhooks and reconcile: a server with both roads, and both sources in turn."""
    port = free_port()
    said = {
        **os.environ,
        "MODEL_LOGS_REGISTRY_SECRET_MLFLOW": HOOK,
        "MLFLOW_TRACKING_USERNAME": ADMIN[0],
        "MLFLOW_TRACKING_PASSWORD": ADMIN[1],
        "MODEL_LOGS_URL": es_url,
    }

    def ours(*arguments: str) -> str:
        done = subprocess.run(
            [OURS, "registry", *arguments, "--debug"],
            env=said,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    with (
        receiving(tmp_path, port, MODEL_LOGS_MLFLOW_SOURCE=source, MODEL_LOGS_REGISTRY_SECRET_MLFLOW=HOOK) as url,
        serving(
            tmp_path,
            f"sqlite:///{tmp_path}/m.db",
            *("--app-name", "elk-basic-auth"),
            workers=1,
            MODEL_LOGS_MLFLOW_SOURCE=source,
            MODEL_LOGS_MLFLOW_PARAMETERS="api_key,lr",
        ) as server,
    ):
        outputs = [
            ours("register-webhooks", "--tracking-uri", server.url, "--to", f"{url}/mlflow?key=PLANTED-key"),
            ours("register-webhooks", "--tracking-uri", server.url, "--to", "ftp://u:PLANTED-pass@h/PLANTED"),
            ours("register-webhooks", "--tracking-uri", server.url, "--to", f"{url}/mlflow?key=PLANTED-key"),
        ]
        _ask(server, "POST", "users/create", {"username": "jane", "password": "PLANTED-jane-0123"})
        run = _ask(server, "POST", "runs/create", {"experiment_id": "0", "start_time": 1}).json()["run"]["info"][
            "run_id"
        ]
        _ask(server, "POST", "runs/log-parameter", {"run_id": run, "key": "api_key", "value": "PLANTED-parameter"})
        _ask(server, "POST", "registered-models/create", {"name": "churn", "description": TAGS["note"]})
        tags = [{"key": key, "value": value} for key, value in TAGS.items()]
        about = {"name": "churn", "source": "s3://u:PLANTED-s3@bucket/m", "run_id": run, "tags": tags}
        _ask(server, "POST", "model-versions/create", about)
        prompt = [IS_PROMPT, {"key": "mlflow.prompt.text", "value": PROMPT}]
        _ask(server, "POST", "registered-models/create", {"name": "greet", "tags": prompt[:1], "description": PROMPT})
        _ask(server, "POST", "model-versions/create", {"name": "greet", "source": "x", "tags": prompt})
        for user in (ADMIN, ("jane", "PLANTED-jane-0123"), ("jane", "PLANTED-wrong"), None):
            for key, value in (*TAGS.items(), ("note", "password=PLANTED" + "x" * 200_000)):
                said_of = {"name": "churn", "version": "1", "key": key, "value": value}
                _ask(server, "POST", "model-versions/set-tag", said_of, user)
                _ask(server, "POST", "model-versions/set-tag", said_of | {"version": "PLANTED=secret"}, user)
                _ask(server, "POST", "registered-models/set-tag", said_of | {"name": "no-such"}, user)
            _ask(server, "PATCH", "registered-models/update", {"name": "churn", "description": TAGS["source"]}, user)
            _ask(server, "PATCH", "registered-models/update", b'{"name": "churn", "description": "PLANTED', user)
            _ask(server, "POST", "model-versions/create", {"name": "greet", "source": "x", "tags": prompt}, user)
        with contextlib.suppress(AssertionError):
            until(lambda: health(url).get("event" if source == "webhook" else "other_source", 0) > len(TAGS), 20)
        path = str(server.trail)
        outputs += [
            ours("reconcile", "--tracking-uri", server.url, "--path", path, "--settle", "1s", "--output", kind)
            for kind in ("text", "json")
        ]
        events = server.events
    assert "changes were missing" in outputs[-2], outputs[-2]
    assert {"registered", "version_created", "tag_set"} <= {event["event_type"] for event in events}
    if source == "plugin":
        assert {event["status"] for event in events} == {"success", "invalid"}
    not_in(*(text for text in outputs if text), json.dumps(events))
    for file in tmp_path.rglob("*"):
        # MLflow's own databases, and what MLflow itself says of a request.
        if file.is_file() and file.suffix != ".db" and file.name != "server.log":
            not_in(file.read_bytes())
    ours_said = [line for line in (tmp_path / "server.log").read_text().splitlines() if "model-logs" in line]
    not_in(*ours_said)
    assert base64.b64encode(b"jane:PLANTED-jane-0123").decode() not in json.dumps(events)
