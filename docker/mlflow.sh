#!/usr/bin/env bash
# Starts MLflow's server on PostgreSQL, with our store around its registry: each change of a model is an event in the file
# that MODEL_LOGS_REGISTRY_PATH names. The password comes from the environment, so that it stands in no command line that
# `ps` would show to every user of the host. (`docker inspect` shows it, to those who may use Docker.)
#
#   mlflow.sh [--host HOST] [OPTION...]      further options of `mlflow server`
set -euo pipefail
# psycopg2 by its name: SQLAlchemy 2.1 takes postgresql:// for psycopg 3, with which MLflow's own transitions fail.
database="postgresql+psycopg2://mlflow:${POSTGRES_PASSWORD:?}@${POSTGRES_ADDRESS:-postgres:5432}/mlflow"
export MLFLOW_BACKEND_STORE_URI="$database" MLFLOW_REGISTRY_STORE_URI="elk+$database"
# The hosts that may ask: MLflow refuses others, against requests that a browser was tricked into.
export MLFLOW_SERVER_ALLOWED_HOSTS="${MLFLOW_SERVER_ALLOWED_HOSTS:-localhost:*,127.0.0.1:*,mlflow:*}"
# One process, and no runners of jobs, which nothing here sends: four workers and the runners do not fit into MLFLOW_MEMORY.
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
# One line a change and one a refused attempt (--app-name elk).
exec mlflow server --host 0.0.0.0 --port 5000 --workers 1 --app-name elk \
  --uvicorn-opts "--timeout-worker-healthcheck 120" \
  --serve-artifacts --artifacts-destination "${MLFLOW_ARTIFACTS:-/mlflow/artifacts}" "$@"
