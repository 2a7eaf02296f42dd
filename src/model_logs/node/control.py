"""Starts, finds and stops a node, for the command line, the fixtures and the demo."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from model_logs.errors import NodeError
from model_logs.node.distribution import ensure_distribution, version
from model_logs.node.folders import Folder, default_node_folder, locked
from model_logs.node.java_runtime import find_java
from model_logs.node.process import (
    NodeState,
    end_process,
    launch,
    read_state,
    tail,
    write_configuration,
    write_state,
)

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

__all__ = ["RunningNode", "find_running_node", "log_tail", "start_node"]

_START_S = 180.0  # about 4 s on an idle machine
_RECOVERY_S = 300.0
_STOP_S = 30.0
_POLL_S = 0.05
_LOG_LINES = 20


@dataclass(frozen=True)
class RunningNode:
    """A node that answers. As a context manager it stops at the end.

    Attributes:
        url: Where it answers, such as `http://127.0.0.1:9200`.
        pid: Its process.
        home: Its folder.
        data: Where in its folder it keeps what it stores.
        version: Of Elasticsearch.
        java: Which Java runs it, in words.
    """

    url: str
    pid: int
    home: Path
    data: Path
    version: str
    java: str
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False, compare=False)

    def stop(self) -> bool:
        """Stop the node and wait until it is gone; nothing happens when it is gone already.

        Returns:
            Whether it shut down by itself; False when it had to be killed.
        """
        folder = Folder(self.home)
        with locked(folder.lock):
            state = read_state(folder)
            clean = end_process(folder, state, patience_s=_STOP_S) if state and state.pid == self.pid else True
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait(_STOP_S)
        return clean

    def health(self) -> dict[str, Any]:
        """Return `_cluster/health`.

        Raises:
            NodeError: The process is there and does not answer.
        """
        try:
            answer: dict[str, Any] = _get(f"{self.url}/_cluster/health")
        except OSError as error:
            raise NodeError(
                f"The node of process {self.pid} does not answer at {self.url}: {error}.",
                next_step=f"look into {Folder(self.home).log}, or stop it with "
                f"`model-logs node stop --home {self.home}`.",
            ) from error
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def find_running_node(home: Path | str | None = None) -> RunningNode | None:
    """Return the node that runs in a folder, or None."""
    folder = _folder(home)
    state = read_state(folder)
    if state is None:
        return None
    return RunningNode(state.url, state.pid, folder.root, folder.data, state.version, state.java)


def log_tail(home: Path | str | None, lines: int) -> str:
    """Return the last lines of the log of the node in a folder; empty when none ever ran there."""
    return tail(_folder(home), lines)


def start_node(
    home: Path | str | None = None,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    heap: str = "512m",
    settings: Mapping[str, object] | None = None,
    extra_java: Sequence[Path] = (),
    stop_with_parent: bool = False,
    progress: bool = False,
) -> RunningNode:
    """Start a node and wait until it answers and has its data back.

    Args:
        home: Its folder; made when it is not there. Default: `MODEL_LOGS_NODE_HOME`, or the platform's folder for
            user data.
        port: 0 for a free one.
        host: An address of this machine's loopback; nothing else is accepted.
        heap: Java's heap, such as `512m` or `2g`.
        settings: More of Elasticsearch's settings.
        extra_java: Folders with the sources of additional plugins.
        stop_with_parent: End the node when this process ends, however it ends.
        progress: Draw a progress bar on stderr while something is downloaded.

    Raises:
        NodeError: It cannot start; the message says why and what to do.
    """
    folder = _folder(home)
    _check_loopback(host, settings or {})
    if not re.fullmatch(r"[1-9]\d*[mMgG]", heap):
        raise NodeError(
            f"{heap!r} is no size of a heap.", next_step="give megabytes or gigabytes, such as 512m or 2g."
        )
    folder.create()
    with locked(folder.lock):
        running = find_running_node(folder.root)
        if running is not None:
            raise NodeError(
                f"A node already runs in {folder.root}: {running.url}, process {running.pid}.",
                next_step="use it, stop it with `model-logs node stop`, or start another in a folder of its own "
                "with --home.",
            )
        _check_port(host, port)
        java = find_java()
        distribution = ensure_distribution(java, extra_java, progress=progress)
        write_configuration(folder, _settings(folder, host, port) | dict(settings or {}))
        process = launch(folder, distribution, java, heap=heap, stop_with_parent=stop_with_parent)
        started = psutil.Process(process.pid).create_time()
        try:
            url = _wait_until_listening(folder, process)
            state = NodeState(process.pid, started, url, version(), f"Java {java.version} ({java.source})")
            write_state(folder, state)
            _wait_until_recovered(folder, process, url)
        except BaseException:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
            folder.state.unlink(missing_ok=True)
            raise
    if not stop_with_parent:
        process.returncode = 0  # it is meant to outlive us: no warning from subprocess about that
    return RunningNode(
        url, state.pid, folder.root, folder.data, state.version, state.java, process if stop_with_parent else None
    )


def _folder(home: Path | str | None) -> Folder:
    return Folder(Path(home or default_node_folder()).absolute())


def _settings(folder: Folder, host: str, port: int) -> dict[str, object]:
    return {
        "cluster.name": "model-logs",
        "node.name": "node-1",
        "discovery.type": "single-node",
        "network.host": host,
        "http.port": port,
        "transport.port": 0,
        "node.portsfile": True,
        "path.data": str(folder.data),
        "path.logs": str(folder.logs),
        "path.repo": [str(folder.snapshots)],
        "xpack.security.enabled": False,
        # In bytes: a developer's disk that is 90 % full is no reason to refuse an index.
        "cluster.routing.allocation.disk.watermark.low": "1gb",
        "cluster.routing.allocation.disk.watermark.high": "750mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "500mb",
        # The serial collector frees a full heap only when something asks for memory, which the breaker of real memory
        # keeps from happening: the node would answer 429 for ever. So requests are counted, not the heap.
        "indices.breaker.total.use_real_memory": False,
    }


def _check_loopback(host: str, settings: Mapping[str, object]) -> None:
    refused = [name for name in settings if re.search(r"(^|[._])host$", name)]
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if refused or not loopback:
        raise NodeError(
            f"The development node listens on this machine only, not on {', '.join(refused) or host}: "
            "it has neither authentication nor TLS.",
            next_step="leave the host at 127.0.0.1; for others to reach it, run Elasticsearch itself, "
            "for example with docker-compose.elk.yml.",
        )


def _check_port(host: str, port: int) -> None:
    if port == 0:
        return
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NodeError(
                f"The node cannot listen on {host}:{port}: {error}.",
                next_step="give another port with --port, or none: then a free one is taken.",
            ) from error


def _wait_until_listening(folder: Folder, process: subprocess.Popen[bytes]) -> str:
    """Return the URL once Elasticsearch has written where it listens."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        _check_alive(folder, process)
        if folder.ports.is_file() and (text := folder.ports.read_text(encoding="utf-8")).endswith("\n"):
            return f"http://{text.splitlines()[0]}"
        time.sleep(_POLL_S)
    raise NodeError(
        f"The node did not listen within {_START_S:.0f} s. The end of its log:\n{tail(folder, _LOG_LINES)}",
        next_step=f"look into {folder.log}; a slow machine may need less load or more memory (--heap).",
    )


def _wait_until_recovered(folder: Folder, process: subprocess.Popen[bytes], url: str) -> None:
    """Wait for the data: after a crash the transaction log is replayed. An index that stays red is not waited for."""
    deadline = time.monotonic() + _RECOVERY_S
    while time.monotonic() < deadline:
        _check_alive(folder, process)
        try:
            if not _get(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s")["timed_out"]:
                return
        except OSError:  # 503 while it elects itself; 408 while it recovers
            time.sleep(_POLL_S)


def _check_alive(folder: Folder, process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise NodeError(
            f"The node ended while it started (exit code {process.returncode}). "
            f"The end of its log:\n{tail(folder, _LOG_LINES)}",
            next_step=f"look into {folder.log} and {folder.console}.",
        )


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # a URL of our own making
        return json.load(answer)
