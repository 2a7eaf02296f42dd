"""The pages of the other dashboards in a real browser: no complaint, marks in every panel, the queries' values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index
from tests.support.health import measurements

from model_logs import dashboards
from model_logs.dashboards.charts import charts, write_page
from model_logs.dashboards.report import answer

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.dashboards import Panel
    from model_logs.query import Answer

START = datetime(2026, 5, 4, 6, tzinfo=UTC)


def _fill(client: Elasticsearch) -> None:
    index(client, measurements(5, 600, START, 3600))
    for number in range(20):
        when = (START + timedelta(minutes=3 * number)).isoformat(timespec="milliseconds")
        disk = {"node": {"name": "a", "roles": ["data_hot"]}, "disk": {"used_pct": 40 + number}}
        client.index(index="metrics-model.node-default", document={"@timestamp": when, **disk})
        unparsed = {"event_type": "unparsed", "reason": "bad value: latency_ms", "environment": "staging"}
        client.index(index="logs-model.unparsed-staging", document={"@timestamp": when, **unparsed})
    client.indices.refresh(index="logs-model.*,metrics-model.*")


def _expected(panel: Panel, found: Answer) -> set[tuple[Any, Any, Any]]:
    """(measure, moment, value) of each row that has one."""
    assert panel.x
    return {
        (field.title if panel.chart == "lines" else None, row[panel.x.field].timestamp() * 1000, row[field.field])
        for row in found.records()
        for field in panel.y
        if row[field.field] is not None
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["model-health", "pipeline-health"])
def test_every_panel_is_drawn_with_the_values_of_its_query(
    name: str, scheme: str, applied: Elasticsearch, browser: Any, tmp_path: Path
) -> None:
    _fill(applied)
    report = answer(applied, dashboards.load_dashboard(name), start=START, end=START + timedelta(hours=1))
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page(scheme=scheme)
    tab.open(file)
    assert tab.complaints == []
    assert len(tab.requests) == 1
    assert tab.evaluate("window.modelLogs.scheme") == scheme
    for panel in report.dashboard.panels:
        found = report.answers[panel.id]
        if panel.chart == "table":
            assert tab.evaluate(f"document.querySelectorAll('#{panel.id} tbody tr').length") == len(found.rows)
            continue
        assert found.rows, panel.id
        marks = tab.evaluate(f"""
            Array.from(document.querySelectorAll('#{panel.id} .chart')).map(chart =>
              Array.from(chart.querySelectorAll("g.role-mark path")).filter(path => {{
                const box = path.getBoundingClientRect();
                return path.getAttribute("d") && box.width + box.height > 0;
              }}).length)
        """)
        assert len(marks) == len(charts(panel, found))
        assert all(marks), (panel.id, marks)
        rows = tab.evaluate(f"""
            window.modelLogs.views.filter(view => view.panel === "{panel.id}").flatMap(view =>
              view.result.view.data("answer").map(row => [row.name, +row.time, row.value, !!row.edge || !!row.hover]))
        """)
        shown = {(who if panel.chart == "lines" else None, at, value) for who, at, value, edge in rows if not edge}
        drawn = {row for row in shown if row[2]}
        assert drawn == {row for row in _expected(panel, found) if row[2]}, panel.id
