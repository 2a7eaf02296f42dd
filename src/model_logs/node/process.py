"""The node's process: its start, its identity, its end.

A process is known by its number, by when it started and by the folder on its command line, so that a number that the
system gave to somebody else is never taken for the node, and never killed.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from model_logs.errors import NodeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_logs.node.distribution import Distribution
    from model_logs.node.folders import Folder
    from model_logs.node.java_runtime import Java

__all__ = ["NodeState", "end_process", "launch", "read_state", "tail", "write_configuration", "write_state"]

_OPTIONS = Path(__file__).parent / "java" / "jvm.options"
_LOG4J = Path(__file__).parent / "java" / "log4j2.properties"

_FRAME = re.compile(r"(^|\] )\t(at |\.\.\. \d+ more)")
_START_TIME_TOLERANCE_S = 60.0  # the system's clock may be set while a node runs


@dataclass(frozen=True)
class NodeState:
    """The stored state of a running node.

    Attributes:
        pid: Process number.
        started: When the process started, in seconds since 1970.
        url: Where it answers.
        version: Of Elasticsearch.
        java: Which Java runs it, in words.
    """

    pid: int
    started: float
    url: str
    version: str
    java: str


def write_configuration(folder: Folder, settings: Mapping[str, object]) -> None:
    """Write the node's configuration; whatever was there is replaced."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in settings.items()]
    text = "# Written by model-logs at each start: changes are lost.\n" + "\n".join(lines) + "\n"
    (folder.config / "elasticsearch.yml").write_text(text, encoding="utf-8")
    (folder.config / "log4j2.properties").write_bytes(_LOG4J.read_bytes())


def launch(
    folder: Folder, distribution: Distribution, java: Java, *, heap: str, stop_with_parent: bool
) -> subprocess.Popen[bytes]:
    """Start the process. It outlives us, unless told to stop with us: then it watches a pipe that we hold."""
    folder.ports.unlink(missing_ok=True)
    command = [
        str(java.executable),
        *_options(java),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        f"-Des.path.home={distribution.root}",
        f"-Des.path.conf={folder.config}",
        f"-Dmodel_logs.stop_with_parent={str(stop_with_parent).lower()}",
        "-cp",
        distribution.class_path,
        "modellogs.launcher.Launcher",
    ]
    with folder.console.open("wb") as console:
        return subprocess.Popen(  # noqa: S603  # the Java that was found, and our own class
            command,
            cwd=folder.root,
            stdin=subprocess.PIPE if stop_with_parent else subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _options(java: Java) -> Iterator[str]:
    for line in _OPTIONS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        since, separator, option = line.partition("-:")
        if not (separator and since.isdigit()):
            yield line
        elif java.version >= int(since):
            yield option


def write_state(folder: Folder, state: NodeState) -> None:
    """Remember a node."""
    new = folder.state.with_suffix(".new")
    new.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
    new.replace(folder.state)


def read_state(folder: Folder) -> NodeState | None:
    """Return the node that runs in a folder, or None; what is left of a dead one is not a node."""
    try:
        state = NodeState(**json.loads(folder.state.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise NodeError(
            f"The node's state {folder.state} cannot be read: {error}.",
            next_step="end the node by hand if one runs (look for modellogs in the list of processes), "
            "then delete the file.",
        ) from error
    return state if _process_of(folder, state) is not None else None


def _process_of(folder: Folder, state: NodeState) -> psutil.Process | None:
    try:
        process = psutil.Process(state.pid)
        same = (
            process.status() != psutil.STATUS_ZOMBIE
            and abs(process.create_time() - state.started) < _START_TIME_TOLERANCE_S
            and f"-Des.path.conf={folder.config}" in process.cmdline()
        )
    except psutil.Error:
        return None
    return process if same else None


def end_process(folder: Folder, state: NodeState, *, patience_s: float) -> bool:
    """End the node: SIGTERM, and SIGKILL when it is still there after a while.

    Returns:
        Whether SIGTERM was enough, so that everything is on disk.
    """
    process = _process_of(folder, state)
    clean = True
    if process is not None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=patience_s)
        except psutil.TimeoutExpired:
            clean = False
            process.kill()  # psutil checks once more that it is the same process
            process.wait(timeout=patience_s)
    folder.state.unlink(missing_ok=True)
    folder.ports.unlink(missing_ok=True)
    return clean


def tail(folder: Folder, lines: int) -> str:
    """Return the last lines of what Java printed and of Elasticsearch's log, without the frames of stack traces."""
    found: list[str] = []
    for path in (folder.console, folder.log):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found.extend(line for line in text.splitlines() if not _FRAME.search(line))
    return "\n".join(found[-lines:])
