"""Renders `src/model_logs/_redaction_table.py`: what a secret looks like, for code that must not read YAML."""

from __future__ import annotations

from typing import Any

from model_logs import assets
from model_logs._generate.literal import assignment
from model_logs.reading import read_yaml

__all__ = ["render"]

_PATH = "src/model_logs/_redaction_table.py"
_HEAD = '''\
# Generated from mappings/redaction.yml by `python -m model_logs.generate`: change that file, not this one.
"""What a secret looks like, as plain literals; why, stands in `mappings/redaction.yml`."""

'''
_NOTES = {
    "REPLACEMENT": "What stands where a secret stood.",
    "FIELDS": "The fields whose text is looked through, beside the values of all labels.",
    "NAMES": "A label called so, or ending so after a dot, dash or underscore, is replaced whole.",
    "PATTERNS": "Name; one of these must stand in the lower-cased text; expression, whose group, if any, is kept.",
}


def render() -> dict[str, str]:
    """Return the module's path and text."""
    read = read_yaml(assets.path("mappings/redaction.yml"))
    tables: dict[str, tuple[str, Any]] = {
        "REPLACEMENT": ("str", read["replacement"]),
        "FIELDS": ("tuple[str, ...]", tuple(read["fields"])),
        "NAMES": ("tuple[str, ...]", tuple(read["names"])),
        "PATTERNS": (
            "tuple[tuple[str, tuple[str, ...], str], ...]",
            tuple((p["name"], tuple(p["needs"]), p["regex"]) for p in read["patterns"]),
        ),
    }
    body = "\n".join(
        f"# {_NOTES[name]}\n{assignment(name, annotation, value)}" for name, (annotation, value) in tables.items()
    )
    return {_PATH: _HEAD + body}
