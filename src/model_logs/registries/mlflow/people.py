"""Who asks MLflow's server, and in which workspace: as its own authentication says."""

from __future__ import annotations

__all__ = ["current_user", "current_workspace"]


def current_user() -> str | None:
    """Return the person, or the service account, whose request runs; None where nobody had to say who they are."""
    from flask import g, has_request_context, request

    if not has_request_context():
        return None
    # MLflow's own hook sets it, after it has seen the password.
    known = getattr(g, "mlflow_authenticated_user", None)
    if known is not None:
        return str(known)
    said = request.authorization
    return str(said.username) if said is not None and said.username else None


def current_workspace() -> str | None:
    """Return the workspace of the request; None where MLflow has no workspaces."""
    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES

    if not MLFLOW_ENABLE_WORKSPACES.get():
        return None
    from mlflow.utils.workspace_context import get_request_workspace

    found = get_request_workspace()
    return str(found) if found else None
