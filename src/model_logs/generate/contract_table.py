"""Renders `src/model_logs/tables/contract.py`: the contract as literals, for code that must not read YAML."""

from __future__ import annotations

from typing import Any

from model_logs import contract
from model_logs.generate.literal import Code, assignment

__all__ = ["render_contract_table"]

_PATH = "src/model_logs/tables/contract.py"
_HEAD = '''\
# Generated from mappings/contract.yml by `python -m model_logs.generate`: change that file, not this one.
"""The event contract as plain literals: what the logger and the shipper check values against.

Nothing is decided here and nothing is imported. What the names mean stands in `mappings/contract.yml`.
"""

'''
_NOTES = {
    "FIELDS": "Field → type, lowest, highest, the only values taken, several values allowed.",
    "OBJECTS": "Fields with names of the user's own below them → the type of their values.",
    "MOST_NAMES": "Of those: how many names one event may have there.",
    "LONGEST_VALUE": "Of objects of values: how many characters a keyword may have there.",
    "STREAMS": "Event type → the kind of data stream it goes to.",
    "ATTESTED": "Event types on which the shipper says whether they came by the road of registries and gates.",
    "UNKNOWN_TYPE_STREAM": "Where a type that is not above goes.",
    "CARRIES_ANY": "The fields that a caller may set on every type, the user's own included.",
    "CARRIES": "Event type → the fields that a caller may set on it.",
    "REQUIRED_ANY": "The fields that must stand on every type, the user's own included.",
    "REQUIRED": "Event type → the fields that must stand on it.",
    "KEYWORDS": "Python keyword → the field that it sets.",
    "ALIASES": "Other name → the field. An alias can be queried and never written.",
}


def render_contract_table() -> dict[str, str]:
    """Return the module's path and text."""
    loaded = contract.load_contract()
    stored = [f for f in loaded.fields.values() if f.type != "alias"]
    called = [f for f in stored if f.set_by == "caller"]
    any_type = tuple(f.name for f in called if f.everywhere)
    required_any = tuple(f.name for f in called if f.required_everywhere)
    tables: dict[str, tuple[str, Any]] = {
        "FIELDS": (
            "dict[str, tuple[str, float | None, float | None, frozenset[str] | None, bool]]",
            {f.name: (f.type, f.low, f.high, frozenset(f.values) if f.values else None, f.list) for f in stored},
        ),
        "OBJECTS": ("dict[str, str]", {f.name: f.of for f in stored if f.type == "object"}),
        "MOST_NAMES": ("dict[str, int]", {f.name: f.most for f in stored if f.type == "object"}),
        "LONGEST_VALUE": ("dict[str, int]", {f.name: f.longest for f in stored if f.longest}),
        "STREAMS": ("dict[str, str]", {t.name: t.stream for t in loaded.event_types.values()}),
        "ATTESTED": ("frozenset[str]", frozenset(loaded.fields["attested"].on)),
        "UNKNOWN_TYPE_STREAM": ("str", loaded.unknown_type_stream),
        "CARRIES_ANY": ("tuple[str, ...]", any_type),
        "CARRIES": (
            "dict[str, tuple[str, ...]]",
            {
                t: (Code("*CARRIES_ANY"), *(f.name for f in called if t in f.on and not f.everywhere))
                for t in loaded.event_types
            },
        ),
        "REQUIRED_ANY": ("tuple[str, ...]", required_any),
        "REQUIRED": (
            "dict[str, tuple[str, ...]]",
            {
                t: (Code("*REQUIRED_ANY"), *(f.name for f in called if t in f.required and not f.required_everywhere))
                for t in loaded.event_types
            },
        ),
        "KEYWORDS": ("dict[str, str]", {f.keyword: f.name for f in called}),
        "ALIASES": ("dict[str, str]", {f.name: f.alias_of for f in loaded.fields.values() if f.alias_of}),
    }
    body = "\n".join(
        f"# {_NOTES[name]}\n{assignment(name, annotation, value)}" for name, (annotation, value) in tables.items()
    )
    return {_PATH: _HEAD + body}
