"""Documents of ours in the cluster: their ids, and dotted names of fields as a tree."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["id_of", "nested"]

# Elasticsearch takes no longer id.
_LONGEST_ID = 512


def id_of(key: str) -> str:
    """Return the id of the document about a key: the key itself, or a hash where it is too long for an id."""
    return key if len(key.encode()) <= _LONGEST_ID else f"sha256-{sha256(key.encode()).hexdigest()}"


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return dotted names as a tree."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        inner = tree
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return tree
