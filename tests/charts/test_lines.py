"""Lines: what a reader must see although no line leads to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from model_logs import dashboards
from model_logs.dashboards.charts import Chart, charts
from model_logs.dashboards.charts.scales import linear
from model_logs.query import Answer, Column

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
DRIFT = next(panel for panel in dashboards.load_dashboard("model-health").panels if panel.id == "drift-score")


def _answer(minutes: list[int], value: float) -> Answer:
    columns = tuple(Column(name, "double") for name in ("time", "model_name", "mean_score", "highest_score"))
    rows = [(START + timedelta(minutes=minute), "churn", value, value) for minute in minutes]
    return Answer(columns, rows, 10_000, START, START + timedelta(hours=1))


def _layer(chart: Chart, mark: str) -> dict[str, Any]:
    found: dict[str, Any] = next(layer for layer in chart.spec("light")["layer"] if layer["mark"]["type"] == mark)
    return found


def test_a_value_without_a_neighbour_is_a_dash_among_lines() -> None:
    (chart,) = charts(DRIFT, _answer([*range(30), 40, 50, 51], 0.5))
    alone = {row["time"] for row in chart.rows if row.get("alone")}
    assert alone == {(START + timedelta(minutes=40)).timestamp() * 1000}
    tick = _layer(chart, "tick")
    assert tick["transform"] == [{"filter": "datum.alone"}]
    assert tick["mark"]["orient"] == "horizontal"


@pytest.mark.parametrize("minutes", [[5], [1, 2, 30], [0, 59], list(range(60))])
def test_a_line_is_flat_within_each_slot_and_ends_with_it(minutes: list[int]) -> None:
    """A step shows what was measured in a slot; anything between two slots was measured by nobody."""
    (chart,) = charts(DRIFT, _answer(minutes, 0.5))
    line = _layer(chart, "line")
    assert line["mark"]["interpolate"] == "step-after"
    assert line["encoding"]["detail"]["field"] == "run"
    rows = [row for row in chart.rows if row["name"] == "Mean" and row["value"] is not None]
    runs: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        runs.setdefault(row["run"], []).append(row)
    end = (START + timedelta(hours=1)).timestamp() * 1000
    for run in runs.values():
        assert [row.get("edge", False) for row in run] == [False] * (len(run) - 1) + [True]
        assert run[-1]["time"] <= end
        assert run[-1]["time"] > run[-2]["time"]
    assert sum(len(run) - 1 for run in runs.values()) == len(minutes)


@pytest.mark.parametrize("minutes", [[-360], [-1], [-5, 15], [-20, 0, 20], [-1440, 0]])
def test_a_slot_that_begins_before_the_range_is_drawn_where_the_range_begins(minutes: list[int]) -> None:
    """A day's slot begins at midnight: in a report of the last hour it would lie left of the page."""
    (chart,) = charts(DRIFT, _answer(minutes, 0.5))
    start, end = START.timestamp() * 1000, (START + timedelta(hours=1)).timestamp() * 1000
    drawn = [row["time"] for row in chart.rows]
    assert min(drawn) == start
    assert max(drawn) <= end
    mean = [row for row in chart.rows if row["name"] == "Mean"]
    assert mean[-1]["time"] > start, "it has a length that is seen"
    if len(minutes) == 1:
        assert mean[-1]["time"] == end, "the range lies within it"
    assert any(row["at"].startswith(f"{START + timedelta(minutes=minutes[0]):%Y-%m-%d %H:%M}") for row in mean)


@pytest.mark.parametrize("minutes", [[5], [1, 2, 30], [0, 59], [*range(30), 40, 50, 51]])
def test_every_place_of_a_chart_tells_of_the_nearest_slot(minutes: list[int]) -> None:
    (chart,) = charts(DRIFT, _answer(minutes, 0.5))
    slots = [row for row in chart.rows if row.get("hover")]
    begin, end = START.timestamp() * 1000, (START + timedelta(hours=1)).timestamp() * 1000
    assert [row["left"] for row in slots] == [begin, *(row["right"] for row in slots[:-1])]
    assert slots[-1]["right"] == end
    assert [row["time"] for row in slots] == [begin + minute * 60_000 for minute in minutes]
    assert {row["shown0"] for row in slots} == {row["shown1"] for row in slots} == {"0.5"}


def test_zeros_lie_on_the_floor_of_a_scale() -> None:
    (chart,) = charts(DRIFT, _answer([1, 2, 3], 0.0))
    assert _layer(chart, "line")["encoding"]["y"]["scale"]["domain"] == [0, 1]


def _models(panel_id: str, values: dict[str, float]) -> list[Chart]:
    panel = next(
        panel
        for name in dashboards.names()
        for panel in dashboards.load_dashboard(name).panels
        if panel.id == panel_id
    )
    columns = tuple(Column(name, "double") for name in panel.needs)
    rows = [
        tuple({"time": START, "model_name": name}.get(column, value) for column in panel.needs)
        for name, value in values.items()
    ]
    return charts(panel, Answer(columns, rows, 10_000, START, START + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("panel", "values", "kind", "domain"),
    [
        ("prediction-latency", {"a": 4.0, "b": 9.0}, "linear", [0, 10]),
        ("prediction-latency", {"a": 4.0, "b": 900.0, "c": 31.0}, "log", [2, 1000]),
        ("prediction-latency", {"a": 0.0, "b": 900.0}, "linear", [0, 1000]),
        ("fallback-rate", {"a": 0.2, "b": 40.0}, "linear", [0, 40]),
        ("prediction-quality", {"a": 97.0, "b": 3.0}, "linear", [0, 100]),
        ("drift-score", {"a": 0.31, "b": 0.02}, "linear", [0, 0.4]),
    ],
)
def test_small_charts_beside_each_other_share_one_scale(
    panel: str, values: dict[str, float], kind: str, domain: list[float]
) -> None:
    drawn = _models(panel, values)
    assert len(drawn) == len(values)
    for chart in drawn:
        axis = _layer(chart, "line")["encoding"]["y"]
        assert axis["scale"]["type"] == kind
        low, high = axis["scale"]["domain"]
        assert (low, high) == tuple(domain)
        assert axis["axis"]["values"][0] == low
        assert axis["axis"]["values"][-1] == high
        assert ("log scale" in axis["axis"]["title"]) == (kind == "log")
        assert low <= min(values.values())
        assert max(values.values()) <= high


@pytest.mark.parametrize("top", [1, 2, 3, 4, 5, 7, 12, 13, 99, 101, 1e6])
def test_nothing_that_is_counted_has_a_half(top: float) -> None:
    ticks = linear(top, whole=True)
    assert all(tick == int(tick) for tick in ticks)
    assert ticks[0] == 0
    assert ticks[-2] < top <= ticks[-1]
    assert len(ticks) <= 7


@pytest.mark.parametrize("top", [0, 1e-9, 0.07, 0.3, 0.55, 1, 26.4, 99.99, 100, 3713, 12345678.9])
def test_ticks_are_round_and_reach_the_highest_value(top: float) -> None:
    ticks = linear(top)
    assert ticks[0] == 0
    assert ticks[-1] >= top
    assert 2 <= len(ticks) <= 7
    # Two digits at most that are not zero: 1,500 and 0.35, not 1,234.
    assert all(len(f"{tick:e}".split("e")[0].replace(".", "").rstrip("0")) <= 2 for tick in ticks)
