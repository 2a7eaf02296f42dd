"""Pictures of the panels that are drawn, as PNG and SVG, for documents and messages. Tables are not drawn."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.parts import SCHEMA
from model_logs.dashboards.charts.specification import charts
from model_logs.dashboards.charts.theme import SCHEMES, colours, vega_config
from model_logs.errors import ModelLogsError
from model_logs.files.writing import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.dashboards.charts.parts import Chart, LegendEntry
    from model_logs.dashboards.panels import Panel
    from model_logs.dashboards.report import Report

__all__ = ["write_pictures"]

_WIDTH = 640
_SCALE = 2.0
# In pixels, beside the name that a bar belongs to.
_VALUE_WIDTH = 90
# Letters in a line of a picture that has nothing else to show.
_LINE = 84
_LINE_HEIGHT = 20


def write_pictures(report: Report, folder: Path, schemes: tuple[str, ...] = SCHEMES) -> list[Path]:
    """Write `<panel>-<scheme>.png` and `.svg` for each panel that is drawn; without data it says what is missing.

    Returns:
        The files, in reading order.

    Raises:
        ModelLogsError: vl-convert is not installed, or a file cannot be written.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise ModelLogsError(
            "Pictures need vl-convert, which is not installed.", next_step="pip install 'model-logs[report]'"
        ) from error
    written: list[Path] = []
    for panel in report.dashboard.panels:
        drawn = charts(panel, report.answers[panel.id])
        for scheme in schemes if panel.chart != "table" else ():
            spec = _whole(panel, drawn, scheme) if drawn else _nothing(panel, report, scheme)
            files = {
                folder / f"{panel.id}-{scheme}.png": vl_convert.vegalite_to_png(spec, scale=_SCALE),
                folder / f"{panel.id}-{scheme}.svg": vl_convert.vegalite_to_svg(spec).encode(),
            }
            for file, content in files.items():
                written.append(write_file(file, content, next_step="Name another folder."))
    return written


def _whole(panel: Panel, drawn: list[Chart], scheme: str) -> dict[str, Any]:
    """Return one specification of a fixed width with title, legend and data, for all charts of the panel."""
    config = vega_config(scheme) | {"background": colours(scheme)["surface"], "padding": 18}
    parts = []
    for index, chart in enumerate(drawn):
        part = chart.spec(scheme)
        for key in ("$schema", "autosize"):
            part.pop(key)
        part["width"] = _WIDTH
        part["data"] = {"name": f"answer{index}"}
        if chart.title:
            part["title"] = {"text": chart.title}
        parts.append(_still(part))
    return {
        "$schema": SCHEMA,
        "title": _title(panel, scheme),
        "datasets": {f"answer{index}": chart.rows for index, chart in enumerate(drawn)},
        "vconcat": [*_legend(drawn[0].keys, scheme), *parts],
        "resolve": {"scale": {"color": "independent"}},
        "config": config,
    }


def _title(panel: Panel, scheme: str) -> dict[str, Any]:
    return {
        "text": panel.title,
        "subtitle": [panel.question, *textwrap.wrap(panel.note, _LINE + 12)],
        "fontSize": 16,
        "subtitleColor": colours(scheme)["muted"],
        "subtitlePadding": 5,
        "offset": 16,
    }


def _nothing(panel: Panel, report: Report, scheme: str) -> dict[str, Any]:
    """Return a picture of words: that nothing was found, why that may be, and what to do."""
    said = [report.nothing(panel), *textwrap.wrap(panel.empty, _LINE)]
    rows = [{"line": line, "at": _LINE_HEIGHT * number, "first": not number} for number, line in enumerate(said)]
    height = _LINE_HEIGHT * len(said)
    scale = {"domain": [0, height], "range": [0, height], "nice": False}
    ink = colours(scheme)
    colour = {"condition": {"test": "datum.first", "value": ink["ink"]}, "value": ink["muted"]}
    return {
        "$schema": SCHEMA,
        "title": _title(panel, scheme),
        "width": _WIDTH,
        "height": height,
        "data": {"values": rows},
        "mark": {"type": "text", "align": "left", "baseline": "top", "fontSize": 13},
        "encoding": {
            "x": {"value": 0},
            "y": {"field": "at", "type": "quantitative", "axis": None, "scale": scale},
            "text": {"field": "line", "type": "nominal"},
            "color": colour,
        },
        "config": vega_config(scheme) | {"background": ink["surface"], "padding": 18},
    }


def _still(part: dict[str, Any]) -> dict[str, Any]:
    """Take the hovering away: a picture has none."""
    if layers := part.get("layer"):
        part["layer"] = [layer for layer in layers if not _for_hovering(layer)]
        for layer in part["layer"]:
            if "limit" in layer["mark"]:
                layer["mark"]["limit"] = _WIDTH - _VALUE_WIDTH
    return part


def _for_hovering(layer: dict[str, Any]) -> bool:
    return "params" in layer or "condition" in layer.get("encoding", {}).get("opacity", {})


def _legend(keys: tuple[LegendEntry, ...], scheme: str) -> list[dict[str, Any]]:
    """Return the legend as a row of squares and words; nothing where there is none."""
    if not keys:
        return []
    rows, at = [], 0
    for key in keys:
        rows.append({"x": at, "name": key.title, "colour": key.colour(scheme)})
        at += 34 + 7 * len(key.title)
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, _WIDTH], "nice": False}}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return [
        {
            "width": _WIDTH,
            "height": 12,
            "data": {"values": rows},
            "encoding": {"x": x},
            "layer": [
                {"mark": {"type": "square", "size": 120, "opacity": 1}, "encoding": {"color": colour}},
                {"mark": {"type": "text", "align": "left", "dx": 11}, "encoding": {"text": {"field": "name"}}},
            ],
        }
    ]
