"""The Chaos Toolkit in an environment of its own (it needs Python 3.12), and real targets for experiments."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.proof import toxiproxy as proxies
from tests.examples.conftest import free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TOOLKIT = "chaostoolkit==1.21.4"
_SERVICE = """
import http.server, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = 200 if body.startswith(b"{") and len(body) < 1_000_000 else 400
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *_):
        pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 256
    def handle_error(self, *_):
        pass
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def python_312() -> str | None:
    """Return a Python that the toolkit runs on."""
    if sys.version_info >= (3, 12):
        return sys.executable
    named = [shutil.which(f"python3.{minor}") for minor in (12, 13, 14)]
    there = [str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python3"))]
    for python in [*filter(None, named), *there]:
        # A shim of pyenv may stand for a version that is not switched on.
        code = "import sys; sys.exit(sys.version_info < (3, 12))"
        if subprocess.run([python, "-c", code], check=False, capture_output=True).returncode == 0:
            return python
    return None


@pytest.fixture(scope="session")
def toolkit_python() -> str:
    """A Python with the toolkit and what `model-logs` needs, in the user's cache; the project comes by PYTHONPATH."""
    python = python_312() or pytest.skip("no Python 3.12 or newer is here, which the Chaos Toolkit needs")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for each in project["optional-dependencies"]["chaos"] if "toolkit" not in each),
        # The development node is asked by a client of its own version.
        *(each for each in project["optional-dependencies"]["node"] if each.startswith("elasticsearch")),
        TOOLKIT,
    ]
    key = hashlib.sha256(json.dumps([python, *wanted]).encode()).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "model-logs-tests" / f"chaos-{key}"
    made = folder / "bin" / "python"
    if not (folder / "complete").exists():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}")
        subprocess.run([python, "-m", "venv", draft], check=True)
        subprocess.run(
            [draft / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
            check=True,
        )
        (draft / "complete").touch()
        # Its scripts name the folder that they were installed in.
        for script in (draft / "bin").iterdir():
            if script.is_file() and not script.is_symlink() and b"\0" not in (text := script.read_bytes())[:200]:
                script.write_bytes(text.replace(str(draft).encode(), str(folder).encode()))
        try:
            draft.rename(folder)
        except OSError:  # another worker was first
            shutil.rmtree(draft)
    return str(made)


@dataclass
class Target:
    """A small real server with a process id file, which experiments are aimed at."""

    url: str
    pid_file: Path
    process: subprocess.Popen[bytes]


@contextmanager
def serving(folder: Path) -> Iterator[Target]:
    """Start a server that answers 200 to a JSON object and 400 to anything else."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", _SERVICE, str(port)], start_new_session=True)
    pid_file = folder / "service.pid"
    pid_file.write_text(f"{process.pid}\n")
    import socket

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    try:
        until(answers, "the server does not answer")
        yield Target(f"http://127.0.0.1:{port}/api/predict", pid_file, process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with serving(tmp_path) as found:
        yield found


@contextmanager
def toxiproxy() -> Iterator[str]:
    """Run Toxiproxy, and give the address of its API."""
    with proxies.running() as server:
        yield (server or pytest.skip("Toxiproxy is not here, and no Go to install it with")).api


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults of one test are no other's."""
    monkeypatch.setenv("MODEL_LOGS_CHAOS_STATE", str(tmp_path / "faults"))


def experiment_of(target: Target, *method: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an experiment that is quick: its load settles within two seconds."""
    probe = {
        "name": "requests are answered",
        "type": "probe",
        "tolerance": {"type": "range", "range": [0.95, 1.0]},
        "provider": {
            "type": "python",
            "module": "model_logs.chaos.probes",
            "func": "share_answered",
            "arguments": {"last_s": 1.0},
        },
    }
    content: dict[str, Any] = {
        "version": "1.0.0",
        "title": "Does it answer?",
        "description": "A quick one.",
        "steady-state-hypothesis": {"title": "it answers", "probes": [probe]},
        "method": list(method),
        "rollbacks": [
            {
                "name": "undo",
                "type": "action",
                "provider": {"type": "python", "module": "model_logs.chaos.actions.rollback", "func": "undo"},
            }
        ],
        "extensions": [
            {
                "name": "model-logs",
                "experiment": {
                    "name": "quick",
                    "service": "service",
                    "model": "fraud",
                    "blast_radius": 1,
                    "every_s": 0.3,
                    "load": {
                        "url": target.url,
                        "rate": 20,
                        "bodies": "bodies.ndjson",
                        "timeout_ms": 400,
                        "settle_s": 2.5,
                    },
                },
            }
        ],
    }
    content["extensions"][0]["experiment"].update(changes)
    return content


def action(module: str, func: str, *, after: float = 2.5, **arguments: Any) -> dict[str, Any]:
    """Return an action of ours, with a pause for recovery behind it."""
    return {
        "name": func,
        "type": "action",
        "provider": {
            "type": "python",
            "module": f"model_logs.chaos.actions.{module}",
            "func": func,
            "arguments": arguments,
        },
        "pauses": {"after": after},
    }


@dataclass
class Ended:
    """What `model-logs chaos run` did."""

    code: int
    run: dict[str, Any]
    events: list[dict[str, Any]]
    stderr: str


def start(python: str, folder: Path, content: dict[str, Any], *options: str, **env: str) -> subprocess.Popen[str]:
    """Start `model-logs chaos run` on an experiment."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bodies.ndjson").write_text(
        '{"card": "card-0001", "amount": 12.5}\n{"card": "card-0002", "amount": 7.0}\n'
    )
    file = folder / "experiment.yml"
    file.write_text(json.dumps(content))
    command = [python, "-c", "from model_logs.cli import model_logs; model_logs()", "chaos", "run", str(file)]
    return subprocess.Popen(
        [*command, "--any-time", "--to", str(folder / "runs"), "--output", "json", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "MODEL_LOGS_PATH": str(folder / "events.log"), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], folder: Path) -> Ended:
    """Wait for a run, and return what it left."""
    out, err = process.communicate(timeout=240)
    log = folder / "events.log"
    events = [json.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []
    runs = json.loads(out)["runs"] if out.strip() else [{}]
    return Ended(
        process.returncode, runs[0], [event for event in events if event["event_type"] != "writer_closed"], err
    )
