"""The picture of a verdict: the interval of each objective, as a share of its limit, in the dashboards' colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.parts import SCHEMA
from model_logs.dashboards.charts.theme import colours, vega_config
from model_logs.files.writing import write_file
from model_logs.gate.verdict import FAILED, INCONCLUSIVE, PASSED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from model_logs.gate.verdict import Check

__all__ = ["specification", "write_picture"]

_WIDTH, _ROW = 520, 34
# Of the limit; what lies beyond is drawn to the edge.
_MOST = 3.0


def write_picture(checks: Sequence[Check], title: str, file: Path, *, scheme: str = "light") -> Path:
    """Write the picture as SVG.

    Raises:
        MissingExtraError: vl-convert is not installed.
        ModelLogsError: The file cannot be written.
    """
    import vl_convert

    svg = vl_convert.vegalite_to_svg(specification(checks, title, scheme))
    return write_file(file, svg.encode(), next_step="Name another file with --picture.")


def specification(checks: Sequence[Check], title: str, scheme: str = "light") -> dict[str, Any]:
    """Return the picture as a specification of Vega-Lite; objectives without a value are left out."""
    ink = colours(scheme)
    of_verdict = {PASSED: ink["good"], FAILED: ink["bad"], INCONCLUSIVE: ink["muted"]}
    rows = [
        {
            "objective": check.title,
            "verdict": check.verdict,
            "value": _part(check.value, check.limit),
            "low": _part(check.low, check.limit),
            "high": _part(check.high, check.limit),
        }
        for check in checks
        if check.value is not None and check.limit
    ]
    colour = {"domain": list(of_verdict), "range": list(of_verdict.values())}
    across = {
        "type": "quantitative",
        "scale": {"domain": [0, _MOST]},
        "axis": {"format": "%", "title": "of the limit"},
    }
    down = {"field": "objective", "type": "nominal", "sort": None, "title": None}
    shown = {"field": "verdict", "type": "nominal", "scale": colour, "legend": {"title": None, "orient": "bottom"}}
    return {
        "$schema": SCHEMA,
        "config": {**vega_config(scheme), "background": ink["surface"]},
        "title": title,
        "width": _WIDTH,
        "height": max(_ROW * len(rows), _ROW),
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": ink["ink"]},
                "encoding": {"x": {"datum": 1, "type": "quantitative"}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 3},
                "encoding": {"x": {"field": "low", **across}, "x2": {"field": "high"}, "y": down, "color": shown},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70},
                "encoding": {"x": {"field": "value", **across}, "y": down, "color": shown},
            },
        ],
    }


def _part(value: float | None, limit: float) -> float:
    return min(max((value or 0) / limit, 0.0), _MOST)
