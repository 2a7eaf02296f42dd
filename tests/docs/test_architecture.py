"""The picture of docs/architecture.md is the packages as they are, in the layers that import-linter checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from model_logs.generate import architecture

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "model_logs"
LAYERS = architecture.layers(ROOT)


def _there() -> set[str]:
    """Return every package and module right below `model_logs`."""
    packages = {path.parent.name for path in CODE.glob("*/__init__.py")}
    return packages | {path.stem for path in CODE.glob("*.py") if path.stem != "__init__"}


def test_every_package_stands_in_one_layer_and_every_layer_is_there() -> None:
    named = [name for layer in LAYERS for name in layer]
    assert len(named) == len(set(named))
    assert set(named) == _there()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_shows_the_layers_from_top_to_bottom(scheme: str) -> None:
    text = (ROOT / architecture.PICTURE.format(scheme=scheme)).read_text(encoding="utf-8")
    boxes = re.findall(r'<text x="(\d+)" y="(\d+)"[^>]*text-anchor="middle">([^<]+)<', text)
    rows: dict[int, list[str]] = {}
    for _, y, name in sorted(boxes, key=lambda box: (int(box[1]), int(box[0]))):
        rows.setdefault(int(y), []).append(name)
    assert list(rows.values()) == [layer for layer in LAYERS if layer]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_box_of_the_picture_leaves_it_or_lies_over_another(scheme: str) -> None:
    text = (ROOT / architecture.PICTURE.format(scheme=scheme)).read_text(encoding="utf-8")
    (width,) = map(int, re.findall(r'viewBox="0 0 (\d+)', text))
    boxes = [tuple(map(int, box)) for box in re.findall(r'<rect x="(-?\d+)" y="(\d+)" width="(\d+)"', text)]
    for x, y, wide in boxes:
        assert 30 < x < x + wide < width, (
            "a row is too wide for the picture: make it wider in generate/architecture.py"
        )
        assert not [other for other in boxes if other[1] == y and x < other[0] < x + wide]


def test_the_page_says_of_every_package_what_it_is() -> None:
    page = (ROOT / architecture.PAGE).read_text(encoding="utf-8")
    for name in _there():
        (said,) = re.findall(rf"^\| \d+ \| \[`{name}(?:\.py)?`\]\([^)]+\) \| (.+) \|$", page, re.MULTILINE)
        assert said.endswith((".", "?")), said
