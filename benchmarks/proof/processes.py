"""Starts writing processes, does its harm to them, and reads what they left."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.proof.tally import Tally, acknowledged, tally

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator

__all__ = ["Load", "receiver", "run"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Load:
    """How much is written, by how many.

    Attributes:
        processes: Writing processes at the same time, one file or pipe for all of them.
        threads: Threads in each.
        count: Events of each thread.
        size: Bytes of a line, about.
        pause: Seconds between two events of a thread.
        end: How each process ends: normal, exception, _exit; or who writes in its stead: a child by fork or spawn.
        to_pipe: Standard output into one shared pipe, instead of one shared file.
        file_limit: RLIMIT_FSIZE in bytes for the first second; 0 for none.
    """

    processes: int = 8
    threads: int = 1
    count: int = 2000
    size: int = 300
    pause: float = 0.0
    end: str = "normal"
    to_pipe: bool = False
    file_limit: int = 0


def _start(variant: str, folder: Path, load: Load, number: int, stdout: int | None) -> subprocess.Popen[bytes]:
    acks = folder / f"acks.{number}"
    if not acks.exists():
        acks.write_bytes(b"\0" * 8 * load.threads)
    command = [
        *(sys.executable, "-m", "benchmarks.proof.worker", "--variant", variant, "--name", f"p{number}"),
        *("--acks", str(acks), "--threads", str(load.threads), "--count", str(load.count)),
        *("--size", str(load.size), "--pause", str(load.pause), "--exit", load.end),
    ]
    if not load.to_pipe:
        command += ["--path", str(folder / "log" / "events.jsonl")]
    if load.file_limit:
        command += ["--file-limit", str(load.file_limit)]
    return subprocess.Popen(command, cwd=ROOT, stdout=stdout, stderr=subprocess.DEVNULL)


@contextmanager
def _pipe(folder: Path, *, wanted: bool) -> Iterator[int | None]:
    """A pipe that another process reads into a file until every writer has gone, as a container's runtime does."""
    if not wanted:
        yield None
        return
    read, write = os.pipe()
    with (folder / "log" / "events.jsonl").open("wb") as file, subprocess.Popen(["cat"], stdin=read, stdout=file):
        os.close(read)
        try:
            yield write
        finally:
            os.close(write)


@contextmanager
def receiver(folder: Path, way: Callable[[int], int] = int) -> Iterator[None]:
    """A TCP input such as Logstash's, for the library that speaks to one: appends what it gets to the case's file.

    Args:
        folder: The case's.
        way: Port that listens → port to connect to.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    (folder / "log" / "events.jsonl.port").write_text(str(way(listening.getsockname()[1])), encoding="ascii")
    lock, stopped, threads = threading.Lock(), threading.Event(), []

    def serve(connection: socket.socket) -> None:
        received = b""
        with connection, suppress(ConnectionError):
            while chunk := connection.recv(1 << 16):
                received += chunk
        with lock, (folder / "log" / "events.jsonl").open("ab") as file:
            file.write(received if received.endswith(b"\n") else received + b"\n")

    def accept() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            thread.start()
            threads.append(thread)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        time.sleep(0.5)  # what is still on its way
        stopped.set()
        listening.close()
        for thread in threads:
            thread.join(2)
        (folder / "log" / "events.jsonl.port").unlink()


def _moving(acks: list[Path]) -> bool:
    return all(any(path.read_bytes()) for path in acks)


def run(
    variant: str,
    folder: Path,
    load: Load,
    *,
    harm: Callable[[list[subprocess.Popen[bytes]], Path], None] | None = None,
    kill: signal.Signals | None = None,
    way: Callable[[int], int] = int,
) -> Tally:
    """Run one case.

    Args:
        variant: A name in `writers.VARIANTS`.
        folder: An empty folder of the case's own.
        load: What is written.
        harm: Called once every process has written something; gets the processes and the log file.
        kill: Sent to each process once it is writing, half a second apart.
        way: For what goes over the network: port that listens → port to connect to.

    Returns:
        What was acknowledged, found, lost, doubled and torn, over the log file and all that it was renamed to.
    """
    (folder / "log").mkdir(parents=True, exist_ok=True)
    path = folder / "log" / "events.jsonl"
    through_network = receiver(folder, way) if variant == "python-logstash-async" else nullcontext()
    with through_network, _pipe(folder, wanted=load.to_pipe) as stdout:
        processes = [_start(variant, folder, load, number, stdout) for number in range(load.processes)]
        acks = [folder / f"acks.{number}" for number in range(load.processes)]
        if harm or kill:
            while not _moving(acks) and any(process.poll() is None for process in processes):
                time.sleep(0.01)
        if harm:
            harm(processes, path)
        if kill:
            for process in processes:
                time.sleep(0.5 / load.processes)
                process.send_signal(kill)
        for process in processes:
            process.wait()
        if variant == "python-logstash-async":
            # What its database keeps goes out when a process opens it again.
            again = replace(load, count=0, end="normal")
            for process in [_start(variant, folder, again, number, None) for number in range(load.processes)]:
                process.wait()
    expected: set[str] = set()
    for number, file in enumerate(acks):
        expected |= acknowledged(file, f"p{number}")
    counted = tally(expected, sorted((folder / "log").glob("events.jsonl*")))
    return replace(counted, told=_told(acks))


def _told(acks: list[Path]) -> int | None:
    """Return how many events the library says were dropped, over all processes; None when none said anything."""
    stats = [Path(f"{path}.stats") for path in acks]
    spoken = [json.loads(path.read_text(encoding="utf-8")) for path in stats if path.exists()]
    return sum(sum(said["dropped"].values()) for said in spoken) if spoken else None
