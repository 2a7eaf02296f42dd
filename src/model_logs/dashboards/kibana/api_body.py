"""A dashboard as the Dashboards API takes it (`PUT /api/dashboards/{id}`, Kibana 9.5 and later).

The body is a full replacement. It sends nothing; `install.kibana.kinds` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.dashboards.kibana.names import (
    DATA_VIEW,
    GUIDE,
    GUIDE_HEIGHT,
    clicked,
    control_id,
    dashboard_id,
    described,
    esql,
    format_of,
    guide_text,
    is_text,
    placed,
    series_type,
    since,
)

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Column, Control, Dashboard, Panel

__all__ = ["dashboard_body"]


def dashboard_body(dashboard: Dashboard) -> dict[str, Any]:
    """Return the body; `access_control` is left to whoever owns the space."""
    panels = [_panel(panel, dashboard) for panel in dashboard.panels]
    return {
        "title": dashboard.title,
        "description": dashboard.description,
        "time_range": {"from": since(dashboard), "to": "now"},
        "panels": [_guide(dashboard), *panels] if dashboard.guide else panels,
        "pinned_panels": [_control(control) for control in dashboard.offered],
    }


def _guide(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "type": "markdown",
        "id": GUIDE,
        "grid": {"x": 0, "y": 0, "w": 48, "h": GUIDE_HEIGHT},
        "config": {"content": guide_text(dashboard), "settings": {"open_links_in_new_tab": True}, "hide_title": True},
    }


def _control(control: Control) -> dict[str, Any]:
    return {
        "type": "options_list_control",
        "id": control_id(control.field),
        "config": {"data_view_id": DATA_VIEW, "field_name": control.field, "title": control.title},
    }


def _panel(panel: Panel, dashboard: Dashboard) -> dict[str, Any]:
    config = _table(panel) if panel.chart == "table" else _chart(panel)
    config |= {"title": panel.title, "description": described(panel)}
    if panel.range:
        config["time_range"] = {"from": since(panel), "to": "now"}
    if clicked(panel, dashboard) and dashboard.drilldown:
        config["drilldowns"] = [
            {
                "type": "dashboard_drilldown",
                "trigger": "on_apply_filter",
                "dashboard_id": dashboard_id(dashboard.drilldown.dashboard),
                "label": dashboard.drilldown.title,
            }
        ]
    return {"type": "vis", "id": panel.id, "grid": placed(panel.grid, dashboard), "config": config}


def _source(panel: Panel) -> dict[str, str]:
    return {"type": "esql", "query": esql(panel)}


def _column(field: Column) -> dict[str, Any]:
    column: dict[str, Any] = {"column": field.field, "label": field.title}
    if found := format_of(field):
        decimals, suffix = found
        column["format"] = {"type": "number", "decimals": decimals} | ({"suffix": suffix} if suffix else {})
    return column


def _chart(panel: Panel) -> dict[str, Any]:
    assert panel.x  # noqa: S101  # the loader has seen to it
    layer: dict[str, Any] = {
        "type": series_type(panel),
        "data_source": _source(panel),
        "x": _column(panel.x),
        "y": [_column(field) for field in panel.y],
    }
    if panel.series:
        layer["breakdown_by"] = _column(panel.series)
    layer |= _unfiltered(panel)
    words = ", ".join(field.title for field in panel.y)
    # From zero: the length of a bar and the height of an area are read as their value.
    axis = {"title": {"text": words, "visible": True}, "domain": {"type": "full"}}
    return {"type": "xy", "layers": [layer], "axis": {"y": axis}}


def _table(panel: Panel) -> dict[str, Any]:
    table = {
        "type": "data_table",
        "data_source": _source(panel),
        "rows": [_column(field) for field in panel.columns if is_text(field)],
        "metrics": [_column(field) for field in panel.columns if not is_text(field)],
    }
    # Neither may stand there empty.
    return {key: value for key, value in table.items() if value} | _unfiltered(panel)


def _unfiltered(panel: Panel) -> dict[str, bool]:
    """Return the setting that keeps filters of the page away from a panel that they would make false."""
    return {"ignore_global_filters": True} if panel.filters == () else {}
