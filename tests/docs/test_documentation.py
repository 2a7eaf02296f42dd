"""Documentation is run: every block of commands and of Python in README.md and docs/, in the order of the page.

Blocks of a page share one folder and one shell environment, as a reader's do. A block that cannot run here says why
in a comment on the line before it: `<!-- not run: reason -->`. In a `console` block lines with `$ ` are commands and
the others what they print, which is not compared. A Python block whose first line is `# name.py` is saved so.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.documentation import FENCE, Block, blocks

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RUN = {"console", "bash", "sh", "python"}
SHOWN = {"", "text", "json", "yaml", "yml", "esql", "ini", "toml", "mermaid", "dockerfile", "java", "ruby", "conf"}


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_block_says_what_it_is(page: Path) -> None:
    for block in blocks(page):
        assert block.language in RUN | SHOWN, f"{page.name}:{block.line}: {block.language} is neither run nor shown"
        if block.language == "console" and not block.reason:
            assert block.body.startswith("$ "), f"{page.name}:{block.line}: a console block begins with a command"


def _runnable(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language in RUN and not block.reason]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if _runnable(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_command_of_a_page_runs(page: Path, clean_es: Elasticsearch, es_url: str, tmp_path: Path) -> None:
    del clean_es  # so that what the page installs is what it uses
    script = ["set -euo pipefail"]
    for block in _runnable(page):
        script += [f"echo '--- {page.name}, line {block.line}' >&2", block.commands]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MODEL_LOGS_URL": es_url,
        "MODEL_LOGS_NODE_HOME": str(tmp_path / "node"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "NO_COLOR": "1",
    }
    folder = tmp_path / "reader"
    folder.mkdir()
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_the_readme_begins_with_a_picture_and_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [
        line[2:] for block in blocks(ROOT / "README.md") for line in block.body.splitlines() if line.startswith("$ ")
    ]
    assert commands[:2] == ["make demo", "make test"]
    picture = re.search(r'src="(docs/images/[^"]+)"', text)
    assert picture
    # Within the first screen: nobody scrolls to find out what something is.
    assert text.count("\n", 0, picture.start()) < 30


def test_the_first_screen_shows_three_figures_as_they_were_measured_last() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    figures = re.findall(r"^\| [^|]+ \| \*\*[^|]+\]\((docs/[a-z]+\.md)[^|]*\) \|$", text, re.MULTILINE)
    assert figures == ["docs/benchmarks.md", "docs/proof.md", "docs/benchmarks.md"]
    # `python -m model_logs.generate --check` compares the figures themselves.
    assert "docs/proof.json by `make generate`" in text


def test_each_cell_of_the_comparison_leads_to_what_it_claims() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.partition("## Compared with other tools")[2].splitlines()]
    rows = [row for row in rows if len(row) == 5 and not row[0].startswith("-")]
    assert len(rows) > 6
    for row in rows[1:]:
        for cell in row[1:]:
            assert re.search(r"\]\((?:docs/|https://)[^)]+\)", cell), f"{row[0]}: {cell}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_and_picture_within_the_repository_exists(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    for link in links:
        if not re.match(r"[a-z]+:|#", link):
            assert (page.parent / link.partition("#")[0]).exists(), f"{page.name}: {link} is not there"
