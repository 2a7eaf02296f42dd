"""Small things about documents that several parts write: how a moment stands in them, and dotted names as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["iso", "nested"]


def iso(moment: datetime) -> str:
    """Return a moment as the events have it: UTC, milliseconds, Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
