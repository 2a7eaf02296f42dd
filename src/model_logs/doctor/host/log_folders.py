"""Looks at where the log files are: on the network, in memory, on a disk that is nearly full."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.doctor.findings import NotAskedError, ok, problem, shown_bytes, warning
from model_logs.doctor.traps import trap

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

__all__ = ["Mount", "mount_of"]

MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = re.compile(
    r"nfs4?|cifs|smb(2|3|fs)?|9p|afs|ceph|glusterfs|lustre|beegfs|gpfs|ocfs2|virtiofs|vboxsf|prl_fs"
    r"|fuse\.(sshfs|s3fs|gcsfuse|glusterfs|ceph|rclone|davfs2?|blobfuse2?|goofys|mount-s3|juicefs)"
)
_MEMORY = {"tmpfs", "ramfs"}
# The logger counts what a full disk makes it lose, and goes on when there is room again.
_LITTLE = 0.10
_NEARLY_NONE = 0.02


@dataclass(frozen=True)
class Mount:
    """The mount of a folder: the mount point, the type of its file system, and the device."""

    point: str
    type: str
    source: str


def mount_of(path: str, mountinfo: str) -> Mount | None:
    """Return what a path is on; None when the table does not say.

    Args:
        path: Absolute, without links.
        mountinfo: The text of `/proc/self/mountinfo`.
    """
    found: Mount | None = None
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if not separator or len(fields) < 5 or len(rest) < 2:  # noqa: PLR2004  # see proc(5)
            continue
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # Of two on one point the later one hides the earlier.
        if inside and (found is None or len(point) >= len(found.point)):
            found = Mount(point, rest[0], rest[1])
    return found


def _folders(estate: Estate) -> list[str]:
    return sorted({os.path.realpath(file.path.parent) for file in estate.files})


def _mounts(estate: Estate) -> list[tuple[str, Mount]]:
    try:
        table = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError as error:
        raise NotAskedError(f"this system has no {MOUNTS}: look at what `mount` says of the log folder") from error
    found = [(folder, mount_of(folder, table)) for folder in _folders(estate)]
    return [(folder, mount) for folder, mount in found if mount is not None]


@trap("network-folder")
def network_folder(estate: Estate) -> list[Finding]:
    """Find log folders on the network."""
    mounts = _mounts(estate)
    return [
        problem(f"it is on {mount.type} ({mount.source} at {mount.point})", folder)
        for folder, mount in mounts
        if _NETWORK.fullmatch(mount.type)
    ] or ok(_listed(mounts))


@trap("memory-folder")
def memory_folder(estate: Estate) -> list[Finding]:
    """Find log folders that are gone after a restart of the machine."""
    mounts = _mounts(estate)
    return [
        warning(f"it is on {mount.type}, in memory ({mount.point})", folder)
        for folder, mount in mounts
        if mount.type in _MEMORY
    ] or ok(_listed(mounts))


def _listed(mounts: list[tuple[str, Mount]]) -> str:
    return ", ".join(f"{folder} is on {mount.type}" for folder, mount in mounts) or "no folder is in the table"


@trap("log-disk-full")
def log_disk_full(estate: Estate) -> list[Finding]:
    """Find disks that leave the logger little room."""
    found, seen = [], []
    for folder in _folders(estate):
        disk = os.statvfs(folder)
        if not disk.f_blocks:
            continue
        free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        seen.append(f"{shown_bytes(free)} of {shown_bytes(total)} are free ({free / total:.0%})")
        inodes = disk.f_favail / disk.f_files if disk.f_files else 1.0
        if min(free / total, inodes) < _LITTLE:
            told = seen[-1] if free / total <= inodes else f"{disk.f_favail:,} of {disk.f_files:,} inodes are free"
            finding = problem if min(free / total, inodes) < _NEARLY_NONE else warning
            found.append(finding(told, folder))
    return found or ok("; ".join(sorted(set(seen))))
