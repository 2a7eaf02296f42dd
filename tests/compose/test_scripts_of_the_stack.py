"""The Python scripts of the compose stack, run for real as far as this machine allows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets, contract

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCKER = Path(__file__).parents[2] / "docker"
SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "elasticsearch-openapi-9.5.json"
INFO = {"name": "n", "version": {"number": "9.5.2", "build_flavor": "default"}, "tagline": "You Know, for Search"}


def test_the_demo_writes_predictions_that_the_contract_takes(tmp_path: Path) -> None:
    from model_logs.parse import Origin, Parser

    log = tmp_path / "demo.jsonl"
    settings = {"MODEL_LOGS_PATH": str(log), "PREDICTIONS": "400", "PREDICTIONS_PER_SECOND": "100000"}
    subprocess.run(
        [sys.executable, str(DOCKER / "predict.py")], check=True, capture_output=True, env=os.environ | settings
    )
    parser = Parser()
    documents = [
        parser.parse(line, Origin(str(log), 1, 1, "f", number), ingested="2026-01-15T10:30:00.000Z")
        for number, line in enumerate(log.read_bytes().splitlines())
    ]
    assert not any(document.unparsed for document in documents)
    bodies = [json.loads(document.body) for document in documents]
    kinds = [body["event_type"] for body in bodies]
    assert kinds == ["registered", "transitioned", *["predict"] * 400, "writer_closed"]
    statuses = {body["status"] for body in bodies if body["event_type"] == "predict"}
    assert statuses == {"success", "error"}, "the model refuses rows with a gap"


class Recorder(BaseHTTPRequestHandler):
    """Elasticsearch's security API, which the development node lacks: keeps what it was sent, and says yes.

    Whether Elasticsearch would say so too is checked against its own API description, where that is at hand.
    """

    seen: list[tuple[str, str, Any]]

    def _answer(self, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=8")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self) -> None:
        self._answer(INFO)

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append((self.command, self.path, body))
        self._answer({})

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def recorder() -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    handler = type("Handler", (Recorder,), {"seen": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler.seen
        server.shutdown()


def test_users_get_their_passwords_and_logstash_the_least(
    recorder: tuple[str, list[tuple[str, str, Any]]], tmp_path: Path
) -> None:
    url, seen = recorder
    # The script asks for a file of certificates; over http nobody reads it.
    settings = {"MODEL_LOGS_URL": url, "MODEL_LOGS_USERNAME": "elastic", "MODEL_LOGS_PASSWORD": "e"}
    secrets = {"MODEL_LOGS_CA_CERTS": "", "KIBANA_PASSWORD": "kibana-secret", "LOGSTASH_PASSWORD": "logstash-secret"}
    done = subprocess.run(
        [sys.executable, str(DOCKER / "users.py")],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | settings | secrets,
    )
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    (_, change, password), (_, role, rights), (_, user, who) = seen
    assert (change, password) == ("/_security/user/kibana_system/_password", {"password": "kibana-secret"})
    assert role == "/_security/role/model_logs_writer"
    assert user == "/_security/user/model_logs_writer"
    assert (who["password"], who["roles"]) == ("logstash-secret", ["model_logs_writer"])
    assert rights["cluster"] == ["monitor"]
    (streams,) = rights["indices"]
    assert streams["privileges"] == ["create_doc"], "it may create and never change"
    wanted = {f"logs-{stream.dataset}" for stream in contract.load().streams.values()} | {
        contract.load().metrics_stream.name
    }
    assert all(any(name.startswith(pattern.rstrip("*")) for pattern in streams["names"]) for name in wanted)


ROLES = yaml.safe_load(assets.path("mappings/roles.yml").read_text(encoding="utf-8"))["roles"]
# Elasticsearch has them since 8.19 and 9.1; its API description does not list them yet.
OF_THE_FAILURE_STORE = {"read_failure_store", "manage_failure_store"}


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="Elastic's API description is not beside the project")
@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_privileges_of_a_role_exist(role: str) -> None:
    schemas = json.loads(SPECIFICATION.read_text(encoding="utf-8"))["components"]["schemas"]

    def names(schema: str) -> set[str]:
        found = schemas[schema]
        return {value for part in found.get("anyOf", [found]) for value in part.get("enum", [])}

    assert set(ROLES[role]["cluster"]) <= names("security._types.ClusterPrivilege")
    for entry in ROLES[role]["indices"]:
        assert set(entry["privileges"]) <= names("security._types.IndexPrivilege") | OF_THE_FAILURE_STORE


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_is_explained_and_reaches_nothing_of_others(role: str) -> None:
    said = ROLES[role]
    assert said["meaning"]
    assert set(said) == {"meaning", "cluster", "indices"}
    assert not {"all", "manage", "manage_security"} & set(said["cluster"])
    for entry in said["indices"]:
        assert "all" not in entry["privileges"]
        assert all(name.startswith(("logs-model.", "metrics-model.", "model-logs-")) for name in entry["names"])


@pytest.mark.parametrize("role", ["writer", "shipper"])
def test_who_writes_may_not_change_or_read(role: str) -> None:
    granted = {privilege for entry in ROLES[role]["indices"] for privilege in entry["privileges"]}
    assert granted <= {"create_doc", "view_index_metadata"}


def test_the_registration_example_uses_todays_names() -> None:
    text = (DOCKER / "register_model.py").read_text(encoding="utf-8")
    assert "set_registered_model_alias" in text
    assert 'name="model"' in text
    for gone in ("transition_model_version_stage", "artifact_path", "sk_model=None"):
        assert gone not in text
