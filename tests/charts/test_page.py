"""The page in a real browser: nothing to complain about, nothing from outside, and the numbers of the queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.charts import _page, charts, page, write_page
from model_logs.errors import ModelLogsError
from model_logs.report import cell, over_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_logs.report import Report

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
    assert {(r["heading"], r["name"], r["time"], r["value"]) for r in found if r["value"] is not None} == expected


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
    assert words == [cell(value, "percent") for _, value in expected]


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
        drawn.evaluate("window.modelLogsReady.then(() => true)")
        seen = drawn.evaluate("""[
            window.modelLogs.scheme, getComputedStyle(document.body).backgroundColor,
            document.querySelector("#error-rate-per-model .mark-rect.role-mark path").getAttribute("fill"),
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
    text = page(report)
    head = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", head)
    assert "url(" not in head
    assert "default-src 'none'" in head


def test_without_vl_convert_the_message_names_the_extra(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    _page._library.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(ModelLogsError, match=r"pip install 'model-logs\[report\]'"):
        page(report)


def test_a_page_that_cannot_be_written_is_one_message(report: Report, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelLogsError, match="cannot be written"):
        write_page(report, tmp_path / "file" / "page.html")
