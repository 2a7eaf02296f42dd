"""The compose stack as a project of its own: passwords and ports of its own, and taken down with its data."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.cluster import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.elk.yml"
PROJECT = "model-logs-stack-test"
# Beside a stack that somebody runs already.
PORTS = {
    "ES_PORT": "19200",
    "KIBANA_PORT": "15601",
    "BEATS_PORT": "15044",
    "MLFLOW_PORT": "15000",
    "SERVE_PORT": "18001",
}
# Services that end when their work is done.
ONCE = frozenset({"setup", "users", "apply", "apply-kibana"})
STARTED = ONCE | {"elasticsearch", "kibana", "logstash", "filebeat"}
LOGS = "/var/log/model-logs"


class StackError(Exception):
    """What the stack, or a command in it, did otherwise than it should."""


def docker_answers() -> bool:
    """Return whether there is a Docker with compose, and its engine answers."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    asked = ([docker, "version"], [docker, "compose", "version"])
    return all(subprocess.run(words, capture_output=True, check=False).returncode == 0 for words in asked)


def containers(text: str) -> list[dict[str, Any]]:
    """Return what `docker compose ps --format json` says: one object a line, or a list before version 2.21."""
    if text.lstrip().startswith("["):
        found: list[dict[str, Any]] = json.loads(text)
        return found
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def waiting_for(found: Sequence[dict[str, Any]]) -> list[str]:
    """Return the services that are not there yet: not healthy, or not done.

    Raises:
        StackError: One ended that should not have.
    """
    states = {each["Service"]: each for each in found}
    waiting = []
    for service in sorted(STARTED):
        state = states.get(service, {"State": "missing"})
        ended = state["State"] in {"exited", "dead"}
        if ended and (service not in ONCE or state.get("ExitCode") != 0):
            raise StackError(f"{service} ended with {state.get('ExitCode')}; its output is in logs.txt.")
        if not ended and (service in ONCE or state.get("Health") != "healthy"):
            waiting.append(service)
    return waiting


@dataclass(frozen=True)
class Stack:
    """A running stack.

    Attributes:
        folder: For what it leaves behind: passwords, certificate, logs.
        settings: Name → value, as in .env.
    """

    folder: Path
    settings: dict[str, str]

    @classmethod
    def prepare(cls, folder: Path, version: str = "") -> Stack:
        """Draw passwords as `docker/make-env.sh` does, and choose ports and version."""
        file = folder / "env"
        file.unlink(missing_ok=True)
        subprocess.run(["bash", ROOT / "docker" / "make-env.sh", file], check=True, capture_output=True)
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        settings = dict(line.split("=", 1) for line in lines) | PORTS
        if version:
            settings["ELK_VERSION"] = version
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        return cls(folder, settings)

    def command(self, *words: str) -> list[str]:
        """Return a command of docker compose for this stack."""
        return [
            *("docker", "compose", "--file", str(FILE), "--project-name", PROJECT),
            *("--env-file", str(self.folder / "env"), *words),
        ]

    def run(self, *words: str, text: str = "", seconds: float = 600) -> str:
        """Run a command of docker compose and return what it prints.

        Raises:
            StackError: It fails.
        """
        command = self.command(*words)
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds, check=False)
        if done.returncode:
            raise StackError(
                f"{' '.join(words)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
            )
        return done.stdout

    def start(self, *, seconds: float = 900) -> None:
        """Build and start everything, and wait until it is healthy or done.

        Raises:
            StackError: It is not within that time.
        """
        self.run("up", "--build", "--detach", seconds=seconds)
        end = time.monotonic() + seconds
        while waiting := waiting_for(containers(self.run("ps", "--all", "--format", "json"))):
            if time.monotonic() > end:
                raise StackError(f"not ready after {seconds:.0f} s: {', '.join(waiting)}")
            time.sleep(5)
        self.run("cp", "elasticsearch:/usr/share/elasticsearch/config/certs/ca.crt", str(self.folder / "ca.crt"))

    def inside(self, *words: str, text: str = "", **environment: str) -> str:
        """Run a command in a container of our own image, beside the others, and return what it prints."""
        given = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        return self.run("run", "--rm", "--no-TTY", *given, "apply", *words, text=text)

    def connection(self, port: str) -> Connection:
        """Return the way to Elasticsearch (`ES_PORT`) or Kibana (`KIBANA_PORT`) from this machine."""
        return Connection(
            url=f"https://localhost:{self.settings[port]}",
            username="elastic",
            password=self.settings["ELASTIC_PASSWORD"],
            ca_certs=str(self.folder / "ca.crt"),
            timeout=60,
        )

    def stop(self) -> None:
        """Keep the logs, and take the stack down with its data."""
        (self.folder / "logs.txt").write_text(self.run("logs", "--no-color"), encoding="utf-8")
        self.run("down", "--volumes", "--remove-orphans")
        (self.folder / "env").unlink()
