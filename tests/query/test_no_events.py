"""Every panel's query over an empty cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import assets, query

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@pytest.mark.parametrize("file", sorted(assets.path("dashboards/queries").glob("[!_]*.esql")), ids=lambda f: f.stem)
def test_an_empty_cluster_answers_with_no_row_and_all_columns(applied: Elasticsearch, file: Any) -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    answer = query.run(applied, file, start=end - timedelta(hours=1), end=end)
    assert answer.rows == []
    assert len(answer.columns) >= 3
    assert not answer.warnings
