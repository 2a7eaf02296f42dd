"""The code blocks of a page: what language each is in, and whether and why it is not run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FENCE", "Block", "blocks"]

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>[^>]+) -->\s*\Z")
_NAMED = re.compile(r"# (?P<name>[\w.-]+\.py)\n")


@dataclass(frozen=True)
class Block:
    """One block of a page.

    Attributes:
        line: The line of the page on which it begins.
        language: The language that it says it is in.
        body: Its lines.
        reason: Why it is not run; empty where it is.
    """

    line: int
    language: str
    body: str
    reason: str

    @property
    def name(self) -> str:
        """The name under which a reader saves it, which a first line `# name.py` says; empty without one."""
        named = _NAMED.match(self.body)
        return named["name"] if named else ""

    @property
    def commands(self) -> str:
        """The lines that a shell is given."""
        if self.language == "python":
            name = self.name or "example.py"
            return f"cat > {name} <<'END OF FILE'\n{self.body}END OF FILE\npython {name}\n"
        if self.language == "console":
            return _of_console(self.body)
        return self.body


def _of_console(body: str) -> str:
    """Return the lines after `$ `, with the lines that continue them."""
    kept, goes_on = [], False
    for line in body.splitlines():
        if goes_on or line.startswith("$ "):
            kept.append(line if goes_on else line[2:])
            goes_on = line.endswith("\\")
    return "\n".join(kept) + "\n"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page of Markdown, from top to bottom."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        marker = _NOT_RUN.search(text[: fence.start()])
        line = text.count("\n", 0, fence.start()) + 1
        body = re.sub(f"^{fence['indent']}", "", fence["body"], flags=re.MULTILINE)
        found.append(Block(line, fence["language"], body, marker["reason"].strip() if marker else ""))
    return found
