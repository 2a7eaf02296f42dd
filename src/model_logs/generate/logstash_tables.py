"""Renders `pipelines/generated/`: the contract and the secret patterns as JSON, for the Ruby scripts of Logstash.

Deployments copy `pipelines/` alone, so what the scripts need from `mappings/` lies there, and JSON has no comments or
anchors that two readers could take differently.
"""

from __future__ import annotations

import json
from typing import Any

from model_logs import contract
from model_logs.generate import redaction_rules

__all__ = ["render_logstash_tables"]

_FOLDER = "pipelines/generated"


def render_logstash_tables() -> dict[str, str]:
    """Return the paths and texts of both files."""
    return {f"{_FOLDER}/contract.json": _text(_contract()), f"{_FOLDER}/redaction.json": _text(_redaction())}


def _contract() -> dict[str, Any]:
    loaded = contract.load_contract()
    stored = [field for field in loaded.fields.values() if field.type != "alias"]
    said = [
        field for field in stored if field.set_by != "shipper" and field.type != "object" and field.name != "tags"
    ]
    rules = {
        field.name: {
            "type": field.type,
            "low": field.low,
            "high": field.high,
            "values": sorted(field.values) if field.values else None,
        }
        for field in said
    }
    return {
        "generated": "from mappings/contract.yml by `make generate`: change that file, not this one",
        "fields": {
            name: {key: value for key, value in rule.items() if value is not None} for name, rule in rules.items()
        },
        "objects": {field.name: field.of for field in stored if field.type == "object"},
        "most_names": {field.name: field.most for field in stored if field.type == "object"},
        "longest_value": {field.name: field.longest for field in stored if field.longest},
        # What a line writes under data_stream becomes labels, as all that is not a line's to set.
        "by_shipper": [f.name for f in stored if f.set_by == "shipper" and not f.name.startswith("data_stream.")],
        "aliases": {field.name: field.alias_of for field in loaded.fields.values() if field.alias_of},
        "streams": {kind.name: kind.stream for kind in loaded.event_types.values()},
        "attested": sorted(loaded.fields["attested"].on),
        "unknown_type_stream": loaded.unknown_type_stream,
    }


def _redaction() -> dict[str, Any]:
    rules = redaction_rules.load_redaction_rules()
    return {
        "generated": "from mappings/redaction.yml by `make generate`: change that file, not this one",
        "replacement": rules.replacement,
        "fields": rules.fields,
        "names": rules.names,
        "unless": rules.unless,
        "patterns": [
            {"name": p.name, "marks": p.marks, "needs": p.needs, "gate": p.gate, "regex": p.regex, "put": p.put}
            for p in rules.patterns
        ],
    }


def _text(value: dict[str, Any]) -> str:
    """Return JSON with one line for each entry of the second level: short, and a change shows as its own line."""
    parts = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            body = ",\n".join(f"    {_line(name)}: {_line(item)}" for name, item in inner.items())
            parts.append(f"  {_line(key)}: {{\n{body}\n  }}")
        else:
            parts.append(f"  {_line(key)}: {_line(inner)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
