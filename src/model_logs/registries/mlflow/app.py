"""The applications of `mlflow server --app-name`: `elk` around any other, `elk-basic-auth` around MLflow's own."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.environment_variables import _MLFLOW_SGI_NAME
from mlflow.exceptions import MlflowException
from mlflow.utils.plugins import get_entry_points

from model_logs.registries.mlflow.people import current_person
from model_logs.registries.mlflow.refused import WatchedASGI, WatchedWSGI
from model_logs.registries.mlflow.writing import ATTEMPT, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response

__all__ = ["elk", "elk_basic_auth"]

# The application that is wrapped: a name of `--app-name`, or MODULE:NAME; MLflow's own where it is not set.
INNER = "MODEL_LOGS_MLFLOW_APP"
_OURS = ("elk", "elk-basic-auth")


def elk() -> WatchedASGI | WatchedWSGI:
    """Return the application that MODEL_LOGS_MLFLOW_APP names, whose refused attempts are written down."""
    name = os.environ.get(INNER, "").strip()
    return _around(_inner(name) if name else _plain())


def elk_basic_auth() -> WatchedASGI | WatchedWSGI:
    """Return MLflow's basic-auth application, whose refused attempts are written down."""
    # MLflow creates its table of users before it starts workers, and for its own name only: here they take turns.
    with _turn():
        return _around(_inner("basic-auth"))


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """Hold all other workers of this host off, as far as the system can lock a file."""
    with Path(__file__).open("rb") as file:
        with contextlib.suppress(OSError, ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _around(app: Any) -> WatchedASGI | WatchedWSGI:
    from flask import Flask
    from mlflow.server import app as flask_app

    # Flask's own application is at the bottom of all of them: it knows who was let in.
    flask_app.after_request(_remember)
    asgi = _MLFLOW_SGI_NAME.get() == "uvicorn"
    if isinstance(app, Flask):
        return WatchedASGI(_as_asgi(app)) if asgi else WatchedWSGI(app)
    return WatchedASGI(app) if asgi or _takes_asgi(app) else WatchedWSGI(app)


def _remember(response: Response) -> Response:
    attempt = ATTEMPT.get()
    if attempt is not None:
        attempt.person = guarded(current_person)
    return response


def _plain() -> Any:
    """Return the application that MLflow itself would have started."""
    if _MLFLOW_SGI_NAME.get() == "uvicorn":
        from mlflow.server.fastapi_app import app

        return app
    from mlflow.server import app as flask_app

    return flask_app


def _as_asgi(app: Flask) -> Any:
    from mlflow.server.fastapi_app import create_fastapi_app

    return create_fastapi_app(app)


def _inner(name: str) -> Any:
    found = {each.name: each.value for each in get_entry_points("mlflow.app")}
    if name in _OURS:
        raise MlflowException(
            f"{INNER} is {name!r}, which is the wrapper itself. Next step: name the application in it."
        )
    where = found.get(name, name)
    module, _, attribute = where.partition(":")
    if not attribute:
        known = ", ".join(sorted(set(found) - set(_OURS)))
        raise MlflowException(
            f"{INNER} is {name!r}, and no application has that name. Next step: {known}, or MODULE:NAME."
        )
    app = getattr(importlib.import_module(module), attribute)
    # As MLflow tells a factory from an application.
    return app() if inspect.isfunction(app) else app


def _takes_asgi(app: Any) -> bool:
    return inspect.iscoroutinefunction(getattr(app, "__call__", app)) or inspect.iscoroutinefunction(app)  # noqa: B004
