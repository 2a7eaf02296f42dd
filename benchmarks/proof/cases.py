"""The cases: what is done to the writers, and to which libraries it applies."""

from __future__ import annotations

import os
import pty
import signal
import struct
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.proof.processes import Load, run
from benchmarks.proof.served import served
from benchmarks.proof.toxiproxy import down, up
from benchmarks.proof.writers import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.proof.tally import Tally
    from benchmarks.proof.toxiproxy import Toxiproxy, Way

__all__ = ["CASES", "Case", "networked"]

EVERYONE = tuple(VARIANTS)
ON_FILES = tuple(name for name in VARIANTS if name != "python-logstash-async")
OURS = ("model-logs",)
ENDLESS = 10_000_000


@dataclass(frozen=True)
class Case:
    """One row of the table for each library.

    Attributes:
        group: Heading of the table that it stands in.
        name: What is done.
        variants: The libraries that it applies to.
        run: (variant, empty folder) → what it came to.
        promised: Whether model-logs promises that nothing is lost; otherwise only that what is lost is counted.
    """

    group: str
    name: str
    variants: tuple[str, ...]
    run: Callable[[str, Path], Tally]
    promised: bool = True


def _plain(load: Load, variant: str, folder: Path) -> Tally:
    return run(variant, folder, load)


def _killed(load: Load, how: signal.Signals, variant: str, folder: Path) -> Tally:
    return run(variant, folder, load, kill=how)


def _poisoned(toxic: dict[str, Any], toxiproxy: Toxiproxy, variant: str, folder: Path) -> Tally:
    """Put Toxiproxy between a library that sends by itself and its receiver; poison the way five times."""
    ways: list[Way] = []

    def way(port: int) -> int:
        ways.append(toxiproxy.way(port))
        return ways[0].port

    def harm(processes: list[subprocess.Popen[bytes]], path: Path) -> None:
        del processes, path
        for _ in range(5):
            with ways[0].poisoned(toxic):
                time.sleep(0.6)
            time.sleep(0.2)

    return replace(run(variant, folder, Load(processes=2, count=4000, pause=0.001), harm=harm, way=way), times=5)


def _rename(times: int, processes: list[subprocess.Popen[bytes]], path: Path) -> None:
    """Rotate as logrotate does without copytruncate: rename, and let the writer find out."""
    for number in range(times):
        time.sleep(1.1)
        if all(process.poll() is not None for process in processes):
            return
        if path.exists():
            path.rename(path.with_name(f"events.jsonl.{number + 1}"))


def _renamed(load: Load, variant: str, folder: Path) -> Tally:
    return run(variant, folder, load, harm=partial(_rename, 4))


def _copytruncate(processes: list[subprocess.Popen[bytes]], path: Path) -> None:
    for number in range(5):
        time.sleep(0.2)
        if all(process.poll() is not None for process in processes):
            return
        path.with_name(f"events.jsonl.{number + 1}").write_bytes(path.read_bytes())
        os.truncate(path, 0)


def _copytruncated(load: Load, variant: str, folder: Path) -> Tally:
    return run(variant, folder, load, harm=_copytruncate)


@contextmanager
def _small_disk(folder: Path, size: str) -> Iterator[None]:
    (folder / "log").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder / "log")], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder / "log")], check=True)


def _free(ballast: Path, processes: list[subprocess.Popen[bytes]], path: Path) -> None:
    del processes, path
    while os.statvfs(ballast.parent).f_bavail > 0:
        time.sleep(0.01)
    time.sleep(0.5)  # half a second of writing into a full disk
    ballast.unlink()


def _full_disk(load: Load, variant: str, folder: Path) -> Tally:
    with _small_disk(folder, "32m"):
        ballast = folder / "log" / "ballast"
        ballast.write_bytes(b"\0" * (31 << 20))
        return run(variant, folder, load, harm=partial(_free, ballast))


def _free_after(number: int, ballast: Path, processes: list[subprocess.Popen[bytes]], path: Path) -> None:
    """Free the disk once a process has written so many events into it, or ended."""
    acks = path.parent.parent / "acks.0"
    while processes[0].poll() is None and struct.unpack_from("<Q", acks.read_bytes())[0] < number:
        time.sleep(0.002)
    ballast.unlink()


def _overfull_disk(load: Load, variant: str, folder: Path) -> Tally:
    with _small_disk(folder, "32m"):
        ballast = folder / "log" / "ballast"
        ballast.write_bytes(b"\0" * ((32 << 20) - (64 << 10)))
        return run(variant, folder, load, harm=partial(_free_after, 15_000, ballast))


def _make_writable(folder: Path, processes: list[subprocess.Popen[bytes]], path: Path) -> None:
    del processes, path
    subprocess.run(["mount", "-o", "remount,rw", str(folder / "log")], check=True)


def _read_only(load: Load, variant: str, folder: Path) -> Tally:
    with _small_disk(folder, "32m"):
        subprocess.run(["mount", "-o", "remount,ro", str(folder / "log")], check=True)
        return run(variant, folder, load, harm=partial(_make_writable, folder))


def _broken_device(load: Load, variant: str, folder: Path) -> Tally:
    """Write to a terminal whose other end goes away: each write then fails with EIO."""
    (folder / "log").mkdir(parents=True)
    master, slave = pty.openpty()
    (folder / "log" / "events.jsonl").symlink_to(os.ttyname(slave))
    os.close(slave)
    os.set_blocking(master, False)
    received = bytearray()

    def harm(processes: list[subprocess.Popen[bytes]], path: Path) -> None:
        del processes
        try:
            while chunk := os.read(master, 1 << 16):
                received.extend(chunk)
        except BlockingIOError:
            pass
        os.close(master)
        path.unlink()

    counted = run(variant, folder, load, harm=harm)
    # What reached the terminal while it was there is no loss of the library's.
    got = min(received.count(b"\n"), counted.lost)
    return replace(counted, found=counted.found + got, lost=counted.lost - got)


def _sizes() -> Iterator[Case]:
    loads = {
        f"lines of {kilobytes:g} kB": Load(count=count, size=int(kilobytes * 1000))
        for kilobytes, count in ((0.3, 3000), (4, 1000), (9, 500), (70, 100))
    }
    to_stdout = tuple(name for name in EVERYONE if VARIANTS[name].to_stdout)
    for name, load in loads.items():
        yield Case("Eight processes, one file", name, EVERYONE, partial(_plain, load))
    for name, load in loads.items():
        piped = partial(_plain, replace(load, to_pipe=True))
        yield Case("Eight processes, one pipe", name, to_stdout, piped, promised=False)


def networked(toxiproxy: Toxiproxy) -> Iterator[Case]:
    """Yield the cases of a library that sends over the network itself, with Toxiproxy in between."""
    for name, toxic in (
        ("latency of 500 ms", down("latency", latency=500)),
        ("connections reset", down("reset_peer", timeout=50)),
        ("requests cut after 50 kB", up("limit_data", bytes=50_000)),
        ("requests swallowed", up("timeout", timeout=0)),
    ):
        yield Case(
            "Over the network, without a file",
            f"{name}, five times",
            ("python-logstash-async",),
            partial(_poisoned, toxic, toxiproxy),
        )


_TWO = Load(processes=2, threads=2, count=ENDLESS)

CASES: tuple[Case, ...] = (
    *_sizes(),
    Case("Ends of a process", "normal exit", EVERYONE, partial(_plain, Load(processes=2, count=3000))),
    Case(
        "Ends of a process",
        "unhandled exception",
        EVERYONE,
        partial(_plain, Load(processes=2, count=3000, end="exception")),
    ),
    Case("Ends of a process", "os._exit", EVERYONE, partial(_plain, Load(processes=2, count=3000, end="_exit"))),
    Case(
        "Ends of a process",
        "fork, the child writes",
        EVERYONE,
        partial(_plain, Load(processes=1, count=3000, end="fork")),
    ),
    Case(
        "Ends of a process",
        "multiprocessing spawn, the child writes",
        EVERYONE,
        partial(_plain, Load(processes=1, count=3000, end="spawn")),
    ),
    Case("Ends of a process", "SIGTERM under load", EVERYONE, partial(_killed, _TWO, signal.SIGTERM)),
    Case("Ends of a process", "SIGKILL under load", EVERYONE, partial(_killed, _TWO, signal.SIGKILL)),
    Case(
        "Ends of a process",
        "SIGKILL of one after the other, lines of 70 kB into one file",
        ON_FILES,
        partial(_killed, Load(processes=6, count=ENDLESS, size=70_000), signal.SIGKILL),
    ),
    *(
        Case("Behind gunicorn", name, ON_FILES, partial(served, arguments, reloads))
        for name, arguments, reloads in (
            ("preloaded", ["--preload"], 0),
            ("preloaded, a new worker every 50 requests", ["--preload", "--max-requests", "50"], 0),
            ("reloaded three times (SIGHUP)", [], 3),
        )
    ),
    Case(
        "Rotation at full speed", "rename, four times", ON_FILES, partial(_renamed, Load(processes=4, count=50_000))
    ),
    Case(
        "Rotation at full speed",
        "copytruncate, five times",
        ON_FILES,
        partial(_copytruncated, Load(processes=4, count=20_000)),
        promised=False,
    ),
    Case(
        "Faults of the disk",
        "full (ENOSPC), then freed",
        ON_FILES,
        partial(_full_disk, Load(processes=2, count=4000, pause=0.0005)),
    ),
    Case(
        "Faults of the disk",
        "full for 15,000 events, of which 10,000 are held, then freed",
        ON_FILES,
        partial(_overfull_disk, Load(processes=1, count=20_000, pause=0.0001)),
        promised=False,
    ),
    Case(
        "Faults of the disk",
        "file size limit (RLIMIT_FSIZE), then lifted",
        ON_FILES,
        partial(_plain, Load(processes=1, count=4000, pause=0.0005, file_limit=200_000)),
    ),
    Case(
        "Faults of the disk",
        "read-only at first (EROFS), then writable",
        OURS,  # the others raise where they are set up: the service does not start
        partial(_read_only, Load(processes=2, count=4000, pause=0.001)),
    ),
    Case(
        "Faults of the disk",
        "failing device (EIO), which never heals",
        tuple(name for name in ON_FILES if "Rotating" not in name),  # that one renames, which no device allows
        partial(_broken_device, Load(processes=1, count=4000, pause=0.001)),
        promised=False,
    ),
)
