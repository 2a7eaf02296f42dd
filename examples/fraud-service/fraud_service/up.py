"""Starts everything on loopback, and starts again what ends, as an orchestrator would: what chaos is aimed at.

    python -m fraud_service.up

The process id of each part stands in `data/run/<part>.pid`; it leads a process group of that number. Redis and MLflow
are started too, unless `FRAUD_REDIS_URL` or `FRAUD_MLFLOW_URI` names others. Ctrl-C or SIGTERM ends all of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fraud_service.settings import Settings, SettingsError, read

if TYPE_CHECKING:
    from pathlib import Path

# A machine may be busy, and MLflow is large; a part that ends is seen at once.
_START_S = 300.0
_STOP_S = 10.0


@dataclass
class Part:
    """A process that is kept running.

    Attributes:
        name: What it is called in `data/run` and `data/logs`.
        command: How it is started.
        health: Where it answers once it is there; None where nobody waits for it.
    """

    name: str
    command: list[str]
    health: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    ended_at: float | None = None


def parts(settings: Settings) -> list[Part]:
    """Return what has to run, in the order in which it starts."""
    python, data = sys.executable, settings.data.absolute()
    loopback = ["--host", "127.0.0.1"]
    uvicorn = [python, "-m", "uvicorn", *loopback, "--no-access-log", "--log-level", "warning", "--factory"]
    found = []
    if "FRAUD_REDIS_URL" not in os.environ:
        redis = ["redis-server", "--port", str(settings.redis_port), "--bind", "127.0.0.1", "--save", ""]
        found.append(Part("redis", [*redis, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]))
    if "FRAUD_MLFLOW_URI" not in os.environ:
        store = [f"--backend-store-uri=sqlite:///{data}/mlflow.db", f"--artifacts-destination={data}/artifacts"]
        mlflow = [python, "-m", "mlflow", "server", *loopback, "--port", str(settings.mlflow_port), "--workers", "1"]
        found.append(Part("mlflow", [*mlflow, *store], f"http://127.0.0.1:{settings.mlflow_port}/health"))
    found.append(Part("registry-job", [python, "-m", "fraud_service.registry_job"]))
    found.append(Part("feature-job", [python, "-m", "fraud_service.feature_job"]))
    for name, module, port in (
        ("model-server", "model_server", settings.model_server_port),
        ("service", "app", settings.service_port),
    ):
        command = [*uvicorn, f"fraud_service.{module}:create_app", "--port", str(port)]
        found.append(Part(name, command, f"http://127.0.0.1:{port}/health"))
    return found


def _environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the parts, in which all of them find each other."""
    found = {
        "FRAUD_DATA": str(settings.data.absolute()),
        "FRAUD_MLFLOW_URI": f"http://127.0.0.1:{settings.mlflow_port}",
        "FRAUD_REDIS_URL": f"redis://127.0.0.1:{settings.redis_port}/0",
        "FRAUD_MODEL_SERVER_URL": f"http://127.0.0.1:{settings.model_server_port}",
        # MLflow's own consumers of jobs outlive a server that is killed, and this example has no jobs.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # One thread for each prediction's arithmetic.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return found | os.environ | {"FRAUD_DATA": str(settings.data.absolute())}


class Supervisor:
    """Starts the parts, and starts again those that end.

    Args:
        settings: Where things are, and after how long a part comes back.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._environment = _environment(settings)
        self._parts: list[Part] = []
        self._stop = threading.Event()
        for folder in ("run", "logs"):
            (settings.data / folder).mkdir(parents=True, exist_ok=True)

    def run(self) -> int:
        """Start everything and watch over it; return the exit code."""
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: self._stop.set())
        try:
            for part in parts(self._settings):
                if part.name == "registry-job":
                    self._train()
                self._parts.append(part)
                self._start(part)
                self._wait(part)
            print(f"serving at http://127.0.0.1:{self._settings.service_port}; Ctrl-C ends it", flush=True)
            while not self._stop.wait(0.2):
                self._restart()
        finally:
            self._end()
        return 0

    def _pid_file(self, part: Part) -> Path:
        return self._settings.data / "run" / f"{part.name}.pid"

    def _start(self, part: Part) -> None:
        if shutil.which(part.command[0]) is None:
            raise SettingsError(
                f"{part.command[0]} is not installed: on Debian and Ubuntu, apt install {part.command[0]}"
            )
        print(f"starting {part.name}", flush=True)
        if part.process is not None:
            _signal(part.process, signal.SIGKILL)  # what a part that was killed has left behind holds its port
        with (self._settings.data / "logs" / f"{part.name}.out").open("ab") as output:
            part.process = subprocess.Popen(
                part.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        part.ended_at = None
        self._pid_file(part).write_text(f"{part.process.pid}\n", encoding="utf-8")

    def _train(self) -> None:
        print("training, unless there is a champion", flush=True)
        job = [sys.executable, "-m", "fraud_service.train", "--if-missing"]
        if subprocess.run(job, env=self._environment, check=False).returncode:
            raise SettingsError("The training failed: its messages are above.")

    def _wait(self, part: Part) -> None:
        deadline = time.monotonic() + _START_S
        while part.health and not _answers(part.health) and not self._stop.wait(0.2):
            if time.monotonic() > deadline or part.process is None or part.process.poll() is not None:
                log = self._settings.data / "logs" / f"{part.name}.out"
                raise SettingsError(f"{part.name} did not start: look into {log}")

    def _restart(self) -> None:
        now = time.monotonic()
        for part in self._parts:
            if part.process is None or part.process.poll() is None:
                continue
            if part.ended_at is None:
                part.ended_at = now
                print(f"{part.name} ended with {part.process.returncode}", flush=True)
            elif now - part.ended_at >= self._settings.restart_after_s:
                self._start(part)

    def _end(self) -> None:
        """End the parts, the last one that started first, and make those that do not heed it."""
        for part in reversed(self._parts):
            if part.process is None:
                continue
            # Each part leads a group of its own: MLflow's server has a child that serves.
            _signal(part.process, signal.SIGTERM)
            _signal(part.process, signal.SIGCONT)  # one that an experiment had stopped
            try:
                part.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                print(f"{part.name} does not end: killed", flush=True)
            _signal(part.process, signal.SIGKILL)
            part.process.wait()
            self._pid_file(part).unlink(missing_ok=True)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # an answer of 400 or more raises
            return True
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    """Run everything until it is ended; return the exit code."""
    return Supervisor(read()).run()


if __name__ == "__main__":
    sys.exit(main())
