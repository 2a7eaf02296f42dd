"""What stands in the run that trained a version: its author, its data, and the figures that were asked for."""

from __future__ import annotations

import os
from typing import Any

from model_logs.registries.mlflow.writing import counts

__all__ = ["facts"]

# Names with commas: auc,f1.
METRICS = "MODEL_LOGS_MLFLOW_METRICS"
PARAMETERS = "MODEL_LOGS_MLFLOW_PARAMETERS"
_USER = "mlflow.user"
_MOST_DATASETS = 8


def facts(run_id: str) -> dict[str, Any]:
    """Return fields about a run, from the store that the server itself asks; empty where it is not there.

    Args:
        run_id: The run.
    """
    from mlflow.server.handlers import _get_tracking_store

    try:
        run = _get_tracking_store().get_run(run_id)
    except Exception:  # noqa: BLE001 - the version is registered, whatever becomes of this
        # MLflow takes any text as a run: one of another server, or one that is no more.
        counts["run_unread"] += 1
        return {}
    labels = {}
    author = run.data.tags.get(_USER) or run.info.user_id
    if author:
        labels["run_author"] = author
    inputs = (run.inputs.dataset_inputs if run.inputs else None) or ()
    if inputs:
        found = [f"{each.dataset.name}@{each.dataset.digest}" for each in inputs]
        labels["run_datasets"] = ", ".join(found[:_MOST_DATASETS])
    for name in _names(PARAMETERS):
        if name in run.data.params:
            labels[f"param_{name}"] = run.data.params[name]
    metrics = {name: run.data.metrics[name] for name in _names(METRICS) if name in run.data.metrics}
    return {**({"metrics": metrics} if metrics else {}), **({"labels": labels} if labels else {})}


def _names(variable: str) -> list[str]:
    return [each.strip() for each in os.environ.get(variable, "").split(",") if each.strip()]
