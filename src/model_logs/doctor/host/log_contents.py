"""Looks at the log files: too short, alike, unreadable, unfinished, cut."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from model_logs import assets
from model_logs.doctor.findings import NotAskedError, ok, problem, warning
from model_logs.doctor.host import filebeat_configuration
from model_logs.doctor.traps import trap
from model_logs.errors import ConfigurationError, ShipError
from model_logs.times import rounded_span

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding
    from model_logs.doctor.host.log_files import LogFile

# A writer may be about to go on; after so long it is not.
_QUIET_S = 300.0


def _length(estate: Estate) -> int:
    """Return the bytes that Filebeat knows a file by: as configured, else as in shipper/filebeat.yml."""
    try:
        filebeat = estate.filebeat
    except NotAskedError:
        filebeat = filebeat_configuration.read_filebeat_configuration(assets.path("shipper/filebeat.yml"))
    lengths = [each.fingerprint_length for each in filebeat.inputs]
    known = [length for length in lengths if length is not None]
    if not known:
        raise NotAskedError(f"{filebeat.path} identifies files by something other than a fingerprint")
    return max(known)


def _quiet(file: LogFile) -> float:
    """Return for how many seconds nobody wrote to a file."""
    return time.time() - file.status.st_mtime


@trap("fingerprint-short")
def fingerprint_short(estate: Estate) -> list[Finding]:
    """Find files that hold something and are too short for Filebeat to read."""
    length, found = _length(estate), []
    for file in estate.files:
        size = file.status.st_size
        if 0 < size < length:
            quiet = _quiet(file)
            seen = f"{size} bytes, {length} are needed; unchanged for {rounded_span(quiet)}"
            found.append((problem if quiet > _QUIET_S else warning)(seen, str(file.path)))
    return found or ok(f"{len(estate.files)} files, empty or of at least {length} bytes")


@trap("fingerprint-collision")
def fingerprint_collision(estate: Estate) -> list[Finding]:
    """Find files that Filebeat takes for one."""
    length = _length(estate)
    alike: dict[bytes, list[Path]] = defaultdict(list)
    for file in estate.files:
        if file.head and len(file.head) >= min(length, len(file.head)) and file.status.st_size >= length:
            alike[file.head[:length]].append(file.path)
    found = [
        problem(
            f"{len(paths)} files begin with the same {length} bytes: Filebeat reads one of them",
            ", ".join(str(path) for path in sorted(paths)[:5]),
        )
        for paths in alike.values()
        if len(paths) > 1
    ]
    return found or ok(f"no two of {len(estate.files)} files begin with the same {length} bytes")


@trap("unfinished-line")
def unfinished_line(estate: Estate) -> list[Finding]:
    """Find files whose last line was never ended."""
    found = [
        warning(f"its last line has no end, for {rounded_span(_quiet(file))}", str(file.path))
        for file in estate.files
        if file.tail not in {b"", b"\n"} and _quiet(file) > _QUIET_S
    ]
    return found or ok(f"the last lines of {len(estate.files)} files are whole, or being written")


@trap("truncated")
def truncated(estate: Estate) -> list[Finding]:
    """Find signs that a file was cut while somebody wrote to it or read it."""
    found = [
        problem("it begins with NUL bytes: it was cut while its writer went on at its old place", str(file.path))
        for file in estate.files
        if file.head and file.head[0] == 0
    ]
    try:
        read = _shipped(estate)
    except NotAskedError:
        read = {}
    for file in estate.files:
        offset = read.get((file.status.st_dev, file.status.st_ino), 0)
        if offset > file.status.st_size:
            seen = f"{offset:,} bytes were shipped, and it holds {file.status.st_size:,}: it was cut"
            found.append(problem(seen, str(file.path)))
    compared = f"{len(read)} of them" if read else "with no checkpoint to compare"
    return found or ok(f"no sign of it in {len(estate.files)} files ({compared})")


def _shipped(estate: Estate) -> dict[tuple[int, int], int]:
    """Return for each file that `model-logs ship` knows, by device and inode, how much the cluster has of it."""
    return {(entry["device"], entry["inode"]): entry["offset"] for entry in estate.checkpoint}


@trap("ship-behind")
def ship_behind(estate: Estate) -> list[Finding]:
    """Find files that `model-logs ship` should have shipped long ago."""
    read, found = _shipped(estate), []
    for file in estate.files:
        left = file.status.st_size - read.get((file.status.st_dev, file.status.st_ino), 0)
        # Half a line is not shipped: see unfinished-line.
        if left > 0 and file.tail == b"\n" and _quiet(file) > _QUIET_S:
            seen = f"{left:,} of {file.status.st_size:,} bytes are not shipped, for {rounded_span(_quiet(file))}"
            found.append(problem(seen, str(file.path)))
    return found or ok(f"{len(estate.files)} files are shipped, or were written to within {rounded_span(_QUIET_S)}")


@trap("ship-dead-letters")
def ship_dead_letters(estate: Estate) -> list[Finding]:
    """Find what the cluster refused of `model-logs ship`."""
    folder = estate.where.ship_state
    if folder is None:
        raise NotAskedError("no state folder of `model-logs ship` is named (--state)")
    path = folder / "dead-letters.ndjson"
    try:
        with path.open("rb") as file:
            count = sum(1 for _ in file)
        quiet = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        count = 0
    except OSError as error:
        raise ShipError(
            f"The dead letters {path} cannot be read: {error.strerror}.", next_step="Ask as the shipper's user."
        ) from error
    if not count:
        return ok(f"nothing is in {path}")
    seen = f"{count:,} events that the cluster refused, the last {rounded_span(quiet)} ago"
    return [(problem if quiet < estate.where.since.total_seconds() else warning)(seen, str(path))]


@dataclass(frozen=True)
class _Reader:
    """Whoever reads the files."""

    name: str
    uid: int
    groups: frozenset[int]

    def may(self, status: os.stat_result, bit: int) -> bool:
        """Tell whether the mode gives a right (4 to read, 1 to enter); access lists are not seen."""
        if self.uid == 0:
            return True
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid in self.groups else 0
        return bool(stat.S_IMODE(status.st_mode) >> shift & bit)


def _reader(named: str | None) -> _Reader:
    """Return who `user` or `user:group,group` is.

    Raises:
        NotAskedError: Nobody is named, and this process is root, who may read everything.
        ConfigurationError: There is no such user or group.
    """
    if named is None:
        if os.geteuid() == 0:
            raise NotAskedError(
                "root may read every file: name Filebeat's user (--filebeat-user filebeat:model-logs)"
            )
        return _Reader("this user", os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))
    user, _, groups = named.partition(":")
    try:
        known = None if user.isdigit() else pwd.getpwnam(user)
        uid = int(user) if known is None else known.pw_uid
        more = [int(each) if each.isdigit() else grp.getgrnam(each).gr_gid for each in groups.split(",") if each]
    except KeyError as error:
        raise ConfigurationError(
            f"{named!r} names a user or a group that is not known here: {error.args[0]}",
            next_step="Write it as --filebeat-user USER, or USER:GROUP,GROUP; numbers are taken, too.",
        ) from error
    own = [] if known is None else os.getgrouplist(known.pw_name, known.pw_gid)
    return _Reader(named, uid, frozenset([*own, *more]))


@trap("unreadable")
def unreadable(estate: Estate) -> list[Finding]:
    """Find files that Filebeat's user may not read, or not reach."""
    files, reader = estate.files, _reader(estate.where.filebeat_user)
    folder = cache(
        lambda path: next((each for each in [*path.parents][::-1] if not reader.may(each.stat(), 1)), None)
    )
    found = []
    for file in files:
        path, mode = file.path.absolute(), stat.filemode(file.status.st_mode)
        barred = folder(path)
        if barred is not None:
            entered = stat.filemode(barred.stat().st_mode)
            remedy = f"setfacl -m u:{reader.name.partition(':')[0]}:x {barred}, or chmod o+x {barred}"
            found.append(problem(f"{reader.name} may not enter {barred} ({entered})", str(path), remedy))
        elif file.head is None if reader.uid == os.geteuid() != 0 else not reader.may(file.status, 4):
            group = _group(file.status.st_gid)
            remedy = f"chmod g+r {path}, and Filebeat's user in the group {group} (SupplementaryGroups={group})"
            found.append(problem(f"{reader.name} may not read it ({mode}, group {group})", str(path), remedy))
    return found or ok(f"{reader.name} may read {len(files)} files, by their mode")


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
