"""MLflow's REST API, as far as we ask it: what is registered, and its webhooks. MLflow need not be installed."""

from __future__ import annotations

import json
import os
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from model_logs.cluster import bare
from model_logs.errors import ConfigurationError, ModelLogsError
from model_logs.printing import printable
from model_logs.redaction import redact
from model_logs.registries.change import told_value
from model_logs.registries.state import Model, State, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EVENTS", "MLflow", "MLflowError"]

_PAGE = 200
_OK = 200
_IS_PROMPT = "mlflow.prompt.is_prompt"
_PROMPTS = f"tags.`{_IS_PROMPT}` = 'true'"
# Everything about models and prompts that a webhook can be told of.
EVENTS = (
    ("registered_model", "created"),
    ("model_version", "created"),
    ("model_version_tag", "set"),
    ("model_version_tag", "deleted"),
    ("model_version_alias", "created"),
    ("model_version_alias", "deleted"),
)


class MLflowError(ModelLogsError):
    """MLflow's server does not answer, or refuses."""


class MLflow:
    """A tracking server.

    Args:
        url: Such as http://127.0.0.1:5000.
        user: User and password; None for those of MLFLOW_TRACKING_USERNAME and _PASSWORD, or the token in
            MLFLOW_TRACKING_TOKEN.
        workspace: The workspace that is asked; empty for the server's default one.
        timeout: Seconds for a request.
    """

    def __init__(
        self, url: str, *, user: tuple[str, str] | None = None, workspace: str = "", timeout: float = 30.0
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(
                f"{bare(url)!r} is no URL of an MLflow server.", next_step="Write it as http://HOST:5000."
            )
        import urllib3

        self._url = url.rstrip("/")
        self.workspace = workspace
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(timeout), retries=False)
        self._headers = {"accept": "application/json", "content-type": "application/json", **_credentials(user)}
        if workspace:
            self._headers["X-MLFLOW-WORKSPACE"] = workspace

    def state(self) -> State:
        """Return the registered models, versions, aliases and tags, in each workspace that is asked.

        Raises:
            MLflowError: It does not answer, or refuses.
        """
        names = self._workspaces()
        state = State(workspaces=frozenset(names))
        for name in names:
            self._look(state, name)
        return state

    def _workspaces(self) -> list[str]:
        """Return the workspace that was named, or all that the server has; "" where it has none."""
        if self.workspace:
            return [self.workspace]
        if not self._ask("GET", "server-info", version="3.0").get("workspaces_enabled"):
            return [""]
        rows = self._ask("GET", "workspaces", version="3.0").get("workspaces") or ()
        return [str(row["name"]) for row in rows] or [""]

    def _look(self, state: State, workspace: str) -> None:
        # Prompts are registered models that a search leaves out unless it asks for them.
        for row in chain(
            self._all("registered-models/search", "registered_models", workspace=workspace),
            self._all("registered-models/search", "registered_models", _PROMPTS, workspace),
        ):
            model = Model(workspace, row["name"])
            state.models[model] = int(row.get("creation_timestamp") or 0)
            tags = {tag["key"]: tag.get("value") for tag in row.get("tags") or ()}
            if _IS_PROMPT in tags:
                state.prompts.add(model)
            for alias in row.get("aliases") or ():
                state.aliases[model, alias["alias"]] = str(alias["version"])
            self._keep(state, Version(model, ""), tags)
        for row in chain(
            self._all("model-versions/search", "model_versions", workspace=workspace),
            self._all("model-versions/search", "model_versions", _PROMPTS, workspace),
        ):
            version = Version(Model(workspace, row["name"]), str(row["version"]))
            state.versions[version] = int(row.get("creation_timestamp") or 0)
            state.changed[version] = int(row.get("last_updated_timestamp") or 0)
            state.stages[version] = str(row.get("current_stage") or "None").lower()
            if row.get("run_id"):
                state.runs[version] = row["run_id"]
            self._keep(state, version, {tag["key"]: tag.get("value") for tag in row.get("tags") or ()})

    @staticmethod
    def _keep(state: State, version: Version, tags: dict[str, Any]) -> None:
        for key, value in tags.items():
            if version.model not in state.prompts:
                # As the trail has it: what is told without a secret is told.
                state.tags[version, key] = told_value(key, value)

    def webhooks(self) -> list[dict[str, Any]]:
        """Return the webhooks that the server knows."""
        return list(self._all("webhooks", "webhooks"))

    def create_webhook(self, name: str, url: str, secret: str) -> None:
        """Tell the server to send its changes to a URL."""
        events = [{"entity": entity.upper(), "action": action.upper()} for entity, action in EVENTS]
        body = {"name": name, "url": url, "events": events, "secret": secret, "status": "ACTIVE"}
        self._ask("POST", "webhooks", body)

    def update_webhook(self, identity: str, url: str, secret: str) -> None:
        """Give a webhook another URL and secret, and switch it on."""
        events = [{"entity": entity.upper(), "action": action.upper()} for entity, action in EVENTS]
        body = {"webhook_id": identity, "url": url, "events": events, "secret": secret, "status": "ACTIVE"}
        self._ask("PATCH", f"webhooks/{identity}", body)

    def delete_webhook(self, identity: str) -> None:
        """Take a webhook away."""
        self._ask("DELETE", f"webhooks/{identity}", {"webhook_id": identity})

    def _all(self, path: str, name: str, filter_string: str = "", workspace: str = "") -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            said = {"max_results": str(_PAGE), "filter": filter_string, "page_token": token}
            query = {key: value for key, value in said.items() if value}
            answer = self._ask("GET", f"{path}?{urlencode(query)}", workspace=workspace)
            yield from answer.get(name) or ()
            token = answer.get("next_page_token") or ""
            if not token:
                return

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, workspace: str = "", version: str = "2.0"
    ) -> dict[str, Any]:
        import urllib3

        url = f"{self._url}/api/{version}/mlflow/{path}"
        headers = self._headers | ({"X-MLFLOW-WORKSPACE": workspace} if workspace else {})
        try:
            answer = self._pool.request(
                method, url, body=json.dumps(body) if body is not None else None, headers=headers
            )
            content = json.loads(answer.data or b"{}")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise MLflowError(
                f"MLflow at {bare(self._url)} does not answer: {type(error).__name__}.",
                next_step="See that the server runs, and give its URL by --tracking-uri or MLFLOW_TRACKING_URI.",
            ) from error
        except ValueError:
            content = {}
        if answer.status != _OK or not isinstance(content, dict):
            # It quotes what it was sent.
            said = printable(redact(str(content.get("message") or "no reason was given")), most=300)
            raise MLflowError(
                f"MLflow at {bare(self._url)} refused {method} {path.partition('?')[0]}, {answer.status}: {said}.",
                next_step="Set MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN, and try again.",
            )
        return content


def _credentials(given: tuple[str, str] | None) -> dict[str, str]:
    import urllib3

    user, password = given or (
        os.environ.get("MLFLOW_TRACKING_USERNAME"),
        os.environ.get("MLFLOW_TRACKING_PASSWORD", ""),
    )
    if user:
        return dict(urllib3.util.make_headers(basic_auth=f"{user}:{password}"))
    token = os.environ.get("MLFLOW_TRACKING_TOKEN", "").strip()
    return {"authorization": f"Bearer {token}"} if token else {}
