"""Names and numbers that both forms of a dashboard share: ids, formats of units, where panels stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from model_logs.times import short_span

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Column, Dashboard, Grid, Panel

__all__ = [
    "DATA_VIEW",
    "GUIDE",
    "GUIDE_HEIGHT",
    "clicked",
    "control_id",
    "dashboard_id",
    "described",
    "esql",
    "format_of",
    "guide_text",
    "index_pattern",
    "is_text",
    "placed",
    "series_type",
    "since",
]

# The data view that the controls choose from: every stream of events, whatever the environment.
DATA_VIEW = "model-logs-events"
GUIDE = "guide"
# In rows of Kibana's grid: enough for four lines and a link.
GUIDE_HEIGHT = 7

_SERIES = {"lines": "line", "area": "area_stacked", "bars": "bar_stacked", "ranking": "bar_horizontal"}
_FORMATS: dict[str, tuple[int, str]] = {
    "ms": (1, " ms"),
    "s": (1, " s"),
    "percent": (2, " %"),
    "change": (1, " %"),
    "score": (3, ""),
    "value": (3, ""),
    "per minute": (1, " /min"),
    "events": (0, ""),
    "predictions": (0, ""),
    "rows": (0, ""),
}
_FROM = re.compile(r"^\s*FROM\s+(?P<pattern>[^|]+?)\s*(?:METADATA\b[^|]*)?(?:\||$)", re.MULTILINE)


def dashboard_id(name: str) -> str:
    """Return the id of a dashboard in Kibana; alerts link to it."""
    return f"model-logs-{name}"


def control_id(field: str) -> str:
    """Return the id of the control of a field."""
    return f"control-{field.replace('_', '-').replace('.', '-')}"


def esql(panel: Panel) -> str:
    """Return the panel's query, word for word as `report` runs it."""
    return panel.text.strip()


def guide_text(dashboard: Dashboard) -> str:
    """Return the guide as a panel shows it, with a plain link to where a click on a name leads.

    A drilldown from an ES|QL panel works from Kibana 9.4 on; a link works everywhere, in every space.
    """
    drilldown = dashboard.drilldown
    link = f"\n\n[{drilldown.title}](#/view/{dashboard_id(drilldown.dashboard)})" if drilldown else ""
    return f"{dashboard.guide.rstrip()}{link}"


def index_pattern(query: str) -> str:
    """Return the index pattern of a query, as Kibana names the data view that it makes for the query."""
    found = _FROM.search(query)
    return ",".join(part.strip() for part in found["pattern"].split(",")) if found else ""


def described(panel: Panel) -> str:
    """Return the panel's description: its question, its counting, and the shown part of the answer."""
    parts = (panel.question, panel.note, f"Shows {panel.top}." if panel.top else "", panel.unfiltered)
    return " ".join(filter(None, parts))


def format_of(field: Column) -> tuple[int, str] | None:
    """Return decimals and suffix of a quantity; None for text and times."""
    return _FORMATS.get(field.unit)


def is_text(field: Column) -> bool:
    """Whether a column holds no quantity: a name, a time, an outcome."""
    return field.unit not in _FORMATS


def series_type(panel: Panel) -> str:
    """Return Kibana's name for the kind of chart."""
    return _SERIES[panel.chart]


def placed(grid: Grid, dashboard: Dashboard) -> dict[str, int]:
    """Return where a panel stands, below the guide where there is one."""
    return {"x": grid.x, "y": grid.y + (GUIDE_HEIGHT if dashboard.guide else 0), "w": grid.w, "h": grid.h}


def since(of: Dashboard | Panel) -> str:
    """Return the begin of the range of a dashboard, or of a panel that has its own, as Kibana writes it: now-24h."""
    assert of.range  # noqa: S101  # a dashboard has one; of a panel it is asked where there is one
    # A day is written as 24 hours: to Kibana a day begins at midnight.
    return f"now-{short_span(of.range, days=False)}"


def clicked(panel: Panel, dashboard: Dashboard) -> bool:
    """Whether a click in this panel can lead to the dashboard of the drill-down."""
    drilldown = dashboard.drilldown
    name = panel.series or panel.x
    return bool(drilldown and name and panel.chart != "table" and name.field == drilldown.field)
