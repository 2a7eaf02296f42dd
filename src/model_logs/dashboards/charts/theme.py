"""Colours and type, read from `theme.json`: one set for the page's style sheet and for Vega."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["PAGE", "SCHEMES", "colours", "css", "vega_config"]

SCHEMES = ("light", "dark")
# Not colours but their names in the page's style sheet, which follows the reader's scheme, and the printer's.
PAGE = "page"

_FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Roboto, 'DejaVu Sans', sans-serif"


@cache
def _theme() -> dict[str, dict[str, Any]]:
    text = (Path(__file__).parent / "theme.json").read_text(encoding="utf-8")
    theme: dict[str, dict[str, Any]] = json.loads(text)
    return theme


def colours(scheme: str) -> dict[str, Any]:
    """Return the colours of `light` or `dark`, or of `PAGE` what stands for them on the page."""
    if scheme == PAGE:
        return {
            name: [f"var({_property(name)}-{index})" for index in range(len(value))]
            if isinstance(value, list)
            else f"var({_property(name)})"
            for name, value in _theme()["light"].items()
        }
    return _theme()[scheme]


def _property(name: str) -> str:
    """Return the custom property of CSS that holds a colour."""
    return f"--{name.replace('_', '-')}"


def css(scheme: str) -> str:
    """Return the colours as custom properties of CSS; a list becomes `--series-0`, `--series-1` and so on."""
    lines = [f"--font: {_FONT};"]
    for name, value in colours(scheme).items():
        if isinstance(value, list):
            lines += [f"{_property(name)}-{index}: {colour};" for index, colour in enumerate(value)]
        else:
            lines.append(f"{_property(name)}: {value};")
    return " ".join(lines)


def vega_config(scheme: str) -> dict[str, Any]:
    """Return Vega-Lite's configuration for `light`, `dark` or `PAGE`."""
    ink = colours(scheme)
    quiet = {"labelColor": ink["muted"], "titleColor": ink["muted"], "labelFontSize": 11, "titleFontSize": 11}
    return {
        "background": "transparent",
        "font": _FONT,
        "padding": 2,
        "view": {"stroke": None},
        "title": {"color": ink["ink"], "fontSize": 12, "fontWeight": 600, "anchor": "start", "offset": 8},
        "axis": {
            **quiet,
            "titleFontWeight": 400,
            "domain": False,
            "ticks": False,
            "gridColor": ink["grid"],
            "labelPadding": 6,
        },
        "axisX": {
            "grid": False,
            "domain": True,
            "domainColor": ink["line"],
            "labelOverlap": True,
            "labelSeparation": 10,
            "labelFlush": True,
        },
        "axisY": {
            "titleAnchor": "end",
            "titleAngle": 0,
            "titleAlign": "left",
            "titleX": 0,
            "titleY": -8,
        },
        "legend": {**quiet, "symbolType": "square", "orient": "top", "title": None},
        "text": {"color": ink["ink"], "fontSize": 12},
        "rule": {"color": ink["muted"]},
    }
