"""Documentation holds: links, blocks, figures; and README.md, the tutorial and the recipes are run.

The other pages are run in files of their own beside this one, so that several processes share them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.support.documentation import FENCE, PAGES, ROOT, RUN, blocks, name_of, pages_of, run_page

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

SHOWN = {"", "text", "json", "yaml", "yml", "esql", "ini", "toml", "mermaid", "dockerfile", "java", "ruby", "conf"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    for block in blocks(page):
        assert block.language in RUN | SHOWN, f"{page.name}:{block.line}: {block.language} is neither run nor shown"
        if block.language == "console" and not block.reason:
            assert block.body.startswith("$ "), f"{page.name}:{block.line}: a console block begins with a command"


@pytest.mark.parametrize("page", pages_of("front", "recipes"), ids=name_of)
def test_every_command_of_a_page_runs(
    page: Path, clean_es: Elasticsearch, es_url: str, tmp_path: Path, memory: Path
) -> None:
    del clean_es  # so that what the page installs is what it uses
    run_page(page, es_url, tmp_path, memory)


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


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_picture_within_the_repository_exists(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    for link in links:
        if not re.match(r"[a-z]+:|#", link):
            assert (page.parent / link.partition("#")[0]).exists(), f"{page.name}: {link} is not there"
