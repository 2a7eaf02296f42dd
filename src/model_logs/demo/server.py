"""The process group of the demo's service: uvicorn with several workers, started, waited for and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["FOLDER", "LOG", "WORKERS", "serving"]

# What the workers are told.
FOLDER = "MODEL_LOGS_DEMO_FOLDER"
LOG = "MODEL_LOGS_DEMO_LOG"

WORKERS = 2
# A machine may be busy; a service that ends is seen at once.
_START_S = 180.0
_STOP_S = 10.0


@contextmanager
def serving(folder: Path, log: Path) -> Iterator[str]:
    """Serve what the registry in the folder says, and yield the URL; all workers are gone at the end.

    Raises:
        ModelLogsError: It does not start.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Handed over open, so that no other can take the port in between. uvicorn's workers leave Nagle's algorithm
        # on for a socket that is handed to them: 40 ms for each answer. Connections inherit this from here.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        output = folder / "service.log"
        with output.open("wb") as stream:
            process = _start(folder, log, listener, stream)
    try:
        _wait(process, url, output)
        yield url
    finally:
        _end(process)


def _start(folder: Path, log: Path, listener: socket.socket, stream: BinaryIO) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "model_logs.demo.service:create_app"]
    command += ["--fd", str(listener.fileno()), "--workers", str(WORKERS)]
    command += ["--no-access-log", "--log-level", "warning"]
    environment = os.environ | {
        FOLDER: str(folder),
        LOG: str(log),
        # One thread for each worker's arithmetic: there are as many workers as the machine should feel.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.Popen(  # noqa: S603  # our own interpreter and module
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=subprocess.STDOUT,
        pass_fds=[listener.fileno()],
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], url: str, output: Path) -> None:
    import httpx

    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == 200:  # noqa: PLR2004  # HTTP: OK
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    tail = "\n".join(output.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    raise ModelLogsError(f"The demo's service did not start:\n{tail}", next_step=f"Look into {output}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, and make it after a while: no worker outlives the demo."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
