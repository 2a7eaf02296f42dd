"""The kinds of objects that live in Elasticsearch: how each is read, written, deleted, compared and marked as ours.

A kind knows one API and nothing about what should be in it (`wanted`) or in which order things happen (`applying`).
Kinds of another server, such as Kibana, fulfil the same protocol (`model.Kind`).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.install.canonical import flat_settings, hashed, plain, without_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.install.model import Body

__all__ = ["MADE_FROM", "ComponentTemplate", "DataStream", "IndexTemplate", "Lookup", "Memory", "Policy"]

_MARK = "_meta"
MADE_FROM = "made_from"


class _Rest:
    """An object that is written, read and deleted at one path."""

    name = ""
    plural = ""
    path = ""
    patterns: tuple[str, ...] = ()
    """Expressions that name all of ours at once, each read by one request."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def request(self, name: str) -> str:
        return f"PUT {self.path}/{name}"

    def get(self, name: str) -> Body | None:
        return self._read(name, doing=f"reading the {self.name} {name}").get(name)

    def find(self, names: Collection[str]) -> dict[str, Body]:
        found: dict[str, Body] = {}
        for pattern in self.patterns:
            if any(fnmatchcase(name, pattern) for name in names):
                found |= self._read(pattern, doing=f"reading the {self.plural} {pattern}")
        for name in names:
            # An asset of a user's own may have a name that no pattern of ours covers.
            if not any(fnmatchcase(name, pattern) for pattern in self.patterns):
                found |= self._read(name, doing=f"reading the {self.name} {name}")
        return {name: found[name] for name in names if name in found}

    def write(self, name: str, body: Body, mark: Mapping[str, Any], installed: Body | None) -> None:
        """Write the object with its mark, and once more where the server keeps another form of it than ours."""
        del installed
        self.put(name, self.marked(body, mark))
        stored = self.get(name)
        if stored is not None and self.mark(stored):
            kept_as = hashed(self.canonical(stored))
            if kept_as != mark["hash"]:
                self.put(name, self.marked(body, {**mark, "stored_as": kept_as}))

    def changes(self, installed: Body | None, wanted: Body) -> tuple[Any, Any]:
        return None if installed is None else self.canonical(installed), self.canonical(wanted)

    def restorable(self, body: Body) -> Body:
        return body

    def put(self, name: str, body: Body) -> None:
        """Create or replace the object."""
        self._send("PUT", name, body=body, doing=f"installing the {self.name} {name}")

    def delete(self, name: str) -> None:
        self._send("DELETE", name, doing=f"deleting the {self.name} {name}")

    def obstacle(self, name: str, installed: Body | None) -> str:
        del name, installed
        return ""

    def mark(self, body: Body) -> Body:
        return dict(body.get(_MARK) or {})

    def marked(self, body: Body, mark: Mapping[str, Any]) -> Body:
        """Return the body with a mark."""
        return {**body, _MARK: {**self._description(body), **mark}}

    def canonical(self, body: Body) -> Any:
        raise NotImplementedError

    def _read(self, expression: str, *, doing: str) -> dict[str, Body]:
        """Return name → object, as it would be written, for a name or a pattern; empty when there is none."""
        answer = self._send("GET", expression, doing=doing)
        return {} if answer is None else self._written_forms(answer)

    def _written_forms(self, answer: Body) -> dict[str, Body]:
        raise NotImplementedError

    @staticmethod
    def _description(body: Body) -> Body:
        """Return the asset's description for people."""
        return {key: value for key, value in (body.get(_MARK) or {}).items() if key == "description"}

    def _send(self, method: str, name: str, *, doing: str, body: Body | None = None, action: str = "") -> Body | None:
        """Send one request; None when there is no such object."""
        headers = {"accept": "application/json"} | ({"content-type": "application/json"} if body is not None else {})
        with translated(doing):
            client = self._client.options(ignore_status=404 if method == "GET" else ())
            response = client.perform_request(method, f"{self.path}/{name}{action}", headers=headers, body=body)
        return None if response.meta.status == 404 else dict(response.body)  # noqa: PLR2004  # HTTP's own number


class Policy(_Rest):
    """An index lifecycle policy."""

    name = "policy"
    plural = "policies"
    path = "/_ilm/policy"
    patterns = ("model-logs-*",)

    def _written_forms(self, answer: Body) -> dict[str, Body]:
        return {name: {"policy": found["policy"]} for name, found in answer.items()}

    def canonical(self, body: Body) -> Any:
        return plain(without_keys(body["policy"], _MARK))

    def mark(self, body: Body) -> Body:
        return dict(body["policy"].get(_MARK) or {})

    def marked(self, body: Body, mark: Mapping[str, Any]) -> Body:
        return {"policy": {**body["policy"], _MARK: {**self._description(body["policy"]), **mark}}}


class _Template(_Rest):
    """The common part of component and index templates: settings, mappings, aliases, dates that the server adds."""

    _response_key = ""
    _item_key = ""
    _added = ("created_date", "created_date_millis", "modified_date", "modified_date_millis")

    def _written_forms(self, answer: Body) -> dict[str, Body]:
        return {item["name"]: without_keys(item[self._item_key], *self._added) for item in answer[self._response_key]}

    def canonical(self, body: Body) -> Any:
        template = dict(body.get("template") or {})
        if settings := template.get("settings"):
            template["settings"] = flat_settings(settings)
        rest = without_keys(body, _MARK, "template", *self._added)
        if "data_stream" in body:
            # The server writes out what a data stream is not.
            rest["data_stream"] = {key: value for key, value in body["data_stream"].items() if value}
        return plain({**rest, "template": without_keys(template)})


class ComponentTemplate(_Template):
    """A building block of index templates."""

    name = "component template"
    plural = "component templates"
    patterns = ("model-logs-*",)
    path = "/_component_template"
    _response_key = "component_templates"
    _item_key = "component_template"


class IndexTemplate(_Template):
    """An index template: a new data stream or backing index is made from it."""

    name = "index template"
    plural = "index templates"
    patterns = ("logs-model.*", "metrics-model.*", "model-logs-*")
    path = "/_index_template"
    _response_key = "index_templates"
    _item_key = "index_template"


class Lookup(_Rest):
    """A lookup index. Its documents are data: it is never replaced, its mapping only grows."""

    name = "lookup index"
    path = ""

    def find(self, names: Collection[str]) -> dict[str, Body]:
        """Return those that exist; they are few, so their names stand in one request."""
        several = f"{','.join(names)}?ignore_unavailable=true"
        return self._read(several, doing=f"reading the lookup indices {', '.join(names)}") if names else {}

    def _written_forms(self, answer: Body) -> dict[str, Body]:
        return {name: self._chosen(index) for name, index in answer.items()}

    @staticmethod
    def _chosen(index: Body) -> Body:
        settings = flat_settings(index["settings"])
        chosen = {key: settings[key] for key in ("index.mode", "index.auto_expand_replicas") if key in settings}
        return {"settings": chosen, "mappings": index["mappings"]}

    def canonical(self, body: Body) -> Any:
        return plain({"settings": flat_settings(body["settings"]), "mappings": without_keys(body["mappings"], _MARK)})

    def mark(self, body: Body) -> Body:
        return dict(body["mappings"].get(_MARK) or {})

    def marked(self, body: Body, mark: Mapping[str, Any]) -> Body:
        mappings = {**body["mappings"], _MARK: dict(mark)}
        return {"settings": body["settings"], "mappings": mappings}

    def obstacle(self, name: str, installed: Body | None) -> str:
        mode = installed["settings"].get("index.mode") if installed else "lookup"
        if mode == "lookup":
            return ""
        return f"an index {name} exists that queries cannot join with (index.mode {mode or 'standard'}): delete it"

    def put(self, name: str, body: Body) -> None:
        if self.get(name) is None:
            super().put(name, body)
            return
        doing = f"extending the lookup index {name}"
        settings = flat_settings(body["settings"])
        self._send("PUT", name, action="/_mapping", body=body["mappings"], doing=doing)
        self._send("PUT", name, action="/_settings", body=without_keys(settings, "index.mode"), doing=doing)


class Memory(Lookup):
    """An index that programs of ours made while they ran. It is never planned or applied, only removed."""

    name = "index"


class DataStream(_Rest):
    """A data stream: it exists or it does not; its settings come from its index template.

    Its body says which template it uses and which version of it the write index was made from.
    """

    name = "data stream"
    plural = "data streams"
    path = "/_data_stream"
    patterns = ("logs-model.*,metrics-model.*",)

    def find(self, names: Collection[str]) -> dict[str, Body]:
        pattern = self.patterns[0]
        found = self._read(pattern, doing=f"reading the {self.plural} {pattern}")
        return {name: found[name] for name in names if name in found}

    def _written_forms(self, answer: Body) -> dict[str, Body]:
        streams = answer["data_streams"]
        if not streams:
            return {}
        # Only the marks are asked for: a year of backing indices has many mappings, and each is long.
        with translated("reading what the data streams were made from"):
            mappings = self._client.indices.get_mapping(
                index=self.patterns[0], expand_wildcards="all", filter_path=f"*.mappings.{_MARK}"
            ).body
        found = {}
        for stream in streams:
            mark = mappings.get(stream["indices"][-1]["index_name"], {}).get("mappings", {}).get(_MARK, {})
            found[stream["name"]] = {"template": stream.get("template"), MADE_FROM: mark.get(MADE_FROM)}
        return found

    def obstacle(self, name: str, installed: Body | None) -> str:
        if installed is not None or name not in self._taken:
            return ""
        return f"an index or alias {name} exists, so no data stream can: reindex and delete it"

    @cached_property
    def _taken(self) -> frozenset[str]:
        """The names of indices and aliases under our patterns, asked for once, when a stream is missing."""
        with translated("looking for indices under the names of data streams"):
            found = self._client.indices.resolve_index(name=self.patterns[0], expand_wildcards="all").body
        return frozenset(each["name"] for each in [*found["indices"], *found["aliases"]])

    def put(self, name: str, body: Body) -> None:
        del body
        self._send("PUT", name, doing=f"creating the data stream {name}")

    def canonical(self, body: Body) -> Any:
        return plain(body)

    def rollover(self, name: str) -> str:
        """Give the stream a new write index, made from the template of today, and return the index's name."""
        with translated(f"rolling over {name}"):
            return str(self._client.indices.rollover(alias=name).body["new_index"])
