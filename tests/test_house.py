"""The plan of the house: no module is too long to read, no package too wide to know, and each says what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "model_logs"
MODULES = sorted(SOURCE.rglob("*.py"))
PACKAGES = sorted({file.parent for file in MODULES})
MOST_LINES, MOST_MODULES = 400, 12
# Each with its reason.
LONGER = {
    "tables/contract.py": "generated from mappings/contract.yml",
    "tables/redaction.py": "generated from the rules of redaction",
}
WIDER = {
    "generate": "one module for each file that is generated",
    "": "what all rooms share stands at the root, and so does the module of old paths, until it leaves",
}


def _name(path: Path) -> str:
    name = path.relative_to(SOURCE).as_posix()
    return "" if name == "." else name


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_a_module_can_be_read_at_one_sitting_and_begins_with_what_it_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if _name(file) not in LONGER:
        assert len(text.splitlines()) <= MOST_LINES
    said = ast.get_docstring(ast.parse(text)) or ""
    assert said.split("\n\n")[0].strip().endswith((".", "`", "?")), "the first paragraph says what the module is"


@pytest.mark.parametrize("package", PACKAGES, ids=_name)
def test_a_package_holds_at_most_a_dozen_modules(package: Path) -> None:
    held = [file.name for file in package.glob("*.py") if file.name != "__init__.py"]
    if _name(package) not in WIDER:
        assert len(held) <= MOST_MODULES, held


def test_an_exception_is_still_one() -> None:
    assert {name for name in LONGER if len((SOURCE / name).read_text().splitlines()) > MOST_LINES} == set(LONGER)
    assert {name for name in WIDER if len(list((SOURCE / name).glob("[!_]*.py"))) > MOST_MODULES} == set(WIDER)


def test_modules_are_private_by_their_package_and_not_by_an_underscore() -> None:
    """`__all__` says what others may use. `_logger` alone has one: `model_logs.logger` is what it offers."""
    parts = {part for file in MODULES for part in file.relative_to(SOURCE).with_suffix("").parts}
    assert {part for part in parts if part.startswith("_") and not part.startswith("__")} == {"_logger"}


def test_words_name_modules_by_the_names_that_they_have() -> None:
    """A module that lost its underscore is called by its name in every docstring and comment too."""
    others = {"_assets", "_bulk", "_source"}  # a folder of the wheel, and words of Elasticsearch
    stems = {file.stem for file in MODULES}
    stale: list[str] = []
    for file in [*MODULES, *SOURCE.rglob("*.pyi")]:
        text = file.read_text(encoding="utf-8")
        words = {word for word in re.findall(r"`(_[a-z_]+)(?:\.\w+)?`", text) if word[1:] in stems}
        code = {
            getattr(node, "id", getattr(node, "attr", getattr(node, "name", "")))
            for node in ast.walk(ast.parse(text))
        }
        stale += [f"{_name(file)}: {word}" for word in sorted(words - code - others)]
    assert stale == []
