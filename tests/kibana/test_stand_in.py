"""The stand-in itself refuses what it says: a test that relies on a refusal relies on these."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3
from tests.support.kibana import stand_in

from model_logs import dashboards
from model_logs.errors import ClusterError
from model_logs.install import kibana

HEALTH = dashboards.load_dashboard("model-health")


def test_a_write_without_kbn_xsrf_is_refused(server: Any) -> None:
    answer = urllib3.request("POST", f"{server.url}/api/data_views/data_view", json={"data_view": {"title": "x"}})
    assert answer.status == 400
    assert "kbn-xsrf" in answer.json()["message"]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(access_control={}),
        lambda body: body["panels"][1].update(colour="red"),
        lambda body: body["panels"][1]["config"]["layers"][0].update(split_by={}),
        lambda body: body.pop("title"),
        lambda body: body["panels"][1]["config"].update(type="pie"),
    ],
)
def test_unknown_and_missing_names_are_refused(change: Any, opened: Any) -> None:
    with stand_in() as server:
        client = opened(server)
        client.send("POST", "/api/data_views/data_view", body={"data_view": kibana.data_view()}, doing="test")
        body = kibana.dashboard_body(HEALTH)
        client.send("PUT", "/api/dashboards/x", body=body, doing="test")
        change(body)
        with pytest.raises(ClusterError, match="400"):
            client.send("PUT", "/api/dashboards/x", body=body, doing="test")


def test_references_that_lead_nowhere_are_refused(opened: Any) -> None:
    with stand_in() as server, pytest.raises(ClusterError, match="reference index-pattern/model-logs-events"):
        opened(server).send("PUT", "/api/dashboards/x", body=kibana.dashboard_body(HEALTH), doing="test")
    with stand_in(version="8.19.9") as server:
        file = kibana.ndjson(kibana.saved_objects([HEALTH])[1:])
        answer = opened(server).send("POST", "/api/saved_objects/_import", file=file, doing="test")
        assert answer is not None
        assert answer["errors"][0]["error"]["type"] == "missing_references"


def test_a_conflict_is_refused(opened: Any) -> None:
    with stand_in(version="8.19.9") as server:
        client = opened(server)
        file = kibana.ndjson(kibana.saved_objects([HEALTH]))
        assert client.send("POST", "/api/saved_objects/_import", file=file, doing="test")["success"]
        again = client.send("POST", "/api/saved_objects/_import", file=file, doing="test")
        assert {error["error"]["type"] for error in again["errors"]} == {"conflict"}
        assert client.send("POST", "/api/saved_objects/_import?overwrite=true", file=file, doing="test")["success"]


def test_a_form_of_the_future_is_refused(opened: Any) -> None:
    with stand_in(version="8.19.9") as server:
        objects = kibana.saved_objects([HEALTH])
        objects[1]["typeMigrationVersion"] = "11.0.0"
        with pytest.raises(ClusterError, match="more recent version"):
            opened(server).send("POST", "/api/saved_objects/_import", file=kibana.ndjson(objects), doing="test")


def test_the_dashboards_api_is_absent_before_its_version(opened: Any) -> None:
    with stand_in(version="9.4.0") as server:
        assert opened(server).send("PUT", "/api/dashboards/x", body={"title": "x"}, doing="test") is None


def test_a_connector_beyond_the_licence_is_refused(opened: Any) -> None:
    body = {"name": "x", "connector_type_id": ".slack", "secrets": {"webhookUrl": "https://hooks.example"}}
    path = "/api/actions/connector/9a5bc4ac-6d3c-5f0e-8f0b-3f5d2b8c7e11"
    with stand_in() as server:
        with pytest.raises(ClusterError, match="basic license"):
            opened(server).send("POST", path, body=body, doing="test")
        server.license = "gold"
        assert opened(server).send("POST", path, body=body, doing="test")


def test_two_data_views_of_one_name_are_refused(server: Any, opened: Any) -> None:
    body = {"data_view": kibana.data_view()}
    client = opened(server)
    client.send("POST", "/api/data_views/data_view", body=body, doing="test")
    with pytest.raises(ClusterError, match="Duplicate"):
        client.send("POST", "/api/data_views/data_view", body=body, doing="test")
