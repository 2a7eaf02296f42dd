"""One environment is enough for gates."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def environments() -> tuple[str, ...]:
    return ("production",)
