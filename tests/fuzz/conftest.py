"""Gives the tests the generator of lines, which is a program beside them and no package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def fuzz() -> Any:
    """The module `lines.py`."""
    specification = importlib.util.spec_from_file_location("fuzz_lines", Path(__file__).with_name("lines.py"))
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
