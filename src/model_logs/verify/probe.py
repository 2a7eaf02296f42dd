"""Writes the one event, by the logger's own writer, and finds its line in the file again.

The event is a `probe`: of a type that no panel, rule or gate counts, without a model. No `writer_closed` follows it,
which would stand in the audit trail for years.
"""

from __future__ import annotations

import atexit
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from model_logs._logger.facade import Logger
from model_logs._logger.writing.writer import Writer
from model_logs.errors import ConfigurationError, VerifyError

__all__ = ["EVENT_TYPE", "Probe", "target", "write_probe"]

EVENT_TYPE = "probe"
# The file that is made in a folder; shippers match *.log*.
_FILE = "model-logs-verify.log"
_SERVICE = "elk-bootstrap-verify"
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Probe:
    """The event, as it stands in its file.

    Attributes:
        id: Its `event.id`.
        path: The file.
        device: The device that holds it.
        inode: Its number there.
        offset: Where the line begins.
        end: Where the next line begins.
        written: When it was written, on the clock that never goes back.
    """

    id: str
    path: Path
    device: int
    inode: int
    offset: int
    end: int
    written: float


def target(path: Path) -> Path:
    """Return the file that a path means: itself, or one in the folder.

    Raises:
        ConfigurationError: There is no such folder, it is no file, or the name cannot be one.
    """
    if str(path) == "-":
        raise ConfigurationError(
            "Standard output (-) is no file that a shipper reads.",
            next_step="Give --file the file that the container's runtime writes, or the folder of such files.",
        )
    # Not resolved: a shipper knows the file by the name that its pattern matched.
    path = Path(os.path.abspath(path))  # noqa: PTH100 - as said
    try:
        file = path / _FILE if path.is_dir() else path
        if not file.parent.is_dir():
            raise ConfigurationError(
                f"There is no folder {file.parent}.",
                next_step="Give --file a log file that is shipped, or the folder of such files.",
            )
        regular = not file.exists() or stat.S_ISREG(file.stat().st_mode)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be used: {error.strerror}.",
            next_step="Give --file a log file, or a folder of such files.",
        ) from error
    if not regular:
        raise ConfigurationError(
            f"{file} is no file that a shipper reads.", next_step="Give --file a log file, or a folder of such files."
        )
    return file


def write_probe(path: Path, environment: str) -> Probe:
    """Append the event to a file.

    Args:
        path: The file, from `target`.
        environment: Its environment.

    Raises:
        VerifyError: The line does not stand in the file.
    """
    begin = path.stat().st_size if path.exists() else 0
    writer = Writer()
    logger = Logger(writer)
    logger.configure(path=path, environment=environment, service=_SERVICE, disabled=False)
    # One event and nothing after it.
    atexit.unregister(writer.close)
    written = time.monotonic()
    logger.event(EVENT_TYPE, message="Sent by `elk-bootstrap verify` to see that the path works.")
    stats = logger.stats()
    if stats["dropped"] or not stats["written"]:
        why = ", ".join(stats["dropped"]) or "nothing was written"
        raise VerifyError(
            f"No event can be written to {path} ({why}).",
            next_step="Correct owner and mode of the file, or free space; the reason is above.",
        )
    identifier = f"{stats['writer']}-{stats['sequence']}"
    return _found(path, begin, identifier, written)


def _found(path: Path, begin: int, identifier: str, written: float) -> Probe:
    """Find the line: others may write to the same file, and may rotate it."""
    needle = identifier.encode()
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            file.seek(begin if begin <= status.st_size else 0)
            offset = file.tell()
            for line in file:
                if needle in line[:_BLOCK]:
                    end = offset + len(line)
                    return Probe(identifier, path, status.st_dev, status.st_ino, offset, end, written)
                offset += len(line)
    except OSError as error:
        raise VerifyError(
            f"{path} cannot be read: {error.strerror}.", next_step="Run it as a user who may read the log files."
        ) from error
    raise VerifyError(
        f"The event {identifier} was written to {path} and is not in it.",
        next_step="Did a rotation come in between? Try again; if it stays so, look for a program that cuts the file.",
    )
