"""Lines: what a reader must see although no line leads to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from model_logs import dashboards
from model_logs.charts import charts
from model_logs.query import Answer, Column

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
DRIFT = next(panel for panel in dashboards.load("model-health").panels if panel.id == "drift-score")


def _answer(minutes: list[int], value: float) -> Answer:
    columns = tuple(Column(name, "double") for name in ("time", "model_name", "mean_score", "highest_score"))
    rows = [(START + timedelta(minutes=minute), "churn", value, value) for minute in minutes]
    return Answer(columns, rows, 10_000, START, START + timedelta(hours=1))


def test_a_point_without_a_neighbour_is_drawn_among_many() -> None:
    (chart,) = charts(DRIFT, _answer([*range(30), 40, 50, 51], 0.5))
    alone = {row["time"] for row in chart.rows if row["alone"]}
    assert alone == {(START + timedelta(minutes=40)).timestamp() * 1000}
    opacity = chart.spec("light")["layer"][1]["encoding"]["opacity"]
    assert opacity["value"] == 0
    assert {"test": "datum.alone", "value": 1} in opacity["condition"]


def test_few_points_are_all_drawn() -> None:
    (chart,) = charts(DRIFT, _answer([1, 2, 30], 0.5))
    assert chart.spec("light")["layer"][1]["encoding"]["opacity"]["value"] == 1


def test_zeros_lie_on_the_floor_of_a_scale() -> None:
    (chart,) = charts(DRIFT, _answer([1, 2, 3], 0.0))
    assert chart.spec("light")["layer"][0]["encoding"]["y"]["scale"] == {"domain": [0, 1]}
