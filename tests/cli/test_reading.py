"""Files that users hand over: read within bounds, one meaning each, and an error with file, line and next step."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_logs import dashboards, settings
from model_logs.alerts.rulebook import rules
from model_logs.alerts.ruletests import cases
from model_logs.doctor.host import filebeat_configuration, logrotate
from model_logs.errors import AssetError, ConfigurationError, ModelLogsError
from model_logs.files.reading import MOST_BYTES, inside, read_json, read_text, read_yaml
from model_logs.pipeline import load_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)
)
# What must be refused → a word of the reason.
REFUSED = {
    "brackets": ("[" * 5_000, "nested"),
    "deep and closed": ("[" * 100 + "]" * 100, "nested"),
    "braces": ("{a: " * 3_000 + "1" + "}" * 3_000, "nested"),
    "dashes": ("- " * 3_000 + "x", "nested"),
    "indented": ("\n".join(" " * n + "a:" for n in range(300)), "nested"),
    "laughs": (LAUGHS, "means more than"),
    "merges": (MERGES, "means more than"),
    "alias of itself": ("a: &a [*a]", "inside the value that it names"),
    "alias of itself, deeper": ("&a {b: {c: [*a]}}", "inside the value that it names"),
    "unknown alias": ("a: *b", "undefined alias"),
    "key twice": ("id: a\nname: b\nid: c", "'id' is given twice, first in line 1 (line 3"),
    "key twice in one line": ("{a: 1, a: 2}", "'a' is given twice"),
    "key twice below": ("x:\n  - {y: {a: 1, b: 2, a: 3}}", "'a' is given twice"),
    "key twice, quoted": ("a: 1\n'a': 2", "'a' is given twice"),
    "number twice": ("1: a\n0x1: b", "1 is given twice"),
    "merge twice": ("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a", "'<<' is given twice"),
    "two documents": ("a: 1\n---\nb: 2", "single document"),
    "tab": ("a:\n\tb: 1", "cannot start any token"),
    "object": ("!!python/object/apply:os.system ['true']", "constructor"),
    "tag": ("!vault x", "constructor"),
    "no date": ("a: 2026-13-45", "cannot be"),
    "no integer": ("a: !!int x", "cannot be"),
    "no time": ("a: !!timestamp x", "cannot be"),
    "no truth": ("a: !!bool maybe", "cannot be"),
    "many digits": (f"a: {'9' * 5_000}", "cannot be"),
    "list as a key": ("? [a]\n: 1", "unhashable"),
    "control character": ("a: \x01", "may not hold"),
    "large": ("a: " + "x" * MOST_BYTES, "more than"),
    "many": ("[" + "a," * 200_000 + "]", "means more than"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_yaml_that_is_too_much_or_says_a_thing_twice_is_refused_with_its_line(
    text: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match=r"a\.yml") as caught:
        read_yaml(file, next_step="Do this.")
    assert reason in str(caught.value)
    assert caught.value.next_step == "Do this."
    assert len(caught.value.what.splitlines()) == 1
    assert len(caught.value.what) < 500


def test_yaml_as_people_write_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(b"\xef\xbb\xbfa: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\nc: [*a, *a]\nd: {<<: [*a, {z: 1}]}\n")
    assert read_yaml(file) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 3, "y": 2},
        "c": [{"x": 1, "y": 2}] * 2,
        "d": {"x": 1, "y": 2, "z": 1},
    }
    file.write_text("")
    assert read_yaml(file) is None


def test_no_message_shows_a_line_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    for text in ("password: hunter2: x\n", "a: 'x\npassword: hunter2\n", "x: 1\n password: hunter2\n", "@hunter2"):
        file.write_text(text)
        with pytest.raises(AssetError) as caught:
            read_yaml(file)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None


def _special(kind: str, folder: Path) -> Path:
    path = folder / "special.yml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as opened:
            os.chdir(folder)  # a socket's name has 108 bytes at most
            opened.bind("special.yml")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "dangling":
        path.symlink_to(folder / "none")
    elif kind == "not utf-8":
        path.write_bytes("a: ü".encode("utf-16"))
    elif kind == "below a file":
        (folder / "file").write_text("")
        return folder / "file" / "x.yml"
    elif kind == "long":
        return folder / ("x" * 300 + ".yml")
    else:
        path.symlink_to(kind)
    return path


KINDS = ("folder", "pipe", "socket", "loop", "dangling", "not utf-8", "below a file", "long", "/dev/zero", "/dev/tty")


def _rule(path: Path) -> object:
    folder = Path.cwd() / "alerts"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "x.yml").symlink_to(path)
    return rules.load_rules(folder)


READERS: dict[str, Callable[[Path], object]] = {
    "yaml": read_yaml,
    "json": read_json,
    "text": read_text,
    "configuration": settings.load_settings,
    "dashboard": dashboards.load_dashboard,
    "rule": _rule,
    "filebeat": filebeat_configuration.read_filebeat_configuration,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_regular_file_is_refused_at_once(
    kind: str, reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelLogsError) as caught:
        READERS[reader](_special(kind, tmp_path))
    assert caught.value.next_step
    assert ".yml" in str(caught.value)


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "loop"])
def test_logrotates_configuration_is_read_within_bounds(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="special"):
        list(logrotate.read_logrotate((_special(kind, tmp_path),)))


@pytest.mark.parametrize("text", ["[" * 100_000, "[1", "", "9" * 5_000, "nul"])
def test_json_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(AssetError, match=r"a\.json is no JSON"):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    "name", ["../x", "../../../etc/hostname", "/etc/hostname", "a/../../x", "out", "a\0b", "loop"]
)
def test_what_a_file_names_lies_in_its_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "out").symlink_to("/etc/hostname")
    (folder / "loop").symlink_to("loop")
    if name == "loop":
        with pytest.raises((ValueError, AssetError)):
            read_text(inside(folder, name))
        return
    with pytest.raises(ValueError, match="leads out of the folder"):
        inside(folder, name)


def test_what_lies_in_the_folder_may_be_named_through_links_as_a_mounted_config_map_has_them(tmp_path: Path) -> None:
    data = tmp_path / "..2026_11_30"
    data.mkdir()
    (data / "q.esql").write_text("FROM x")
    (tmp_path / "..data").symlink_to("..2026_11_30")
    (tmp_path / "q.esql").symlink_to("..data/q.esql")
    assert inside(tmp_path, "q.esql").read_text() == "FROM x"


@pytest.mark.parametrize("named", ["../../../../../etc/hostname", "/etc/hostname", "queries/out.esql"])
def test_a_dashboard_reads_no_query_from_elsewhere(named: str, tmp_path: Path) -> None:
    text = (ROOT / "dashboards" / "model-overview.yml").read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if "query: " in line).partition("query: ")[2]
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "out.esql").symlink_to("/etc/hostname")
    (tmp_path / "d.yml").write_text(text.replace(f"query: {first}", f"query: {named}"), encoding="utf-8")
    with pytest.raises(AssetError, match="leads out of the folder") as caught:
        dashboards.load_dashboard(tmp_path / "d.yml")
    assert Path("/etc/hostname").read_text().strip() not in str(caught.value)


def test_a_rule_shows_no_runbook_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    rule = ROOT / "alerts" / "rules" / "failed-documents.yml"
    text = "\n".join(
        "runbook: ../../../../../../etc/hostname" if line.startswith("runbook:") else line
        for line in rule.read_text(encoding="utf-8").splitlines()
    )
    (tmp_path / "rules" / rule.name).write_text(text, encoding="utf-8")
    with pytest.raises(AssetError, match="leads out of the folder"):
        rules.load_rules(tmp_path)


def test_rule_tests_and_vectors_are_read_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "x.yml").write_text("[" * 5_000)
    with pytest.raises(AssetError, match="nested"):
        cases.load_cases((), tmp_path)
    with pytest.raises(AssetError, match="nested"):
        load_vectors(tmp_path / "tests")


@pytest.mark.slow
def test_nothing_else_of_the_package_loads_yaml() -> None:
    allowed = {"reading.py", "_yaml.py"}
    for file in (ROOT / "src").rglob("*.py"):
        if file.name in allowed:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                loads = node.attr in {"safe_load", "safe_load_all", "full_load"}
                assert not loads, f"{file}, line {node.lineno}: read it with model_logs.files.reading"


def test_yaml_is_not_imported_for_nothing() -> None:
    code = "import model_logs.files.reading, sys; assert 'yaml' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
