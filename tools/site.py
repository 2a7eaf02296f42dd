"""What `mkdocs.yml` cannot say by itself: pages from elsewhere in the repository, and links that leave docs/.

README, CHANGELOG, CONTRIBUTING and the runbooks of the alerts are pages of the site without a second copy. A relative
link is kept where its file is a page, and gets the repository's address, from pyproject.toml, where it is not.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
# Path in the repository → path on the site.
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
} | {
    path.relative_to(ROOT).as_posix(): f"runbooks/{path.name}"
    for path in sorted((ROOT / "alerts" / "runbooks").glob("*.md"))
}
_SOURCES = {there: here for here, there in ELSEWHERE.items()}
_LINK = re.compile(r'(?P<before>\]\(|\b(?:src|srcset|href)=")(?P<path>(?![a-z]+:|#|/)[^)\s"#]+)')
# The first line of a generated file; a page whose first line is not its title has none in the navigation.
_GENERATED = re.compile(r"\A<!-- Generated [^>]*-->\n")
_FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">\s*'
    r'<img src="(?P<light>[^"]+)" alt="(?P<alt>[^"]*)">\s*</picture>'
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the addresses from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    config.repo_url = project["urls"]["Repository"]
    config.repo_name = "Repository"
    config.edit_uri = ""
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere, and put the pages of a folder in the place of its name in the navigation."""
    for here, there in ELSEWHERE.items():
        if (ROOT / here).is_file():
            files.append(File.generated(config, there, content=(ROOT / here).read_text(encoding="utf-8")))
    pages = sorted(file.src_uri for file in files.documentation_pages())
    config.nav = _unfolded(config.nav, pages)
    return files


def _unfolded(entries: Any, pages: list[str]) -> Any:
    if isinstance(entries, dict):
        return {title: _unfolded(below, pages) for title, below in entries.items()}
    if not isinstance(entries, list):
        return entries
    found: list[Any] = []
    for entry in entries:
        if isinstance(entry, str) and entry.endswith("/"):
            found += [page for page in pages if page.startswith(entry)]
        else:
            found.append(_unfolded(entry, pages))
    return found


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let each link lead to a page of the site, or into the repository, and each picture follow the page's scheme."""
    if page.file.src_uri == "index.md":
        page.meta["hide"] = ["navigation"]  # the tabs above are enough there
    here = _SOURCES.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def moved(found: re.Match[str]) -> str:
        return found["before"] + _address(found["path"], here, page.file.src_uri, config, files)

    text = "".join(part if code else _LINK.sub(moved, part) for part, code in _parts(_GENERATED.sub("", markdown)))
    return _PICTURE.sub(_both_schemes, text)


def _parts(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, with whether each is a block of code, in which nothing is a link."""
    end = 0
    for fence in _FENCE.finditer(markdown):
        yield markdown[end : fence.start()], False
        yield fence[0], True
        end = fence.end()
    yield markdown[end:], False


def _address(path: str, here: str, on_site: str, config: MkDocsConfig, files: Files) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
    there = ELSEWHERE.get(target, target.removeprefix("docs/") if target.startswith("docs/") else "")
    if there and files.get_file_from_path(there):
        return posixpath.relpath(there, posixpath.dirname(on_site) or ".")
    if not (ROOT / target).exists():
        return path  # strict mode names it
    return f"{config.repo_url}/blob/HEAD/{target}"


def _both_schemes(found: re.Match[str]) -> str:
    """Return two pictures of which the theme shows one: the page's scheme may be another than the system's."""
    return f"![{found['alt']}]({found['light']}#only-light)\n![{found['alt']}]({found['dark']}#only-dark)"
