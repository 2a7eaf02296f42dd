#!/usr/bin/env bash
# Starts MLflow's server on PostgreSQL. The password comes from the environment, so that it stands in no command line that
# `ps` would show to every user of the host. (`docker inspect` shows it, to those who may use Docker.)
set -euo pipefail
export MLFLOW_BACKEND_STORE_URI="postgresql://mlflow:${POSTGRES_PASSWORD:?}@postgres:5432/mlflow"
# The hosts that may ask: MLflow refuses others, against requests that a browser was tricked into.
export MLFLOW_SERVER_ALLOWED_HOSTS="${MLFLOW_SERVER_ALLOWED_HOSTS:-localhost:*,127.0.0.1:*,mlflow:*}"
# One process, and no runners of jobs, which nothing here sends: four workers and the runners do not fit into MLFLOW_MEMORY.
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
exec mlflow server --host 0.0.0.0 --port 5000 --workers 1 --serve-artifacts --artifacts-destination /mlflow/artifacts
