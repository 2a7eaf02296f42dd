"""Every headline figure from the same events: computed here, on the tile, in the table and in the chart alike."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index, life_cycle, predictions
from tests.support.health import measurements
from tests.support.six_hours import FAILURES, error_rate, in_buckets, rank_is_near

from model_logs import dashboards
from model_logs.dashboards.charts import charts
from model_logs.dashboards.report import Report, answer, cell, tiles
from model_logs.query import Answer, Column

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
END = START + timedelta(hours=1)
LAG = timedelta(seconds=2.5)


def _events() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Predictions with batches and variants, life cycle, measurements; and some that cannot be understood."""
    dice = random.Random(3)
    events = predictions(5, 2_000, START, 3600)
    for event in events:
        if event["event_type"] == "predict":
            if dice.random() < 0.4:
                event["batch_size"] = dice.choice((2, 16, 100))
            if variant := dice.choices((None, "control", "canary", "shadow"), (60, 20, 10, 10))[0]:
                event["variant"] = variant
            if variant == "shadow":
                # Slower and worse than all the others: wherever it counts, it is seen.
                event |= {
                    "latency_ms": 5_000.0,
                    "status": "error",
                    "feature_freshness_s": 9_000.0,
                    "fallback_level": 4,
                }
    events += life_cycle(6, 80, START, 3600) + measurements(5, 600, START, 3600)
    broken = [event | {"latency_ms": "fast"} for event in measurements(8, 9, START, 3600)]
    return events, broken


EVENTS, BROKEN = _events()
SERVED = [e for e in EVENTS if e["event_type"] == "predict" and e.get("variant") != "shadow"]
DISKS = [40 + number % 7 for number in range(20)]
_REPORTS: dict[str, Report] = {}


@pytest.fixture
def reports(request: pytest.FixtureRequest) -> dict[str, Report]:
    """All three dashboards over the same hour; asked once."""
    if not _REPORTS:
        client: Elasticsearch = request.getfixturevalue("applied")
        index(client, EVENTS, lag=LAG)
        index(client, BROKEN, lag=LAG, unparsed=True)
        for number, used in enumerate(DISKS):
            when = (START + timedelta(minutes=3 * number)).isoformat(timespec="milliseconds")
            disk = {"node": {"name": "a", "roles": ["data_hot"]}, "disk": {"used_pct": used}}
            client.index(index="metrics-model.node-default", document={"@timestamp": when, **disk})
        client.indices.refresh(index="metrics-model.*")
        for name in dashboards.names():
            _REPORTS[name] = answer(client, dashboards.load_dashboard(name), start=START, end=END)
    return _REPORTS


def _tile(report: Report, title: str) -> tuple[str, str]:
    return next((tile.value, tile.whose) for tile in tiles(report) if tile.title == title)


def _drawn(report: Report, panel_id: str) -> list[dict[str, Any]]:
    """The rows that a panel's charts draw, each with the title of its chart."""
    panel = next(panel for panel in report.dashboard.panels if panel.id == panel_id)
    return [
        row | {"chart": chart.title}
        for chart in charts(panel, report.answers[panel_id])
        for row in chart.rows
        if not row.get("edge") and row["value"] is not None
    ]


def _by(events: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    found = defaultdict(list)
    for event in events:
        found[tuple(event.get(name) for name in names)].append(event)
    return dict(found)


def test_the_number_of_predictions_is_one_everywhere(reports: dict[str, Report]) -> None:
    overview = reports["model-overview"]
    assert _tile(overview, "Predictions (calls)") == (f"{len(SERVED):,}", "")
    throughput = overview.answers["throughput-per-model"]
    assert sum(throughput.values("predictions")) == len(SERVED)
    assert sum(overview.answers["error-rate-per-model"].values("predictions")) == len(SERVED)
    compared = overview.answers["model-version-comparison"].records()
    assert sum(row["predictions"] for row in compared if row["variant"] != "shadow") == len(SERVED)
    assert sum(row["predictions"] for row in compared if row["variant"] == "shadow") > 0
    # A slot is a minute here.
    assert sum(row["value"] for row in _drawn(overview, "throughput-per-model")) == pytest.approx(len(SERVED))
    assert sum(reports["model-health"].answers["baseline-comparison"].values("predictions")) == len(SERVED)


def test_the_rows_of_batches_are_counted_beside_the_calls(reports: dict[str, Report]) -> None:
    overview = reports["model-overview"]
    rows = sum(event.get("batch_size", 1) for event in SERVED)
    assert rows > 2 * len(SERVED)
    assert _tile(overview, "Rows of their batches") == (f"{rows:,}", "")
    per_minute = overview.answers["throughput-per-model"].values("rows_per_minute")
    assert sum(per_minute) == pytest.approx(rows)


def test_an_error_rate_is_failures_of_those_judged_and_both_stand_beside_it(reports: dict[str, Report]) -> None:
    overview = reports["model-overview"]
    table = overview.answers["error-rate-per-model"].records()
    by_model = _by(SERVED, "model_name")
    for row in table:
        here = by_model[(row["model_name"],)]
        assert row["failures"] == sum(event["status"] in FAILURES for event in here)
        assert row["judged"] == sum(event["status"] in FAILURES | {"success"} for event in here)
        assert row["judged"] < row["predictions"] == len(here)
        assert row["error_rate_pct"] == pytest.approx(error_rate(here))
    worst = max(table, key=lambda row: float(row["error_rate_pct"]))
    expected = (cell(worst["error_rate_pct"], "percent"), worst["model_name"])
    assert _tile(overview, "Highest error rate of a model") == expected
    drawn = max(_drawn(overview, "error-rate-per-model"), key=lambda row: float(row["value"]))
    assert (drawn["shown"], drawn["name"]) == expected
    panels = [panel for each in reports.values() for panel in each.dashboard.panels]
    for panel in panels:
        shown = {field.field for field in panel.columns}
        assert "error_rate_pct" not in shown or {"failures", "judged", "predictions"} <= shown, panel.id
    for name in ("model-version-comparison", "baseline-comparison"):
        found = next(each.answers[name] for each in reports.values() if name in each.answers)
        for row in found.records():
            assert row["error_rate_pct"] == pytest.approx(100 * row["failures"] / row["judged"])


def test_the_highest_p99_is_the_highest_of_the_table(reports: dict[str, Report]) -> None:
    overview = reports["model-overview"]
    rows = overview.answers["model-version-comparison"].records()
    served = [row for row in rows if row["variant"] != "shadow"]
    highest = max(served, key=lambda row: float(row["p99_ms"]))
    whose = f"{highest['model']} {highest['version']} {highest['env']}"
    assert _tile(overview, "Highest p99 of a version") == (cell(highest["p99_ms"], "ms"), whose)
    groups = _by(SERVED, "model_name", "model_version", "environment", "variant")
    assert {(r["model"], r["version"], r["env"], r["variant"]) for r in served} == set(groups)
    for row in served:
        here = groups[row["model"], row["version"], row["env"], row["variant"]]
        assert rank_is_near([event["latency_ms"] for event in here], 99, row["p99_ms"])


def test_shadow_traffic_is_in_no_figure_of_the_answers(reports: dict[str, Report]) -> None:
    for name, panels in {
        "model-overview": ("prediction-latency", "error-rate-per-model"),
        "model-health": ("fallback-rate", "feature-freshness", "baseline-comparison"),
    }.items():
        for panel in panels:
            for row in reports[name].answers[panel].records():
                assert not {5_000.0, 9_000.0} & set(row.values()), (panel, row)
    shadow = [
        r for r in reports["model-overview"].answers["model-version-comparison"].records() if r["variant"] == "shadow"
    ]
    assert shadow
    assert {(row["p99_ms"], row["error_rate_pct"], row["served_p99_ms"]) for row in shadow} == {
        (5_000.0, 100.0, None)
    }


def test_what_happened_to_models_is_counted_once(reports: dict[str, Report]) -> None:
    overview = reports["model-overview"]
    happened = [e for e in EVENTS if e["event_type"] in {"registered", "transitioned", "deployed"}]
    assert _tile(overview, "Registrations, moves, deployments (failed ones too)") == (str(len(happened)), "")
    assert sum(row["value"] for row in _drawn(overview, "model-events-timeline")) == len(happened)
    assert len(overview.answers["stage-transition-audit"].rows) == sum(
        event["event_type"] in {"transitioned", "approved", "rejected"} for event in EVENTS
    )


def test_the_health_of_models_has_the_figures_of_its_charts(reports: dict[str, Report]) -> None:
    health = reports["model-health"]
    slots = in_buckets(SERVED, 60, "model_name")
    rates = {
        key: 100 * sum(event.get("fallback_level", 0) > 0 for event in here) / len(here)
        for key, here in slots.items()
    }
    value, whose = _tile(health, "Highest fallback rate in a slot")
    assert value == cell(max(rates.values()), "percent")
    assert whose in {model for (_, model), rate in rates.items() if rate == max(rates.values())}
    for title, panel, field, unit, events in (
        ("Highest drift score", "drift-score", "drift_score", "score", EVENTS),
        ("Oldest features", "feature-freshness", "feature_freshness_s", "s", [*SERVED, *_quality()]),
    ):
        highest = max(event[field] for event in events if field in event)
        assert _tile(health, title)[0] == cell(highest, unit)
        assert max(row["value"] for row in _drawn(health, panel)) == pytest.approx(highest)


def _quality() -> list[dict[str, Any]]:
    return [event for event in EVENTS if event["event_type"] == "quality"]


def test_the_health_of_the_pipeline_has_the_figures_of_its_charts(reports: dict[str, Report]) -> None:
    pipeline = reports["pipeline-health"]
    assert _tile(pipeline, "Highest lag")[0] == cell(LAG.total_seconds(), "s")
    everything = EVENTS + BROKEN
    assert _tile(pipeline, "Events") == (f"{len(everything):,}", "")
    assert sum(row["value"] for row in _drawn(pipeline, "volume-by-source")) == pytest.approx(len(everything))
    assert _tile(pipeline, "Failed documents") == (str(len(BROKEN)), "")
    assert sum(row["value"] for row in _drawn(pipeline, "failed-documents")) == len(BROKEN)
    assert sum(pipeline.answers["failure-reasons"].values("events")) == len(BROKEN)
    missing = _missing(everything)
    assert _tile(pipeline, "Missing events") == (f"{sum(missing.values()):,}", "")
    table = {row["writer"]: row["missing"] for row in pipeline.answers["sequence-gaps"].records()}
    assert table == missing
    assert _tile(pipeline, "Highest use of a node's disk") == (cell(max(DISKS), "percent"), "data_hot")


def _missing(events: list[dict[str, Any]]) -> dict[Any, int]:
    """Of each writer: the numbers between its lowest and its highest that are lost; those without one are one."""
    numbers: dict[Any, Counter[int]] = defaultdict(Counter)
    for event in events:
        if "sequence" in event["event"]:
            numbers[event.get("process", {}).get("entity_id")][event["event"]["sequence"]] += 1
    gaps = {writer: max(seen) - min(seen) + 1 - sum(seen.values()) for writer, seen in numbers.items()}
    return {writer: gap for writer, gap in gaps.items() if gap > 0}


def test_a_sum_over_the_first_rows_alone_says_at_least() -> None:
    pipeline = dashboards.load_dashboard("pipeline-health")
    panel = next(panel for panel in pipeline.panels if panel.id == "sequence-gaps")
    columns = tuple(Column(name, "long") for name in panel.needs)
    row = tuple(3 if name == "missing" else "w" for name in panel.needs)
    answers = {
        each.id: Answer(tuple(Column(n, "long") for n in each.needs), [], 10, START, END) for each in pipeline.panels
    }
    answers[panel.id] = Answer(columns, [row] * 100, 100, START, END)
    assert _tile(Report(pipeline, START, END, {}, answers), "Missing events") == ("at least 300", "")
    answers[panel.id] = Answer(columns, [row] * 99, 100, START, END)
    assert _tile(Report(pipeline, START, END, {}, answers), "Missing events") == ("297", "")
