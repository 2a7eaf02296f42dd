"""A real MLflow server with our store, in an environment of its own, and the PostgreSQL that it may stand on."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.environments import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ADMIN", "VERSION", "Server", "postgres", "prepared", "serving"]

VERSION = "3.17.2"
ADMIN = ("admin", "correct-horse-battery")
_ROOT = Path(__file__).parents[2]
_REQUIREMENTS = [f"mlflow=={VERSION}", "psycopg2-binary", "flask-wtf", "fastjsonschema", "urllib3"]
_STARTS_S = 180


def prepared(folder: Path) -> dict[str, str]:
    """Return the variables of a server: MLflow, and the entry points of this tree as an installation has them."""
    groups = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    written = folder / "installed" / "model_logs-0.dist-info"
    written.mkdir(parents=True, exist_ok=True)
    (written / "METADATA").write_text("Metadata-Version: 2.1\nName: model-logs\nVersion: 0\n")
    lines = [
        line
        for group, named in groups.items()
        for line in (f"[{group}]", *(f"{name} = {where}" for name, where in named.items()))
    ]
    (written / "entry_points.txt").write_text("\n".join(lines) + "\n")
    variables = environment(_REQUIREMENTS)
    return variables | {
        "PYTHONPATH": f"{variables['PYTHONPATH']}{os.pathsep}{written.parent}",
        # Consumers of a queue would outlive the server.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "a-key-of-the-tests-0123456789",
        "MLFLOW_AUTH_ADMIN_USERNAME": ADMIN[0],
        "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1],
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_CACHE_TTL": "0",
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": "0123456789abcdef0123456789abcdef0123456789a=",
        "MODEL_LOGS_ENVIRONMENT": "test",
    }


class Server:
    """A running server.

    Attributes:
        url: Where it answers.
        trail: The file of events.
        log: What it said.
    """

    def __init__(self, port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.trail = folder / "registry.log"
        self.log = folder / "server.log"
        self.process = process
        # A connection for each request, so that all workers are asked.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=self.url, timeout=60, limits=limits)

    def keep_alive(self) -> None:
        """Keep one connection, and with it one worker."""
        self.client.close()
        self.client = httpx.Client(base_url=self.url, timeout=60)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: tuple[str, str] | None = None,
        workspace: str | None = None,
        api: str = "api/2.0",
    ) -> httpx.Response:
        """Send one request of MLflow's REST API."""
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        if workspace:
            headers["X-MLFLOW-WORKSPACE"] = workspace
        return self.client.request(method, f"/{api}/mlflow/{path}", content=content, headers=headers, auth=user)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of the file; those with which writers end are left out."""
        if not self.trail.exists():
            return []
        found = [json.loads(line) for line in self.trail.read_bytes().splitlines()]
        return [each for each in found if each["event_type"] != "writer_closed"]


@contextlib.contextmanager
def serving(
    folder: Path, database: str, *options: str, workers: int = 2, store: str = "elk+", **variables: str
) -> Iterator[Server]:
    """Start a server, and stop it with all that it has started."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *("mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        # The supervisor kills workers that are slow to start.
        *("--uvicorn-opts", "--timeout-worker-healthcheck 120 --log-level warning"),
        *("--backend-store-uri", database, "--registry-store-uri", f"{store}{database}", *options),
    ]
    said = prepared(folder) | {"MODEL_LOGS_REGISTRY_PATH": str(folder / "registry.log")} | variables
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=said, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    server = Server(port, folder, process)
    try:
        _wait(server)
        yield server
    finally:
        server.client.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
                break


def _wait(server: Server) -> None:
    end = time.monotonic() + _STARTS_S
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if server.client.get("/health").status_code == httpx.codes.OK:
                return
        time.sleep(0.5)
    raise AssertionError(f"MLflow's server did not start: {server.log.read_text()[-3000:]}")


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Start a PostgreSQL of its own on loopback, and yield its URL; skipped by name where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and not shutil.which("initdb"):
        pytest.skip("no PostgreSQL is installed here; tests/tools.sh installs it")
    binaries = found[-1].parent if found else Path(str(shutil.which("initdb"))).parent
    # It refuses to run as root, and the folder of a test is root's own.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="model-logs-postgres-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(name: str, *arguments: str) -> None:
        subprocess.run(
            [str(binaries / name), *arguments], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL
        )

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-U", "mlflow", "--auth=trust", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "mlflow", "mlflow")
            yield f"postgresql+psycopg2://mlflow@127.0.0.1:{port}/mlflow"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
