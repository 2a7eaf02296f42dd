"""The two forms that Kibana takes: whole, alike, stable, and by Elastic's own description where that is at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.support.kibana import refusal

from model_logs import assets, dashboards
from model_logs.dashboards.kibana.names import index_pattern
from model_logs.install import kibana

NAMES = dashboards.names()
SPECIFICATIONS = assets.root().parent / "shared" / "specs"
DASHBOARDS = SPECIFICATIONS / "kibana-dashboards-9.4.json"
OTHERS = SPECIFICATIONS / "kibana-openapi-9.3.json"
absent = pytest.mark.skipif(
    not DASHBOARDS.is_file(),
    reason="Elastic's description of Kibana may not be copied into a clone; our own schemas are checked in any case",
)


def _saved(name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    saved = kibana.saved_objects([dashboards.load_dashboard(name)])[1]
    return saved, json.loads(saved["attributes"]["panelsJSON"])


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_hold_every_panel_with_its_query_and_its_place(name: str) -> None:
    dashboard = dashboards.load_dashboard(name)
    _, saved = _saved(name)
    body = kibana.dashboard_body(dashboard)["panels"]
    assert [panel["panelIndex"] for panel in saved] == [panel["id"] for panel in body]
    assert [panel["id"] for panel in body] == ["guide", *(panel.id for panel in dashboard.panels)]
    for panel, one, other in zip(dashboard.panels, saved[1:], body[1:], strict=True):
        query = panel.text.strip()
        state = one["embeddableConfig"]["attributes"]["state"]
        (layer,) = state["datasourceStates"]["textBased"]["layers"].values()
        assert layer["query"]["esql"] == state["query"]["esql"] == query
        (source,) = [each["data_source"] for each in other["config"].get("layers", [other["config"]])]
        assert source["query"] == query
        assert {key: one["gridData"][key] for key in "xywh"} == other["grid"]
        assert one["gridData"]["y"] >= 6
        drawn = {column["fieldName"] for column in layer["columns"]}
        assert drawn <= set(panel.needs)
        assert drawn >= {field.field for field in panel.y if panel.chart != "table"}


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_is_one_of_the_projects_own(name: str) -> None:
    ours = {("index-pattern", kibana.DATA_VIEW)} | {("dashboard", f"model-logs-{each}") for each in NAMES}
    saved, panels = _saved(name)
    assert {(reference["type"], reference["id"]) for reference in saved["references"]} <= ours
    asked = {
        f"controlGroup_{control}:optionsListDataView"
        for control in json.loads(saved["attributes"]["controlGroupInput"]["panelsJSON"])
    }
    for panel in panels:
        for event in panel["embeddableConfig"]["enhancements"].get("dynamicActions", {}).get("events", []):
            asked.add(
                f"{panel['panelIndex']}:drilldown:{event['action']['factoryId']}:{event['eventId']}:dashboardId"
            )
    assert asked == {reference["name"] for reference in saved["references"]}
    assert len(asked) == len(saved["references"])


def test_a_click_on_a_model_leads_to_its_health() -> None:
    body = kibana.dashboard_body(dashboards.load_dashboard("model-overview"))
    leading = {panel["id"] for panel in body["panels"] if "drilldowns" in panel["config"]}
    assert leading == {"prediction-latency", "throughput-per-model", "error-rate-per-model"}


def test_a_plain_link_leads_there_too_since_a_click_does_so_from_9_4_on_only() -> None:
    body = kibana.dashboard_body(dashboards.load_dashboard("model-overview"))["panels"][0]["config"]["content"]
    guide = _saved("model-overview")[1][0]["embeddableConfig"]["savedVis"]["params"]["markdown"]
    assert body == guide
    assert guide.endswith("[The health of this model](#/view/model-logs-model-health)")
    assert (
        "](#/view/"
        not in kibana.dashboard_body(dashboards.load_dashboard("model-health"))["panels"][0]["config"]["content"]
    )


def test_a_panel_that_a_filter_would_make_false_is_kept_from_filters_of_the_page() -> None:
    """A pinned filter follows from page to page; Kibana 9.5 has a setting for panels over ES|QL as well."""
    kept = []
    for name in NAMES:
        dashboard = dashboards.load_dashboard(name)
        _, saved = _saved(name)
        body = kibana.dashboard_body(dashboard)["panels"]
        for panel, one, other in zip(dashboard.panels, saved[1:], body[1:], strict=True):
            state = one["embeddableConfig"]["attributes"]["state"]
            (layer,) = state["datasourceStates"]["textBased"]["layers"].values()
            (drawn,) = other["config"].get("layers", [other["config"]])
            assert layer.get("ignoreGlobalFilters", False) is drawn.get("ignore_global_filters", False)
            assert drawn.get("ignore_global_filters", False) is (panel.filters == ())
            kept += [panel.id] if panel.filters == () else []
    assert {"failed-documents", "failure-reasons", "sequence-gaps", "storage-by-tier"} <= set(kept)


def test_the_forms_are_the_same_every_time() -> None:
    loaded = [dashboards.load_dashboard(name) for name in NAMES]
    assert kibana.ndjson(kibana.saved_objects(loaded)) == kibana.ndjson(kibana.saved_objects(loaded))


def test_what_is_referred_to_comes_first() -> None:
    from model_logs.install.kibana.wanted import ordered

    order = [dashboard.id for dashboard in ordered()]
    assert sorted(order) == NAMES
    assert order.index("model-health") < order.index("model-overview")


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        ("// why\nFROM logs-model.*\n| LIMIT 1", "logs-model.*"),
        ("FROM a::failures, b METADATA _index\n| LIMIT 1", "a::failures,b"),
        ("FROM a | WHERE x == 1", "a"),
    ],
)
def test_the_pattern_of_a_query_is_what_it_reads(query: str, pattern: str) -> None:
    assert index_pattern(query) == pattern


def _optional(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    if schema.get("x-oas-optional") or "default" in schema:
        return True
    return "$ref" in schema and _optional(schemas[schema["$ref"].rpartition("/")[2]], schemas)


def _relaxed(value: Any, schemas: dict[str, Any]) -> None:
    """Let what has a default be left out: the description lists it as required, the server does not ask for it."""
    if isinstance(value, list):
        for one in value:
            _relaxed(one, schemas)
    elif isinstance(value, dict):
        if isinstance(value.get("required"), list) and isinstance(value.get("properties"), dict):
            properties = value["properties"]
            value["required"] = [n for n in value["required"] if not _optional(properties.get(n, {}), schemas)]
        for one in value.values():
            _relaxed(one, schemas)


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_pass_our_own_schemas_which_every_clone_has(name: str) -> None:
    saved, panels = _saved(name)
    assert refusal("saved_object", saved) == ""
    assert refusal("saved_panels", panels) == ""
    body = kibana.dashboard_body(dashboards.load_dashboard(name))
    assert refusal("dashboard", body) == ""
    body["panels"][1]["config"]["colour"] = "red"
    assert refusal("dashboard", body) != ""
    panels[0]["colour"] = "red"
    assert refusal("saved_panels", panels) != ""


def test_the_data_view_passes_our_own_schemas() -> None:
    view = kibana.data_view()
    assert refusal("data_view", {"data_view": view}) == ""
    assert refusal("data_view_update", {"data_view": {k: v for k, v in view.items() if k != "id"}}) == ""
    assert refusal("data_view", {"data_view": {**view, "colour": "red"}}) != ""


@absent
@pytest.mark.parametrize("name", NAMES)
def test_the_body_passes_elastics_description_of_the_dashboards_api(name: str) -> None:
    document = json.loads(DASHBOARDS.read_text(encoding="utf-8"))
    _relaxed(document, document["components"]["schemas"])
    put = document["paths"]["/api/dashboards/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**put, "components": document["components"]})
    body = kibana.dashboard_body(dashboards.load_dashboard(name))
    assert [error.message for error in validator.iter_errors(body)] == []
    # The check can fail: an unknown name is refused.
    body["panels"][1]["config"]["colour"] = "red"
    assert not validator.is_valid(body)


@absent
def test_the_data_view_passes_elastics_description() -> None:
    document = json.loads(OTHERS.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    create = {**schemas["Data_views_create_data_view_request_object"], "components": document["components"]}
    update = {**schemas["Data_views_update_data_view_request_object"], "components": document["components"]}
    view = kibana.data_view()
    assert [e.message for e in Draft202012Validator(create).iter_errors({"data_view": view})] == []
    inner = schemas["Data_views_create_data_view_request_object_inner"]
    assert set(view) <= set(inner["properties"])
    parts = {key: value for key, value in view.items() if key != "id"}
    assert [e.message for e in Draft202012Validator(update).iter_errors({"data_view": parts})] == []
    assert not Draft202012Validator(update).is_valid({"data_view": "none"})


@absent
def test_every_call_on_saved_objects_is_described() -> None:
    paths = json.loads(OTHERS.read_text(encoding="utf-8"))["paths"]
    imported = paths["/api/saved_objects/_import"]["post"]
    assert "overwrite" in {parameter["name"] for parameter in imported["parameters"]}
    assert set(imported["requestBody"]["content"]) == {"multipart/form-data"}
    assert "post" in paths["/api/saved_objects/_bulk_delete"]
    assert "get" in paths["/api/saved_objects/{type}/{id}"]
    assert "get" in paths["/api/status"]
    assert "get" in paths["/api/spaces/space/{id}"]
