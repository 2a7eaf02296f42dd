"""MLflow as the registry of the demo: three people who change models by its REST API, each with a password.

Nothing here writes an event about the registry: our store in MLflow's server does that, and tells the person that the
server let in. What is deployed is asked from the registry: the alias `champion`, and the model's file.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs.demo.models import model_file
from model_logs.demo.registry import OWNED, DemoRegistry
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    import httpx

    from model_logs.demo.mlflow_server import MLflowServer
    from model_logs.demo.models import Version

__all__ = ["MLflowRegistry"]

CHAMPION = "champion"
# The author of all models, who may do anything with them; who may approve and promote; who may look.
AUTHOR, APPROVER, READER = "alice", "carol", "bob"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"
_SCHEME = "mlflow-artifacts:/"
_FILE = "model.joblib"
_FORBIDDEN = 403


@dataclass
class MLflowRegistry(DemoRegistry):
    """The registry in MLflow's server.

    Attributes:
        client: With the server's URL.
        admin: User and password of the server's administrator.
        folder: Where versions that are deployed lie.
    """

    client: httpx.Client = field(kw_only=True)
    admin: tuple[str, str] = field(kw_only=True)
    folder: Path = field(kw_only=True)
    _passwords: dict[str, str] = field(default_factory=dict)
    _experiment: str = ""

    @classmethod
    def at(cls, server: MLflowServer, file: Path, trail: Path, folder: Path, stack: ExitStack) -> MLflowRegistry:
        """Return the registry of a server, with its people, once the server answers.

        Raises:
            ModelLogsError: It does not start.
        """
        import httpx

        server.wait()
        client = stack.enter_context(httpx.Client(base_url=server.url, timeout=60, trust_env=False))
        registry = cls(file, trail, client=client, admin=server.admin, folder=folder)
        registry.people()
        return registry

    def people(self) -> None:
        """Make the users, and the experiment of their runs."""
        for name in (AUTHOR, APPROVER, READER):
            self._passwords[name] = secrets.token_urlsafe(16)
            said = {"username": name, "password": self._passwords[name]}
            self._ask("POST", "users/create", said, self.admin)
        self._experiment = self._do("POST", "experiments/create", {"name": "demo"}, AUTHOR)["experiment_id"]

    def register(self, model: str, user: str) -> None:
        """Make a model known; who makes it may do anything with it."""
        tags = [{"key": key, "value": value} for key, value in OWNED.items()]
        self._do("POST", "registered-models/create", {"name": model, "tags": tags}, user)
        said = {"resource_type": "registered_model", "resource_id": model, "username": APPROVER, "permission": "EDIT"}
        self._ask("POST", "users/permissions/grant", said, (user, self._passwords[user]), api="3.0")

    def add_version(self, version: Version, user: str) -> None:
        """Make a trained version known: a run with its figure, the model's file, and the version."""
        tags = [{"key": "mlflow.user", "value": user}]
        said = {"experiment_id": self._experiment, "start_time": _now(), "run_name": version.what, "tags": tags}
        run = self._do("POST", "runs/create", said, user)["run"]["info"]
        metric = {"key": "accuracy", "value": version.accuracy, "timestamp": _now()}
        self._do("POST", "runs/log-batch", {"run_id": run["run_id"], "metrics": [metric]}, user)
        place = f"{run['artifact_uri']}/model"
        file = model_file(self.folder, version.model, version.version)
        self._answer(
            self.client.put(f"{_at(place)}/{_FILE}", content=file.read_bytes(), auth=(user, self._passwords[user])),
            "the model's file",
        )
        # From here on it comes from the registry.
        file.unlink()
        about = {"name": version.model, "source": place, "run_id": run["run_id"], "description": version.what}
        made = self._do("POST", "model-versions/create", about, user)["model_version"]["version"]
        if made != version.version:
            raise ModelLogsError(f"MLflow gave {version.model} {version.version} the number {made}.")
        self._do("POST", "runs/update", {"run_id": run["run_id"], "status": "FINISHED", "end_time": _now()}, user)

    def fetch(self, model: str, version: str) -> None:
        """Bring the file of a version here from the registry."""
        about = f"model-versions/get-download-uri?name={model}&version={version}"
        place = self._do("GET", about, None, AUTHOR)["artifact_uri"]
        found = self.client.get(f"{_at(place)}/{_FILE}", auth=(AUTHOR, self._passwords[AUTHOR]))
        self._answer(found, "the model's file")
        model_file(self.folder, model, version).write_bytes(found.content)

    def approve(self, model: str, version: str, user: str) -> None:
        """Set the tag that means approval."""
        self._tag(model, version, user, "approved")

    def reject(self, model: str, version: str, user: str, reason: str) -> None:
        """Set the tag that means rejection; MLflow has no place for the reason."""
        del reason
        self._tag(model, version, user, "rejected")

    def _tag(self, model: str, version: str, user: str, value: str) -> None:
        said = {"name": model, "version": version, "key": "approval", "value": value}
        self._do("POST", "model-versions/set-tag", said, user)

    def move(self, model: str, version: str, stage: str, user: str) -> str | None:
        """Move a version to a stage, and the alias with it when that is production; return why not."""
        production = stage == "production"
        said = {"name": model, "version": version, "stage": stage.title(), "archive_existing_versions": production}
        answer = self._ask(
            "POST", "model-versions/transition-stage", said, (user, self._passwords[user]), refused=True
        )
        if answer is None:
            return f"{user} may only read it"
        if production:
            about = {"name": model, "version": version, "alias": CHAMPION}
            self._do("POST", "registered-models/alias", about, user)
        return None

    def serves(self, model: str) -> str:
        """Return the version that the alias names."""
        found = self._do("GET", f"registered-models/alias?name={model}&alias={CHAMPION}", None, AUTHOR)
        return str(found["model_version"]["version"])

    def _do(self, method: str, path: str, body: dict[str, Any] | None, user: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(method, path, body, (user, self._passwords[user])) or {}
        return found

    def _ask(
        self,
        method: str,
        path: str,
        body: Any,
        user: tuple[str, str],
        *,
        refused: bool = False,
        api: str = "2.0",
    ) -> dict[str, Any] | None:
        """Send one request; None where it was forbidden and that was to be expected."""
        answer = self.client.request(method, f"/api/{api}/mlflow/{path}", json=body, auth=user)
        if refused and answer.status_code == _FORBIDDEN:
            return None
        found: dict[str, Any] = self._answer(answer, path.partition("?")[0]).json()
        return found

    @staticmethod
    def _answer(answer: httpx.Response, what: str) -> httpx.Response:
        if answer.is_error:
            raise ModelLogsError(
                f"MLflow's server answered {answer.status_code} to {what}: {answer.text[:200]}",
                next_step="Look into mlflow/server.log of the demo's folder.",
            )
        return answer


def _at(place: str) -> str:
    return _ARTIFACTS + place.removeprefix(_SCHEME)


def _now() -> int:
    return int(time.time() * 1000)
