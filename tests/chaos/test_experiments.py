"""The shipped experiments, unmodified, by the real toolkit, against the real fraud service; part of `make soak`.

The service's log is shipped to the development node, which the probes ask. Each experiment is run with the service's
resilience on, where it has to pass; those that take the model away also with it off, where they have to deviate.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from elasticsearch import Elasticsearch
from tests.chaos.conftest import ROOT, toxiproxy
from tests.examples.conftest import EXAMPLE, House, free_port, save_models

from model_logs import install
from model_logs.chaos.experiment import read
from model_logs.chaos.tools.toxiproxy import Toxiproxy
from model_logs.environments import DEFAULT
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

FOLDER = ROOT / "chaos" / "experiments"
EXPERIMENTS = sorted(file.stem for file in FOLDER.glob("*.yml"))
# They take the model away: without a fallback the service cannot answer.
NEED_FALLBACKS = [
    "model-server-crash",
    "model-server-hangs",
    "model-server-slow",
    "cache-miss-storm",
    "out-of-memory",
]
_BACK_AFTER_S = 3.0


class Supervised(House):
    """The fraud service with files of its process ids, and parts that are started again when they end."""

    def __init__(self, data: Path, **settings: object) -> None:
        super().__init__(data, model_timeout_s=0.15, cache_timeout_s=0.05, features_timeout_s=0.05, **settings)
        (data / "run").mkdir()
        self.toxiproxy = ""
        self.ship: list[str] = []
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._supervise, daemon=True)

    def start(self, *names: str) -> None:
        super().start(*names)
        for name in names:
            (self.data / "run" / f"{name}.pid").write_text(f"{self.processes[name].pid}\n")

    def _command(self, name: str) -> list[str]:
        return self.ship if name == "shipper" else super()._command(name)

    def _answers(self, name: str) -> bool:
        return name == "shipper" or super()._answers(name)

    def supervise(self) -> None:
        self._watch.start()

    def _supervise(self) -> None:
        ended: dict[str, float] = {}
        while not self._over.wait(0.1):
            for name, process in list(self.processes.items()):
                if process.poll() is None:
                    ended.pop(name, None)
                elif time.monotonic() - ended.setdefault(name, time.monotonic()) > _BACK_AFTER_S:
                    ended.pop(name)
                    with (self.data / f"{name}.out").open("ab") as output:
                        self.processes[name] = subprocess.Popen(
                            self._command(name), env=self.env, cwd=self.data, stdout=output, stderr=subprocess.STDOUT
                        )
                    (self.data / "run" / f"{name}.pid").write_text(f"{self.processes[name].pid}\n")

    def end(self) -> None:
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()
        super().end()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    save_models(folder)
    return folder / "models"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 64 MiB, which an experiment may fill."""
    if os.geteuid() != 0:
        yield
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module", autouse=True)
def _streams(es_url: str) -> None:
    """Everything is installed once, and nothing is removed while services log."""
    with Elasticsearch(es_url) as client:
        install.install(client, DEFAULT)


@contextmanager
def running(models: Path, folder: Path, place: Place, **settings: object) -> Iterator[Supervised]:
    """The service behind its proxies, with its log shipped as it grows."""
    with ExitStack() as parts:
        data = folder / "data"
        data.mkdir()
        parts.enter_context(small_disk(data))
        shutil.copytree(models, data / "models")
        house = Supervised(data, **settings)
        parts.callback(house.end)
        shutil.copy(EXAMPLE / "rules.yml", house.rules)
        between, api = free_port(), parts.enter_context(toxiproxy())
        Toxiproxy(api).create(
            "model-server", listen=f"127.0.0.1:{between}", upstream=f"127.0.0.1:{house.ports['model-server']}"
        )
        house.toxiproxy = api
        house.env["FRAUD_MODEL_SERVER_URL"] = f"http://127.0.0.1:{between}"
        house.start("redis", "feature-job", "model-server", "service")
        house.supervise()
        house.ship = [
            *(sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "ship", f"{house.log}*"),
            *("--url", place.es_url, "--state", str(folder / "ship.state")),
        ]
        house.start("shipper")
        (data / "run" / "elasticsearch.pid").write_text(f"{_listening(place.es_url)}\n")
        yield house


@dataclass(frozen=True)
class Place:
    """What experiments are run with: the toolkit's Python, and the cluster."""

    python: str
    es_url: str


@pytest.fixture(scope="module")
def place(toolkit_python: str, es_url: str) -> Place:
    return Place(toolkit_python, es_url)


def _listening(url: str) -> int:
    """Return the process that listens at a URL."""
    port = int(url.rpartition(":")[2].strip("/"))
    found = [
        each
        for each in psutil.net_connections("tcp")
        if each.laddr and each.laddr.port == port and each.status == "LISTEN"
    ]
    return next(each.pid for each in found if each.pid)


def run(place: Place, folder: Path, name: str, house: Supervised) -> dict[str, Any]:
    """Run a shipped experiment, and return its summary."""
    folder.mkdir()
    command = [
        place.python,
        "-c",
        "from model_logs.cli import model_logs; model_logs()",
        "chaos",
        "run",
        str(FOLDER / f"{name}.yml"),
    ]
    done = subprocess.run(
        [*command, "--any-time", "--to", str(folder / "runs"), "--output", "json"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "MODEL_LOGS_PATH": str(folder / "events.log"),
            "MODEL_LOGS_URL": place.es_url,
            "MODEL_LOGS_CHAOS_STATE": str(folder / "faults"),
            "FRAUD_URL": house.url,
            "FRAUD_DATA": str(house.data),
            "TOXIPROXY_URL": house.toxiproxy,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.stdout.strip(), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["runs"][0]
    assert not list((folder / "faults").glob("*.fault.json"))
    return found


@pytest.fixture(scope="module")
def resilient(trained: Path, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    with running(trained, tmp_path_factory.mktemp("resilient"), place) as house:
        yield house


@pytest.fixture(scope="module")
def fragile(trained: Path, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    with running(trained, tmp_path_factory.mktemp("fragile"), place, fallbacks="none") as house:
        yield house


def _of_registry(name: str) -> bool:
    return name.startswith("registry-")


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if not _of_registry(name)])
def test_a_shipped_experiment_passes_while_resilience_is_on(
    name: str, place: Place, resilient: Supervised, tmp_path: Path
) -> None:
    found = run(place, tmp_path / name, name, resilient)
    assert found["verdict"] == "passed", (found["reasons"], found["steps"])
    assert found["answers"]["sent"] > 20


@pytest.mark.parametrize("name", NEED_FALLBACKS)
def test_a_shipped_experiment_deviates_while_resilience_is_off(
    name: str, place: Place, fragile: Supervised, tmp_path: Path
) -> None:
    found = run(place, tmp_path / name, name, fragile)
    assert found["verdict"] in {"deviated", "aborted"}, (found["reasons"], found["steps"])


def test_every_experiment_names_its_failure_point_and_rolls_back() -> None:
    for name in EXPERIMENTS:
        content = read_yaml(FOLDER / f"{name}.yml")
        assert read(FOLDER / f"{name}.yml").name == name
        (extension,) = (each for each in content["extensions"] if each["name"] == "model-logs")
        assert extension["experiment"]["failure_points"]
        assert extension["experiment"]["kinds"]
        assert content["rollbacks"][-1]["provider"]["module"] == "model_logs.chaos.actions.rollback"
