"""Runs the vectors on a real Logstash: the one of LOGSTASH_HOME, or its image under Docker.

All of one road in one JVM: the pipeline's own filters, between an input that reads events as Filebeat sends them and
an output that writes a file. What a document became is found again by `log.offset`, which counts the vectors.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from model_logs import assets
from model_logs.errors import PipelineError
from model_logs.pipeline.comparison import Difference, VectorResult, compare_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from model_logs.pipeline.vectors import Vector

__all__ = ["DEFAULT_IMAGE", "Logstash", "in_docker", "installed"]

DEFAULT_IMAGE: Final = "docker.elastic.co/logstash/logstash:9.5.2"
_LONGEST_RUN_S: Final = 600
# The one filter that the pipeline of registries and gates has otherwise.
_UNATTESTED: Final = "60-unattested"
_IN_CONTAINER: Final = (Path("/vectors"), Path("/model-logs"))

# The codec would add a copy of the whole event as event.original; Filebeat's events have one of the message.
_INPUT: Final = """\
input { stdin { id => "vectors" codec => json_lines { ecs_compatibility => "disabled" } } }
"""
_OUTPUT: Final = """\
output { file { id => "documents" path => "%s" codec => json_lines flush_interval => 0 } }
"""
# The pipeline's own settings are for production: queues on disk, an API on a port.
_SETTINGS: Final = """\
pipeline.ecs_compatibility: v8
pipeline.workers: 1
queue.type: memory
api.enabled: false
config.support_escapes: false
log.level: warn
allow_superuser: true
"""


@dataclass(frozen=True, slots=True)
class Logstash:
    """One way to start Logstash.

    Attributes:
        name: What to call it in messages.
        command: What comes before Logstash's own options; `{work}` and `{pipelines}` are put in.
        work: The working folder as Logstash sees it; None where it is the one of this machine.
        pipelines: The folder of the pipelines as Logstash sees it; None where it is the one of this machine.
        log4j: The configuration of its log; None where the image has one.
    """

    name: str
    command: tuple[str, ...]
    work: Path | None = None
    pipelines: Path | None = None
    log4j: Path | None = None

    def run(self, vectors: Sequence[Vector]) -> list[VectorResult]:
        """Send all vectors through the pipeline, and compare what comes out.

        Raises:
            PipelineError: Logstash does not start, does not accept the pipeline, or does not come to an end.
        """
        documents: dict[int, list[dict[str, Any]]] = {}
        for attested in (False, True):
            ours = {number: vector for number, vector in enumerate(vectors) if vector.attested is attested}
            if ours:
                documents |= self._documents(ours, attested=attested)
        return [_outcome(vector, documents.get(number, [])) for number, vector in enumerate(vectors)]

    def _documents(self, vectors: Mapping[int, Vector], *, attested: bool) -> dict[int, list[dict[str, Any]]]:
        pipelines = assets.path("pipelines")
        with tempfile.TemporaryDirectory(prefix="model-logs-vectors-") as folder:
            work = Path(folder)
            # The image runs as a user of its own.
            work.chmod(0o777)
            self._write(work, _filters(pipelines, attested=attested))
            self._start(work, pipelines, b"".join(_event(number, vector) for number, vector in vectors.items()))
            return _documents(work / "documents.ndjson")

    def _write(self, work: Path, filters: Iterable[Path]) -> None:
        for name in ("conf", "settings", "data", "logs"):
            (work / name).mkdir()
            (work / name).chmod(0o777)
        for path in filters:
            shutil.copy(path, work / "conf" / path.name)
        (work / "conf" / "00-vectors.conf").write_text(_INPUT, encoding="utf-8")
        documents = (self.work or work) / "documents.ndjson"
        (work / "conf" / "99-documents.conf").write_text(_OUTPUT % documents, encoding="utf-8")
        (work / "settings" / "logstash.yml").write_text(_SETTINGS, encoding="utf-8")
        (work / "settings" / "pipelines.yml").write_text("[]\n", encoding="utf-8")
        if self.log4j is not None:
            shutil.copy(self.log4j, work / "settings" / "log4j2.properties")
            jvm = self.log4j.with_name("jvm.options")
            if jvm.is_file():
                shutil.copy(jvm, work / "settings" / "jvm.options")

    def _start(self, work: Path, pipelines: Path, events: bytes) -> None:
        seen = self.work or work
        own = {"work": str(work), "pipelines": str(pipelines)}
        command = [
            *(part.format(**own) for part in self.command),
            *("--path.settings", str(seen / "settings"), "--path.data", str(seen / "data")),
            *("--path.logs", str(seen / "logs"), "--path.config", f"{seen}/conf/*.conf"),
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_")}
        environment["MODEL_LOGS_HOME"] = str(self.pipelines or pipelines)
        try:
            done = subprocess.run(  # noqa: S603 - the user's own Logstash or Docker
                command, input=events, capture_output=True, check=False, timeout=_LONGEST_RUN_S, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PipelineError(
                f"{self.name} did not run the vectors: {error}.", next_step="Start it by hand to see what it says."
            ) from error
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-30:]
            raise PipelineError(
                f"{self.name} ended with {done.returncode}:\n" + "\n".join(said),
                next_step="Correct the pipeline; `--config.test_and_exit` shows a mistake in its place.",
            )


def installed() -> Logstash | None:
    """Return the Logstash of LOGSTASH_HOME; None when that is not set.

    Raises:
        PipelineError: It is set, and there is no Logstash.
    """
    home = os.environ.get("LOGSTASH_HOME")
    if not home:
        return None
    program = Path(home) / "bin" / "logstash"
    if not program.is_file():
        raise PipelineError(
            f"There is no Logstash in {home} (LOGSTASH_HOME).", next_step="Name the folder that holds bin/logstash."
        )
    return Logstash(f"Logstash in {home}", (str(program),), log4j=Path(home) / "config" / "log4j2.properties")


def in_docker(image: str) -> Logstash | None:
    """Return the Logstash of an image; None when there is no Docker that answers."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    answer = subprocess.run([docker, "version"], capture_output=True, check=False)  # noqa: S603 - found on PATH
    if answer.returncode != 0:
        return None
    work, pipelines = _IN_CONTAINER
    command = (
        *(docker, "run", "--rm", "--interactive", "--volume", f"{{work}}:{work}"),
        *("--volume", f"{{pipelines}}:{pipelines}:ro", "--env", f"MODEL_LOGS_HOME={pipelines}", image, "logstash"),
    )
    return Logstash(f"Logstash in Docker ({image})", command, work=work, pipelines=pipelines)


def _filters(pipelines: Path, *, attested: bool) -> Iterable[Path]:
    """Return the files of the main pipeline, or of that of registries and gates, between input and output."""
    files = sorted((pipelines / "conf.d").glob("*.conf"))
    if attested:
        files = [path for path in files if path.stem != _UNATTESTED]
        files += sorted((pipelines / "registries").glob("*.conf"))
    found = [path for path in files if not path.stem.endswith(("-input", "-output"))]
    if not found:
        raise PipelineError(
            f"There is no filter in {pipelines / 'conf.d'}.", next_step="Restore the files from the repository."
        )
    return found


def _event(number: int, vector: Vector) -> bytes:
    """Return the event that Filebeat makes of a line."""
    event: dict[str, Any] = {
        "@timestamp": "2026-01-15T10:30:02.000Z",
        "message": vector.line.decode("utf-8", "replace"),
        "log": {
            "offset": number,
            "file": {
                "path": f"/var/log/models/{vector.file}",
                "device_id": "66305",
                "inode": "1311",
                "fingerprint": "5f" * 32,
            },
        },
        "host": {"name": "filebeat"},
        "agent": {"type": "filebeat", "name": "filebeat", "version": "9.5.2"},
        "ecs": {"version": "8.0.0"},
        "input": {"type": "filestream"},
        "tags": ["beats_input_codec_plain_applied"],
    }
    event["event"] = {"original": event["message"]}
    if vector.env is not None:
        event["fields"] = {"env": vector.env}
    return orjson.dumps(event) + b"\n"


def _documents(path: Path) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    if path.is_file():
        for line in path.read_bytes().splitlines():
            document = orjson.loads(line)
            found.setdefault(document.get("log", {}).get("offset", -1), []).append(document)
    return found


def _outcome(vector: Vector, documents: list[dict[str, Any]]) -> VectorResult:
    if len(documents) > 1:
        return VectorResult(vector, (Difference("documents", 1, len(documents)),))
    return compare_document(vector, documents[0] if documents else None)
