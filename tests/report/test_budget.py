"""*Error Budget* has a span of its own: the window of the objectives, whatever the page shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.events import index
from tests.support.gates import traffic

from model_logs import dashboards
from model_logs.dashboards.kibana.api_body import dashboard_body
from model_logs.dashboards.kibana.saved_objects import saved_dashboard
from model_logs.dashboards.report import answer

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

END = datetime(2026, 8, 20, 12, tzinfo=UTC)
PAGE = dashboards.load_dashboard("model-overview")


def test_a_page_of_an_hour_shows_the_budget_of_the_month(applied: Elasticsearch) -> None:
    for days, version in ((10, "1"), (40, "2")):
        events = traffic(days, version=version, start=END - timedelta(days=days), minutes=2, failing=0.1)
        index(applied, events)
    found = answer(applied, PAGE, start=END - timedelta(hours=1), end=END)
    assert found.end - found.start == timedelta(hours=1)
    assert found.answers["prediction-latency"].rows == []
    errors = [row for row in found.answers["error-budget"].records() if row["objective"] == "error rate"]
    assert [(row["model_name"], row["events"]) for row in errors] == [("churn", 800)]
    assert errors[0]["left_pct"] == pytest.approx(100 - 100 * errors[0]["bad_pct"] / 0.1)


def test_kibana_gets_the_span_in_both_forms_for_that_panel_alone() -> None:
    month = {"from": "now-720h", "to": "now"}
    body = {panel["id"]: panel["config"].get("time_range") for panel in dashboard_body(PAGE)["panels"]}
    saved = json.loads(saved_dashboard(PAGE)["attributes"]["panelsJSON"])
    kept = {panel["panelIndex"]: panel["embeddableConfig"].get("timeRange") for panel in saved}
    for spans in (body, kept):
        assert {name for name, span in spans.items() if span} == {"error-budget"}
        assert spans["error-budget"] == month
