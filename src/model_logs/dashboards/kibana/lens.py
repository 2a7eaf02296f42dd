"""A panel as Kibana 8.19 keeps a Lens chart over ES|QL: the state that its own editor writes.

A chart has one layer of the source `textBased`; its columns carry the types and formats that the chart shows. The
data view of a query is made for the chart alone (`adHocDataViews`), so nothing refers to a saved one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.kibana.names import described, esql, format_of, index_pattern, is_text, series_type

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Column, Panel

__all__ = ["lens_attributes"]

_LAYER = "layer"
_TYPES = {"time": ("date", "date"), "": ("string", "keyword"), "outcome": ("string", "keyword")}
_COUNTS = {"events", "predictions", "rows"}


def lens_attributes(panel: Panel) -> dict[str, Any]:
    """Return the `embeddableConfig.attributes` of a by-value panel."""
    query = esql(panel)
    pattern = index_pattern(query)
    # Kibana derives the id of such a data view from its pattern, too.
    view = hashlib.sha256(pattern.encode()).hexdigest()
    layer: dict[str, Any] = {
        "index": view,
        "query": {"esql": query},
        "columns": [_column(field, panel) for field in _fields(panel)],
        "timeField": "@timestamp",
    }
    if panel.filters == ():
        # Heeded from 9.5 on; older versions filter every panel over ES|QL.
        layer["ignoreGlobalFilters"] = True
    return {
        "title": panel.title,
        "description": described(panel),
        "visualizationType": "lnsDatatable" if panel.chart == "table" else "lnsXY",
        "type": "lens",
        "references": [],
        "state": {
            "visualization": _table(panel) if panel.chart == "table" else _chart(panel),
            "query": {"esql": query},
            "filters": [],
            "datasourceStates": {
                "textBased": {
                    "layers": {_LAYER: layer},
                    "indexPatternRefs": [{"id": view, "title": pattern, "timeField": "@timestamp"}],
                }
            },
            "internalReferences": [],
            "adHocDataViews": {view: _view(view, pattern)},
        },
    }


def _view(identifier: str, pattern: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "title": pattern,
        "name": pattern,
        "timeFieldName": "@timestamp",
        "type": "esql",
        "sourceFilters": [],
        "fieldFormats": {},
        "runtimeFieldMap": {},
        "allowNoIndex": False,
        "allowHidden": False,
    }


def _fields(panel: Panel) -> list[Column]:
    if panel.chart == "table":
        return list(panel.columns)
    return [field for field in (panel.x, *panel.y, panel.series) if field]


def _column(field: Column, panel: Panel) -> dict[str, Any]:
    kind, es_type = _TYPES.get(field.unit, ("number", "long" if field.unit in _COUNTS else "double"))
    meta: dict[str, Any] = {"type": kind, "esType": es_type}
    if field in {panel.series, panel.x} or panel.chart == "table":
        # What a click on a value filters by.
        pattern = index_pattern(esql(panel))
        meta["sourceParams"] = {"indexPattern": pattern, "sourceField": field.field}
    column: dict[str, Any] = {
        "columnId": field.field,
        "fieldName": field.field,
        "label": field.title,
        "customLabel": True,
        "meta": meta,
    }
    if not is_text(field):
        column["inMetricDimension"] = True
    if found := format_of(field):
        decimals, suffix = found
        params: dict[str, Any] = {"decimals": decimals} | ({"suffix": suffix} if suffix else {})
        column["params"] = {"format": {"id": "number", "params": params}}
    return column


def _table(panel: Panel) -> dict[str, Any]:
    return {
        "layerId": _LAYER,
        "layerType": "data",
        "columns": [{"columnId": field.field} for field in panel.columns],
    }


def _chart(panel: Panel) -> dict[str, Any]:
    assert panel.x  # noqa: S101  # the loader has seen to it
    kind = series_type(panel)
    layer: dict[str, Any] = {
        "layerId": _LAYER,
        "layerType": "data",
        "seriesType": kind,
        "xAccessor": panel.x.field,
        "accessors": [field.field for field in panel.y],
    }
    if panel.series:
        layer["splitAccessor"] = panel.series.field
    everywhere = {"x": True, "yLeft": True, "yRight": True}
    return {
        "legend": {"isVisible": bool(panel.series), "position": "bottom"},
        "valueLabels": "show" if panel.chart == "ranking" else "hide",
        "fittingFunction": "None",
        "preferredSeriesType": kind,
        "yTitle": ", ".join(field.title for field in panel.y),
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
        "tickLabelsVisibilitySettings": everywhere,
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "gridlinesVisibilitySettings": everywhere,
        "layers": [layer],
    }
