"""Ids of changes that follow from the change itself, so that whoever finds it gives it the same id."""

from __future__ import annotations

import hashlib

__all__ = ["change_id"]


def change_id(registry: str, workspace: str | None, event_type: str, *parts: object) -> str:
    """Return the id of a change.

    Args:
        registry: The registry.
        workspace: Its workspace; None where it has none.
        event_type: Of the contract.
        parts: What tells this change from all others: the model, the version, the registry's own time of it.
    """
    said = "\0".join(("" if part is None else str(part)) for part in (registry, workspace, event_type, *parts))
    return f"{registry}-{hashlib.sha256(said.encode()).hexdigest()[:40]}"
