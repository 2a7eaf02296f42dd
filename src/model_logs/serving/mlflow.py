"""The hook for an unmodified `mlflow models serve`: the middleware around its scoring server, and its model observed.

MLflow offers no place for a middleware, but uvicorn, which serves it, reads a logging configuration from the
environment (`UVICORN_LOG_CONFIG`), and such a file may name a function: `install`. docs/recipes/mlflow.md has the
file. MLflow itself is loaded where uvicorn loads it, in the workers, and not in the process that starts them.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["install"]

_APP = "mlflow.pyfunc.scoring_server.app:app"
_ROUTES = ("POST /invocations",)
# Where MLflow writes which version of a registered model a folder holds, and where it says which folder it serves.
_REGISTERED = "registered_model_meta"
_FOLDER = "__pyfunc_model_path__"
_BEHIND_SCHEMA = "_predict_fn"
_options: dict[str, Any] = {}
_installed = False


def install(**options: Any) -> logging.Formatter:
    """Return a plain formatter, and log the predictions of MLflow's scoring server from now on.

    For `"()"` among the `formatters` of a logging configuration. The model's name and version are those of the
    registry where it came from one (`-m models:/churn/3`).

    Args:
        options: Options of `ASGIMiddleware` that JSON can hold: `model_name`, `model_version`, `stage`, `variant`,
            `routes`, `watch_client`, `body_id`, `timeout_ms`. What is not given is found out.
    """
    global _installed  # noqa: PLW0603 - one server for each process; uvicorn reads its configuration more than once
    _options.update(options)
    if not _installed:
        # Neither uvicorn nor MLflow is a dependency of ours: whoever reads this name has loaded them, or will.
        config: Any = import_module("uvicorn.config").Config
        # Where uvicorn imports the application: with one worker that is before `load`.
        step = "load_app" if hasattr(config, "load_app") else "load"
        setattr(config, step, _loading(getattr(config, step)))
        _installed = True
    return logging.Formatter()


def _loading(load: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return uvicorn's loading of an application, which prepares MLflow's server before it is made."""

    def prepare_and_load(config: Any) -> Any:
        if config.app == _APP and _APP.partition(":")[0] not in sys.modules:
            server: Any = import_module(_APP.rpartition(".")[0])
            server.init = _initializing(server.init)
        return load(config)

    return prepare_and_load


def _initializing(init: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return MLflow's making of its server around a model, with both of them watched."""

    def init_and_wrap(model: Any) -> Any:
        from model_logs.serving.asgi import ASGIMiddleware
        from model_logs.serving.model import observe

        # Not `predict`: that holds the input against the schema first, which is the caller's fault, and whose message
        # has the input in it.
        model = observe(model, methods=(_BEHIND_SCHEMA,)) if hasattr(model, _BEHIND_SCHEMA) else observe(model)
        return ASGIMiddleware(init(model), **{"routes": _ROUTES, **_registered(), **_options})

    return init_and_wrap


def _registered() -> dict[str, str]:
    """Return name and version of the model that is served, as the registry has them; nothing where it has none."""
    import os
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    from model_logs.errors import ModelLogsError
    from model_logs.files.reading import read_yaml

    place = os.environ.get(_FOLDER, "")
    folder = unquote(urlsplit(place).path) if place.startswith("file:") else place
    try:
        found = read_yaml(Path(folder) / _REGISTERED)
        return {name: str(found[name]) for name in ("model_name", "model_version")}
    except (ModelLogsError, TypeError, KeyError):
        return {}
