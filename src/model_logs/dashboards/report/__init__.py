"""Answering a whole dashboard, and saying the answers in words: tables on a terminal, or JSON.

`answer` asks every panel's query over one time range; `print_report` and `to_json` show what came back. Charts are
`model_logs.dashboards.charts`'s; what a dashboard is, is `model_logs.dashboards`'s.
"""

from __future__ import annotations

from model_logs.dashboards.report.answers import Report, Tile, answer, tiles, to_json
from model_logs.dashboards.report.formats import cell, format_moment
from model_logs.dashboards.report.names import check_names
from model_logs.dashboards.report.series import Series, over_time
from model_logs.dashboards.report.terminal import print_report

__all__ = [
    "Report",
    "Series",
    "Tile",
    "answer",
    "cell",
    "check_names",
    "format_moment",
    "over_time",
    "print_report",
    "tiles",
    "to_json",
]
