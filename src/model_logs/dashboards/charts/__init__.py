"""The answers to a dashboard as charts: one self-contained HTML page, or pictures.

The page holds everything that it needs, Vega's JavaScript included, and asks no network; it follows the reader's
light or dark scheme. What is asked and what came back is `model_logs.dashboards.report`'s. Needs the extra `report`.
"""

from __future__ import annotations

from model_logs.dashboards.charts.page import html_page, write_page
from model_logs.dashboards.charts.pictures import write_pictures
from model_logs.dashboards.charts.specification import Chart, charts

__all__ = ["Chart", "charts", "html_page", "write_page", "write_pictures"]
