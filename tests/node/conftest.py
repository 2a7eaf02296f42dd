"""What the tests of the node share: a repository of jars, with faults to order, and a node of their own."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import warnings
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from model_logs.node import RunningNode, find_running_node
from model_logs.node.distribution import ensure_distribution
from model_logs.node.folders import cache_folder
from model_logs.node.jars import Jar, locked_jars
from model_logs.node.java_runtime import find_java

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Mirror:
    """A Maven repository that holds the locked jars, as they are in this user's cache.

    Attributes:
        url: For `MODEL_LOGS_MAVEN`.
        faults: File name → what is wrong with it: `changed`, `truncated`, `missing`.
        served: File name → how often it was asked for.
    """

    url: str
    faults: dict[str, str] = field(default_factory=dict)
    served: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="session")
def jars_of_this_user() -> Path:
    ensure_distribution(find_java())
    return cache_folder() / "jars"


@pytest.fixture
def mirror(jars_of_this_user: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            fault = reflected.faults.get(name)
            path = jars_of_this_user / name
            reflected.served[name] += 1
            if fault == "missing" or not path.is_file():
                self.send_error(404)
                return
            content = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if fault == "changed":
                content = content[:-1] + bytes([content[-1] ^ 1])
            if fault == "truncated":
                content = content[: len(content) // 2]
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        reflected = Mirror(f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("MODEL_LOGS_MAVEN", reflected.url)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield reflected
        server.shutdown()
        thread.join()
    with warnings.catch_warnings():
        # jgo leaves the answer of a failed download open; it is collected here, not in somebody else's test.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def few_jars() -> list[Jar]:
    """Some small jars: what is true of them is true of all."""
    return sorted((jar for jar in locked_jars() if jar.place == "lib"), key=lambda jar: jar.size)[:5]


def _run_node_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `model-logs node …` as a user does: in a process of its own."""
    script = "from model_logs.cli import model_logs; model_logs()"
    command = [sys.executable, "-c", script, "node", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """A node that the command line started and will stop; it outlives the command."""
    home = tmp_path_factory.mktemp("node")
    started = _run_node_command("start", "--home", home, "--output", "json")
    assert started.returncode == 0, started.stderr
    running = find_running_node(home)
    assert running is not None
    assert json.loads(started.stdout)["url"] == running.url
    yield running
    stopped = _run_node_command("stop", "--home", home)
    assert stopped.returncode == 0, stopped.stderr
    assert "the data stays" in stopped.stderr
    assert find_running_node(home) is None
    assert any((home / "data").iterdir())


@pytest.fixture(scope="session")
def node_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    return _run_node_command
