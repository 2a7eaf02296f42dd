"""Filters that would make a panel false: no control offers them, and a report says why it does not take them."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index

from model_logs import assets, dashboards, query
from model_logs.dashboards.report import Report, answer, print_report, to_json
from model_logs.install import kibana

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
END = START + timedelta(hours=1)
PIPELINE = dashboards.load_dashboard("pipeline-health")
MODELS, ENVIRONMENTS = ("churn", "fraud", "search"), ("production", "staging")
# Of the second writer three numbers are lost, of the others none.
LOST = {"w1": {17, 18, 60}}
FILTERS: list[dict[str, Any]] = [
    {},
    *({"models": [model]} for model in MODELS),
    *({"environments": [environment]} for environment in ENVIRONMENTS),
    *({"models": [model], "environments": [environment]} for model, environment in product(MODELS, ENVIRONMENTS)),
    {"models": ["nosuch"]},
    {"models": ["churn", "nosuch"], "environments": ["nowhere"]},
]


def _events() -> list[dict[str, Any]]:
    """Three writers, each of which logs for every model in turn, and one event of a model that nobody else has."""
    found = []
    for writer, number in product(("w0", "w1", "w2"), range(1, 101)):
        if number not in LOST.get(writer, set()):
            when = START + timedelta(seconds=30 * number)
            found.append(
                {
                    "@timestamp": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    "event": {"id": f"{writer}-{number}", "sequence": number},
                    "process": {"entity_id": writer},
                    "event_type": "predict",
                    "status": "success",
                    "request_id": f"{writer}-{number}",
                    "latency_ms": 8.0,
                    "model_name": MODELS[number % 3],
                    "model_version": str(number % 2),
                    "environment": ENVIRONMENTS[number % 2],
                }
            )
    return found


EVENTS = _events()


@pytest.fixture
def loaded(applied: Elasticsearch) -> Elasticsearch:
    index(applied, EVENTS)
    broken = [event | {"latency_ms": "fast", "event": {"id": f"broken-{at}"}} for at, event in enumerate(EVENTS[:7])]
    index(applied, broken, unparsed=True)
    disk = {"node": {"name": "a", "roles": ["data_hot"]}, "disk": {"used_pct": 41}}
    applied.index(
        index="metrics-model.node-default", document={"@timestamp": START.isoformat(), **disk}, refresh=True
    )
    return applied


def _printed(report: Report) -> str:
    stream = io.StringIO()
    print_report(report, stream)
    return " ".join(stream.getvalue().split())


def test_missing_events_are_the_same_whatever_the_report_is_narrowed_to(loaded: Elasticsearch) -> None:
    """The second oracle: the sets of numbers themselves, not their counts."""
    numbers = defaultdict(set)
    for event in EVENTS:
        numbers[event["process"]["entity_id"]].add(event["event"]["sequence"])
    expected = {
        writer: len(set(range(min(seen), max(seen) + 1)) - seen)
        for writer, seen in numbers.items()
        if set(range(min(seen), max(seen) + 1)) - seen
    }
    assert expected == {"w1": 3}
    for narrowed in FILTERS:
        report = answer(loaded, PIPELINE, start=START, end=END, **narrowed)
        found = {row["writer"]: row["missing"] for row in report.answers["sequence-gaps"].records()}
        assert found == expected, narrowed
        # The others that no filter may touch, either.
        assert sum(report.answers["failed-documents"].values("events")) == 7, narrowed
        assert sum(report.answers["failure-reasons"].values("events")) == 7, narrowed
        assert report.answers["storage-by-tier"].values("fullest_pct") == [41], narrowed
        text = _printed(report)
        assert ("Not narrowed by" in text) == bool(narrowed)
        if narrowed:
            assert "a filter would count excluded events as missing." in text
            assert "Refused documents and unparsed lines have no model and no environment" in text
            notes = {panel["id"]: panel["notes"] for panel in to_json(report)["panels"]}
            assert all(notes[panel] for panel in ("sequence-gaps", "failed-documents", "failure-reasons"))


def test_what_takes_a_filter_is_narrowed_by_it(loaded: Elasticsearch) -> None:
    report = answer(loaded, PIPELINE, start=START, end=END, models=["churn"], environments=["staging"])
    chosen = [e for e in EVENTS if (e["model_name"], e["environment"]) == ("churn", "staging")]
    assert sum(report.answers["ingest-lag"].values("events")) - len(chosen) in range(8)
    assert set(report.answers["ingest-lag"].values("environment")) == {"staging"}


def test_a_filter_that_a_panel_refuses_would_have_made_it_false(loaded: Elasticsearch) -> None:
    """What the files say is no formality: asked with the filter all the same, each of them answers otherwise."""
    for name in ("sequence-gaps", "failed-documents", "failure-reasons", "storage-by-tier"):
        file = assets.path(f"dashboards/queries/{name}.esql")
        whole, narrowed = (
            query.run(loaded, file, start=START, end=END, filters=filters, allow_top_n=True).rows
            for filters in ({}, {"model_name": ["churn"]})
        )
        assert whole != narrowed, name


@pytest.mark.parametrize("name", dashboards.names())
def test_kibana_offers_no_control_that_makes_a_panel_false(name: str) -> None:
    dashboard = dashboards.load_dashboard(name)
    saved = kibana.saved_objects([dashboard])[1]
    fields = {control["config"]["field_name"] for control in kibana.dashboard_body(dashboard)["pinned_panels"]}
    assert fields == {control.field for control in dashboard.offered}
    assert len(saved["references"]) >= len(fields)
    for field, panel in product(fields, dashboard.panels):
        assert panel.takes(field), (field, panel.id)
    if name == "pipeline-health":
        assert fields == set()
        assert "optionsListControl" not in saved["attributes"]["controlGroupInput"]["panelsJSON"]
        assert "no filter" in dashboard.guide


def test_a_name_without_events_is_said_with_the_names_that_there_are(loaded: Elasticsearch) -> None:
    overview = dashboards.load_dashboard("model-overview")
    report = answer(loaded, overview, start=START, end=END, models=["nosuch"])
    said = "No events of a model called nosuch in this time; models seen: churn, fraud, search."
    assert report.notices == (said,)
    assert said in _printed(report)
    assert to_json(report)["notices"] == [said]
    assert "No data for model nosuch." in _printed(report)
    report = answer(loaded, overview, start=START, end=END, models=["churn"], environments=["nowhere"])
    assert report.notices == (
        "No events of an environment called nowhere in this time; environments seen: production, staging.",
    )
    assert answer(loaded, overview, start=START, end=END, models=["churn", "fraud"]).notices == ()
    before = START - timedelta(days=300)
    report = answer(loaded, overview, start=before, end=before + timedelta(hours=1), models=["churn", "nosuch"])
    assert report.notices == ("No events of a model called churn or nosuch in this time; no model has any.",)
