"""A stand-in for Kibana on this machine's loopback, for tests: no Kibana runs where these tests do.

It keeps what it is sent, by space, and refuses what the real one refuses: a missing kbn-xsrf, unknown names,
references that lead nowhere, a newer form than it knows, conflicts, a licence that is too small. What it takes is
what this project sends, by schemas of its own (`api/kibana.json`). That it agrees says that the requests are what
was meant; whether Kibana agrees, only a Kibana can say.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import Quiet, serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

__all__ = ["StandIn", "stand_in"]

_DASHBOARD_FORM = (10, 3, 0)
_DASHBOARDS_API = (9, 5)
_DEFAULTS: dict[str, Any] = {
    "options": {"hide_panel_titles": False, "use_margins": True, "sync_cursor": True},
    "query": {"expression": "", "language": "kql"},
    "refresh_interval": {"pause": True, "value": 60_000},
    "access_control": {"access_mode": "default"},
}


class _RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class StandIn:
    """What a test sees of it and may change.

    Attributes:
        url: Where it listens.
        version: What it claims to be.
        license: basic, gold, platinum.
        api_key: Asked for when it is set.
        spaces: The ids of the spaces that exist.
        objects: (space, type, id) → the object.
        requests: What was asked: method and path with the space.
        failures: Answered first, one a request: the status.
    """

    url: str = ""
    version: str = "9.5.1"
    license: str = "basic"
    api_key: str | None = None
    spaces: set[str] = field(default_factory=lambda: {"default"})
    objects: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    _ticks: int = 0

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests that were no questions."""
        return [asked for asked in self.requests if asked[0] != "GET"]

    def now(self) -> str:
        """Return a moment that no object was saved at yet."""
        self._ticks += 1
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self._ticks)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def edit(self, kind: str, name: str, change: Callable[[dict[str, Any]], object], space: str = "default") -> None:
        """Change an object as a person does who saves it."""
        found = self.objects[space, kind, name]
        change(found["body"])
        found["updated_at"] = self.now()

    def save(self, space: str, kind: str, name: str, body: dict[str, Any]) -> bool:
        """Keep an object; return whether it is new."""
        new = (space, kind, name) not in self.objects
        self.objects[space, kind, name] = {"body": body, "updated_at": self.now()}
        return new

    def found(self, space: str, kind: str, name: str) -> dict[str, Any]:
        """Return an object or refuse with 404."""
        if (space, kind, name) not in self.objects:
            raise _RefusedError(404, f"Saved object [{kind}/{name}] not found")
        return self.objects[space, kind, name]


@contextmanager
def stand_in(*, tls: ssl.SSLContext | None = None, **given: Any) -> Iterator[StandIn]:
    """Run one, over TLS where its certificate is given; `given` are attributes of `StandIn`."""
    state = StandIn(**given)
    handler = type("_Bound", (_Handler,), {"state": state})
    with serving(handler, tls=tls) as state.url:
        yield state


class _Handler(Quiet):
    state: StandIn

    def _handle(self) -> None:
        content = self.content()
        self.state.requests.append((self.command, self.path))
        try:
            status, answer = self._answer(content)
        except _RefusedError as error:
            status, answer = error.status, {"statusCode": error.status, "message": str(error)}
        self.reply(status, json.dumps(answer).encode())

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815  # http.server asks for these names

    def _answer(self, content: bytes) -> tuple[int, Any]:
        state = self.state
        if state.failures:
            raise _RefusedError(state.failures.pop(0), "not now")
        if state.api_key and self.headers.get("authorization") != f"ApiKey {state.api_key}":
            raise _RefusedError(401, "missing authentication credentials")
        if self.command != "GET" and not self.headers.get("kbn-xsrf"):
            raise _RefusedError(400, "Request must contain a kbn-xsrf header.")
        address = urlsplit(self.path)
        match = re.match(r"/s/([^/]+)(/.*)", address.path)
        space, path = (match[1], match[2]) if match else ("default", address.path)
        if space not in state.spaces:
            raise _RefusedError(404, "Not Found")
        call = _Call(state, space, self.command, path, parse_qs(address.query), content, self.headers["content-type"])
        for method, pattern, answer in _ROUTES:
            if method == self.command and (found := re.fullmatch(pattern, path)):
                return answer(call, *found.groups())
        raise _RefusedError(404, "Not Found")


@dataclass(frozen=True)
class _Call:
    state: StandIn
    space: str
    method: str
    path: str
    query: dict[str, list[str]]
    content: bytes
    content_type: str | None

    def json(self, schema: str | None = None) -> Any:
        try:
            body = json.loads(self.content)
        except ValueError as error:
            raise _RefusedError(400, "Invalid JSON in the request") from error
        if schema:
            _check(schema, body)
        return body

    def file(self) -> bytes:
        head = f"content-type: {self.content_type}\r\n\r\n".encode()
        for part in BytesParser(policy=HTTP).parsebytes(head + self.content).iter_parts():
            if part.get_param("name", header="content-disposition") == "file":
                if not str(part.get_filename()).endswith(".ndjson"):
                    raise _RefusedError(400, "Invalid file extension")
                return bytes(part.get_payload(decode=True))
        raise _RefusedError(415, "Unsupported Media Type")


@cache
def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).with_name("api") / "kibana.json").read_text(encoding="utf-8"))
    return found


def refusal(schema: str, value: Any) -> str:
    """Return why the stand-in would refuse a value, by a schema of `api/kibana.json`; empty if it takes it."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    validator = Draft202012Validator({"$ref": f"#/$defs/{schema}", **_schemas()})
    error = best_match(validator.iter_errors(value))
    return f"[request body{error.json_path[1:]}]: {error.message[:300]}" if error else ""


def _check(schema: str, value: Any) -> None:
    if why := refusal(schema, value):
        raise _RefusedError(400, why)


def _status(call: _Call) -> tuple[int, Any]:
    version = {"number": call.state.version, "build_flavor": "traditional"}
    return 200, {"name": "stand-in", "version": version, "status": {"overall": {"level": "available"}}}


def _space(call: _Call, name: str) -> tuple[int, Any]:
    if name not in call.state.spaces:
        raise _RefusedError(404, "Not Found")
    return 200, {"id": name, "name": name, "disabledFeatures": []}


def _view(body: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"data_view": {"sourceFilters": [], "allowNoIndex": False, "namespaces": ["default"], **body}}


def _create_view(call: _Call) -> tuple[int, Any]:
    body = call.json("data_view")["data_view"]
    views = [
        found["body"]
        for (space, kind, _), found in call.state.objects.items()
        if (space, kind) == (call.space, "index-pattern")
    ]
    if any(view["id"] == body["id"] or view.get("name") == body.get("name") for view in views):
        raise _RefusedError(400, f"Duplicate data view: {body.get('name')}")
    call.state.save(call.space, "index-pattern", body["id"], body)
    return _view(body)


def _read_view(call: _Call, name: str) -> tuple[int, Any]:
    return _view(call.state.found(call.space, "index-pattern", name)["body"])


def _update_view(call: _Call, name: str) -> tuple[int, Any]:
    body = call.state.found(call.space, "index-pattern", name)["body"] | call.json("data_view_update")["data_view"]
    call.state.save(call.space, "index-pattern", name, body)
    return _view(body)


def _delete_view(call: _Call, name: str) -> tuple[int, Any]:
    return _delete(call, "index-pattern", name)


def _delete(call: _Call, kind: str, name: str) -> tuple[int, Any]:
    call.state.found(call.space, kind, name)
    del call.state.objects[call.space, kind, name]
    return 200, {}


def _import(call: _Call) -> tuple[int, Any]:
    overwrite = call.query.get("overwrite") == ["true"]
    sent = [json.loads(line) for line in call.file().splitlines() if line.strip()]
    errors = []
    for each in sent:
        _check("saved_object", each)
        if each["type"] == "dashboard":
            _check_panels(each)
        if tuple(map(int, each.get("typeMigrationVersion", "0.0.0").split("."))) > _DASHBOARD_FORM:
            message = f"Document {each['id']} belongs to a more recent version of Kibana"
            raise _RefusedError(422, message)
        missing = [
            {"type": reference["type"], "id": reference["id"]}
            for reference in each["references"]
            if (call.space, reference["type"], reference["id"]) not in call.state.objects
            and (reference["type"], reference["id"]) not in {(other["type"], other["id"]) for other in sent}
        ]
        exists = (call.space, each["type"], each["id"]) in call.state.objects
        if missing:
            errors.append({"id": each["id"], "error": {"type": "missing_references", "references": missing}})
        elif exists and not overwrite:
            errors.append({"id": each["id"], "error": {"type": "conflict"}})
    if not errors:
        for each in sent:
            # A later form has what an earlier one had not.
            kept = deepcopy(each) | {"typeMigrationVersion": "10.3.0", "managed": False}
            kept["attributes"] = {**kept["attributes"], "version": 3}
            call.state.save(call.space, each["type"], each["id"], kept)
    return 200, {"success": not errors, "successCount": 0 if errors else len(sent), "errors": errors}


def _check_panels(dashboard: dict[str, Any]) -> None:
    """Refuse panels that Kibana could not show, and references that no panel or control asks for."""
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    _check("saved_panels", panels)
    for panel in panels:
        if panel["panelIndex"] != panel["gridData"]["i"]:
            raise _RefusedError(400, f"panel {panel['panelIndex']} stands under another name in the grid")
        if panel["type"] == "lens":
            _check_lens(panel["embeddableConfig"]["attributes"])
    controls = json.loads(dashboard["attributes"].get("controlGroupInput", {}).get("panelsJSON", "{}"))
    names = {reference["name"] for reference in dashboard["references"]}
    for name in controls:
        if f"controlGroup_{name}:optionsListDataView" not in names:
            raise _RefusedError(400, f"Could not find reference of the control {name}")


def _check_lens(attributes: dict[str, Any]) -> None:
    state = attributes["state"]
    (layer,) = state["datasourceStates"]["textBased"]["layers"].values()
    columns = {column["columnId"] for column in layer["columns"]}
    if layer["index"] not in state["adHocDataViews"]:
        raise _RefusedError(400, f"{attributes['title']}: its data view is missing")
    for drawn in state["visualization"].get("layers", [state["visualization"]]):
        asked = {drawn.get("xAccessor"), drawn.get("splitAccessor"), *drawn.get("accessors", [])} - {None}
        asked |= {column["columnId"] for column in drawn.get("columns", [])}
        if not asked or asked - columns:
            raise _RefusedError(400, f"{attributes['title']}: no column {sorted(asked - columns)}")


def _read_saved(call: _Call, kind: str, name: str) -> tuple[int, Any]:
    found = call.state.found(call.space, kind, name)
    return 200, {**found["body"], "updated_at": found["updated_at"], "version": "WzEsMV0="}


def _bulk_delete(call: _Call) -> tuple[int, Any]:
    for each in call.json():
        _delete(call, each["type"], each["id"])
    return 200, {"statuses": [{**each, "success": True} for each in call.json()]}


def _needs_dashboards_api(call: _Call) -> None:
    if tuple(map(int, call.state.version.split(".")[:2])) < _DASHBOARDS_API:
        raise _RefusedError(404, "Not Found")


def _read_dashboard(call: _Call, name: str) -> tuple[int, Any]:
    _needs_dashboards_api(call)
    found = call.state.found(call.space, "dashboard", name)
    return 200, {"id": name, "data": found["body"], "meta": {"updated_at": found["updated_at"], "managed": False}}


def _put_dashboard(call: _Call, name: str) -> tuple[int, Any]:
    _needs_dashboards_api(call)
    body = call.json("dashboard")
    views = {control["config"]["data_view_id"] for control in body.get("pinned_panels", [])}
    targets = {
        drilldown["dashboard_id"]
        for panel in body.get("panels", [])
        for drilldown in panel["config"].get("drilldowns", [])
    }
    for kind, ids in (("index-pattern", views), ("dashboard", targets)):
        for each in ids:
            if (call.space, kind, each) not in call.state.objects:
                raise _RefusedError(400, f"Could not find reference {kind}/{each}")
    new = call.state.save(call.space, "dashboard", name, {**_DEFAULTS, **body})
    return (201 if new else 200), _read_dashboard(call, name)[1]


def _delete_dashboard(call: _Call, name: str) -> tuple[int, Any]:
    _needs_dashboards_api(call)
    return _delete(call, "dashboard", name)


def _alerting_routes() -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
    from tests.support.kibana_alerting import ROUTES  # it builds on this module

    return ROUTES


_NAME = r"([A-Za-z0-9_.-]+)"
_ROUTES: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
    ("GET", "/api/status", _status),
    ("GET", f"/api/spaces/space/{_NAME}", _space),
    ("POST", "/api/data_views/data_view", _create_view),
    ("GET", f"/api/data_views/data_view/{_NAME}", _read_view),
    ("POST", f"/api/data_views/data_view/{_NAME}", _update_view),
    ("DELETE", f"/api/data_views/data_view/{_NAME}", _delete_view),
    ("POST", "/api/saved_objects/_import", _import),
    ("POST", "/api/saved_objects/_bulk_delete", _bulk_delete),
    ("GET", f"/api/saved_objects/{_NAME}/{_NAME}", _read_saved),
    ("GET", f"/api/dashboards/{_NAME}", _read_dashboard),
    ("PUT", f"/api/dashboards/{_NAME}", _put_dashboard),
    ("DELETE", f"/api/dashboards/{_NAME}", _delete_dashboard),
    *_alerting_routes(),
]
