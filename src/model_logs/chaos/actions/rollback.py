"""The rollback that every experiment ends with: whatever is still on is undone."""

from __future__ import annotations

from typing import Any

from model_logs.chaos.faults import undo_all

__all__ = ["undo"]


def undo() -> dict[str, Any]:
    """Undo every fault that is still on; there is none where the actions ended by themselves."""
    return {"undone": undo_all()}
