"""`model-logs node` as a user runs it: in processes of its own, with a node that outlives the command."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from model_logs.node import find


def _run(*arguments):
    command = [
        sys.executable,
        "-c",
        "from model_logs.cli import model_logs; model_logs()",
        "node",
        *map(str, arguments),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    home = tmp_path_factory.mktemp("cli")
    done = _run("start", "--home", home, "--output", "json")
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)
    running = find(home)
    if running is not None:
        running.stop()


def test_start_says_where_it_is_and_leaves_it_running(started):
    running = find(started["home"])
    assert running is not None
    assert (running.url, running.pid) == (started["url"], started["pid"])


def test_status_shows_the_url_and_whose_code_is_what(started):
    done = _run("status", "--home", started["home"])
    assert done.returncode == 0, done.stderr
    assert started["url"] in done.stdout
    for words in ("Elastic's code", "ours", "absent", "Security, users"):
        assert words in done.stdout
    as_json = json.loads(_run("status", "--home", started["home"], "--output", "json").stdout)
    assert as_json["running"] is True
    assert {row["whose"] for row in as_json["support"]} == {"elastic", "ours", "absent"}


def test_a_second_start_is_one_message_and_exit_code_1(started):
    done = _run("start", "--home", started["home"])
    assert done.returncode == 1
    assert f"Error: A node already runs in {started['home']}: {started['url']}" in done.stderr
    assert "Next step: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_logs_prints_the_end_of_the_log(started):
    done = _run("logs", "--home", started["home"], "-n", "3")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert "started {node-1}" in _run("logs", "--home", started["home"], "-n", "500").stdout


def test_stop_ends_it_and_keeps_the_data(tmp_path):
    assert _run("start", "--home", tmp_path).returncode == 0
    done = _run("stop", "--home", tmp_path)
    assert done.returncode == 0
    assert "the data stays" in done.stderr
    assert find(tmp_path) is None
    assert any((tmp_path / "data").iterdir())


def test_where_no_node_ran_every_command_says_so(tmp_path):
    assert "No node runs there" in _run("stop", "--home", tmp_path).stderr
    status = _run("status", "--home", tmp_path)
    assert status.returncode == 1
    assert "model-logs node start" in status.stderr
    logs = _run("logs", "--home", tmp_path)
    assert logs.returncode == 1
    assert "no node was started in that folder" in logs.stderr
