# model-logs for the compose stack, from the package: `elk-bootstrap assets copy compose` writes this as docker/Dockerfile.
# A wheel in docker/wheels/ is taken before the package index; MODEL_LOGS_PACKAGE names another version.
FROM python:3.13-slim-bookworm
ARG MODEL_LOGS_PACKAGE="model-logs==@MODEL_LOGS_VERSION@"
# bash and openssl are in the base image; setup makes the certificates with them. Client 8.19 speaks to servers of 8.19
# and of 9.x; client 9 speaks to 9.x only, and ELK_VERSION may be either.
RUN --mount=type=bind,source=docker,target=/docker \
    pip install --no-cache-dir --find-links /docker/wheels \
        "${MODEL_LOGS_PACKAGE}" "elasticsearch>=8.19,<9" "scikit-learn>=1.5" \
    && mkdir -p /var/log/model-logs /home/model-logs \
    && chown 1000:0 /var/log/model-logs /home/model-logs
ENV HOME=/home/model-logs PYTHONUNBUFFERED=1
WORKDIR /home/model-logs
USER 1000:0
CMD ["elk-bootstrap", "--help"]
