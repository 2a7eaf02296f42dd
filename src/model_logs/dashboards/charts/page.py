"""One HTML page with every panel: charts drawn by Vega in the reader's browser, tables written here."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.html import render_page
from model_logs.dashboards.charts.specification import charts
from model_logs.dashboards.charts.theme import PAGE, vega_config
from model_logs.dashboards.panels import GRID_COLUMNS
from model_logs.dashboards.report import cell, tiles
from model_logs.errors import ModelLogsError
from model_logs.files.writing import write_file

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Column, Panel
    from model_logs.dashboards.report import Report
    from model_logs.query import Answer

__all__ = ["html_page", "write_page"]

_HERE = Path(__file__).parent
# Of the page's grid (page.css).
_COLUMNS = 16
_FAILURES = {"error", "timeout", "failed"}
# A chart is as high as its card has room for.
_STRETCHED = {"height": "container", "autosize": {"type": "fit", "contains": "padding"}}
# In pixels: what stands above and below the plot.
_AXIS = 44
# A table of more columns becomes a list of cards where the page is narrow, or paper.
_WIDE = 7


def write_page(report: Report, file: Path) -> None:
    """Write the page.

    Raises:
        ModelLogsError: vl-convert is not installed, or the file cannot be written.
    """
    write_file(file, html_page(report).encode(), next_step="Name another file (--html).")


def html_page(report: Report) -> str:
    """Return the page: style, script, data and tables in one text that refers to nothing outside.

    Raises:
        ModelLogsError: vl-convert, which carries Vega, is not installed.
    """
    panels, drawings = [], []
    for panel in report.dashboard.panels:
        shown, drawn = _panel(panel, report)
        panels.append(shown)
        drawings += drawn
    values = {
        "report": report,
        "panels": panels,
        "tiles": tiles(report),
        "script": (_HERE / "page.js").read_text(encoding="utf-8"),
        "library": _library(),
        "drawings": _embedded({"charts": drawings, "config": vega_config(PAGE)}),
    }
    return render_page("page.html.j2", values)


@cache
def _library() -> str:
    """Return Vega, Vega-Lite and their embedding as one script."""
    try:
        import vl_convert
    except ImportError as error:
        raise ModelLogsError(
            "The page needs vl-convert, which carries Vega and is not installed.",
            next_step="pip install 'model-logs[report]'",
        ) from error
    bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub forgets that it is optional
    # Inside a script element only its end tag and the begin of a comment mean anything to HTML.
    return re.sub(r"<(?=/script|!--)", r"\\x3c", bundle, flags=re.IGNORECASE)


def _embedded(value: Any) -> str:
    """Return JSON that may stand in a script element, whatever the names in it say."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _panel(panel: Panel, report: Report) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the template shows of a panel, and what the script draws."""
    found = report.answers[panel.id]
    drawn = charts(panel, found)
    drawings = [
        {
            "element": f"{panel.id}-{index}",
            "panel": panel.id,
            "rows": chart.rows,
            "spec": chart.spec(PAGE) | (_STRETCHED if chart.stretches else {}),
        }
        for index, chart in enumerate(drawn)
    ]
    shown = {
        "panel": panel,
        "columns": max(1, round(panel.grid.w * _COLUMNS / GRID_COLUMNS)),
        "charts": [
            {
                "element": drawing["element"],
                "title": chart.title,
                # With room for the axis, which is drawn within.
                "height": chart.height + (0 if not chart.stretches else _AXIS),
                "stretches": chart.stretches,
            }
            for drawing, chart in zip(drawings, drawn, strict=True)
        ],
        "keys": [{"title": key.title, "variable": _variable(key)} for key in (drawn[0].keys if drawn else ())],
        "table": _table(panel, found) if panel.chart == "table" and found.rows else None,
        "notes": [*report.notes(panel), *filter(None, [drawn[0].left_out] if drawn else []), *found.warnings],
        "nothing": report.nothing(panel),
        "bare": not any(chart.stretches for chart in drawn),
        "wide": len(panel.table) > _WIDE,
        "query": panel.text.strip(),
    }
    return shown, drawings


def _variable(key: Any) -> str:
    """Return the CSS custom property that holds a legend entry's colour."""
    return f"--{key.palette}" if key.palette == "other" else f"--{key.palette}-{key.index}"


def _table(panel: Panel, found: Answer) -> list[list[dict[str, str]]]:
    """Return the cells of a table: text, class, and for quantities the share of the column's highest value."""
    highest = {
        field.field: max((value for value in found.values(field.field) if _drawn(field, value)), default=0)
        for field in panel.table
    }
    return [
        [_cell(field, record[field.field], highest[field.field]) for field in panel.table]
        for record in found.records()
    ]


def _drawn(field: Column, value: Any) -> bool:
    return field.unit in {"ms", "percent", "events", "predictions", "rows", "per minute"} and value is not None


def _cell(field: Column, value: Any, highest: float) -> dict[str, str]:
    share = f"{100 * value / highest:.1f}%" if _drawn(field, value) and highest > 0 else ""
    kind = {"": "text", "time": "time", "outcome": "outcome"}.get(field.unit, "number")
    if value is None:
        kind += " absent"
    elif field.unit == "outcome":
        kind += " bad" if value in _FAILURES else " good" if value == "success" else ""
    elif field.unit == "change":
        kind += " bad" if value > 0 else " good" if value < 0 else ""
    return {"text": cell(value, field.unit), "kind": kind, "share": share, "label": field.title}
