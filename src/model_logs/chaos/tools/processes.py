"""Processes that experiments are aimed at: found by a file with their id, and never taken for another one."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    import signal

__all__ = ["Process", "find", "members", "signal_group"]


@dataclass(frozen=True, slots=True)
class Process:
    """A process that runs.

    Attributes:
        pid: Its id.
        started: When it started, in seconds since 1970: ids are used again.
    """

    pid: int
    started: float

    @property
    def alive(self) -> bool:
        """Whether this very process runs."""
        return self._status() not in {None, "zombie"}

    @property
    def there(self) -> bool:
        """Whether this very process runs, or has ended and nobody asked how: its group may still be there."""
        return self._status() is not None

    def _status(self) -> str | None:
        import psutil

        try:
            found = psutil.Process(self.pid)
            return str(found.status()) if abs(found.create_time() - self.started) < 1 else None
        except psutil.NoSuchProcess:
            return None


def find(pid_file: str | os.PathLike[str]) -> Process:
    """Return the process whose id stands in a file.

    Raises:
        ConfigurationError: There is no such file, no number in it, or no such process.
    """
    import psutil

    try:
        pid = int(Path(pid_file).read_text("ascii").strip())
        return Process(pid, psutil.Process(pid).create_time())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{pid_file} holds no process id ({error}).",
            next_step="Start the service first, or name the file that its process id is in.",
        ) from error
    except psutil.NoSuchProcess as error:
        raise ConfigurationError(
            f"The process {pid} of {pid_file} does not run.", next_step="Start the service first."
        ) from error


def signal_group(process: Process, number: signal.Signals) -> bool:
    """Send a signal to a process, and to its group where it leads one; return whether it was there."""
    if not process.there:
        return False
    with contextlib.suppress(ProcessLookupError):
        if _leads(process.pid):
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)
        return True
    return False


def members(process: Process) -> list[int]:
    """Return the ids of a process and of all that descend from it."""
    import psutil

    try:
        return [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _leads(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False
