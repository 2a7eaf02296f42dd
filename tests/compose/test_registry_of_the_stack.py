"""The profile `registry` of the compose stack without Docker: its scripts, MLflow and the served model, for real."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.mlflow import postgres, prepared, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

DOCKER = Path(__file__).parents[2] / "docker"
MODEL = "fraud-detection-model"
_STARTS_S = 240


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def running(folder: Path, script: str, port: int, health: str, **variables: str) -> Iterator[str]:
    """Run a script of the stack at a port of loopback, until it answers; end it with what it started."""
    log = folder / f"{script}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", str(DOCKER / script), "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=prepared(folder) | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + _STARTS_S
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}{health}", timeout=5).is_success:
                    break
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < end, log.read_text()[-3000:]
            time.sleep(0.3)
        yield url
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)


@contextlib.contextmanager
def mlflow(folder: Path, database: str) -> Iterator[str]:
    """Start MLflow's server, by the stack's own script where the database is PostgreSQL."""
    if database == "sqlite":
        artifacts = ("--artifacts-destination", str(folder / "artifacts"))
        with serving(folder, f"sqlite:///{folder}/m.db", *artifacts, workers=1) as server:
            yield server.url
        return
    with postgres() as where:
        said = {
            "POSTGRES_ADDRESS": where.partition("@")[2].partition("/")[0],
            "POSTGRES_PASSWORD": "PLANTED-PASSWORD",
            "MLFLOW_ARTIFACTS": str(folder / "artifacts"),
            "MODEL_LOGS_REGISTRY_PATH": str(folder / "registry.log"),
        }
        with running(folder, "mlflow.sh", free_port(), "/health", **said) as url:
            yield url


def events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_model_is_registered_and_answers_by_the_alias_of_the_registry(tmp_path: Path, database: str) -> None:
    with mlflow(tmp_path, database) as url:
        said = prepared(tmp_path) | {"MLFLOW_TRACKING_URI": url}
        for version in ("1", "2"):
            done = subprocess.run(
                ["python", str(DOCKER / "register_model.py")],
                env=said,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert f"{MODEL} {version} is the champion.\n" in done.stdout
        told = [event for event in events(tmp_path / "registry.log") if event["status"] == "success"]
        kinds = [event["event_type"] for event in told if event["event_type"] != "writer_closed"]
        assert kinds == ["registered", *["version_created", "tag_set", "alias_set"] * 2]
        moved = [event for event in told if event["event_type"] == "alias_set"]
        assert [(event["model_version"], event.get("previous_version")) for event in moved] == [
            ("1", None),
            ("2", "1"),
        ]

        log = tmp_path / "fraud-detection.jsonl"
        with running(
            tmp_path, "serve.sh", free_port(), "/ping", MLFLOW_TRACKING_URI=url, MODEL_LOGS_PATH=str(log)
        ) as served:
            answer = httpx.post(
                f"{served}/invocations",
                json={"dataframe_split": _rows()},
                headers={"X-Request-ID": "r-1"},
                timeout=60,
            )
            assert answer.status_code == 200, answer.text
            assert set(answer.json()["predictions"]) == {0, 1}
        [predicted] = [event for event in events(log) if event["event_type"] == "predict"]
        assert (predicted["model_name"], predicted["model_version"]) == (MODEL, "2")
        assert (predicted["request_id"], predicted["status"]) == ("r-1", "success")
    for file in tmp_path.rglob("*.log"):
        assert b"PLANTED" not in file.read_bytes(), file


def _rows() -> dict[str, Any]:
    from sklearn.datasets import load_breast_cancer

    features, _ = load_breast_cancer(return_X_y=True, as_frame=True)
    return {
        "columns": list(features.columns),
        "data": features.head(10).values.tolist() + features.tail(10).values.tolist(),
    }
