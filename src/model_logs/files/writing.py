"""Writes the output files of commands: a page, a picture, a body. Folders are made, trouble is one message."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from model_logs.errors import ModelLogsError

__all__ = ["write_file", "write_private"]


def write_file(file: Path, content: bytes, *, next_step: str) -> Path:
    """Write a file and return its path.

    Args:
        file: Where to.
        content: All of it.
        next_step: What to do when it cannot be written.

    Raises:
        ModelLogsError: It cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise ModelLogsError(f"{file} cannot be written: {error.strerror}.", next_step=next_step) from error
    return file


def write_private(file: Path, content: bytes) -> None:
    """Write a file that its owner alone may read; one that is there is replaced when the new one is whole.

    Where a link leads to it the link stays.

    Raises:
        OSError: It cannot be written; what was there is still whole.
    """
    target = Path(os.path.realpath(file))
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
            if target.exists():
                with contextlib.suppress(OSError):
                    found = target.stat()
                    os.fchown(opened.fileno(), found.st_uid, found.st_gid)
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
