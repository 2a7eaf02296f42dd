"""What the middleware costs a request, in process, and what a stalling disk costs an asyncio server.

    python -m benchmarks.serving [--quick]

In process, calls of all variants take turns in shuffled order, and one of them is there twice: how far it differs
from itself is how far the figures can be trusted. The disk stalls by a `write` that sleeps (LD_PRELOAD, needs gcc):
each thousandth write to the log takes 500 ms, as one that waits for a journal. Prints its tables; docs/serving.md
holds the last ones.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_process", "with_a_stalling_disk"]

STALL_MS, EACH = 500, 1000
_STALLING = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static unsigned long seen;
ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 4 && !strncmp(path + length - 4, ".log", 4) && ++seen % EACH == 0) usleep(STALL_MS * 1000);
    return real(fd, data, size);
}
"""
_SERVER = """
import sys
import uvicorn
from model_logs.serving import ASGIMiddleware

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})

if sys.argv[2] == "logged":
    app = ASGIMiddleware(app, model_name="fraud", model_version="3")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
"""


async def _app(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def _passing_on(app: Any) -> Any:
    """Return the least that a middleware can be: one that passes everything on."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def on(message: Any) -> None:
            await send(message)

        await app(scope, receive, on)

    return middleware


async def _receive() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_: Any) -> None:
    return None


def percentile(found: list[float], share: float) -> float:
    """Return the value below which a share of what was found lies."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def in_process(rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median and the p99 of a call of each variant, in µs.

    Args:
        rounds: Calls of each.
    """
    from model_logs import logger
    from model_logs.serving import ASGIMiddleware

    with tempfile.TemporaryDirectory() as folder:
        logger.configure(path=f"{folder}/events.log")
        options: dict[str, Any] = {"model_name": "fraud", "model_version": "3", "stage": "production"}
        variants: dict[str, Callable[..., Any]] = {
            "bare": _app,
            "a middleware that passes on": _passing_on(_app),
            "ASGIMiddleware": ASGIMiddleware(_app, **options),
            "ASGIMiddleware, again (control)": ASGIMiddleware(_app, **options),
            "ASGIMiddleware, watch_client=True": ASGIMiddleware(_app, watch_client=True, **options),
        }
        taken: dict[str, list[float]] = {name: [] for name in variants}

        async def run() -> None:
            shuffled = list(variants)
            for number in range(rounds):
                random.shuffle(shuffled)
                for name in shuffled:
                    headers = [(b"host", b"x"), (b"x-request-id", b"req-%d" % number)]
                    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": headers}
                    began = time.perf_counter_ns()
                    await variants[name](scope, _receive, _send)
                    taken[name].append((time.perf_counter_ns() - began) / 1000)

        asyncio.run(run())
        logger.close()
    return {name: (statistics.median(found), percentile(found, 0.99)) for name, found in taken.items()}


async def _asked(port: int, requests: int, connections: int) -> list[float]:
    """Return the milliseconds of each answer."""
    taken: list[float] = []
    left = iter(range(requests))

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in left:
            began = time.perf_counter()
            writer.write(
                b"POST /predict HTTP/1.1\r\nHost: x\r\nX-Request-ID: r-%d\r\nContent-Length: 0\r\n\r\n" % number
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            await reader.readexactly(2)
            taken.append((time.perf_counter() - began) * 1000)
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    return taken


def with_a_stalling_disk(requests: int, connections: int = 10) -> dict[str, list[float]]:
    """Return p50, p99, p99.9 and the longest answer of a server, in ms: without logging, with it, and on such a disk.

    Args:
        requests: Requests for each.
        connections: Clients that ask at the same time.
    """
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stall.c").write_text(_STALLING)
        sizes = [f"-DEACH={EACH}", f"-DSTALL_MS={STALL_MS}"]
        library = folder / "stall.so"
        subprocess.run(["gcc", "-shared", "-fPIC", *sizes, "-o", library, folder / "stall.c", "-ldl"], check=True)
        (folder / "server.py").write_text(_SERVER)
        variants = {
            "without the middleware": ("bare", ""),
            "with it": ("logged", ""),
            "with it, on a disk that stalls": ("logged", str(library)),
        }
        for variant, (kind, preload) in variants.items():
            with socket.create_server(("127.0.0.1", 0)) as listening:
                port = listening.getsockname()[1]
            env = {**os.environ, "LD_PRELOAD": preload, "MODEL_LOGS_PATH": str(folder / "events.log")}
            server = subprocess.Popen([sys.executable, str(folder / "server.py"), str(port), kind], env=env)
            try:
                _until_it_answers(port)
                taken = asyncio.run(_asked(port, requests, connections))
            finally:
                server.terminate()
                server.wait()
            found[variant] = [*(percentile(taken, share) for share in (0.5, 0.99, 0.999)), max(taken)]
    return found


def _until_it_answers(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)
        else:
            return


def main() -> None:
    """Measure both, and print their tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="measure little")
    quick = options.parse_args().quick
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| in process | p50, µs | p99, µs |\n|---|--:|--:|")
    for name, (median, p99) in in_process(2_000 if quick else 50_000).items():
        print(f"| {name} | {median:.1f} | {p99:.1f} |")
    print("\n| asyncio server, 10 clients | p50, ms | p99, ms | p99.9, ms | longest, ms |\n|---|--:|--:|--:|--:|")
    for name, row in with_a_stalling_disk(3_000 if quick else 20_000).items():
        print(f"| {name} | {' | '.join(f'{value:.1f}' for value in row)} |")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
