"""Reports to draw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index, life_cycle, predictions

from model_logs import dashboards
from model_logs.dashboards.report import Report, answer
from model_logs.query import Answer, Column

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
END = START + timedelta(hours=1)


_ANSWERED: list[Report] = []


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """The overview over real events out of the node; asked once."""
    if not _ANSWERED:
        client = request.getfixturevalue("applied")
        index(client, predictions(5, 900, START, 3600) + life_cycle(6, 80, START, 3600))
        _ANSWERED.append(answer(client, dashboards.load_dashboard("model-overview"), start=START, end=END))
    return _ANSWERED[0]


@pytest.fixture
def made_up() -> Callable[[list[str]], Report]:
    """Answers with names of one's choice, for what a real model should not be called."""

    def make(names: list[str]) -> Report:
        overview = dashboards.load_dashboard("model-overview")
        answers = {}
        for panel in overview.panels:
            rows = [tuple(_value(column, name, place) for column in panel.needs) for place, name in enumerate(names)]
            columns = tuple(Column(name, "keyword") for name in panel.needs)
            answers[panel.id] = Answer(columns, rows, 10_000, START, END)
        return Report(overview, START, END, {"model_name": tuple(names)} if names else {}, answers)

    return make


_COUNTS = {"predictions", "rows", "failures", "judged", "events", "bad"}


def _value(column: str, name: str, place: int) -> Any:
    if column == "time":
        return START + timedelta(minutes=10)
    if column == "width_ms":
        return 60_000.0
    if column.endswith(("_ms", "_pct", "per_minute")) or column in _COUNTS:
        return place + 1
    return name
