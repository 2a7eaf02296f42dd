"""The pages of the documentation: their code blocks, and a run of all commands of a page in their order.

Blocks of a page share one folder and one shell environment, as a reader's do. A block that cannot run here says why
in a comment on the line before it: `<!-- not run: reason -->`. In a `console` block lines with `$ ` are commands and
the others what they print, which is not compared. A Python block whose first line is `# name.py` is saved so.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FENCE", "PAGES", "ROOT", "RUN", "Block", "blocks", "name_of", "pages_of", "run_page"]

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RUN = {"console", "bash", "sh", "python"}
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


def name_of(page: Path) -> str:
    """Return the path of a page below the checkout."""
    return str(page.relative_to(ROOT))


def pages_of(*shelves: str) -> list[Path]:
    """Return the pages with commands that stand on some shelves; each page stands on one."""
    return [page for page in PAGES if _shelf(page) in shelves and _runnable(page)]


def _shelf(page: Path) -> str:
    if page.parent != ROOT / "docs":
        return "front" if page.parent == ROOT else "recipes"
    if page.name == "tutorial.md":
        return "front"
    return "a-d" if page.name < "e" else "e-z"


def _runnable(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language in RUN and not block.reason]


def run_page(page: Path, url: str, folder: Path, nodes: Path) -> None:
    """Run all commands of a page.

    Args:
        page: Its file.
        url: Of the cluster that its commands ask.
        folder: An empty one.
        nodes: Where nodes that it starts may write.
    """
    script = ["set -euo pipefail"]
    for block in _runnable(page):
        script += [f"echo '--- {page.name}, line {block.line}' >&2", block.commands]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MODEL_LOGS_URL": url,
        "MODEL_LOGS_NODE_HOME": str(nodes / f"node-of-{page.stem}"),
        "XDG_STATE_HOME": str(folder / "state"),
        "NO_COLOR": "1",
    }
    reader = folder / "reader"
    reader.mkdir()
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=reader,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
