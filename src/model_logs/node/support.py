"""The node's abilities, each with the owner of its code, from `support.yml`: for the terminal and the docs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model_logs import assets
from model_logs.files.reading import read_yaml

__all__ = ["Support", "markdown", "render_support_table", "support"]

WHOSE = {"elastic": "Elastic's code", "ours": "ours", "absent": "absent"}

_DOCUMENTS = ("README.md", "docs/node.md")
_BEGIN = "<!-- Generated from src/model_logs/node/support.yml by `make generate`: do not edit. -->\n"
_END = "<!-- End of what is generated. -->\n"


@dataclass(frozen=True)
class Support:
    """One row of the table.

    Attributes:
        what: A group of features.
        whose: `elastic`, `ours` or `absent`.
        note: What one should know; may be empty.
    """

    what: str
    whose: str
    note: str = ""


def support() -> list[Support]:
    """Return the rows, in the order of the file."""
    return [Support(**row) for row in read_yaml(Path(__file__).with_name("support.yml"), schema="support")]


def markdown() -> str:
    """Return the table as Markdown."""
    rows = [f"| {_escaped(row.what)} | {WHOSE[row.whose]} | {_escaped(row.note)} |" for row in support()]
    return "\n".join(["| What | Whose | Note |", "|---|---|---|", *rows]) + "\n"


def render_support_table() -> dict[str, str]:
    """Return the documents that hold the table between its two marks, with the current table in it."""
    files = {}
    for name in _DOCUMENTS:
        text = (assets.root() / name).read_text(encoding="utf-8")
        before, begin, rest = text.partition(_BEGIN)
        _, end, after = rest.partition(_END)
        if begin and end:
            files[name] = f"{before}{begin}\n{markdown()}\n{end}{after}"
    return files


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("_", "\\_")
