"""Trains a model, registers it in MLflow and points an alias at it: today's form of the source document's example.

Stages are gone from MLflow's own screens; an alias says which version serves, and `docker/serve.sh` answers by it.
Run by the service `register` of the profile `registry`; MLFLOW_TRACKING_URI names the server. Each run registers one
more version.
"""

from __future__ import annotations

import sys

import mlflow
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MODEL = "fraud-detection-model"


def main() -> int:
    """Register one version and make it the champion."""
    features, labels = load_breast_cancer(return_X_y=True, as_frame=True)
    seen, unseen, seen_labels, unseen_labels = train_test_split(features, labels, random_state=0, stratify=labels)
    mlflow.set_experiment("model-logs")
    with mlflow.start_run(run_name="training"):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(seen, seen_labels)
        answers = model.predict(unseen)
        mlflow.log_param("C", 0.1)
        mlflow.log_metrics(
            {"accuracy": accuracy_score(unseen_labels, answers), "f1": f1_score(unseen_labels, answers)}
        )
        logged = mlflow.sklearn.log_model(
            sk_model=model,
            name="model",
            signature=infer_signature(seen, answers),
            registered_model_name=MODEL,
        )
    client = MlflowClient()
    version = str(logged.registered_model_version)
    client.set_model_version_tag(MODEL, version, "validated", "true")
    client.set_registered_model_alias(MODEL, "champion", version)
    sys.stdout.write(f"{MODEL} {version} is the champion.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
