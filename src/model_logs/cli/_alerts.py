"""Options that the commands about alerts share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["folder_option"]


def folder_option(function: Any) -> Any:
    """Add `--alerts`, passed as `folder`."""
    return click.option(
        "--alerts",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="MODEL_LOGS_ALERTS",
        help="A folder in the form of alerts/.  [default: the rules that come with model-logs]",
    )(function)
