"""The plots of the bench: horizontal bars as SVG, light and dark, in the colours of the report's charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.theme import SCHEMES, colours, vega_config

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bars"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_WIDTH = 460


def bars(file: Path, title: str, rows: list[tuple[str, float, bool]], unit: str) -> None:
    """Write `<file>-light.svg` and `<file>-dark.svg`.

    Args:
        file: Path without scheme and ending.
        title: What stands above.
        rows: Label, value, and whether it is ours, in the order of the plot.
        unit: What the values are, below the title.
    """
    import vl_convert

    file.parent.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        svg = vl_convert.vegalite_to_svg(_spec(scheme, title, rows, unit))
        # XML allows a comment before the root element.
        said = "<!-- Drawn by `make bench` from docs/benchmarks.json. -->\n"
        file.with_name(f"{file.name}-{scheme}.svg").write_text(said + svg + "\n", encoding="utf-8")


def _spec(scheme: str, title: str, rows: list[tuple[str, float, bool]], unit: str) -> dict[str, Any]:
    ink = colours(scheme)
    data = [
        {"label": label, "value": value, "text": f"{value:,.3g}" if value < 1000 else f"{value:,.0f}", "ours": ours}
        for label, value, ours in rows
    ]
    colour = {"condition": {"test": "datum.ours", "value": ink["accent"]}, "value": ink["other"]}
    y = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 320, "labelColor": ink["ink"], "labelFontSize": 12, "grid": False},
    }
    x = {"field": "value", "type": "quantitative", "axis": None}
    return {
        "$schema": _SCHEMA,
        "config": vega_config(scheme) | {"background": ink["surface"], "padding": 16},
        "title": {"text": title, "subtitle": unit, "fontSize": 15, "subtitleColor": ink["muted"], "offset": 14},
        "width": _WIDTH,
        "height": {"step": 24},
        "data": {"values": data},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 2, "height": 15}, "encoding": {"color": colour}},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {"text": {"field": "text"}}},
        ],
    }
