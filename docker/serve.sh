#!/usr/bin/env bash
# Serves the champion of the registry (`register_model.py` sets that alias), and logs each prediction: MLflow's own server,
# with our hook in the logging configuration that uvicorn reads. Started again, it serves the champion of that moment.
#
#   serve.sh [OPTION...]      further options of `mlflow models serve`
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# Loading scikit-learn takes longer than the five seconds that uvicorn gives a worker.
export UVICORN_LOG_CONFIG="$here/serve.json" UVICORN_TIMEOUT_WORKER_HEALTHCHECK=120
exec mlflow models serve --model-uri "models:/${MODEL:-fraud-detection-model}@champion" --env-manager local --workers 1 \
  --host 0.0.0.0 --port 8001 "$@"
