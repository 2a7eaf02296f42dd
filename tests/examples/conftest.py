"""The parts of examples/fraud-service as processes that a test starts, kills and stops: real Redis, real uvicorn.

The models are those of the training job, saved as MLflow saves them; MLflow itself is in the test for `make soak`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "fraud-service"
KNOWN = {"card": "card-0004", "amount": 42.5}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def until(found: Callable[[], Any], what: str, *, within: float = 240) -> Any:
    """Return what a function returns as soon as that is true."""
    deadline = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return value


class House:
    """The parts of the service, by name: redis, model-server, service, feature-job."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.data = data
        self.ports = {name: free_port() for name in ("redis", "model-server", "service")}
        self.url = f"http://127.0.0.1:{self.ports['service']}"
        self.rules = data / "rules.yml"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.client = httpx.Client(timeout=30, trust_env=False)
        quick = {
            # Generous to a machine that is busy; quick where a test would wait.
            "model_timeout_s": 0.6,
            "cache_timeout_s": 1.0,
            "features_timeout_s": 1.0,
            "features_every_s": 0.4,
            "follow_every_s": 0.1,
            "circuit_failures": 3,
            "circuit_open_s": 0.5,
        }
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MODEL_LOGS_", "FRAUD_"))}
        self.env = own | {
            "PYTHONPATH": str(EXAMPLE),
            "FRAUD_DATA": str(data),
            "FRAUD_RULES": str(self.rules),
            "FRAUD_REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "FRAUD_MODEL_SERVER_URL": f"http://127.0.0.1:{self.ports['model-server']}",
            "OMP_NUM_THREADS": "1",
            **{f"FRAUD_{name.upper()}": str(value) for name, value in (quick | settings).items()},
        }

    def _command(self, name: str) -> list[str]:
        if name == "redis":
            redis = shutil.which("redis-server") or pytest.skip("redis-server is not here: bash tests/tools.sh")
            return [redis, "--port", str(self.ports[name]), "--bind", "127.0.0.1", "--save", ""]
        if name == "feature-job":
            return [sys.executable, "-m", "fraud_service.feature_job"]
        module = {"model-server": "model_server", "service": "app"}[name]
        uvicorn = [sys.executable, "-m", "uvicorn", "--factory", "--host", "127.0.0.1"]
        return [*uvicorn, "--port", str(self.ports[name]), f"fraud_service.{module}:create_app"]

    def start(self, *names: str) -> None:
        """Start parts, and wait until they answer."""
        for name in names:
            with (self.data / f"{name}.out").open("ab") as output:
                self.processes[name] = subprocess.Popen(
                    self._command(name), env=self.env, cwd=self.data, stdout=output, stderr=subprocess.STDOUT
                )
        for name in names:
            until(partial(self._answers, name), f"{name} does not answer")

    def _answers(self, name: str) -> bool:
        assert self.processes[name].poll() is None, (self.data / f"{name}.out").read_text()
        if name == "feature-job":
            return (self.data / "features.db").exists()
        try:
            if name == "redis":
                socket.create_connection(("127.0.0.1", self.ports[name]), 1).close()
                return True
            return self.client.get(f"http://127.0.0.1:{self.ports[name]}/health").status_code == 200
        except (OSError, httpx.TransportError):
            return False

    def hang(self, name: str) -> None:
        """Let a part stand still, as it would with a stuck disk: it accepts connections and says nothing."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def stop(self, name: str) -> None:
        """End a part in an orderly way."""
        if self.processes[name].poll() is None:
            self.processes[name].send_signal(signal.SIGCONT)
            self.processes[name].terminate()
            self.processes[name].wait(30)

    def mend(self) -> None:
        """Bring back what a test took away."""
        shutil.copy(EXAMPLE / "rules.yml", self.rules)
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
        self.start(*(name for name, process in self.processes.items() if process.poll() is not None))

    def ask(self, request_id: str, payment: object = KNOWN) -> httpx.Response:
        headers = {"X-Request-ID": request_id, "Connection": "close"}
        return self.client.post(f"{self.url}/api/predict", json=payment, headers=headers)

    def settled(self) -> None:
        """Wait until the circuit is closed and the model answers."""
        numbers = iter(range(1, 10_000))
        until(
            lambda: self.ask(f"settle-{time.monotonic_ns()}-{next(numbers)}").json()["fallback_level"] == 0, "settled"
        )

    @property
    def log(self) -> Path:
        return self.data / "logs" / "fraud.log"

    def events(self, event_type: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.log.read_bytes().splitlines() if line.endswith(b"}")]
        return [event for event in found if event["event_type"] == event_type]

    def event(self, request_id: str) -> dict[str, Any]:
        """Return the one event of a request; that of a failure may be written shortly after the answer has come."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self.events("predict") if each["request_id"] == request_id]

        (event,) = until(found, f"{request_id} was not logged", within=10)
        return event

    def end(self) -> None:
        self.client.close()
        for process in self.processes.values():
            process.kill()
            process.wait()


def save_models(data: Path) -> None:
    """Train both models as the training job does, and put them where the registry job puts them."""
    code = """
import sys
from pathlib import Path
import skops.io
from fraud_service.champion import Copies
from fraud_service.train import fit
for name, model, metrics in fit(0.5):
    copies = Copies(Path(sys.argv[1]) / "models" / name)
    (copies.folder / "1").mkdir(parents=True)
    skops.io.dump(model, copies.folder / "1" / "model.skops")
    copies.point_to("1")
    assert metrics["roc_auc"] > 0.75, metrics
"""
    subprocess.run(
        [sys.executable, "-c", code, data],
        env=os.environ | {"PYTHONPATH": str(EXAMPLE), "OMP_NUM_THREADS": "1"},
        check=True,
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both models."""
    folder = tmp_path_factory.mktemp("trained")
    save_models(folder)
    return folder / "models"


@pytest.fixture(scope="module")
def running(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("fraud")
    shutil.copytree(models, data / "models")
    house = House(data)
    shutil.copy(EXAMPLE / "rules.yml", house.rules)
    try:
        house.start("redis", "feature-job", "model-server", "service")
        yield house
    finally:
        house.end()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The service and Redis, without any model: a test answers in the model server's place, or nobody does."""
    house = House(tmp_path_factory.mktemp("alone"))
    house.env["MODEL_LOGS_FEATURES_SAMPLE"] = "1"
    shutil.copy(EXAMPLE / "rules.yml", house.rules)
    try:
        house.start("redis", "service")
        yield house
    finally:
        house.end()


@pytest.fixture
def house(running: House) -> House:
    """The service with everything there, and with the circuit closed."""
    running.mend()
    running.settled()
    return running
