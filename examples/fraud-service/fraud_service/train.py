"""The training job: trains both models, registers them in MLflow, and makes them champions if they are good enough.

    python -m fraud_service.train [--if-missing] [--by NAME]

What happened to which version is logged: `registered`, `version_created`, then `approved` and `alias_set`, or
`rejected`.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING, Any

from fraud_service import registry
from fraud_service.champion import TRUSTED
from fraud_service.payments import MODEL, SIMPLE_MODEL, training_data
from fraud_service.registry import ALIAS, REGISTRY
from fraud_service.settings import Settings, configure_logger, read
from model_logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS = 20_000
_SEED = 7
# Below this no version becomes the champion, whoever trained it.
_LEAST_AUC = 0.7


def _models() -> dict[str, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        MODEL: HistGradientBoostingClassifier(max_iter=60, random_state=_SEED),
        SIMPLE_MODEL: make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(random_state=_SEED)),
    }


def fit(threshold: float) -> Iterator[tuple[str, Any, dict[str, float]]]:
    """Yield the name of each model, the model, and its metrics on payments that it was not trained on.

    Args:
        threshold: From which score on a payment counts as fraud.
    """
    from sklearn.metrics import accuracy_score, roc_auc_score
    from sklearn.model_selection import train_test_split

    rows, fraud = training_data(_ROWS)
    seen, unseen, seen_fraud, unseen_fraud = train_test_split(
        rows, fraud, test_size=0.3, random_state=_SEED, stratify=fraud
    )
    for name, model in _models().items():
        model.fit(seen, seen_fraud)
        scores = model.predict_proba(unseen)[:, 1]
        yield (
            name,
            model,
            {
                "roc_auc": float(roc_auc_score(unseen_fraud, scores)),
                "accuracy": float(accuracy_score(unseen_fraud, scores > threshold)),
            },
        )


def train(settings: Settings, by: str) -> bool:
    """Train, register and judge both models; False where one of them is not good enough."""
    client = registry.client(settings)
    good = True
    for name, model, metrics in fit(settings.threshold):
        version = _register(client, name, model, metrics, by)
        good &= _judge(client, name, version, metrics["roc_auc"], by)
    return good


def _register(client: Any, name: str, model: Any, metrics: dict[str, float], by: str) -> str:
    import mlflow
    import mlflow.sklearn

    known = any(found.name == name for found in client.search_registered_models(f"name = '{name}'"))
    mlflow.set_experiment("fraud-service")
    with mlflow.start_run() as run:
        mlflow.log_metrics(metrics)
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name=name,
            pip_requirements=["scikit-learn"],  # MLflow would otherwise start a process that finds out
            skops_trusted_types=TRUSTED,
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
        )
    version = str(logged.registered_model_version)
    common: dict[str, Any] = {"model_name": name, "user": by, "registry": REGISTRY, "run_id": run.info.run_id}
    if not known:
        logger.registered(**common)
    logger.version_created(**common, model_version=version, metrics=metrics)
    return version


def _judge(client: Any, name: str, version: str, auc: float, by: str) -> bool:
    common: dict[str, Any] = {"model_name": name, "model_version": version, "user": by, "registry": REGISTRY}
    if auc < _LEAST_AUC:
        logger.rejected(**common, reason=f"ROC AUC {auc:.3f} is below {_LEAST_AUC}")
        print(f"{name} {version}: ROC AUC {auc:.3f}, below {_LEAST_AUC}: not made the {ALIAS}")
        return False
    logger.approved(**common, reason=f"ROC AUC {auc:.3f}")
    client.set_registered_model_alias(name, ALIAS, version)
    logger.alias_set(**common, alias=ALIAS)
    print(f"{name} {version}: ROC AUC {auc:.3f}, now the {ALIAS}")
    return True


def _all_there(settings: Settings) -> bool:
    from mlflow.exceptions import MlflowException

    client = registry.client(settings)
    try:
        for name in (MODEL, SIMPLE_MODEL):
            client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return False
        raise
    return True


def main(arguments: list[str]) -> int:
    """Run the job; return the exit code."""
    parser = argparse.ArgumentParser(description="Train both models, register them, and make them champions.")
    parser.add_argument("--if-missing", action="store_true", help="only where there is no champion yet")
    parser.add_argument("--by", default=getpass.getuser(), help="who is named in the audit trail")
    chosen = parser.parse_args(arguments)
    settings = read()
    configure_logger(settings, "fraud-training")
    if chosen.if_missing and _all_there(settings):
        return 0
    return 0 if train(settings, chosen.by) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
