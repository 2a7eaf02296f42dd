"""Dashboard files: the shipped ones hold together, and a wrong one is told where it is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets, dashboards
from model_logs.dashboards.report import answer
from model_logs.errors import AssetError, ConfigurationError, QueryError
from model_logs.times import read_span

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

SHIPPED = dashboards.names()


def test_the_overview_has_the_six_panels_and_the_budgets() -> None:
    titles = [panel.title for panel in dashboards.load_dashboard("model-overview").panels]
    assert sorted(titles) == [
        "Error Budget",
        "Error Rate per Model",
        "Model Events Timeline",
        "Model Version Comparison",
        "Prediction Latency",
        "Stage Transition Audit",
        "Throughput per Model",
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_dashboard_has_a_question_an_empty_text_and_room_for_each_panel(name: str) -> None:
    dashboard = dashboards.load_dashboard(name)
    assert dashboard.id == name
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard.panels:
        assert panel.question.endswith("?"), panel.id
        assert panel.empty.endswith("."), panel.id
        assert panel.query.stem == panel.id
        for field in (*panel.y, *panel.columns):
            assert field.unit or panel.chart == "table" or field.field.endswith("_name"), (panel.id, field)
        grid = panel.grid
        for cell in product(range(grid.x, grid.x + grid.w), range(grid.y, grid.y + grid.h)):
            assert cell not in taken, f"{panel.id} lies over {taken.get(cell)}"
            taken[cell] = panel.id


@pytest.mark.parametrize("name", SHIPPED)
def test_every_query_of_a_shipped_dashboard_takes_its_time_from_outside(name: str) -> None:
    for panel in dashboards.load_dashboard(name).panels:
        lines = panel.query.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("//"))
        assert "@timestamp >= ?_tstart AND @timestamp < ?_tend" in text, panel.id
        assert "NOW(" not in text.upper(), panel.id


@pytest.mark.parametrize("name", SHIPPED)
def test_every_query_of_a_shipped_dashboard_gives_what_its_panel_shows(name: str, applied: Elasticsearch) -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    found = answer(applied, dashboards.load_dashboard(name), start=end - timedelta(hours=1), end=end)
    assert list(found.answers) == [panel.id for panel in dashboards.load_dashboard(name).panels]


def test_no_query_file_is_without_a_panel() -> None:
    used = {panel.query.name for name in SHIPPED for panel in dashboards.load_dashboard(name).panels}
    there = {file.name for file in assets.path("dashboards/queries").glob("[!_]*.esql")}
    assert there == used


def _written(tmp_path: Path, change: Any) -> Path:
    """A copy of the overview with a change, its queries beside it."""
    document = yaml.safe_load(assets.path("dashboards/model-overview.yml").read_text(encoding="utf-8"))
    change(document)
    (tmp_path / "queries").mkdir()
    for file in assets.path("dashboards/queries").glob("*.esql"):
        (tmp_path / "queries" / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def _set(*keys: Any) -> Any:
    *path, last, value = keys

    def change(document: Any) -> None:
        for key in path:
            document = document[key]
        document[last] = value

    return change


def _drop(*keys: Any) -> Any:
    *path, last = keys

    def change(document: Any) -> None:
        for key in path:
            document = document[key]
        del document[last]

    return change


def test_a_dashboard_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = _written(tmp_path, _set("title", "Mine"))
    assert dashboards.load_dashboard(path).title == "Mine"
    assert dashboards.load_dashboard(str(path)).panels[0].query.parent == tmp_path / "queries"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_drop("title"), "the file lacks title"),
        (_set("titel", "x"), r"the file holds titel, which is not known: did you mean title\?"),
        (_set("id", "Model Overview"), "id is 'Model Overview': use small letters"),
        (_set("range", "a day"), "range is 'a day': write a span of time"),
        (_set("panels", []), "panels is empty"),
        (_set("panels", 0, "x"), r"panels\[0\] is 'x', and must be names with values"),
        (_set("panels", 1, "id", "prediction-latency"), "panels holds an id twice: prediction-latency"),
        (
            _set("panels", 0, "chart", "pie"),
            r"panels\[prediction-latency\].chart is 'pie'; it must be one of lines, area",
        ),
        (_drop("panels", 0, "chart"), r"panels\[prediction-latency\] lacks chart"),
        (_drop("panels", 0, "question"), r"panels\[prediction-latency\] lacks question"),
        (_set("panels", 0, "query", "queries/none.esql"), "query names none.esql, which is missing"),
        (
            _set("panels", 0, "y", 0, "unit", "furlongs"),
            r"prediction-latency\].y\[0\].unit is 'furlongs'; it must be one of ms",
        ),
        (_set("panels", 0, "y", {}), r"prediction-latency\].y is names with values, and must be a list"),
        (_drop("panels", 0, "series"), "lacks series: a chart over time has a series"),
        (_drop("panels", 0, "x"), r"prediction-latency\] lacks x: a chart draws x and y"),
        (_set("panels", 0, "grid", "w", 49), "grid.w is 49, and must lie between 1 and 48"),
        (_set("panels", 0, "grid", {"x": 0}), r"prediction-latency\].grid lacks y, w, h"),
        (
            _set("panels", 2, "headline", "aggregate", "mean"),
            "headline.aggregate is 'mean'; it must be one of sum, max, count",
        ),
        (_set("panels", 1, "headline", 0, "unit", "miles"), r"per-model\].headline\[0\].unit is 'miles'; it must be"),
        (
            _set("panels", 3, "headline", "whose", "model"),
            r"headline.whose is 'model', and must be a list: write \[model\]",
        ),
        (
            _set("panels", 0, "filters", "model_name"),
            r"prediction-latency\].filters is 'model_name', and must be a list: write \[model_name\]",
        ),
        (_set("panels", 0, "filters", ["environment"]), "lacks unfiltered: say why it takes no filter by model_name"),
        (_set("panels", 0, "details", {}), r"prediction-latency\].details is names with values, and must be a list"),
        (_drop("panels", 3, "columns"), r"model-version-comparison\] lacks columns: a table shows columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_file_is_told_where_it_is_wrong(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(AssetError, match=said) as raised:
        dashboards.load_dashboard(_written(tmp_path, change))
    assert "mine.yml" in str(raised.value)
    assert "Next step:" in str(raised.value)


def test_a_query_without_a_limit_is_refused_when_the_dashboard_is_read(tmp_path: Path) -> None:
    path = _written(tmp_path, _set("title", "Mine"))
    (tmp_path / "queries" / "prediction-latency.esql").write_text("FROM x", encoding="utf-8")
    with pytest.raises(QueryError, match="must end with one LIMIT"):
        dashboards.load_dashboard(path)


@pytest.mark.parametrize("text", ["{", "- a\n- b", "\x00"])
def test_what_is_no_dashboard_at_all_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match=r"broken\.yml"):
        dashboards.load_dashboard(path)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AssetError, match=r"There is no dashboard 'overview'(?s:.*)model-overview"):
        dashboards.load_dashboard("overview")
    with pytest.raises(ConfigurationError, match=r"There is no dashboard file nowhere\.yml"):
        dashboards.load_dashboard("nowhere.yml")


def test_a_panel_whose_query_lacks_a_column_is_named(tmp_path: Path, applied: Elasticsearch) -> None:
    path = _written(tmp_path, _set("panels", 0, "y", 0, "field", "p42_ms"))
    end = datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(QueryError, match=r"prediction-latency.*gives no column p42_ms; it gives p50_ms"):
        answer(applied, dashboards.load_dashboard(path), start=end - timedelta(hours=1), end=end)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("24h", 86_400), (" 7d ", 604_800), ("4w", 2_419_200)]
)
def test_a_span_of_time_is_read(text: str, seconds: int) -> None:
    assert read_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0h", "-1h", "1", "1.5h", "1y", "99999999999999d", "\uff11h"])
def test_what_is_no_span_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span of time"):
        read_span(text)


def test_the_example_of_the_documentation_is_a_dashboard(tmp_path: Path, applied: Elasticsearch) -> None:
    text = (assets.root() / "docs" / "report.md").read_text(encoding="utf-8")
    (tmp_path / "queries").mkdir()
    for language, file in (("yaml", "mine.yml"), ("esql", "queries/slowest.esql")):
        block = text.split(f"```{language}\n")[1].split("```")[0]
        (tmp_path / file).write_text(block, encoding="utf-8")
    end = datetime(2026, 1, 2, tzinfo=UTC)
    mine = dashboards.load_dashboard(tmp_path / "mine.yml")
    found = answer(applied, mine, start=end - mine.range, end=end).answers["slowest"]
    assert found.names() == ["p99_ms", "model_name"]
