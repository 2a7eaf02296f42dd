"""Faults of the machine: busy CPUs, memory that is taken (both by stress-ng), a full file system, a wrong clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from model_logs.chaos.faults import fault, wait
from model_logs.errors import ConfigurationError

__all__ = ["fill_disk", "load_cpu", "load_memory", "shift_clock"]

_CHUNK = bytes(1 << 16)
_MOST_BYTES = 1 << 30


def load_cpu(workers: int, for_s: float) -> dict[str, Any]:
    """Keep so many CPUs busy. Needs stress-ng.

    Args:
        workers: Processes that compute without pause.
        for_s: How long, in seconds.
    """
    return _stress(["--cpu", str(workers)], f"{workers} processes keep CPUs busy", for_s)


def load_memory(mb: int, for_s: float) -> dict[str, Any]:
    """Take memory from the machine. Needs stress-ng.

    Args:
        mb: So many MiB.
        for_s: How long, in seconds.
    """
    return _stress(["--vm", "1", "--vm-bytes", f"{mb}m", "--vm-keep"], f"{mb} MiB of memory are taken", for_s)


def _stress(what: list[str], sentence: str, for_s: float) -> dict[str, Any]:
    import psutil

    program = shutil.which("stress-ng")
    if program is None:
        raise ConfigurationError(
            "stress-ng is not installed.", next_step="On Debian and Ubuntu: apt install stress-ng"
        )
    command = [program, "--quiet", "--timeout", f"{max(1, round(for_s))}s", *what]
    started = subprocess.Popen(command, start_new_session=True)  # noqa: S603  # stress-ng
    try:
        born = psutil.Process(started.pid).create_time()
        with fault(sentence, "kill_process", pid=started.pid, started=born):
            code = started.wait(for_s + 30)
    finally:
        started.kill()
        started.wait()
    if code != 0:
        raise ConfigurationError(f"stress-ng ended with {code}.", next_step=f"Try it by hand: {' '.join(command)}")
    return {"command": command[1:], "for_s": for_s}


def fill_disk(folder: str, for_s: float) -> dict[str, Any]:
    """Fill a file system to its last byte. Refused where more than 1 GiB is free: give the target a small one.

    Args:
        folder: A folder on it.
        for_s: How long, in seconds.
    """
    place = Path(folder)
    if not place.is_dir():
        raise ConfigurationError(
            f"{folder} is no folder.", next_step="Name a folder on the file system that is meant."
        )
    free = shutil.disk_usage(place).free
    if free > _MOST_BYTES:
        raise ConfigurationError(
            f"{folder} has {free >> 20} MiB free, and filling it would harm more than the target.",
            next_step="Put the target on a small file system: mount -t tmpfs -o size=16m tmpfs FOLDER",
        )
    file = place / ".model-logs-chaos-fill"
    with fault(f"{file} fills its file system", "restore_file", path=str(file), copy=None):
        filled, end = 0, time.monotonic() + for_s
        with file.open("wb", buffering=0) as stream:
            while time.monotonic() < end:
                try:
                    # What others remove meanwhile is filled too.
                    filled += stream.write(_CHUNK) or 0
                except OSError:
                    time.sleep(0.05)
        wait(0)
    return {"filled": filled, "for_s": for_s}


def shift_clock(file: str, offset_s: float, for_s: float) -> dict[str, Any]:
    """Let the clock of a process be wrong. The process runs under libfaketime, which reads its offset from a file.

    Start it with `LD_PRELOAD=…/libfaketime.so.1 FAKETIME_TIMESTAMP_FILE=FILE FAKETIME_NO_CACHE=1`, and `+0` in FILE.

    Args:
        file: That file.
        offset_s: Seconds, + for a clock that is ahead.
        for_s: How long, in seconds.
    """
    place = Path(file)
    if not place.is_file():
        raise ConfigurationError(
            f"{file} is not there: no process reads its clock's offset from it.",
            next_step="Start the target under libfaketime with FAKETIME_TIMESTAMP_FILE and FAKETIME_NO_CACHE=1.",
        )
    copy = place.with_name(f".{place.name}.before-chaos")
    shutil.copy2(place, copy)
    with fault(f"the clock of {file} is off by {offset_s} s", "restore_file", path=str(place), copy=str(copy)):
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        beside.write_text(f"{offset_s:+g}\n", encoding="ascii")
        beside.replace(place)
        wait(for_s)
    return {"offset_s": offset_s, "for_s": for_s}
