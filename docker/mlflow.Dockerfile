# MLflow's server with a driver for PostgreSQL, which its own image lacks, and what the registration example trains with.
ARG MLFLOW_VERSION=3.17.2
FROM python:3.13-slim-bookworm
ARG MLFLOW_VERSION
RUN pip install --no-cache-dir "mlflow==${MLFLOW_VERSION}" "psycopg2-binary>=2.9" "scikit-learn>=1.5" \
    && mkdir -p /mlflow && chown 1000:0 /mlflow
ENV HOME=/mlflow PYTHONUNBUFFERED=1
WORKDIR /mlflow
USER 1000:0
