"""Renders the picture of docs/architecture.md and the table of packages in it.

The rows are the layers that import-linter checks (pyproject.toml), the sentences are the first ones of the packages'
docstrings; so neither says what the code does not hold to.
"""

from __future__ import annotations

import ast
import html
import tomllib
from typing import TYPE_CHECKING

from model_logs import assets

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["layers", "render_architecture"]

PAGE = "docs/architecture.md"
PICTURE = "docs/images/architecture-{scheme}.svg"
BEGIN = "<!-- Generated from pyproject.toml and the packages' docstrings by `make generate`: do not edit. -->\n"
END = "<!-- End of what is generated. -->\n"
_CONTRACT = "Layers point one way"
_SCHEMES = {
    "light": {"text": "#1c2733", "box": "#e8eef4", "edge": "#8aa0b5", "dim": "#5c6f80"},
    "dark": {"text": "#e6edf3", "box": "#263341", "edge": "#6f879d", "dim": "#a3b4c4"},
}
_WIDTH, _MARGIN, _ROW, _BOX, _GAP, _LETTER = 1080, 56, 46, 32, 8, 8.4


def layers(root: Path) -> list[list[str]]:
    """Return the packages of each layer, the uppermost first, as the contract of import-linter says them.

    A name in brackets there may be missing; here it is left out unless it is there.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["name"] == _CONTRACT]
    names = [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]
    return [[name for name in layer if _source(root, name).is_file()] for layer in names]


def render_architecture() -> dict[str, str]:
    """Return both pictures, and the page with the current table between its two marks."""
    root = assets.root()
    rows = layers(root)
    files = {PICTURE.format(scheme=scheme): _picture(rows, colours) for scheme, colours in _SCHEMES.items()}
    before, begin, rest = (root / PAGE).read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        files[PAGE] = f"{before}{begin}\n{_table(root, rows)}\n{end}{after}"
    return files


def _source(root: Path, name: str) -> Path:
    package = root / "src" / "model_logs" / name / "__init__.py"
    return package if package.is_file() else package.parent.with_suffix(".py")


def _table(root: Path, rows: list[list[str]]) -> str:
    lines = ["| layer | package | what it is |", "|---|---|---|"]
    for number, row in enumerate(rows, 1):
        for name in row:
            path = _source(root, name)
            shown = path.parent if path.name == "__init__.py" else path
            said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
            link = f"[`{shown.name}`](../{shown.relative_to(root).as_posix()})"
            lines.append(f"| {number} | {link} | {' '.join(said.split()).replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def _picture(rows: list[list[str]], colours: dict[str, str]) -> str:
    """Return the layers as an SVG: one row of boxes for each, and an arrow that says which way imports go."""
    height = _ROW * len(rows) + 56
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
            f' height="{height}"'
            ' font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">'
        ),
        "<title>The layers of model-logs: each imports from those below it, and from none above</title>",
        f'<g fill="none" stroke="{colours["edge"]}" stroke-width="1.5">',
        f'<path d="M24 14V{height - 52}"/><path d="M18 {height - 60}l6 9l6 -9"/></g>',
        (
            f'<text x="14" y="{height - 18}" fill="{colours["dim"]}" font-family="sans-serif">'
            "imports go down, never up; boxes of a row know nothing of each other</text>"
        ),
    ]
    for number, row in enumerate(rows):
        y = 8 + number * _ROW
        wide = [len(name) * _LETTER + 24 for name in row]
        x = _MARGIN + (_WIDTH - 2 * _MARGIN - sum(wide) - _GAP * (len(row) - 1)) / 2
        for name, width in zip(row, wide, strict=True):
            parts += [
                (
                    f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{_BOX}" rx="5" fill="{colours["box"]}"'
                    f' stroke="{colours["edge"]}"/>'
                ),
                (
                    f'<text x="{x + width / 2:.0f}" y="{y + 21}" fill="{colours["text"]}" text-anchor="middle">'
                    f"{html.escape(name)}</text>"
                ),
            ]
            x += width + _GAP
    said = "<!-- Generated from the layers in pyproject.toml by `python -m model_logs.generate`: change those. -->"
    return "\n".join([said, *parts, "</svg>"]) + "\n"
