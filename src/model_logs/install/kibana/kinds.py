"""The kinds of objects that live in Kibana, for `bootstrap` to plan and apply like those of Elasticsearch.

Kibana's bodies have no room for a mark of ours. What was written stands in the index `model-logs-state` instead: a
hash of the body, the body as it was sent and as Kibana kept it, and the object's `updated_at`. An object that was
saved since, and is no longer as it was kept, was edited by a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.kibana.saved_objects import ndjson
from model_logs.errors import ClusterError
from model_logs.install.canonical import hashed
from model_logs.install.kibana.wanted import DASHBOARD, VIEW
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.install.elasticsearch import Body, Kind
    from model_logs.install.kibana.client import Kibana
    from model_logs.state.store import Stored

__all__ = ["kinds"]

_RECORD = "kibana_object"
_RAW, _CONTENT, _UPDATED, _REMEMBERED = "raw", "content", "updated_at", "remembered"
_VIEW_PARTS = ("id", "title", "name", "timeFieldName")


def kinds(kibana: Kibana, client: Elasticsearch) -> list[Kind]:
    """Return the kinds of a Kibana; what was written is remembered in the cluster of `client`."""
    from model_logs.install.kibana import rules  # it builds on this module

    dashboards = _Dashboard if kibana.has_dashboards_api else _SavedDashboard
    return [_DataView(kibana, client), dashboards(kibana, client), *rules.kinds(kibana, client)]


class _Remembered:
    """What all kinds have in common.

    A body is what is sent. What is installed is an envelope around it: as Kibana keeps it (`raw`), what of it is
    compared (`content`), since when it stands so (`updated_at`), and what we remember of it (`remembered`).
    """

    name = ""

    def __init__(self, kibana: Kibana, client: Elasticsearch) -> None:
        self._kibana = kibana
        self._store = Store(client)

    def get(self, name: str) -> Body | None:
        found = self._read(name)
        if found is None:
            return None
        raw, content, updated = found
        record = self._record(name)
        return {_RAW: raw, _CONTENT: content, _UPDATED: updated, _REMEMBERED: dict(record.body) if record else None}

    def find(self, names: Collection[str]) -> dict[str, Body]:
        """Return those that exist; Kibana gives what we compare one object at a time."""
        return {name: body for name in names if (body := self.get(name)) is not None}

    def canonical(self, body: Body) -> Any:
        return body[_CONTENT] if _REMEMBERED in body else self._content(body)

    def mark(self, body: Body) -> Body:
        record = body.get(_REMEMBERED)
        if not record:
            return {}
        # What Kibana itself changes in what it keeps, in an upgrade, leaves `updated_at` alone and is nobody's edit.
        untouched = record[_UPDATED] == body[_UPDATED]
        kept = hashed(body[_CONTENT]) if untouched else hashed(record["kept"])
        return {**record["mark"], "stored_as": kept}

    def changes(self, installed: Body | None, wanted: Body) -> tuple[Any, Any]:
        """Return what a diff shows.

        Kibana fills in defaults, so what it keeps is compared with what it kept, and what we send with what we sent.
        """
        if installed is None:
            return None, self._content(wanted)
        record = installed[_REMEMBERED]
        if not record:
            return installed[_CONTENT], self._content(wanted)
        if record[_UPDATED] == installed[_UPDATED]:
            return record["sent"], self._content(wanted)
        return installed[_CONTENT], record["kept"]

    def restorable(self, body: Body) -> Body:
        raw: Body = body[_RAW]
        return raw

    def obstacle(self, name: str, installed: Body | None) -> str:
        del name, installed
        return ""

    def write(self, name: str, body: Body, mark: Mapping[str, Any], installed: Body | None) -> None:
        now = self.get(name)
        if (now or {}).get(_UPDATED) != (installed or {}).get(_UPDATED):
            raise ClusterError(
                f"The {self.name} {name} was changed while this ran. It was left as it is.",
                next_step="Look at it with `elk-bootstrap plan`, then apply again.",
            )
        self._store.ensure()
        self._put(name, body, exists=now is not None)
        found = self._read(name)
        if found is None:
            raise ClusterError(
                f"The {self.name} {name} was written and is not there.",
                next_step="Look at Kibana's log, then apply again.",
            )
        _, content, updated = found
        record = {"mark": dict(mark), _UPDATED: updated, "sent": self._content(body), "kept": content}
        self._store.write(self._key(name), _RECORD, record, self._record(name))

    def delete(self, name: str) -> None:
        self._delete(name)
        if record := self._record(name):
            self._store.delete(record)

    def request(self, name: str) -> str:
        raise NotImplementedError

    def _key(self, name: str) -> str:
        return f"kibana|{self._kibana.space}|{self.name}|{name}"

    def _record(self, name: str) -> Stored | None:
        return self._store.read(self._key(name))

    def _content(self, body: Body) -> Any:
        return body

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        """Return the object as it is kept, what of it is compared, and since when it stands so."""
        raise NotImplementedError

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        raise NotImplementedError

    def _delete(self, name: str) -> None:
        raise NotImplementedError


class _DataView(_Remembered):
    """A data view. Kibana counts in it which fields people use, so what it says is compared, not its date."""

    name = VIEW
    _path = "/api/data_views/data_view"

    def request(self, name: str) -> str:
        del name
        return f"POST {self._kibana.path(self._path)}"

    def restorable(self, body: Body) -> Body:
        return {"data_view": body[_CONTENT], "override": True}

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


class _Dashboard(_Remembered):
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


class _SavedDashboard(_Remembered):
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
                next_step="Read the reason: what it refers to must be there, in the same space.",
            )

    def _delete(self, name: str) -> None:
        doing = f"deleting the dashboard {name}"
        self._kibana.send("POST", f"{self._path}/_bulk_delete", body=[{"type": "dashboard", "id": name}], doing=doing)


def _parsed(key: str, value: Any) -> Any:
    if key.endswith("JSON") and isinstance(value, str):
        return json.loads(value)
    return {name: _parsed(name, inner) for name, inner in value.items()} if isinstance(value, dict) else value
