"""The page in a real browser: nothing to complain about, nothing from outside, and the numbers of the queries."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.dashboards.charts import charts, html_page, write_page
from model_logs.dashboards.charts.theme import colours
from model_logs.dashboards.report import cell, over_time
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_logs.dashboards.report import Report

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</script><img src=x onerror='window.hacked = 2'>",
    '"><svg onload=window.hacked=3>',
    "<!-- ${7*7} {{ 7*7 }} \\u2028",
    "javascript:window.hacked=4",
]


@pytest.fixture
def drawn(report: Report, browser: Any, tmp_path: Path) -> Any:
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page()
    tab.open(file)
    return tab


def _rows(tab: Any, panel: str) -> list[dict[str, Any]]:
    """What Vega holds for a panel, all its charts together, each row with its chart's heading."""
    rows: list[dict[str, Any]] = tab.evaluate(f"""
        window.modelLogs.views.filter(view => view.panel === "{panel}").flatMap(view =>
          view.result.view.data("answer").map(row => ({{
            ...row, time: row.time === undefined ? null : +row.time,
            heading: view.element.parentElement.querySelector("figcaption")?.textContent ?? "",
          }})))
    """)
    return rows


def test_the_page_has_no_complaint_and_asks_nothing_of_the_network(drawn: Any) -> None:
    assert drawn.complaints == []
    assert len(drawn.requests) == 1
    assert drawn.requests[0].startswith("file://")


def test_every_panel_has_marks_or_rows(drawn: Any, report: Report) -> None:
    for panel in report.dashboard.panels:
        found = report.answers[panel.id]
        if panel.chart == "table":
            assert drawn.evaluate(f"document.querySelectorAll('#{panel.id} tbody tr').length") == len(found.rows)
            continue
        assert len(charts(panel, found)) > 0
        counts = drawn.evaluate(f"""
            Array.from(document.querySelectorAll('#{panel.id} .chart')).map(chart =>
              Array.from(chart.querySelectorAll("g.role-mark path")).filter(path => {{
                const box = path.getBoundingClientRect();
                return path.getAttribute("d") && box.width + box.height > 0;
              }}).length)
        """)
        assert len(counts) == len(charts(panel, found))
        assert all(counts), (panel.id, counts)


def test_lines_hold_the_values_of_the_query(drawn: Any, report: Report) -> None:
    panel = next(panel for panel in report.dashboard.panels if panel.id == "prediction-latency")
    expected = {
        (row["model_name"], title, row["time"].timestamp() * 1000, row[column])
        for row in report.answers[panel.id].records()
        for title, column in (("p50", "p50_ms"), ("p95", "p95_ms"), ("p99", "p99_ms"))
    }
    found = _rows(drawn, panel.id)
    drawn = [row for row in found if row["value"] is not None and not row.get("edge")]
    assert {(row["heading"], row["name"], row["time"], row["value"]) for row in drawn} == expected


def test_the_area_holds_the_values_of_the_query_and_zeros_between(drawn: Any, report: Report) -> None:
    panel = next(panel for panel in report.dashboard.panels if panel.id == "throughput-per-model")
    expected = {
        (line.name, at.timestamp() * 1000, value)
        for line in over_time(panel, report.answers[panel.id])
        for at, value in line.points
    }
    found = [row for row in _rows(drawn, panel.id) if not row.get("edge")]
    assert {(row["name"], row["time"], row["value"]) for row in found} == expected
    # A minute is a slot here, so the sum of all slots is the number of predictions.
    assert sum(row["value"] for row in found) == pytest.approx(900)


def test_bars_and_ranking_hold_the_values_of_the_query(drawn: Any, report: Report) -> None:
    timeline = report.answers["model-events-timeline"]
    assert {(row["name"], row["time"], row["value"]) for row in _rows(drawn, "model-events-timeline")} == {
        (row["event_type"], row["time"].timestamp() * 1000, row["events"]) for row in timeline.records()
    }
    rates = report.answers["error-rate-per-model"]
    expected = [(row["model_name"], row["error_rate_pct"]) for row in rates.records()]
    assert [(row["name"], row["value"]) for row in _rows(drawn, "error-rate-per-model")] == expected
    words = drawn.evaluate(
        "Array.from(document.querySelectorAll('#error-rate-per-model .mark-text.role-mark text'))"
        ".map(text => text.textContent)"
    )
    assert words == [name for name, _ in expected] + [cell(value, "percent") for _, value in expected]


def test_the_length_of_a_bar_is_its_value(drawn: Any, report: Report) -> None:
    lengths = drawn.evaluate("""
        Array.from(document.querySelectorAll("#error-rate-per-model .mark-rect.role-mark path"))
          .map(path => path.getBoundingClientRect().width)
    """)
    rates = report.answers["error-rate-per-model"].values("error_rate_pct")
    assert [length / lengths[0] for length in lengths] == pytest.approx([rate / rates[0] for rate in rates], abs=0.02)


def test_tables_hold_the_values_of_the_query(drawn: Any, report: Report) -> None:
    for panel in report.dashboard.panels:
        if panel.chart == "table":
            found = drawn.evaluate(f"""
                Array.from(document.querySelectorAll("#{panel.id} tbody tr"))
                  .map(row => Array.from(row.cells).map(cell => cell.textContent))
            """)
            assert found == [
                [cell(record[field.field], field.unit) for field in panel.columns]
                for record in report.answers[panel.id].records()
            ]


def test_the_page_follows_the_readers_scheme_while_it_is_open(drawn: Any) -> None:
    def look() -> tuple[str, str, str]:
        seen = drawn.evaluate("""[
            window.modelLogs.scheme, getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector("#error-rate-per-model .mark-rect.role-mark path")).fill,
        ]""")
        return tuple(seen)

    light = look()
    drawn.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    drawn.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    dark = look()
    assert (light[0], dark[0]) == ("light", "dark")
    assert light[1] != dark[1]
    assert light[2] != dark[2]
    assert drawn.complaints == []


def test_a_page_that_was_dark_is_printed_on_white(report: Report, browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page(width=720, scheme="dark")
    tab.open(file)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    look = """[
        getComputedStyle(document.querySelector("h1")).color,
        getComputedStyle(document.querySelector(".panel")).backgroundColor,
        ...[".role-axis-label text", "#error-rate-per-model .mark-rect path", ".mark-area path"].map(mark =>
          getComputedStyle(document.querySelector(mark)).fill),
    ]"""
    on_screen = tab.evaluate(look)
    tab.call("Emulation.setEmulatedMedia", media="print", features=dark)
    printed = tab.evaluate(look)
    assert all(before != after for before, after in zip(on_screen, printed, strict=True))
    ink, surface = colours("light")["ink"], colours("light")["surface"]
    assert printed[:2] == [
        f"rgb({', '.join(str(int(c[at : at + 2], 16)) for at in (1, 3, 5))})" for c in (ink, surface)
    ]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 720
    # Nothing stands beyond its card, where the paper ends.
    assert tab.evaluate(_BEYOND) == []


# What reaches beyond the card that it stands in, and cannot be scrolled to.
_BEYOND = """
    Array.from(document.querySelectorAll(".panel")).flatMap(panel => {
      const edge = panel.getBoundingClientRect().right + 1;
      return Array.from(panel.querySelectorAll("td, th, svg, figcaption, p, li"))
        .filter(element => element.getBoundingClientRect().right > edge && !element.closest("details"))
        .map(element => [panel.id, element.tagName, element.textContent.slice(0, 30)]);
    })
"""


def _long(made_up: Callable[[list[str]], Report]) -> Report:
    return made_up(
        ["fraud-detection-gradient-boosted-trees-eu", "x" * 60, "churn", "models:/search ranking/production@v2.0.3"]
    )


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_no_value_of_a_table_is_cut(
    made_up: Callable[[list[str]], Report], browser: Any, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "page.html"
    write_page(_long(made_up), file)
    tab = browser.page(width=width)
    tab.open(file)
    assert tab.evaluate(_BEYOND) == []
    named = tab.evaluate("""
        Array.from(document.querySelectorAll("td:not(.absent)")).map(cell =>
          [getComputedStyle(cell, "::before").content, cell.dataset.label])
    """)
    assert named
    assert all(shown == f'"{label}"' for shown, label in named)


@pytest.mark.parametrize("width", [390, 720, 1000, 1360])
def test_a_word_is_broken_behind_its_joints_alone(
    made_up: Callable[[list[str]], Report], browser: Any, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "page.html"
    write_page(_long(made_up), file)
    tab = browser.page(width=width)
    tab.open(file)
    # The lines that a text stands in, by the places of its letters; each must end behind a joint or a blank.
    endings = tab.evaluate("""
        Array.from(document.querySelectorAll("td.text span, figcaption, .tile b, .keys span")).flatMap(element => {
          const letters = [], walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            for (let at = 0; at < walker.currentNode.length; at++) {
              const range = document.createRange();
              range.setStart(walker.currentNode, at); range.setEnd(walker.currentNode, at + 1);
              const box = range.getClientRects()[0];
              if (box) letters.push([walker.currentNode.data[at], Math.round(box.top)]);
            }
          }
          return letters.slice(0, -1).filter(([, top], at) => letters[at + 1][1] > top + 5).map(([letter]) => letter);
        })
    """)
    assert set(endings) <= set("-_./@:| x")


def test_a_table_that_is_cut_says_so_and_can_be_scrolled(
    made_up: Callable[[list[str]], Report], browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    write_page(made_up([f"model-{number}" for number in range(60)]), file)
    tab = browser.page(width=1000)
    tab.open(file)
    cut = tab.evaluate("""
        Array.from(document.querySelectorAll(".scroll"))
          .filter(box => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1)
          .map(box => [getComputedStyle(box).backgroundAttachment.includes("local"), box.tabIndex, box.clientHeight])
    """)
    assert cut
    assert all(shadow and focus == 0 and height <= 540 for shadow, focus, height in cut)


def test_no_card_is_mostly_empty(report: Report, browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page(width=1280)
    tab.open(file)
    # What lies between the last thing in a card and its lower edge, as a share of the card.
    empty = tab.evaluate("""
        Array.from(document.querySelectorAll(".panel")).map(panel => {
          const card = panel.getBoundingClientRect();
          const query = panel.querySelector("details").getBoundingClientRect();
          const above = Array.from(panel.querySelectorAll("svg, table, .nothing, .note"))
            .map(element => element.getBoundingClientRect().bottom);
          return [panel.id, (query.top - Math.max(...above)) / card.height];
        })
    """)
    assert len(empty) == len(report.dashboard.panels)
    assert {name: share for name, share in empty if share > 0.15} == {}


@pytest.mark.parametrize("width", [360, 768, 1360, 2200])
def test_the_page_fits_any_width(report: Report, browser: Any, tmp_path: Path, width: int) -> None:
    file = tmp_path / "page.html"
    write_page(report, file)
    tab = browser.page(width=width)
    tab.open(file)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    overflowing = tab.evaluate("""
        Array.from(document.querySelectorAll(".chart svg"))
          .filter(svg => svg.getBoundingClientRect().right > svg.closest(".panel").getBoundingClientRect().right)
          .map(svg => svg.closest(".panel").id)
    """)
    assert overflowing == []


def test_a_name_is_text_whatever_it_says(
    made_up: Callable[[list[str]], Report], browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    write_page(made_up(HOSTILE), file)
    tab = browser.page()
    tab.open(file)
    assert tab.evaluate("window.hacked === undefined")
    assert tab.complaints == []
    assert len(tab.requests) == 1
    names = tab.evaluate(
        "Array.from(document.querySelectorAll('#model-version-comparison td:first-child')).map(td => td.textContent)"
    )
    assert names == HOSTILE


def test_a_page_without_data_says_so_in_every_panel(
    made_up: Callable[[list[str]], Report], browser: Any, tmp_path: Path
) -> None:
    empty = made_up([])
    file = tmp_path / "page.html"
    write_page(empty, file)
    tab = browser.page()
    tab.open(file)
    said = tab.evaluate("Array.from(document.querySelectorAll('.nothing')).map(p => p.textContent)")
    assert said == [f"No data. {panel.empty}" for panel in empty.dashboard.panels]
    assert tab.complaints == []


@pytest.mark.slow
def test_an_empty_panel_says_for_whom_it_is_empty(made_up: Callable[[list[str]], Report]) -> None:
    empty = replace(
        made_up([]), filters={"model_name": ("nosuch",)}, notices=("No events of a model called nosuch.",)
    )
    text = html_page(empty)
    assert text.count("<b>No data for model nosuch.</b>") == len(empty.dashboard.panels)
    assert '<p class="notice warning">No events of a model called nosuch.</p>' in text


def test_what_is_too_much_to_draw_is_summed_or_named(made_up: Callable[[list[str]], Report]) -> None:
    report = made_up([f"model-{number:02}" for number in range(15)])
    panels = {panel.id: panel for panel in report.dashboard.panels}
    lines = charts(panels["prediction-latency"], report.answers["prediction-latency"])
    assert len(lines) == 12
    assert lines[0].left_out == "3 more with lower values; narrow with --model."
    assert [chart.title for chart in lines] == [f"model-{number:02}" for number in range(3, 15)]
    (area,) = charts(panels["throughput-per-model"], report.answers["throughput-per-model"])
    assert [key.title for key in area.keys] == [*(f"model-{number:02}" for number in range(6, 15)), "other (6)"]
    assert sum(row["value"] for row in area.rows if not row.get("edge")) == sum(range(1, 16))


def test_the_page_refers_to_nothing_outside(report: Report) -> None:
    text = html_page(report)
    head = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", head)
    assert "url(" not in head
    assert "default-src 'none'" in head


def test_without_vl_convert_the_message_names_the_extra(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    # The package's face has a function of the module's name.
    sys.modules["model_logs.dashboards.charts.page"]._library.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ModelLogsError, match=r"pip install 'model-logs\[report\]'"):
        html_page(report)


def test_a_page_that_cannot_be_written_is_one_message(report: Report, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelLogsError, match="cannot be written"):
        write_page(report, tmp_path / "file" / "page.html")
