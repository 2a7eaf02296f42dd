"""The model registry, as the jobs reach it: MLflow, none of whose requests waits longer than it may.

Neither the service nor the model server imports this: they read the copies on disk (`champion`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fraud_service.settings import Settings

ALIAS = "champion"
REGISTRY = "mlflow"


def client(settings: Settings) -> Any:
    """Return a client of the registry."""
    # Read by MLflow at each request. Its own are two minutes and seven attempts.
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(max(1, round(settings.registry_timeout_s)))
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    mlflow.set_tracking_uri(settings.mlflow_uri)
    mlflow.set_registry_uri(settings.mlflow_uri)
    return mlflow.MlflowClient()
