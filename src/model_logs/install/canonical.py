"""The canonical form of an object, ours or the server's, so that the two can be compared and hashed.

A server returns settings nested, numbers as text, defaults that nobody set and dates of its own. Here all of that is
put aside. It compares values, never meaning: `1d` and `24h` differ.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from typing import Any

__all__ = ["difference", "flat_settings", "hashed", "plain", "without_keys"]


def plain(value: Any) -> Any:
    """Return the value with every number and boolean as the text that Elasticsearch makes of it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if value is None or isinstance(value, str) else str(value)


def flat_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return index settings by their full dotted names, each beginning with `index.`."""
    flat: dict[str, Any] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(f"{prefix}.{key}" if prefix else key, item)
        else:
            flat[prefix if prefix.startswith("index.") else f"index.{prefix}"] = value

    walk("", settings)
    return flat


def without_keys(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return a copy without these keys, and without what is then empty or was never set."""
    return {key: item for key, item in value.items() if key not in keys and item not in (None, {}, [])}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2)


def hashed(value: Any) -> str:
    """Return a hash of a canonical body."""
    return hashlib.sha256(_text(value).encode()).hexdigest()


def difference(name: str, installed: Any, wanted: Any) -> str:
    """Return a unified diff of two canonical bodies, empty when they are equal."""
    lines = difflib.unified_diff(
        [] if installed is None else _text(installed).splitlines(),
        [] if wanted is None else _text(wanted).splitlines(),
        fromfile=f"{name} (installed)",
        tofile=f"{name} (wanted)",
        lineterm="",
        n=2,
    )
    return "\n".join(lines)
