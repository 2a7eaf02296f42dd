"""The jars: each is fetched once, proved by its sum, and a failure says what to do and leaves nothing half-done."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from model_logs.errors import NodeError
from model_logs.node.jars import LOCK_FILE, fetch, locked_jars

_ENSURE = (
    "from model_logs.node.distribution import ensure_distribution; "
    "from model_logs.node.java_runtime import find_java; "
    "print(ensure_distribution(find_java()).root)"
)


def _files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_jar_is_fetched_once_and_kept(mirror, few_jars, tmp_path):
    fetch(few_jars, tmp_path, progress=False)
    fetch(few_jars, tmp_path, progress=False)
    assert _files(tmp_path) == sorted(jar.file_name for jar in few_jars)
    assert {mirror.served[jar.file_name] for jar in few_jars} == {1}


def test_a_jar_with_another_sum_is_thrown_away_and_the_message_names_both_sums(mirror, few_jars, tmp_path):
    bad = few_jars[2]
    mirror.faults[bad.file_name] = "changed"
    with pytest.raises(NodeError) as raised:
        fetch(few_jars, tmp_path, progress=False)
    assert f"{bad.file_name} is not the file" in str(raised.value)
    assert bad.sha256 in str(raised.value)
    assert "Next step: start again" in str(raised.value)
    assert bad.file_name not in _files(tmp_path)
    assert not any(name.startswith(".") for name in _files(tmp_path))


def test_what_was_complete_is_kept_and_the_next_start_fetches_only_the_rest(mirror, few_jars, tmp_path):
    fetch(few_jars[:3], tmp_path, progress=False)
    mirror.faults[few_jars[3].file_name] = "changed"
    with pytest.raises(NodeError):
        fetch(few_jars[:4], tmp_path, progress=False)
    mirror.faults.clear()
    fetch(few_jars, tmp_path, progress=False)
    assert {mirror.served[jar.file_name] for jar in few_jars[:3]} == {1}
    assert _files(tmp_path) == sorted(jar.file_name for jar in few_jars)


def test_a_jar_that_was_damaged_in_the_cache_is_fetched_again(mirror, few_jars, tmp_path):
    fetch(few_jars, tmp_path, progress=False)
    (tmp_path / few_jars[0].file_name).write_bytes(b"x" * few_jars[0].size)
    fetch(few_jars, tmp_path, progress=False)
    assert few_jars[0].is_at(tmp_path / few_jars[0].file_name)


@pytest.mark.parametrize("fault", ["missing", "truncated"])
def test_a_failed_download_names_the_jar_the_source_and_the_next_step(mirror, few_jars, tmp_path, fault, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    mirror.faults[few_jars[0].file_name] = fault
    with pytest.raises(NodeError) as raised:
        fetch(few_jars, tmp_path, progress=False)
    assert f"{few_jars[0].group}:{few_jars[0].artifact}:{few_jars[0].version}" in str(raised.value)
    assert mirror.url in str(raised.value)
    assert "MODEL_LOGS_MAVEN" in raised.value.next_step
    assert few_jars[0].file_name not in _files(tmp_path)


@pytest.mark.slow
def test_a_repository_that_cannot_be_reached_is_said_so(few_jars, tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens there
        monkeypatch.setenv("MODEL_LOGS_MAVEN", f"http://127.0.0.1:{unused.getsockname()[1]}")
        monkeypatch.setattr("time.sleep", lambda _seconds: None)
        with pytest.raises(NodeError, match="could not be downloaded") as raised:
            fetch(few_jars[:1], tmp_path, progress=False)
    assert "check the connection" in raised.value.next_step


def test_the_rest_of_a_run_that_was_killed_is_cleared_away(mirror, few_jars, tmp_path):
    (tmp_path / ".incoming-killed").mkdir()
    (tmp_path / ".incoming-killed" / "half.jar").write_bytes(b"PK")
    fetch(few_jars, tmp_path, progress=False)
    assert not any(name.startswith(".") for name in _files(tmp_path))


def test_two_first_starts_at_once_share_the_work(mirror, tmp_path):
    environment = os.environ | {"MODEL_LOGS_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", _ENSURE]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (process.communicate()[0].strip() for process in both)
    assert first == second != ""
    assert {jar.file_name: mirror.served[jar.file_name] for jar in locked_jars()} == dict.fromkeys(
        (jar.file_name for jar in locked_jars()), 1
    )
    assert not [path for path in (tmp_path / "node").iterdir() if path.name.startswith(".")]


def test_the_lock_file_pins_every_jar_and_names_no_host():
    jars = locked_jars()
    assert len(jars) > 80
    assert {len(jar.sha256) for jar in jars} == {64}
    assert len({(jar.place, jar.artifact) for jar in jars}) == len(jars)
    assert {jar.version for jar in jars if jar.group.startswith("org.elasticsearch")} == {"8.19.21"}
    assert "://" not in LOCK_FILE.read_text()
