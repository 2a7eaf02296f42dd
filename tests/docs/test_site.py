"""The documentation site: built strictly, and looked through as it lies on a server."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.slow  # the whole site is built

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


class _Page(HTMLParser):
    """What a page links to, what it loads by itself, and the names that can be linked to in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value is not None}
        self.names |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loads.append(values["href"])
        elif tag in {"img", "script", "source", "iframe"} and "src" in values:
            self.loads.append(values["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {file: _Page(file) for file in site.rglob("*.html")}


def test_every_page_of_the_repository_is_a_page_of_the_site(site: Path) -> None:
    expected = {file.relative_to(DOCS).with_suffix(".html") for file in DOCS.rglob("*.md")}
    expected |= {Path(f"runbooks/{file.stem}.html") for file in (ROOT / "alerts" / "runbooks").glob("*.md")}
    expected |= {Path(f"{name}.html") for name in ("index", "changelog", "contributing", "security")}
    assert expected <= {file.relative_to(site) for file in site.rglob("*.html")}


def test_every_link_within_the_site_leads_to_a_place_that_is_there(site: Path, pages: dict[Path, _Page]) -> None:
    broken = []
    for file, page in pages.items():
        if file.name == "404.html":
            continue  # its links begin at the server's root, which a folder has not
        for link in (*page.links, *page.loads):
            path, _, name = link.partition("#")
            if re.match(r"[a-z]+:|//", link):
                continue
            target = (file.parent / unquote(path)).resolve() if path else file
            target = target / "index.html" if target.is_dir() else target
            # The theme names the scheme of a picture behind a #.
            named = name and name not in {"only-light", "only-dark"} and target.suffix == ".html"
            if not target.is_file() or (named and unquote(name) not in pages[target].names):
                broken.append(f"{file.relative_to(site)}: {link}")
    assert broken == []


def test_a_page_loads_nothing_from_elsewhere(pages: dict[Path, _Page]) -> None:
    for file, page in pages.items():
        foreign = [load for load in page.loads if re.match(r"https?:|//", load)]
        assert foreign == [], file.name


def test_text_in_braces_at_the_end_of_a_cell_is_shown(site: Path) -> None:
    """An extension of Markdown reads such braces as attributes, and drops them."""
    shown = 0
    for file in DOCS.glob("*.md"):
        page = html.unescape(re.sub(r"<[^>]+>", "", (site / f"{file.stem}.html").read_text(encoding="utf-8")))
        for text in re.findall(r"^\| .*?(\{[^{}`|]+\}) \|", file.read_text(encoding="utf-8"), re.MULTILINE):
            assert text in page, f"{file.name}: {text}"
            shown += 1
    assert shown


def test_links_into_the_repository_lead_to_files_that_are_there(pages: dict[Path, _Page]) -> None:
    found = set()
    for page in pages.values():
        for link in page.links:
            if "/blob/HEAD/" in link:
                found.add(link.partition("/blob/HEAD/")[2].partition("#")[0])
    assert found
    assert [path for path in sorted(found) if not (ROOT / path).exists()] == []


def test_the_reference_of_python_shows_signatures_and_docstrings(site: Path) -> None:
    text = re.sub(r"<[^>]+>", "", (site / "python-api.html").read_text(encoding="utf-8"))
    for name in ("prediction(", "model_version", "ASGIMiddleware", "BoundLogger", "capture", "Raises:"):
        assert name in text, name


def test_every_term_of_the_glossary_is_linked_from_another_page() -> None:
    terms = re.findall(r"^## (.+)$", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert terms == sorted(terms, key=str.lower)
    linked = set()
    for page in (*DOCS.rglob("*.md"), ROOT / "README.md"):
        linked |= set(re.findall(r"glossary\.md#([a-z-]+)", page.read_text(encoding="utf-8")))
    assert {term.lower().replace(" ", "-") for term in terms} - linked == set()
