"""Renders the schemas whose facts stand in Python: that of the configuration file, and that of the channels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs import channels, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.settings import Setting

__all__ = ["render_schemas"]

_VARIABLE = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}"
# In a file of YAML a number may stand where text is meant, and ${NAME} where a number is.
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": ["string", "number", "null"]},
    "number": {
        "type": ["number", "string", "null"],
        "exclusiveMinimum": 0,
        "pattern": rf"^\s*([0-9]+(\.[0-9]+)?|{_VARIABLE})\s*$",
        "patternErrorMessage": "write a number above 0",
    },
    "list": {"type": ["array", "string", "number", "null"], "items": {"type": ["string", "number"]}},
}


def render_schemas() -> dict[str, str]:
    """Return path → text of each schema."""
    return {
        "schemas/configuration.json": _text("src/model_logs/settings.py", _configuration()),
        "schemas/channels.json": _text("the registry of channels", _channels()),
    }


def _text(source: str, schema: Mapping[str, Any]) -> str:
    head = {
        "$comment": f"Generated from {source} by `python -m model_logs.generate`: change that, not this file.",
        "$schema": "http://json-schema.org/draft-07/schema#",
    }
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def _channels() -> dict[str, Any]:
    return {"title": "Channel", "description": "A channel of messages.", "enum": list(channels.named())}


def _configuration() -> dict[str, Any]:
    return {
        "title": "Configuration",
        "description": (
            "The configuration of elk-bootstrap and model-logs: model-logs.yml in the current folder, or the file"
            " that MODEL_LOGS_CONFIG names. An option wins over an environment variable, which wins over this file."
            " ${NAME} is taken from the environment, and ${NAME:default} where it may be missing."
            " Keep no secret in it."
        ),
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            section: {
                "type": ["object", "null"],
                "description": about,
                "additionalProperties": False,
                "properties": {each.name: _setting(each) for each in settings.SETTINGS if each.section == section},
            }
            for section, about in settings.SECTIONS.items()
        },
    }


def _setting(each: Setting) -> dict[str, Any]:
    said = [each.meaning, f"Variable: {' or '.join(each.asked)}."]
    if each.default:
        said.append(f"Default: {each.default}.")
    if each.secret:
        said.append("A secret: it belongs into the variable.")
    return {**_KINDS[each.kind], **({"writeOnly": True} if each.secret else {}), "description": " ".join(said)}
