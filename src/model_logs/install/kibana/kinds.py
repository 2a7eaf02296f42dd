"""The kinds of objects that live in Kibana, for `install` to plan and apply like those of Elasticsearch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.kibana.saved_objects import ndjson
from model_logs.errors import ClusterError
from model_logs.install.canonical import hashed
from model_logs.install.kibana import rules
from model_logs.install.kibana.remembered import CONTENT, Remembered
from model_logs.install.kibana.wanted import DASHBOARD, VIEW

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.install.kibana.client import Kibana
    from model_logs.install.model import Body, ObjectKind

__all__ = ["kibana_kinds"]

_VIEW_PARTS = ("id", "title", "name", "timeFieldName")


def kibana_kinds(kibana: Kibana, client: Elasticsearch) -> list[ObjectKind]:
    """Return the kinds of objects of a Kibana; the cluster of `client` keeps a record of the written ones."""
    dashboards = _Dashboard if kibana.has_dashboards_api else _SavedDashboard
    return [_DataView(kibana, client), dashboards(kibana, client), *rules.alerting_kinds(kibana, client)]


class _DataView(Remembered):
    """A data view. Kibana counts in it which fields people use, so what it says is compared, not its date."""

    name = VIEW
    _path = "/api/data_views/data_view"

    def request(self, name: str) -> str:
        del name
        return f"POST {self._kibana.path(self._path)}"

    def restorable(self, body: Body) -> Body:
        return {"data_view": body[CONTENT], "override": True}

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        found = self._kibana.send("GET", f"{self._path}/{name}", doing=f"reading the data view {name}")
        if found is None:
            return None
        content = {key: found["data_view"].get(key) for key in _VIEW_PARTS}
        return found, content, hashed(content)

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        doing = f"installing the data view {name}"
        if exists:
            parts = {key: value for key, value in body.items() if key != "id"}
            self._kibana.send("POST", f"{self._path}/{name}", body={"data_view": parts}, doing=doing)
        else:
            # Never `override`: it would delete another data view of this name.
            self._kibana.send("POST", self._path, body={"data_view": body}, doing=doing)

    def _delete(self, name: str) -> None:
        self._kibana.send("DELETE", f"{self._path}/{name}", doing=f"deleting the data view {name}")


class _Dashboard(Remembered):
    """A dashboard through the Dashboards API of 9.5 and later."""

    name = DASHBOARD
    _path = "/api/dashboards"

    def request(self, name: str) -> str:
        return f"PUT {self._kibana.path(self._path)}/{name}"

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        found = self._kibana.send("GET", f"{self._path}/{name}", doing=f"reading the dashboard {name}")
        if found is None:
            return None
        # Who may edit it is its owner's matter, and not sent back.
        data = {key: value for key, value in found["data"].items() if key != "access_control"}
        return data, data, str(found["meta"].get("updated_at"))

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        del exists
        self._kibana.send("PUT", f"{self._path}/{name}", body=body, doing=f"installing the dashboard {name}")

    def _delete(self, name: str) -> None:
        self._kibana.send("DELETE", f"{self._path}/{name}", doing=f"deleting the dashboard {name}")


class _SavedDashboard(Remembered):
    """A dashboard as a saved object, imported: 8.19 to 9.4."""

    name = DASHBOARD
    _path = "/api/saved_objects"

    def request(self, name: str) -> str:
        del name
        return f"POST {self._kibana.path(self._path)}/_import?overwrite=true"

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        found = self._kibana.send("GET", f"{self._path}/dashboard/{name}", doing=f"reading the dashboard {name}")
        if found is None:
            return None
        parts = ("type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion")
        raw = {key: found[key] for key in parts if key in found}
        return raw, self._content(raw), str(found.get("updated_at"))

    def _content(self, body: Body) -> Any:
        """Return attributes and references, with the JSON in them read, so that a diff shows what changed."""
        attributes = {key: _parsed(key, value) for key, value in body["attributes"].items()}
        references = sorted(body.get("references", []), key=lambda reference: str(reference["name"]))
        return {"attributes": attributes, "references": references}

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        del exists
        doing = f"importing the dashboard {name}"
        done = self._kibana.send("POST", f"{self._path}/_import?overwrite=true", file=ndjson([body]), doing=doing)
        if not done or not done.get("success"):
            errors = json.dumps((done or {}).get("errors", done), ensure_ascii=False)
            raise ClusterError(
                f"Kibana did not import the dashboard {name}: {errors}",
                next_step="Read the reason: the object that it refers to must exist, in the same space.",
            )

    def _delete(self, name: str) -> None:
        doing = f"deleting the dashboard {name}"
        self._kibana.send("POST", f"{self._path}/_bulk_delete", body=[{"type": "dashboard", "id": name}], doing=doing)


def _parsed(key: str, value: Any) -> Any:
    if key.endswith("JSON") and isinstance(value, str):
        return json.loads(value)
    return {name: _parsed(name, inner) for name, inner in value.items()} if isinstance(value, dict) else value
