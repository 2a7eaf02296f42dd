"""Toxiproxy, which stands between two programs and delays, cuts and resets: found, or installed once by Go's client.

`python -m benchmarks.proof.toxiproxy` installs it and says where it is (`tests/tools.sh` does that). Without it and
without Go the cases that need it are skipped by name.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Toxiproxy", "Way", "down", "find", "running", "up"]

MODULE, VERSION = "github.com/Shopify/toxiproxy/v2/cmd/server", "v2.12.0"


def find() -> str | None:
    """Return the program: as `TOXIPROXY_SERVER` says, on the path, or the one that `install` made; else None."""
    named = os.environ.get("TOXIPROXY_SERVER") or shutil.which("toxiproxy-server")
    installed = _installed()
    return named or (str(installed) if installed.exists() else None)


def install() -> str | None:
    """Return the program; built by Go where it is not there, None where Go is not there either."""
    found = find()
    go = shutil.which("go")
    if found or not go:
        return found
    target = _installed()
    building = target.with_name(f"building.{os.getpid()}")
    done = subprocess.run(
        [go, "install", f"{MODULE}@{VERSION}"],
        env=os.environ | {"GOBIN": str(building), "GOFLAGS": "", "CGO_ENABLED": "0"},
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode == 0:
        (building / "server").replace(target)
    shutil.rmtree(building, ignore_errors=True)
    return find()


def _installed() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "model-logs" / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"toxiproxy-server-{VERSION}"


def down(kind: str, **attributes: Any) -> dict[str, Any]:
    """Return a toxic for what comes back from the server."""
    return {"type": kind, "stream": "downstream", "toxicity": 1.0, "attributes": attributes}


def up(kind: str, **attributes: Any) -> dict[str, Any]:
    """Return a toxic for what goes to the server."""
    return down(kind, **attributes) | {"stream": "upstream"}


@dataclass(frozen=True)
class Way:
    """One way through Toxiproxy.

    Attributes:
        port: Where to connect to, on this machine.
    """

    port: int
    _toxics: str

    @contextmanager
    def poisoned(self, toxic: dict[str, Any]) -> Iterator[None]:
        """Poison the way for a while."""
        _ask(self._toxics, toxic | {"name": "toxic"})
        try:
            yield
        finally:
            _ask(f"{self._toxics}/toxic", method="DELETE")


@dataclass(frozen=True)
class Toxiproxy:
    """A Toxiproxy that runs.

    Attributes:
        api: The address of its API.
    """

    api: str

    def way(self, upstream: int) -> Way:
        """Return a new way to a port of this machine."""
        port = _free_port()
        name = f"way-{port}"
        body = {"name": name, "listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{upstream}", "enabled": True}
        _ask(f"{self.api}/proxies", body)
        return Way(port, f"{self.api}/proxies/{name}/toxics")


@contextmanager
def running() -> Iterator[Toxiproxy | None]:
    """Run Toxiproxy; None, with a word on standard error, where there is none."""
    server = install()
    if server is None:
        said = "Toxiproxy is not here, and Go, which would install it, neither: its cases are skipped."
        print(f"{said} Next step: install Go, or set TOXIPROXY_SERVER to the program.", file=sys.stderr)
        yield None
        return
    port = _free_port()
    command = [server, "-host", "127.0.0.1", "-port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}", process)
            yield Toxiproxy(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _wait(api: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            return _ask(f"{api}/version")
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("Toxiproxy did not start")


def _ask(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> None:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - as above


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


if __name__ == "__main__":
    print(install() or "not installed: there is no Go on this machine")
