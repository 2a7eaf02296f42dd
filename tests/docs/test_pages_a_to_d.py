"""Documentation is run: the pages of docs/ from a to d (see `tests/support/documentation.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.documentation import name_of, pages_of, run_page

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch


@pytest.mark.long
@pytest.mark.parametrize("page", pages_of("a-d"), ids=name_of)
def test_every_command_of_a_page_runs(
    page: Path, clean_es: Elasticsearch, es_url: str, tmp_path: Path, memory: Path
) -> None:
    del clean_es  # so that what the page installs is what it uses
    run_page(page, es_url, tmp_path, memory)
