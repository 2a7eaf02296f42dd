"""Limits for a group of processes by the kernel's control groups, version 1 or 2.

Source: the kernel's documentation, admin-guide/cgroup-v1 and admin-guide/cgroup-v2.
"""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.chaos.faults import fault
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Group", "limited"]

_ROOT = Path("/sys/fs/cgroup")
_PERIOD_US = 100_000
# What version 2 calls the controllers.
_UNIFIED = {"memory": "memory", "cpu": "cpu", "blkio": "io"}


@dataclass(frozen=True, slots=True)
class Group:
    """A control group of ours.

    Attributes:
        folder: Where the kernel shows it.
        unified: Whether it is of version 2.
    """

    folder: Path
    unified: bool

    def oom_kills(self) -> int:
        """Return how many processes the kernel killed for lack of memory."""
        return self._counter("memory.events" if self.unified else "memory.oom_control", "oom_kill")

    def throttled(self) -> int:
        """Return in how many periods the processes had to wait for CPU time."""
        return self._counter("cpu.stat", "nr_throttled")

    def _counter(self, file: str, name: str) -> int:
        try:
            text = (self.folder / file).read_text("ascii")
        except OSError:
            return 0
        found = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else 0

    def limit(self, kind: str, limit: float, path: str | None) -> None:
        """Write the limit: bytes of memory, a share of one CPU, or bytes a second of a disk."""
        for name, text in self._limits(kind, limit, path):
            (self.folder / name).write_text(text, encoding="ascii")

    def _limits(self, kind: str, limit: float, path: str | None) -> list[tuple[str, str]]:
        if kind == "memory":
            return [("memory.max" if self.unified else "memory.limit_in_bytes", str(int(limit)))]
        if kind == "cpu":
            quota = max(1000, int(limit * _PERIOD_US))
            if self.unified:
                return [("cpu.max", f"{quota} {_PERIOD_US}")]
            return [("cpu.cfs_period_us", str(_PERIOD_US)), ("cpu.cfs_quota_us", str(quota))]
        device = _disk_of(path or "/")
        if self.unified:
            return [("io.max", f"{device} rbps={int(limit)} wbps={int(limit)}")]
        names = ("blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device")
        return [(name, f"{device} {int(limit)}") for name in names]


@contextmanager
def limited(kind: str, pids: list[int], *, limit: float, path: str | None = None) -> Iterator[Group]:
    """Hold processes in a group of their own for the length of a block.

    Args:
        kind: memory, cpu or blkio.
        pids: The processes; those that they start meanwhile are in it too.
        limit: Bytes, share of one CPU, or bytes a second.
        path: On the disk that is meant, for blkio.

    Raises:
        ConfigurationError: This machine has no such control group that we may write to.
    """
    root, unified = _home(kind)
    group = Group(root / f"model-logs-chaos-{uuid.uuid4().hex[:8]}", unified)
    back = [(str(_group_of(pid, kind, unified) / "cgroup.procs"), str(group.folder), pid) for pid in pids]
    what = f"the processes {', '.join(map(str, pids))} have a limit of {kind}"
    with fault(what, "remove_cgroup", folders=[str(group.folder)], back=back):
        try:
            group.folder.mkdir()
            group.limit(kind, limit, path)
        except OSError as error:
            raise _refused(kind, str(error)) from error
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                (group.folder / "cgroup.procs").write_text(str(pid), encoding="ascii")
        yield group


def _home(kind: str) -> tuple[Path, bool]:
    controllers = _ROOT / "cgroup.controllers"
    if controllers.exists():
        if _UNIFIED[kind] not in controllers.read_text("ascii").split():
            raise _refused(kind, f"{controllers} does not name it")
        enabled = _ROOT / "cgroup.subtree_control"
        if _UNIFIED[kind] not in enabled.read_text("ascii").split():
            try:
                enabled.write_text(f"+{_UNIFIED[kind]}", encoding="ascii")
            except OSError as error:
                raise _refused(kind, str(error)) from error
        return _ROOT, True
    folder = _ROOT / kind
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise _refused(kind, f"{folder} is missing or read-only")
    return folder, False


def _group_of(pid: int, kind: str, unified: bool) -> Path:
    """Return the folder of the group that a process is in."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text("ascii").splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if (unified and not controllers) or (not unified and kind in controllers.split(",")):
            return (_ROOT if unified else _ROOT / kind) / path.lstrip("/")
    return _ROOT if unified else _ROOT / kind


def _disk_of(path: str) -> str:
    """Return major:minor of the whole disk below a path; limits are for disks, not for partitions."""
    number = Path(path).stat().st_dev
    name = f"{os.major(number)}:{os.minor(number)}"
    block = Path(f"/sys/dev/block/{name}")
    if not block.exists():
        raise _refused("blkio", f"{path} is on no block device")
    if (block / "partition").exists():
        return (block.resolve().parent / "dev").read_text("ascii").strip()
    return name


def _refused(kind: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"This machine gives us no control group for {kind}: {why}.",
        next_step="Run as root, outside of a container or in a privileged one, on Linux with cgroup v1 or v2.",
    )
