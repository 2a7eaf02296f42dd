"""Title and first steps of a runbook, in a form that programs can use.

Messages carry the first steps, so that whoever is told at night can begin before opening a page; Kibana gets the
whole text as the rule's investigation guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from model_logs.errors import AssetError
from model_logs.files.reading import read_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ESCALATION", "SECTIONS", "first_steps", "runbook_text", "sections"]

ESCALATION = "Escalation"
# Every runbook has these, in this order.
SECTIONS = (
    "First steps",
    "What recovers by itself",
    "What to do",
    ESCALATION,
    "How to verify",
    "How to silence",
)

_ITEM = re.compile(r"^(?:\d+\.|-) +", re.MULTILINE)


def runbook_text(file: Path) -> str:
    """Return the runbook.

    Raises:
        AssetError: The file is missing or no text.
    """
    return read_text(file, next_step="Write the runbook, or correct `runbook` in the rule.")


def sections(file: Path) -> dict[str, str]:
    """Return heading → text of the second-level sections, in order."""
    parts = re.split(r"^## +(.+)$", runbook_text(file), flags=re.MULTILINE)
    return {heading.strip(): body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def first_steps(file: Path) -> tuple[str, ...]:
    """Return the numbered items of *First steps*, each in one line.

    Raises:
        AssetError: There are none.
    """
    body = sections(file).get(SECTIONS[0], "")
    items = [" ".join(item.split()) for item in _ITEM.split(body)[1:]]
    if not items:
        raise AssetError(
            f"The runbook {file} has no numbered steps under `## {SECTIONS[0]}`.",
            next_step="Write them: notifications contain them.",
        )
    return tuple(items)
