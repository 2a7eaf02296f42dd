"""Writes the output files of commands: a page, a picture, a body. Folders are made, trouble is one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_file"]


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
