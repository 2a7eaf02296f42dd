"""Who asks MLflow's server, and in which workspace: as its own authentication says.

A name that nobody has proved is no user: it is kept as `labels.user_claimed`.
"""

from __future__ import annotations

import functools
import importlib
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from time import monotonic
from typing import Any

__all__ = ["NOBODY", "Person", "current_person", "current_workspace", "kind_of"]

# Where a proxy or a plugin leaves the name that it has proved: header:X-Forwarded-User, environ:KEY.
USER_FROM = "MODEL_LOGS_MLFLOW_USER_FROM"
# Patterns of names, with commas, that are no people: ci-*,deploy.
SERVICE_ACCOUNTS = "MODEL_LOGS_MLFLOW_SERVICE_ACCOUNTS"
_LONGEST = 256
# What its table says of a name is believed for so long.
_KNOWN_S = 300
# By this key the plugin mlflow-oidc-auth hands whom it has found to MLflow's own application.
_OIDC = "mlflow_oidc_auth"


@dataclass(frozen=True, slots=True)
class Person:
    """Who made a request.

    Attributes:
        name: The name that the server has proved; None without.
        claimed: A name that came with the request, which nobody has proved.
        kind: person or service, where the server knows it.
    """

    name: str | None = None
    claimed: str | None = None
    kind: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of an event; labels under `labels`."""
        if self.name:
            kind = self.kind or kind_of(self.name)
            return {"user.name": self.name, **({"labels": {"user_kind": kind}} if kind else {})}
        return {"labels": {"user_claimed": self.claimed}} if self.claimed else {}


NOBODY = Person()


def kind_of(name: str) -> str | None:
    """Return person or service; None where MODEL_LOGS_MLFLOW_SERVICE_ACCOUNTS names no services."""
    patterns = [each.strip() for each in os.environ.get(SERVICE_ACCOUNTS, "").split(",") if each.strip()]
    if not patterns:
        return None
    return "service" if any(fnmatchcase(name, pattern) for pattern in patterns) else "person"


def current_person() -> Person:
    """Return the person, or the service account, whose request runs; nobody outside of a request."""
    from flask import g, has_request_context, request

    if not has_request_context():
        return NOBODY
    if single := getattr(request.environ.get(_OIDC), "username", None):
        return Person(name=str(single)[:_LONGEST], kind=_kind_in_oidc(str(single), int(monotonic() // _KNOWN_S)))
    # MLflow's own hook sets it, after it has seen the password.
    known = getattr(g, "mlflow_authenticated_user", None)
    where, _, key = os.environ.get(USER_FROM, "").strip().partition(":")
    if not known and key:
        known = request.headers.get(key) if where == "header" else request.environ.get(key)
    if known:
        return Person(name=str(known)[:_LONGEST])
    said = request.authorization
    return Person(claimed=str(said.username)[:_LONGEST]) if said is not None and said.username else NOBODY


@functools.lru_cache(maxsize=1_000)
def _kind_in_oidc(name: str, _: int) -> str | None:
    """Return what mlflow-oidc-auth's own table says of a name; None where it cannot be asked."""
    try:
        # Of the server that this runs in, where it has that plugin.
        store = importlib.import_module("mlflow_oidc_auth.store").store
        return "service" if store.get_user_profile(name).is_service_account else "person"
    except Exception:  # noqa: BLE001 - another version of that plugin: the name is known all the same
        return None


def current_workspace() -> str | None:
    """Return the workspace of the request; None where MLflow has no workspaces."""
    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES

    if not MLFLOW_ENABLE_WORKSPACES.get():
        return None
    from mlflow.utils.workspace_context import get_request_workspace

    found = get_request_workspace()
    return str(found) if found else None
