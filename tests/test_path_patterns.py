"""One matching of paths: what a pattern finds on the disk is what it recognises by name later."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from model_logs.errors import ConfigurationError
from model_logs.files.patterns import PathPattern, matches

NAMES = (
    "a.log",
    "a.log.1",
    "app[1].log",
    "app1.log",
    "app-1.log",
    "a?b.log",
    "a*b.log",
    "a b.log",
    "[x].log",
    "]x.log",
    "^a.log",
    "!a.log",
    "~a.log",
    "é.log",
    "new\nline.log",
    "back\\slash.log",
    ".hidden.log",
    ".dir/in.log",
    "sub/x.log",
    "sub/.h/z.log",
    "sub/deep/y.log",
    "sub/deep/er/a.log",
)
PATTERNS = (
    "*.log",
    "*.log*",
    "*",
    "**",
    "**/*.log",
    "**/**/*.log",
    "**/a.log",
    "**/deep/*",
    "**.log",
    "*/*.log",
    "*/**/*.log",
    "sub/**",
    "sub/**/*.log",
    "s**b/*.log",
    "sub//x.log",
    "./*.log",
    "sub/../*.log",
    "linked/../*.log",
    "linked/*.log",
    "app[1].log",
    "app[[]1[]].log",
    "app[0-9].log",
    "app[!0-9]*",
    "[]]x.log",
    "[^a].log",
    "[!a]*.log",
    "[x].log",
    "[",
    "?.log",
    "a?b.log",
    "*\n*",
    ".*",
    "**/.*/*",
    "~a.log",
    "{a,b}.log",
    "nothing*",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1\n")
    (tmp_path / "other" / "place").mkdir(parents=True)
    (tmp_path / "other" / "b.log").write_bytes(b"1\n")
    (tmp_path / "linked").symlink_to("other/place")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inodes(paths):
    return {Path(path).stat().st_ino for path in paths if Path(path).is_file()}


@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
@pytest.mark.parametrize("text", PATTERNS)
def test_a_pattern_finds_what_glob_finds_and_recognises_all_of_it_by_name(folder, text, absolute):
    written = str(folder / text) if absolute and ".." not in text else text
    pattern = PathPattern(written)
    found = list(pattern.paths())
    # Python's own matching is the judge; a name with the characters of a pattern is taken literally, too.
    expected = inodes([*glob.glob(written, recursive=True), written])  # noqa: PTH207 - the judge itself
    assert inodes(found) == expected
    for path in found:
        assert pattern.matches(path), path


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("/l/**/*.log", "/l/a.log", True),
        ("/l/**/*.log", "/l/x/y/z/a.log", True),
        ("/l/**/*.log", "/l/x/.y/a.log", False),
        ("/l/*.log", "/l/x/a.log", False),
        ("/l/*/a.log", "/l/x/y/a.log", False),
        ("/l/app[1].log", "/l/app[1].log", True),
        ("/l/app[1].log", "/l/app1.log", True),
        ("/l/app[1].log", "/l/app2.log", False),
        ("/l/*.log", "/l/.a.log", False),
        ("/l/*.log", "/l/a.log\n", False),
        ("/l/**", "/l/x/y", True),
        ("/l/", "/l", True),
        ("/**/*.log", "/a.log", True),
    ],
)
def test_a_name_is_judged_although_nothing_stands_there(text, path, expected):
    assert PathPattern(text).matches(path) is expected


def test_links_that_lead_round_end_and_a_file_is_found_under_its_own_name(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.log").write_bytes(b"1\n")
    for n in range(4):
        (tmp_path / "sub" / f"up{n}").symlink_to(tmp_path)
        (tmp_path / f"here{n}").symlink_to(".")
    assert list(PathPattern(str(tmp_path / "**" / "*.log")).paths()) == [str(tmp_path / "sub" / "a.log")]


def test_a_tilde_is_the_home_of_a_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.log").write_bytes(b"1\n")
    assert list(PathPattern("~/*.log").paths()) == [str(tmp_path / "a.log")]


def test_a_relative_pattern_without_a_working_folder_is_an_error_and_an_absolute_one_is_none(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match="the working folder is gone"):
        PathPattern("*.log")
    assert PathPattern(str(tmp_path / "*.log")).text == str(tmp_path / "*.log")
    monkeypatch.chdir(Path("/"))


@pytest.mark.parametrize(
    ("pattern", "path", "options", "expected"),
    [
        ("/l/*.log*", "/l/.a.log.1", {"hidden": True}, True),
        ("/l/*.log*", "/l/.a.log.1", {}, False),
        ("/l/**", "/l/x/a.log", {"recursive": False}, False),
        ("/l/*", "/l/x/a.log", {}, False),
    ],
)
def test_patterns_of_other_programs_are_judged_by_their_rules(pattern, path, options, expected):
    assert matches(pattern, path, **options) is expected
