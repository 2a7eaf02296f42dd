"""Dashboards as saved objects, for `POST /api/saved_objects/_import` of Kibana 8.19 to 9.4, and as a file of them.

What Kibana keeps as JSON within JSON is written so. A reference is named as Kibana names it when it takes an id out
of a panel, a control or a drill-down. Nothing is sent from here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.kibana.lens import lens_attributes
from model_logs.dashboards.kibana.names import (
    DATA_VIEW,
    GUIDE,
    GUIDE_HEIGHT,
    clicked,
    control_id,
    dashboard_id,
    guide_text,
    placed,
    since,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_logs.dashboards.panels import Dashboard, Panel

__all__ = ["DATA_VIEW", "data_view", "ndjson", "saved_dashboard", "saved_objects"]

# The forms of 8.18 and older, which 8.19 and later bring up to date; a newer form than the server's own is refused.
_CORE = "8.8.0"
_DASHBOARD_FORM = "10.2.0"
_DATA_VIEW_FORM = "8.0.0"
_EVENT = "to-one-model"


def data_view() -> dict[str, str]:
    """Return the data view that the controls choose from, as the data views API writes it."""
    return {"id": DATA_VIEW, "title": "logs-model.*", "name": "model-logs events", "timeFieldName": "@timestamp"}


def saved_objects(dashboards: Iterable[Dashboard]) -> list[dict[str, Any]]:
    """Return the data view and the dashboards, each after what it refers to."""
    view = data_view()
    attributes = {key: value for key, value in view.items() if key != "id"}
    first = {
        "type": "index-pattern",
        "id": view["id"],
        "attributes": attributes,
        "references": [],
        "coreMigrationVersion": _CORE,
        "typeMigrationVersion": _DATA_VIEW_FORM,
    }
    return [first, *(saved_dashboard(dashboard) for dashboard in dashboards)]


def ndjson(objects: Iterable[dict[str, Any]]) -> bytes:
    """Return saved objects as the file that `_import` reads: one JSON document a line."""
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in objects)


def saved_dashboard(dashboard: Dashboard) -> dict[str, Any]:
    """Return one dashboard with its panels by value."""
    panels = [_panel(panel, dashboard) for panel in dashboard.panels]
    if dashboard.guide:
        panels.insert(0, _guide(dashboard))
    return {
        "type": "dashboard",
        "id": dashboard_id(dashboard.id),
        "attributes": {
            "title": dashboard.title,
            "description": dashboard.description,
            "panelsJSON": _text(panels),
            "optionsJSON": _text(
                {
                    "useMargins": True,
                    "syncColors": False,
                    "syncCursor": True,
                    "syncTooltips": False,
                    "hidePanelTitles": False,
                }
            ),
            "timeRestore": True,
            "timeFrom": since(dashboard),
            "timeTo": "now",
            "controlGroupInput": _controls(dashboard),
            "kibanaSavedObjectMeta": {
                "searchSourceJSON": _text({"query": {"query": "", "language": "kuery"}, "filter": []})
            },
        },
        "references": _references(dashboard),
        "coreMigrationVersion": _CORE,
        "typeMigrationVersion": _DASHBOARD_FORM,
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _references(dashboard: Dashboard) -> list[dict[str, str]]:
    controls = [
        {
            "type": "index-pattern",
            "id": DATA_VIEW,
            "name": f"controlGroup_{control_id(control.field)}:optionsListDataView",
        }
        for control in dashboard.offered
    ]
    target = dashboard_id(dashboard.drilldown.dashboard) if dashboard.drilldown else ""
    drilldowns = [
        {
            "type": "dashboard",
            "id": target,
            "name": f"{panel.id}:drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:{_EVENT}:dashboardId",
        }
        for panel in dashboard.panels
        if clicked(panel, dashboard)
    ]
    return controls + drilldowns


def _controls(dashboard: Dashboard) -> dict[str, Any]:
    controls = {
        control_id(control.field): {
            "order": order,
            "width": "medium",
            "grow": False,
            "type": "optionsListControl",
            "explicitInput": {
                "id": control_id(control.field),
                "fieldName": control.field,
                "title": control.title,
                "searchTechnique": "prefix",
                "selectedOptions": [],
                "sort": {"by": "_count", "direction": "desc"},
            },
        }
        for order, control in enumerate(dashboard.offered)
    }
    ignore = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
    return {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "showApplySelections": False,
        "ignoreParentSettingsJSON": _text(ignore),
        "panelsJSON": _text(controls),
    }


def _guide(dashboard: Dashboard) -> dict[str, Any]:
    """Return the Markdown panel; before 9.x it is a by-value `visualization`, and there is no other kind."""
    saved = {
        "title": "",
        "description": "",
        "type": "markdown",
        "params": {"fontSize": 12, "openLinksInNewTab": True, "markdown": guide_text(dashboard)},
        "uiState": {},
        "data": {"aggs": [], "searchSource": {"query": {"query": "", "language": "kuery"}, "filter": []}},
    }
    return {
        "type": "visualization",
        "panelIndex": GUIDE,
        "gridData": {"x": 0, "y": 0, "w": 48, "h": GUIDE_HEIGHT, "i": GUIDE},
        "embeddableConfig": {"savedVis": saved, "enhancements": {}, "hidePanelTitles": True},
    }


def _panel(panel: Panel, dashboard: Dashboard) -> dict[str, Any]:
    return {
        "type": "lens",
        "title": panel.title,
        "panelIndex": panel.id,
        "gridData": placed(panel.grid, dashboard) | {"i": panel.id},
        "embeddableConfig": {
            "attributes": lens_attributes(panel),
            "enhancements": _drilldown(panel, dashboard),
            "hidePanelTitles": False,
            **({"timeRange": {"from": since(panel), "to": "now"}} if panel.range else {}),
        },
    }


def _drilldown(panel: Panel, dashboard: Dashboard) -> dict[str, Any]:
    if not (clicked(panel, dashboard) and dashboard.drilldown):
        return {}
    # The id of the other dashboard is among the references.
    config = {"useCurrentFilters": True, "useCurrentDateRange": True, "openInNewTab": False}
    event = {
        "eventId": _EVENT,
        "triggers": ["FILTER_TRIGGER"],
        "action": {
            "factoryId": "DASHBOARD_TO_DASHBOARD_DRILLDOWN",
            "name": dashboard.drilldown.title,
            "config": config,
        },
    }
    return {"dynamicActions": {"events": [event]}}
