"""Faults of one process: killed, kept down, paused, short of memory, of CPU time or of disk speed.

The process is named by the file that holds its id. Its children and its process group share its fate.
"""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.chaos.actions.cgroups import limited
from model_logs.chaos.faults import fault, wait
from model_logs.chaos.tools.processes import find, members, signal_group
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from model_logs.chaos.tools.processes import Process

__all__ = ["keep_down", "kill", "limit_cpu", "limit_disk", "limit_memory", "pause"]

_LOOK_S = 0.1
_MB = 1 << 20


def kill(pid_file: str) -> dict[str, Any]:
    """Kill a process once (SIGKILL); whoever supervises it may start it again.

    Args:
        pid_file: The file that holds its id.
    """
    process = find(pid_file)
    signal_group(process, signal.SIGKILL)
    _gone(process)
    return {"killed": [process.pid]}


def keep_down(pid_file: str, for_s: float) -> dict[str, Any]:
    """Kill a process, and each one that is started in its place, for a while.

    Args:
        pid_file: The file that holds its id; a supervisor writes the new one.
        for_s: How long, in seconds.
    """
    killed = kill(pid_file)["killed"]
    end = time.monotonic() + for_s
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(_LOOK_S, left))
        with contextlib.suppress(ConfigurationError):
            process = find(pid_file)
            if process.pid not in killed and signal_group(process, signal.SIGKILL):
                killed.append(process.pid)
    return {"killed": killed, "for_s": for_s}


def pause(pid_file: str, for_s: float) -> dict[str, Any]:
    """Stop a process (SIGSTOP), as a stuck disk would: it accepts connections and says nothing.

    Args:
        pid_file: The file that holds its id.
        for_s: How long, in seconds.
    """
    process = find(pid_file)
    with fault(f"the process {process.pid} is stopped", "continue_process", pid=process.pid, started=process.started):
        signal_group(process, signal.SIGSTOP)
        wait(for_s)
    return {"paused": process.pid, "for_s": for_s}


def limit_memory(pid_file: str, limit_mb: float, for_s: float) -> dict[str, Any]:
    """Give a process so little memory that the kernel may kill it. Needs root and cgroup v1 or v2.

    Args:
        pid_file: The file that holds its id.
        limit_mb: Memory for it and its children, in MiB.
        for_s: How long, in seconds.
    """
    process = find(pid_file)
    with limited("memory", members(process), limit=int(limit_mb * _MB)) as group:
        wait(for_s)
        return {"limited": process.pid, "limit_mb": limit_mb, "for_s": for_s, "killed_by_kernel": group.oom_kills()}


def limit_cpu(pid_file: str, share: float, for_s: float) -> dict[str, Any]:
    """Give a process only a part of one CPU. Needs root and cgroup v1 or v2.

    Args:
        pid_file: The file that holds its id.
        share: Of one CPU: 0.1.
        for_s: How long, in seconds.
    """
    if not 0 < share <= 1:
        raise ConfigurationError(f"share is {share}.", next_step="Give a share of one CPU, such as 0.1.")
    process = find(pid_file)
    with limited("cpu", members(process), limit=share) as group:
        wait(for_s)
        return {"limited": process.pid, "share": share, "for_s": for_s, "throttled": group.throttled()}


def limit_disk(pid_file: str, bytes_per_s: int, path: str, for_s: float) -> dict[str, Any]:
    """Let a process read and write a disk only slowly. Needs root, cgroup v1 or v2, and direct or flushed I/O.

    Args:
        pid_file: The file that holds its id.
        bytes_per_s: Of writing and of reading.
        path: A file or folder on the disk that is meant.
        for_s: How long, in seconds.
    """
    process = find(pid_file)
    if not Path(path).exists():
        raise ConfigurationError(
            f"{path} is not there.", next_step="Name a file or folder on the disk that is meant."
        )
    with limited("blkio", members(process), limit=bytes_per_s, path=path):
        wait(for_s)
    return {"limited": process.pid, "bytes_per_s": bytes_per_s, "for_s": for_s}


def _gone(process: Process) -> None:
    end = time.monotonic() + 10
    while process.alive and time.monotonic() < end:
        time.sleep(0.01)
    if process.alive:
        raise ConfigurationError(
            f"The process {process.pid} does not die.", next_step="It may be in the kernel: wait."
        )
