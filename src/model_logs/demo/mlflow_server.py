"""The processes of the demo's registry: MLflow's server on SQLite with our store in it, and our receiver of webhooks.

Both see each change. The store counts (`MODEL_LOGS_MLFLOW_SOURCE=plugin`), since it knows the person and the value
before; the receiver answers, counts, and writes none of them a second time.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from model_logs.demo.registry import ENVIRONMENT
from model_logs.errors import ConfigurationError, ModelLogsError

__all__ = ["MLflowServer", "python_with_mlflow"]

_ADMIN = "admin"
# MLflow's own, with passwords that were right remembered for a while: each check takes a tenth of a second.
_AUTH = f"""[mlflow]
default_permission = READ
database_uri = sqlite:///basic_auth.db
admin_username = {_ADMIN}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 600
"""
_START_S = 180.0
_STOP_S = 10.0
_RECEIVER = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "registry", "receive"]
_TAKES = re.compile(r"Takes deliveries at (http://\S+)\.$", re.MULTILINE)


def python_with_mlflow(named: str | None = None) -> str | None:
    """Return the Python that starts MLflow, by its whole path; None where there is to be no MLflow.

    Args:
        named: A path or a command; "none" for no MLflow; None for this Python, where MLflow is installed beside us.

    Raises:
        ConfigurationError: There is no such program.
    """
    if named is None:
        return sys.executable if importlib.util.find_spec("mlflow") else None
    if named == "none":
        return None
    found = shutil.which(named)
    if found is None:
        raise ConfigurationError(
            f"There is no program {named}, which --mlflow names.",
            next_step="Name a Python with model-logs[mlflow], or write --mlflow none.",
        )
    # Not resolved: a virtual environment's Python is a link, and is known by its path.
    return str(Path(found).absolute())


class MLflowServer:
    """A server that starts while other things are done.

    Args:
        python: A Python that has `model-logs[mlflow]`.
        folder: For its databases, artifacts and output.
        trail: The file that the store writes changes to.
    """

    def __init__(self, python: str, folder: Path, trail: Path) -> None:
        self.admin = (_ADMIN, secrets.token_urlsafe(16))
        self.output = folder / "server.log"
        self._receiver_output = folder / "receiver.log"
        self._secret = secrets.token_hex(24)
        self._trail = trail
        folder.mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        configuration = folder / "auth.ini"
        configuration.write_text(_AUTH, encoding="utf-8")
        said = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "MODEL_LOGS_"))},
            "MODEL_LOGS_REGISTRY_PATH": str(trail),
            "MODEL_LOGS_ENVIRONMENT": ENVIRONMENT,
            "MODEL_LOGS_MLFLOW_SOURCE": "plugin",
        }
        command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        # The supervisor kills workers that are slow to start.
        command += ["--uvicorn-opts", "--timeout-worker-healthcheck 120 --log-level warning"]
        command += ["--app-name", "elk-basic-auth", "--artifacts-destination", str(folder / "artifacts")]
        command += ["--backend-store-uri", "sqlite:///mlflow.db", "--registry-store-uri", "elk+sqlite:///mlflow.db"]
        own = {
            "MLFLOW_AUTH_CONFIG_PATH": str(configuration),
            "MLFLOW_AUTH_ADMIN_USERNAME": self.admin[0],
            "MLFLOW_AUTH_ADMIN_PASSWORD": self.admin[1],
            "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(24),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            # Runners of jobs, which nothing here sends, would outlive the server.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
            "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
            "MLFLOW_WEBHOOK_CACHE_TTL": "0",
            "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "MODEL_LOGS_MLFLOW_METRICS": "accuracy",
            "GIT_PYTHON_REFRESH": "quiet",
        }
        self._server = _started(command, said | own, folder, self.output)
        receiver = [*_RECEIVER, "--source", "mlflow", "--path", str(trail), "--port", "0"]
        secret = {"MODEL_LOGS_REGISTRY_SECRET_MLFLOW": self._secret}
        self._receiver = _started(receiver, said | secret, folder, self._receiver_output)

    def wait(self) -> None:
        """Return when the server answers, and sends its changes to the receiver.

        Raises:
            ModelLogsError: It ended, or does not answer.
        """
        import httpx

        from model_logs.registries.mlflow.api import MLflow

        deadline = time.monotonic() + _START_S
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as client:
            while time.monotonic() < deadline and self._server.poll() is None:
                with contextlib.suppress(httpx.HTTPError):
                    if client.get("/health").is_success and (takes := self._takes()):
                        MLflow(self.url, user=self.admin).create_webhook("model-logs", takes, self._secret)
                        return
                time.sleep(0.2)
        raise ModelLogsError("MLflow's server does not start.", next_step=f"Look into {self.output}.")

    def _takes(self) -> str | None:
        """Return where the receiver takes MLflow's deliveries; None while it does not yet."""
        found = _TAKES.search(self._receiver_output.read_text(encoding="utf-8", errors="replace"))
        return found[1] if found else None

    def compared(self) -> tuple[int, int]:
        """Return how many changes of the registry the trail lacks, and how many webhooks the receiver got."""
        import httpx

        from model_logs.journal import Journal
        from model_logs.registries.mlflow.api import MLflow
        from model_logs.registries.reconcile import missed

        journal = Journal(self._trail, service="model-logs-registry", environment=ENVIRONMENT)
        found = missed(tuple, journal, MLflow(self.url, user=self.admin).state, "mlflow", settle_s=1)
        takes = self._takes() or ""
        answer = httpx.get(f"{takes.rpartition('/')[0]}/health", timeout=10, trust_env=False).json()
        return len(found), sum(answer["deliveries"].get("mlflow", {}).values())

    def stop(self) -> None:
        """End both, with what they have started."""
        for process in (self._server, self._receiver):
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)


def _started(command: list[str], variables: dict[str, str], folder: Path, output: Path) -> subprocess.Popen[bytes]:
    with output.open("wb") as stream:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and module, and the Python that the user named
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
