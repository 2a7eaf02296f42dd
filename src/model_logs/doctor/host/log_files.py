"""Finds the log files that a shipper would read, and what can be seen of each without reading it whole."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path

from model_logs.doctor.findings import NotAskedError
from model_logs.files.patterns import PathPattern

__all__ = ["LogFile", "find_log_files"]

# As in shipper/filebeat.yml.
_IN_A_FOLDER = ("*.log*", "*.jsonl*")
_COMPRESSED = re.compile(r"\.(gz|zst|bz2|xz)$")
_HEAD = 4096


@dataclass(frozen=True)
class LogFile:
    """One log file.

    Attributes:
        path: Its name.
        status: As `stat` gives it.
        head: Its first bytes; None when this process may not read it.
        tail: Its last byte.
    """

    path: Path
    status: os.stat_result
    head: bytes | None
    tail: bytes = b""


def find_log_files(named: tuple[str, ...]) -> list[LogFile]:
    """Return the files of these folders and globs, compressed ones aside, each once.

    Raises:
        NotAskedError: There is none.
    """
    paths: dict[tuple[int, int], LogFile] = {}
    for name in named:
        pattern = PathPattern(name)
        if Path(pattern.text).is_dir():
            folder = glob.escape(pattern.text)
            patterns = [PathPattern(f"{folder}/{each}") for each in _IN_A_FOLDER]
        else:
            patterns = [pattern]
        found = {path for each in patterns for path in each.paths()}
        for path in sorted(found):
            if not _COMPRESSED.search(path) and Path(path).is_file():
                file = _look(Path(path))
                paths.setdefault((file.status.st_dev, file.status.st_ino), file)
    if not paths:
        raise NotAskedError(f"no log file is at {', '.join(named)}")
    return list(paths.values())


def _look(path: Path) -> LogFile:
    status = path.stat()
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if not head:
                return LogFile(path, status, head)
            file.seek(-1, os.SEEK_END)
            return LogFile(path, status, head, file.read(1))
    except PermissionError:
        return LogFile(path, status, None)
