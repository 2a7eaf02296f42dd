"""The fraud service with all that `make run` starts: a real MLflow server, whose going slow costs no prediction."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.examples.conftest import EXAMPLE, KNOWN, free_port, until
from tests.support.environments import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

# MLflow is a large program: the suite's machine may be busy with the rest.
_PATIENT = {"FRAUD_MODEL_TIMEOUT_S": "1", "FRAUD_CACHE_TIMEOUT_S": "1", "FRAUD_FEATURES_TIMEOUT_S": "1"}
_QUICK = {"FRAUD_REGISTRY_EVERY_S": "0.5", "FRAUD_RESTART_AFTER_S": "0.5", "FRAUD_CIRCUIT_OPEN_S": "1"}


class Whole:
    """Everything, as the supervisor started it."""

    def __init__(self, data: Path) -> None:
        needed = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").splitlines()
        wanted = [line.partition("#")[0].strip() for line in needed]
        self.data = data
        ports = {f"FRAUD_{name}_PORT": str(free_port()) for name in ("SERVICE", "MODEL_SERVER", "MLFLOW", "REDIS")}
        self.url = f"http://127.0.0.1:{ports['FRAUD_SERVICE_PORT']}"
        self.env = environment([line for line in wanted if line])
        self.env = {name: value for name, value in self.env.items() if not name.startswith("FRAUD_")}
        self.env["PYTHONPATH"] += f"{os.pathsep}{EXAMPLE}"
        self.env |= ports | _PATIENT | _QUICK
        self.env["FRAUD_DATA"] = str(data)
        self.registry = f"http://127.0.0.1:{ports['FRAUD_MLFLOW_PORT']}"
        self.client = httpx.Client(timeout=60, trust_env=False)
        self.supervisor = subprocess.Popen(["python", "-m", "fraud_service.up"], env=self.env, cwd=data)
        until(self._serving, "it does not serve", within=900)

    def _serving(self) -> bool:
        assert self.supervisor.poll() is None
        try:
            return self.client.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False

    def pid(self, part: str) -> int:
        return int((self.data / "run" / f"{part}.pid").read_text(encoding="utf-8"))

    def ask(self) -> dict[str, Any]:
        told: dict[str, Any] = self.client.post(f"{self.url}/api/predict", json=KNOWN).raise_for_status().json()
        return told

    def run(self, module: str, *arguments: str, code: str = "") -> None:
        env = self.env | {"FRAUD_MLFLOW_URI": self.registry}
        command = ["python", "-c", code] if code else ["python", "-m", module, *arguments]
        subprocess.run(command, env=env, cwd=self.data, check=True)

    def events(self, event_type: str) -> list[dict[str, Any]]:
        lines = (self.data / "logs" / "fraud.log").read_bytes().splitlines()
        return [event for event in map(json.loads, lines) if event["event_type"] == event_type]

    def end(self) -> None:
        self.client.close()
        pids = [self.pid(file.stem) for file in (self.data / "run").glob("*.pid")]
        self.supervisor.send_signal(signal.SIGTERM)
        self.supervisor.wait(120)
        for pid in pids:
            assert not Path(f"/proc/{pid}").exists(), f"{pid} is left over"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not here: bash tests/tools.sh")
    found = Whole(tmp_path_factory.mktemp("whole"))
    yield found
    found.end()


def test_training_registers_and_the_audit_trail_says_who_did(whole: Whole) -> None:
    until(lambda: whole.ask()["fallback_level"] == 0, "the model answers")
    registered = {(event["model_name"], event["registry"]) for event in whole.events("registered")}
    assert registered == {("fraud", "mlflow"), ("fraud-simple", "mlflow")}
    created = {(e["model_name"], e["model_version"]): e["metrics"] for e in whole.events("version_created")}
    assert created["fraud", "1"]["roc_auc"] > created["fraud-simple", "1"]["roc_auc"] > 0.7
    assert {event["alias"] for event in whole.events("alias_set")} == {"champion"}
    deployed = [e for e in whole.events("deployed") if e["model_version"] == "1"]
    assert sorted(event["model_name"] for event in deployed) == ["fraud", "fraud-simple"], "each once"


def test_a_registry_that_hangs_costs_no_prediction_and_no_restart(whole: Whole) -> None:
    until(lambda: whole.ask()["fallback_level"] == 0, "the model answers")
    os.killpg(whole.pid("mlflow"), signal.SIGSTOP)
    try:
        assert [whole.ask()["fallback_level"] for _ in range(50)] == [0] * 50
        before = whole.pid("model-server")
        os.kill(before, signal.SIGKILL)
        assert whole.ask()["fallback_level"] == 1
        until(lambda: whole.pid("model-server") != before, "it is started again")
        until(lambda: whole.ask()["fallback_level"] == 0, "it answers from its copy", within=300)
    finally:
        os.killpg(whole.pid("mlflow"), signal.SIGCONT)


def test_a_new_champion_is_taken_over_and_one_that_cannot_answer_is_refused(whole: Whole) -> None:
    whole.run("fraud_service.train", "--by", "ann")
    until(lambda: whole.ask()["model_version"] == "2", "version 2 answers", within=300)
    (event,) = [e for e in whole.events("deployed") if (e["model_name"], e["model_version"]) == ("fraud", "2")]
    assert (event["status"], event["previous_version"]) == ("success", "1")
    assert {e["user"]["name"] for e in whole.events("approved") if e["model_version"] == "2"} == {"ann"}

    code = """
import mlflow.sklearn
from sklearn.linear_model import LogisticRegression
from fraud_service import registry
from fraud_service.settings import read
client = registry.client(read())
model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])  # of one feature, and not of three
mlflow.set_experiment("fraud-service")
with mlflow.start_run():
    logged = mlflow.sklearn.log_model(model, name="model", registered_model_name="fraud",
        pip_requirements=["scikit-learn"], serialization_format="skops")
client.set_registered_model_alias("fraud", "champion", str(logged.registered_model_version))
"""
    whole.run("", code=code)

    def refused() -> list[dict[str, Any]]:
        return [event for event in whole.events("deployed") if event["status"] == "failed"]

    (event,) = until(refused, "version 3 is refused", within=300)
    assert (event["model_name"], event["model_version"], event["previous_version"]) == ("fraud", "3", "2")
    assert event["reason"].startswith("ValueError: ")
    assert whole.ask()["model_version"] == "2"
