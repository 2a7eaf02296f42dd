"""Renders `mappings/generated/`: component templates, index templates and lookup indices, as they are sent.

What is in them stands in `mappings/contract.yml` (the fields) and `mappings/settings.yml` (the settings); here is
only the shape of the requests.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs import assets, contract
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_logs.contract import Contract, EventField, IndexFamily, LookupIndex

__all__ = ["render_templates"]

_FOLDER = "mappings/generated"
_GENERATED = "mappings/contract.yml and mappings/settings.yml by `python -m model_logs.generate`: change those"
MAPPINGS = "model-logs-mappings"
SETTINGS = "model-logs-settings"
METRICS_MAPPINGS = "model-logs-node-mappings"
_REFUSES_MALFORMED = frozenset({"date", "float", "integer", "long", "byte", "boolean"})


def render_templates() -> dict[str, str]:
    """Return path → text of every template."""
    loaded = contract.load_contract()
    settings = read_yaml(assets.path("mappings/settings.yml"), schema="settings")
    bodies = (
        _components(loaded, settings)
        | _index_templates(loaded, settings)
        | _index_families(loaded, settings)
        | _lookups(loaded, settings)
    )
    return {f"{_FOLDER}/{path}.json": _text(body) for path, body in bodies.items()}


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps({"_meta": {"generated_from": _GENERATED}, **body}, indent=2, ensure_ascii=False) + "\n"


def _components(loaded: Contract, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    common = {
        "settings": _nested(settings["data_streams"]),
        "data_stream_options": {
            "failure_store": {
                "enabled": True,
                "lifecycle": {"enabled": True, "data_retention": settings["failure_store_retention"]},
            }
        },
    }
    bodies: dict[str, dict[str, Any]] = {
        MAPPINGS: {"mappings": _mappings(loaded.fields.values(), settings)},
        METRICS_MAPPINGS: {"mappings": _mappings(loaded.metrics_stream.fields.values(), settings)},
        SETTINGS: common,
    }
    for component, policy in _policies(loaded).items():
        bodies[component] = {"settings": _nested({"index.lifecycle.name": policy})}
    for each in loaded.data_classes.values():
        # Behind the common settings in each template, so its retention of what was refused wins.
        refused = {"enabled": True, "lifecycle": {"enabled": True, "data_retention": each.failure_store_retention}}
        for stream in each.policies.keys() & loaded.streams.keys():
            bodies[contract.policy_component(stream, data_class=each.name)] = {
                "settings": _nested({"index.lifecycle.name": each.policies[stream]}),
                "data_stream_options": {"failure_store": refused},
            }
    return {
        f"component_template/{name}": {"version": loaded.version, "template": body} for name, body in bodies.items()
    }


def _policies(loaded: Contract) -> dict[str, str]:
    """Return component template → the policy that it names."""
    streams = loaded.streams.values()
    policies = {contract.policy_component(stream.name): stream.policy for stream in streams}
    busy = {
        contract.policy_component(stream.name, busy=True): stream.busy_policy
        for stream in streams
        if stream.busy_policy
    }
    return policies | busy | {contract.policy_component("node"): loaded.metrics_stream.policy}


def _index_templates(loaded: Contract, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    of_streams: dict[str, tuple[list[str], dict[str, Any]]] = {
        f"logs-{stream.dataset}": (
            [MAPPINGS, SETTINGS, contract.policy_component(stream.name)],
            {settings["alias"]: {}},
        )
        for stream in loaded.streams.values()
    }
    metrics = loaded.metrics_stream.name.rpartition("-")[0]
    of_metrics: dict[str, tuple[list[str], dict[str, Any]]] = {
        metrics: ([METRICS_MAPPINGS, SETTINGS, contract.policy_component("node")], {})
    }
    return {
        f"index_template/{name}": {
            "version": loaded.version,
            "index_patterns": [f"{name}-*"],
            "priority": settings["priority"],
            "allow_auto_create": settings["allow_auto_create"],
            "data_stream": {},
            "composed_of": [*components, f"{name}@custom"],
            "ignore_missing_component_templates": [f"{name}@custom"],
            "template": {"aliases": aliases} if aliases else {},
        }
        for name, (components, aliases) in (of_streams | of_metrics).items()
    }


def _index_families(loaded: Contract, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"index_template/{family.name}": {
            "version": loaded.version,
            "index_patterns": [f"{family.name}-*"],
            "priority": settings["priority"],
            "composed_of": [f"{family.name}@custom"],
            "ignore_missing_component_templates": [f"{family.name}@custom"],
            "template": {
                "settings": _nested(settings["indices"] | {"index.lifecycle.name": family.policy}),
                # As with the lookup indices: a name that is not in the contract is a mistake of ours.
                "mappings": {
                    "dynamic": "strict",
                    "properties": _properties(family.fields.values(), settings, logsdb=False),
                },
            },
        }
        for family in loaded.indices.values()
    }


def _lookups(loaded: Contract, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    # A family's own name is an index that stays empty: queries know its fields before its first row is there.
    described: list[LookupIndex | IndexFamily] = [*loaded.lookups.values(), *loaded.indices.values()]
    return {
        f"lookup/{lookup.name}": {
            "settings": _nested(settings["lookups"]),
            # Only our own commands write here, so a name that is not in the contract is a mistake of ours.
            "mappings": {
                "dynamic": "strict",
                "properties": _properties(lookup.fields.values(), settings, logsdb=False),
            },
        }
        for lookup in described
    }


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in the form in which the API describes them and the server gives them back."""
    result: dict[str, Any] = {}
    for name, value in settings.items():
        *parents, leaf = name.split(".")
        at = result
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return result


def _mappings(fields: Iterable[EventField], settings: Mapping[str, Any]) -> dict[str, Any]:
    fields = list(fields)
    templates = [
        {
            field.name: {
                "path_match": f"{field.name}.*",
                "match_mapping_type": "*",
                "mapping": _mapping(field.of, settings["label_ignore_above"]),
            }
        }
        for field in fields
        if field.of and field.index
    ]
    return {
        "dynamic": "false",
        "date_detection": False,
        **({"dynamic_templates": templates} if templates else {}),
        "properties": _properties(fields, settings),
    }


def _properties(fields: Iterable[EventField], settings: Mapping[str, Any], *, logsdb: bool = True) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for field in fields:
        *parents, leaf = field.name.split(".")
        at = properties
        for parent in parents:
            at = at.setdefault(parent, {"properties": {}})["properties"]
        at[leaf] = _property(field, settings)
        if not logsdb:
            # Refusing is the default there, and the server does not repeat a default.
            at[leaf].pop("ignore_malformed", None)
    return properties


def _property(field: EventField, settings: Mapping[str, Any]) -> dict[str, Any]:
    if field.alias_of:
        return {"type": "alias", "path": field.alias_of}
    if field.type == "object" and not field.index:
        # For reading only: names of the user's own stay out of the mapping, however many there are.
        return {"type": "object", "enabled": False}
    if field.type == "object":
        mapped = {name: _mapping(field.of or "", settings["label_ignore_above"]) for name in field.mapped}
        own = {"type": "object", "dynamic": "true", "subobjects": "false"}
        return own | {"properties": mapped} if mapped else own
    if field.type == "keyword" and not field.index:
        # Only for reading: nothing of it becomes a term, so its length has no limit.
        return {"type": "keyword", "index": False, "doc_values": False, "ignore_above": 2**31 - 1}
    mapping = _mapping(field.type, settings["ignore_above"])
    return mapping if field.index else mapping | {"index": False}


def _mapping(kind: str, ignore_above: int) -> dict[str, Any]:
    if kind == "keyword":
        return {"type": "keyword", "ignore_above": ignore_above}
    if kind in _REFUSES_MALFORMED:
        # logsdb would take a value of the wrong type and hide it in _ignored.
        return {"type": kind, "ignore_malformed": False}
    return {"type": kind}
