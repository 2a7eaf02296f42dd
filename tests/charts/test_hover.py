"""What a reader is told who hovers: of every kind of chart, in both schemes, the values of the query and no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index, life_cycle, predictions
from tests.support.health import measurements

from model_logs import dashboards
from model_logs.dashboards.charts import write_page
from model_logs.dashboards.report import answer, cell, format_moment, over_time
from model_logs.files import schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.dashboards.panels import Panel
    from model_logs.dashboards.report import Report

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
# Outcomes, language models and gates have no other kinds of chart; their figures have tests of their own.
NAMES = [name for name in dashboards.names() if name not in {"language-models", "model-outcomes", "release-gates"}]
_REPORTS: dict[str, Report] = {}

# The marks that can be hovered, of each chart of a panel: those with a tooltip, that have an extent.
_TARGETS = """
    window.modelLogs.views.filter(view => view.panel === "PANEL").map(view => {
      view.element.scrollIntoView({block: "center"});
      const marks = Array.from(view.element.querySelectorAll("g.role-mark path")).filter(path => {
        const box = path.getBoundingClientRect();
        return path.__data__?.tooltip && box.width > 0 && box.height > 0;
      });
      const places = [0, .23, .5, .77, 1].map(share => marks[Math.round(share * (marks.length - 1))]);
      const caption = view.element.parentElement.querySelector("figcaption")?.textContent ?? "";
      return [caption, Array.from(new Set(places)).filter(Boolean).map(path => {
        const box = path.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      })];
    })
"""


@pytest.fixture(params=NAMES)
def report(request: pytest.FixtureRequest) -> Report:
    """Every dashboard over the same hour of real events out of the node; asked once."""
    if not _REPORTS:
        client: Elasticsearch = request.getfixturevalue("applied")
        index(client, predictions(5, 600, START, 3600) + life_cycle(6, 60, START, 3600))
        index(client, measurements(5, 400, START, 3600))
        index(client, [e | {"latency_ms": "fast"} for e in measurements(8, 20, START, 3600)], unparsed=True)
        for number in range(20):
            when = (START + timedelta(minutes=3 * number)).isoformat(timespec="milliseconds")
            disk = {"node": {"name": "a", "roles": ["data_hot"]}, "disk": {"used_pct": 40 + number}}
            client.index(index="metrics-model.node-default", document={"@timestamp": when, **disk})
        client.indices.refresh(index="metrics-model.*")
        for name in NAMES:
            end = START + timedelta(hours=1)
            _REPORTS[name] = answer(client, dashboards.load_dashboard(name), start=START, end=end)
    return _REPORTS[request.param]


def _said(panel: Panel, report: Report, caption: str) -> list[list[list[str]]]:
    """Every tooltip that a chart of the panel may show."""
    found = report.answers[panel.id]
    assert panel.x
    if panel.chart == "ranking":
        rest = [field for field in panel.columns if field.field not in {panel.x.field, panel.y[0].field}]
        fields = [panel.x, panel.y[0], *rest]
        return [[[f.title, cell(row[f.field], f.unit)] for f in fields] for row in found.records()]
    assert panel.series
    if panel.chart == "lines":
        rows = [row for row in found.records() if cell(row[panel.series.field]) == caption]
        return [
            [
                ["From", f"{format_moment(row[panel.x.field])} UTC"],
                *([f.title, cell(row[f.field], f.unit)] for f in panel.y),
            ]
            for row in rows
        ]
    fields = [*panel.y, *panel.details]
    if panel.chart == "bars":
        return [
            [
                ["From", f"{format_moment(row[panel.x.field])} UTC"],
                [panel.series.title, cell(row[panel.series.field])],
            ]
            + [[f.title, cell(row[f.field], f.unit)] for f in fields]
            for row in found.records()
        ]
    slots: dict[Any, list[list[str]]] = {}
    for line in over_time(panel, found, details=True):
        for at, value in line.points:
            start = [["From", f"{format_moment(at)} UTC"], [panel.series.title, line.name]]
            slots.setdefault((line.name, at), start).append([line.measure.title, cell(value, line.measure.unit)])
    return list(slots.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hovering_a_chart_tells_the_values_of_the_query(
    report: Report, scheme: str, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page(scheme=scheme)
    tab.open(file)
    hovered = 0
    for panel in report.dashboard.panels:
        if panel.chart == "table" or not report.answers[panel.id].rows:
            continue
        charts = tab.evaluate(_TARGETS.replace("PANEL", panel.id))
        assert charts, panel.id
        for number, (caption, _) in enumerate(charts):
            possible = _said(panel, report, caption)
            # The page may have scrolled since: where a mark is, is asked just before it is hovered.
            tab.evaluate(
                f"""window.modelLogs.views.filter(view => view.panel === "{panel.id}")[{number}]
                    .element.scrollIntoView({{block: "center"}})"""
            )
            places = tab.evaluate(
                _TARGETS.replace('.scrollIntoView({block: "center"})', "").replace("PANEL", panel.id)
            )
            assert places[number][1], (panel.id, caption)
            for x, y in places[number][1]:
                rows = tab.hover(x, y)
                assert rows in possible, (panel.id, caption, rows)
                hovered += 1
    assert hovered >= 20
    assert tab.complaints == []


def test_every_kind_of_chart_is_hovered() -> None:
    kinds = {panel.chart for name in NAMES for panel in dashboards.load_dashboard(name).panels}
    assert kinds == set(schemas.load_schema("dashboard")["definitions"]["panel"]["properties"]["chart"]["enum"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tables_and_tiles_say_all_they_have_to_say_without_hovering(
    report: Report, scheme: str, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page(scheme=scheme)
    tab.open(file)
    looked = 0
    for kind in ("td", ".tile", "th", "figcaption"):
        for number in range(min(3, tab.evaluate(f"document.querySelectorAll('{kind}').length"))):
            x, y, cut = tab.evaluate(f"""(element => {{
                element.scrollIntoView({{block: "center"}});
                const box = element.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2, element.scrollWidth - element.clientWidth];
            }})(document.querySelectorAll("{kind}")[{number}])""")
            assert cut <= 1, (kind, number)
            assert tab.hover(x, y) == [], (kind, number)
            looked += 1
    assert looked >= 6
    shown = tab.evaluate("document.body.innerText")
    assert "undefined" not in shown
    assert "NaN" not in shown


def test_the_tooltip_can_be_read_in_both_schemes(report: Report, browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_page(report, file)
    seen = []
    for scheme in ("light", "dark"):
        tab = browser.page(scheme=scheme)
        tab.open(file)
        panel = next(panel for panel in report.dashboard.panels if panel.chart != "table")
        ((_, places), *_) = tab.evaluate(_TARGETS.replace("PANEL", panel.id))
        tab.evaluate(
            f"""window.modelLogs.views.find(view => view.panel === "{panel.id}").element
                .scrollIntoView({{block: "center"}})"""
        )
        ((_, places), *_) = tab.evaluate(
            _TARGETS.replace('.scrollIntoView({block: "center"})', "").replace("PANEL", panel.id)
        )
        assert tab.hover(*places[0])
        seen.append(
            tab.evaluate("""(() => {
              const tooltip = document.querySelector("#vg-tooltip-element.visible");
              const style = getComputedStyle(tooltip), value = getComputedStyle(tooltip.querySelector("td.value"));
              return [style.backgroundColor, value.color];
            })()""")
        )
    assert seen == [["rgb(255, 255, 255)", "rgb(25, 32, 44)"], ["rgb(22, 27, 35)", "rgb(230, 234, 241)"]]


def test_a_tooltip_is_text_whatever_a_model_is_called(
    made_up: Callable[[list[str]], Report], browser: Any, tmp_path: Path
) -> None:
    hostile = ["<img src=x onerror='window.hacked=1'>", "<b>bold</b> & co", "a\x1b[2Jb", "{{ 7*7 }} ${7*7}"]
    file = tmp_path / "page.html"
    write_page(made_up(hostile), file)
    tab = browser.page()
    tab.open(file)
    read = set()
    for panel in ("prediction-latency", "error-rate-per-model", "throughput-per-model", "model-events-timeline"):
        tab.evaluate(f"document.getElementById('{panel}').scrollIntoView()")
        for _, places in tab.evaluate(
            _TARGETS.replace('view.element.scrollIntoView({block: "center"});', "").replace("PANEL", panel)
        ):
            for x, y in places:
                read |= {value for _, value in tab.hover(x, y)}
    assert {cell(name) for name in hostile} & read
    assert "bold & co" not in read
    assert tab.evaluate("window.hacked === undefined")
    assert tab.complaints == []
