"""What must be true before a release, and the form of CHANGELOG.md that it relies on."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from model_logs import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
TODAY = dt.date(2027, 3, 1)
GOOD = {
    "pyproject.toml": '[project.urls]\nRepository = "https://forge.test/model-logs"\n',
    "src/model_logs/__init__.py": '__version__ = "0.3.0"\n',
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [0.3.0] - 2027-03-01\n\n### Added\n\n- Something.\n",
}

_spec = importlib.util.spec_from_file_location("release", ROOT / "tools" / "release.py")
assert _spec
assert _spec.loader
release = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(release)


def _project(folder: Path, **changed: tuple[str, str]) -> Path:
    """Return a committed project that may be released, but for the texts that are changed in it."""
    for name, text in GOOD.items():
        before, after = changed.get(name.partition(".")[0].lower(), ("", ""))
        assert before in text
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace(before, after) if before else text, encoding="utf-8")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    return folder


def test_a_finished_version_may_be_released(tmp_path: Path) -> None:
    assert list(release.objections(_project(tmp_path), TODAY)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pyproject": ("forge.test", "example.org")}, "Repository is still a placeholder"),
        ({"pyproject": ("forge.test", "git.example.com")}, "Repository is still a placeholder"),
        ({"changelog": ("[0.3.0]", "[0.2.9]")}, "nothing is said of 0.3.0"),
        ({"changelog": ("2027-03-01", "2027-02-28")}, "0.3.0 is dated 2027-02-28; write 2027-03-01"),
        ({"changelog": ("## [0.3.0]", "- A line.\n\n## [0.3.0]")}, "lines stand below Unreleased"),
    ],
    ids=["placeholder", "placeholder below another name", "no section", "another day", "lines left over"],
)
def test_what_speaks_against_a_release_is_named(
    tmp_path: Path, changed: dict[str, tuple[str, str]], said: str
) -> None:
    (objection,) = release.objections(_project(tmp_path, **changed), TODAY)
    assert said in objection


def test_a_change_that_is_not_committed_speaks_against_a_release(tmp_path: Path) -> None:
    _project(tmp_path)
    (tmp_path / "new.py").write_text("", encoding="utf-8")
    (objection,) = release.objections(tmp_path, TODAY)
    assert "new.py" in objection


def test_this_repository_is_refused_as_long_as_its_address_is_a_placeholder() -> None:
    placeholders = [name for name, address in PROJECT["urls"].items() if release.PLACEHOLDER.search(address)]
    said = [one for one in release.objections(ROOT, TODAY) if "placeholder" in one]
    assert len(said) == len(placeholders)


def test_the_placeholder_stands_in_one_file() -> None:
    address = PROJECT["urls"]["Repository"]
    command = ["git", "grep", "--files-with-matches", "--fixed-strings", address]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["pyproject.toml"]
    assert all(each.startswith(address) for each in PROJECT["urls"].values())


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    sections = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", section) for section in sections[1:]]
    assert all(released), sections
    versions = [tuple(map(int, one.groups()[:3])) for one in released if one]
    dates = [dt.date.fromisoformat(one[4]) for one in released if one]
    assert versions == sorted(set(versions), reverse=True)
    assert dates == sorted(dates, reverse=True)
    assert __version__ == ".".join(map(str, versions[0]))


def test_every_line_of_the_changelog_stands_below_a_kind_of_change() -> None:
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    section, kind, seen = "", "", set()
    for number, line in enumerate(CHANGELOG.splitlines(), 1):
        if line.startswith("## "):
            section, kind = line, ""
        elif line.startswith("### "):
            kind = line[4:]
            assert kind in kinds, f"line {number}: {kind}"
            assert (section, kind) not in seen, f"line {number}: {kind} stands twice below {section}"
            seen.add((section, kind))
        elif line.startswith("- "):
            assert kind, f"line {number} stands below no kind of change: put it below Added, Changed, Fixed …"
