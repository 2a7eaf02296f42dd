"""The manifests of shipper/kubernetes against the API's own schemas, and the sidecar's commands, run for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import yaml

from model_logs import assets

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

FOLDER = assets.path("shipper/kubernetes")
MANIFESTS = [
    (path.name, document)
    for path in sorted(FOLDER.glob("*.yml"))
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("file", "manifest"), MANIFESTS, ids=[f"{file} {body['kind']}" for file, body in MANIFESTS])
@pytest.mark.parametrize("version", ["1.29", "1.33"])
def test_a_manifest_is_what_the_api_takes_and_has_no_name_that_it_does_not_know(
    file: str, manifest: dict[str, Any], version: str
) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelled_name_is_seen() -> None:
    (manifest,) = (body for file, body in MANIFESTS if body["kind"] == "Deployment")
    pod = manifest["spec"]["template"]["spec"]
    wrong = {**pod, "initContainer": pod["initContainers"]}
    spec = {**manifest["spec"], "template": {**manifest["spec"]["template"], "spec": wrong}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**manifest, "spec": spec}, "1.33", strict=True)


def _pod() -> dict[str, Any]:
    (manifest,) = (body for file, body in MANIFESTS if file == "sidecar.yml" and body["kind"] == "Deployment")
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return found


def test_service_and_sidecar_share_the_volume_and_the_sidecar_outlives_the_service() -> None:
    pod = _pod()
    (sidecar,), (service,) = pod["initContainers"], pod["containers"]
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["volumeMounts"] == service["volumeMounts"] == [{"name": "logs", "mountPath": "/logs"}]
    (path,) = (each["value"] for each in service["env"] if each["name"] == "MODEL_LOGS_PATH")
    assert path.startswith("/logs/")
    for container in (sidecar, service):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_sidecar_sends_what_was_written_before_after_and_at_the_stop(
    applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    (sidecar,) = _pod()["initContainers"]
    service = (
        "from model_logs import logger\n"
        "for number in range(200):\n"
        "    logger.prediction(model_name='sidecar', model_version='3', request_id=f'r-{number}', latency_ms=1)\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_")}
    env |= {"MODEL_LOGS_URL": es_url, "MODEL_LOGS_FOLDER": str(tmp_path), "MODEL_LOGS_ROTATE": "1000"}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    serve = [sys.executable, "-c", service]
    own = {**env, "MODEL_LOGS_PATH": str(tmp_path / "churn.log")}
    with subprocess.Popen([*sidecar["command"], *sidecar["args"]], env=env, start_new_session=True) as shipper:
        try:
            subprocess.run(serve, env=own, check=True)
            until = time.monotonic() + 120
            while not list(tmp_path.glob("churn.log.*")) and time.monotonic() < until:
                time.sleep(0.2)
            assert list(tmp_path.glob("churn.log.*")), "a file over the size is renamed"
            subprocess.run(serve, env=own, check=True)
            shipper.send_signal(signal.SIGTERM)
            subprocess.run(serve, env=own, check=True)  # what a service still writes while it ends
            assert shipper.wait(120) == 0
        finally:
            if shipper.poll() is None:
                os.killpg(shipper.pid, signal.SIGKILL)
    applied.indices.refresh(index="logs-model.*")
    query = {"term": {"model_name": "sidecar"}}
    assert applied.count(index="logs-model.prediction-development", query=query)["count"] == 600
    closed = applied.count(index="logs-model.*", query={"term": {"event_type": "writer_closed"}})
    assert closed["count"] == 3
