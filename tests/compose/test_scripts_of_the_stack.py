"""The Python scripts of the compose stack, run for real as far as this machine allows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.security import SecuredCluster, secured_cluster

from model_logs import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCKER = Path(__file__).parents[2] / "docker"


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_demo_rotates_its_file_by_rename_and_loses_nothing(tmp_path: Path) -> None:
    log = tmp_path / "demo.jsonl"
    settings = {"MODEL_LOGS_PATH": str(log), "PREDICTIONS": "200", "PREDICTIONS_PER_SECOND": "100"}
    command = [sys.executable, str(DOCKER / "predict.py")]
    # More than half of what 200 predictions take, so that it happens once.
    largest = {"LOG_BYTES": "60000"}
    subprocess.run(command, check=True, capture_output=True, env=os.environ | settings | largest)
    parts = [log.with_name("demo.jsonl.1").read_bytes(), log.read_bytes()]
    assert len(parts[0]) > int(largest["LOG_BYTES"])
    kinds = [json.loads(line)["event_type"] for part in parts for line in part.splitlines()]
    assert kinds == ["registered", "transitioned", *["predict"] * 200, "writer_closed"]


@pytest.fixture
def cluster() -> Iterator[SecuredCluster]:
    with secured_cluster() as running:
        yield running


def test_users_get_their_passwords_and_logstash_the_least(cluster: SecuredCluster) -> None:
    # The script asks for a file of certificates; over http nobody reads it.
    settings = {"MODEL_LOGS_URL": cluster.url, "MODEL_LOGS_USERNAME": "elastic", "MODEL_LOGS_PASSWORD": "changeme"}
    secrets = {"MODEL_LOGS_CA_CERTS": "", "KIBANA_PASSWORD": "kibana-secret", "LOGSTASH_PASSWORD": "logstash-secret"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, str(DOCKER / "users.py")],
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | settings | secrets,
        )
        assert done.returncode == 0, done.stderr
        assert "secret" not in done.stdout + done.stderr
    assert cluster.users["kibana_system"][0] == "kibana-secret"
    assert cluster.users["model_logs_writer"] == ("logstash-secret", frozenset({"monitor"}))
    events, samples = cluster.roles["model_logs_writer"]["indices"]
    assert {*events["privileges"], *samples["privileges"]} == {"auto_configure", "create_doc"}, "it may never change"
    wanted = {f"logs-{stream.dataset}" for stream in contract.load_contract().streams.values()} | {
        contract.load_contract().metrics_stream.name
    }
    names = [*events["names"], *samples["names"]]
    assert all(any(name.startswith(pattern.rstrip("*")) for pattern in names) for name in wanted)


def test_a_cluster_that_refuses_is_an_error_in_words(cluster: SecuredCluster) -> None:
    settings = {"MODEL_LOGS_URL": cluster.url, "MODEL_LOGS_USERNAME": "elastic", "MODEL_LOGS_PASSWORD": "wrong"}
    secrets = {"MODEL_LOGS_CA_CERTS": "", "KIBANA_PASSWORD": "k", "LOGSTASH_PASSWORD": "l"}
    done = subprocess.run(
        [sys.executable, str(DOCKER / "users.py")],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | settings | secrets,
    )
    assert done.returncode == 1
    assert "401" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_registration_example_uses_todays_names() -> None:
    text = (DOCKER / "register_model.py").read_text(encoding="utf-8")
    assert "set_registered_model_alias" in text
    assert 'name="model"' in text
    for gone in ("transition_model_version_stage", "artifact_path", "sk_model=None"):
        assert gone not in text
