"""A service behind gunicorn: one event for each request, while its workers are preloaded, reloaded and recycled.

The master opens the logger before it forks (`--preload`), which is where queues, locks and ids of a logger break.
An event counts as written when its request was answered.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.proof.tally import Tally, tally
from benchmarks.proof.writers import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["app", "served"]

ROOT = Path(__file__).resolve().parents[2]
CLIENTS, REQUESTS = 4, 500


def app() -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application; gunicorn calls this in the master or in each worker."""
    write = VARIANTS[os.environ["PROOF_VARIANT"]].open(os.environ["PROOF_PATH"], "served")
    write(f"opened-by-{os.getpid()}", "")

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        write(environ["PATH_INFO"].strip("/"), "")
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    return answer


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _ask(port: int, client: int, answered: set[str]) -> None:
    for number in range(REQUESTS):
        event_id = f"c{client}-{number}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", f"/{event_id}")
            if connection.getresponse().status == http.client.OK:
                answered.add(event_id)
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)  # a worker went away: this request was not answered, so nothing is expected of it
        finally:
            connection.close()


def _wait(port: int) -> None:
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("gunicorn does not listen")


def served(arguments: list[str], reloads: int, variant: str, folder: Path) -> Tally:
    """Run gunicorn, ask it from several threads, send it SIGHUP so many times meanwhile, and stop it with SIGTERM."""
    (folder / "log").mkdir(parents=True)
    port, answered = _free_port(), set[str]()
    path = folder / "log" / "events.jsonl"
    command = [sys.executable, "-m", "gunicorn", "benchmarks.proof.served:app()", "--bind", f"127.0.0.1:{port}"]
    environment = {**os.environ, "PROOF_VARIANT": variant, "PROOF_PATH": str(path)}
    with subprocess.Popen(
        [*command, "--workers", "3", *arguments], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as master:
        _wait(port)
        clients = [threading.Thread(target=_ask, args=(port, number, answered)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(reloads):
            time.sleep(0.5)
            master.send_signal(signal.SIGHUP)
        for client in clients:
            client.join()
        master.terminate()
    return tally(answered, sorted((folder / "log").glob("events.jsonl*")))
