"""docs/logger.md names every counter, every variable and every keyword of `configure`."""

from __future__ import annotations

import inspect
import re

import pytest

from model_logs import assets
from model_logs._logger import Logger, config, logger


@pytest.fixture(scope="module")
def page():
    return (assets.root() / "docs" / "logger.md").read_text(encoding="utf-8")


def test_every_counter_is_explained(page):
    missing = [name for name in logger.stats() if f"`{name}`" not in page]
    assert missing == []


def test_every_setting_is_explained(page):
    keywords = inspect.signature(Logger.configure).parameters.keys() - {"self"}
    assert [name for name in keywords if f"`{name}" not in page] == []
    variables = set(re.findall(r"MODEL_LOGS_[A-Z_]+", inspect.getsource(config)))
    assert variables - set(re.findall(r"MODEL_LOGS_[A-Z_]+", page)) == set()
