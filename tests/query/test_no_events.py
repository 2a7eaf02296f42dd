"""Every panel's query over an empty cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from model_logs import dashboards, query

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.dashboards.panels import Panel


PANELS = [panel for name in dashboards.names() for panel in dashboards.load_dashboard(name).panels]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_an_empty_cluster_answers_with_no_row_and_all_columns(applied: Elasticsearch, panel: Panel) -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    answer = query.run(applied, panel.text, start=end - timedelta(hours=1), end=end)
    assert answer.rows == []
    assert len(answer.columns) >= 3
    assert not answer.warnings
