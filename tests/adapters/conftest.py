"""Loggers that are nobody else's, what they wrote, and what the shipper makes of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from model_logs.adapters.stdlib import EventLogger, Handler
from model_logs.adapters.structlog import BoundLogger, write
from model_logs.parse import Origin, Parser
from model_logs.testing import Captured, capture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def captured() -> Iterator[Captured]:
    """What every adapter wrote in a test."""
    with capture() as found:
        yield found


@pytest.fixture(params=["handler", "logger"])
def log(request: pytest.FixtureRequest) -> logging.Logger:
    """A logger that makes records for our handler, and one that makes none."""
    kind = EventLogger if request.param == "logger" else logging.Logger
    made = kind("shop.scoring", logging.DEBUG)
    made.addHandler(Handler())
    return made


@pytest.fixture(params=["processor", "wrapper", "chain"])
def slog(request: pytest.FixtureRequest) -> Any:
    """Return structlog with our processor, with our wrapper class, and with that and a foreign processor."""

    def another(_: Any, __: str, event_dict: Any) -> Any:
        return event_dict

    wrapper = structlog.make_filtering_bound_logger(0) if request.param == "processor" else BoundLogger
    processors = [another, write] if request.param == "chain" else [write]
    return structlog.wrap_logger(None, processors=processors, wrapper_class=wrapper, context_class=dict).bind()


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def stored() -> Callable[[bytes], bool]:
    """Say whether the shipper stores a line as the event that it is, and not as unparsed."""
    parser = Parser()
    origin = Origin(path="events.log", device=1, inode=1, fingerprint="5f" * 32, offset=0)

    def run(line: bytes) -> bool:
        return not parser.parse(line.rstrip(b"\n"), origin, ingested="2026-01-15T10:30:01.000Z").unparsed

    return run


@pytest.fixture
def python(tmp_path: Any) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run Python code in a new process, without any MODEL_LOGS_ variable but those given."""

    def run(code: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MODEL_LOGS_")} | variables
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
            capture_output=True,
            env=environment,
            cwd=tmp_path,
            timeout=60,
            check=True,
        )

    return run
