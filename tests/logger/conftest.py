"""A logger of its own for each test, writing to a file of its own, and Python in another process."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from model_logs._logger import Logger
from model_logs._logger.complaints import forget_complaints
from model_logs._logger.writing.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def events_of(path: Path) -> list[dict[str, Any]]:
    """Parse every line as strict JSON; a line that is none fails the test. Empty lines stand after a failure."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b"", "the last line has no end"
    return [json.loads(line, parse_constant=refuse) for line in lines if line]


class Written:
    """A logger and what it wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = Logger(Writer())
        self.log.configure(path=path, service="fraud-api", environment="production")

    @property
    def events(self) -> list[dict[str, Any]]:
        return events_of(self.path)

    @property
    def event(self) -> dict[str, Any]:
        (event,) = self.events
        return event

    def dispose(self) -> None:
        writer = self.log._writer
        atexit.unregister(writer.end)
        if writer._file is not None and writer._file.fd >= 0:
            os.close(writer._file.fd)
        writer._file = writer._sink = writer._identity = None


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    """A logger that writes to `written.path`."""
    forget_complaints()
    found = Written(tmp_path / "events.log")
    yield found
    found.dispose()


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run Python code in a new process, without any MODEL_LOGS_ variable but those given."""

    def run(code: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        variables = options.pop("env", {})
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MODEL_LOGS_")} | variables
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), *arguments],
            capture_output=options.pop("capture_output", True),
            env=environment,
            cwd=tmp_path,
            timeout=60,
            check=options.pop("check", True),
            **options,
        )

    return run


@pytest.fixture
def read() -> Callable[[Path], list[dict[str, Any]]]:
    """Read a file of events, each line of it strict JSON."""
    return events_of
