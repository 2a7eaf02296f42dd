"""The node's own sources: our Java stays small, and the table is one file that the documents show as it is."""

from __future__ import annotations

from pathlib import Path

from model_logs import assets, node
from model_logs.node.support import WHOSE, markdown, render_support_table, support

JAVA = Path(node.__file__).with_name("java")


def _is_code(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith(("package ", "import ", "/*", "*", "//"))


def test_our_java_stays_under_400_lines_none_of_them_crowded():
    lines = [line for path in JAVA.rglob("*.java") for line in path.read_text().splitlines()]
    assert 0 < sum(map(_is_code, lines)) < 400
    assert max(map(len, lines)) <= 120


def test_each_java_class_says_what_it_is_for():
    for path in JAVA.rglob("*.java"):
        assert "/**" in path.read_text().partition("class ")[0].partition("record ")[0], path


def test_every_row_of_the_table_says_whose_code_it_is():
    rows = support()
    assert {row.whose for row in rows} == set(WHOSE)
    assert len({row.what for row in rows}) == len(rows)
    assert all(row.note for row in rows if row.whose == "ours" and row.what != "GET /")


def test_the_documentation_shows_the_table_as_it_is():
    text = (assets.root() / "docs" / "node.md").read_text()
    assert markdown() in text
    assert text == render_support_table()["docs/node.md"]
