"""`model-logs node` as a user runs it; starting and stopping is done, and checked, by the fixture `node`."""

from __future__ import annotations

import json


def test_status_shows_the_url_and_whose_code_is_what(node, node_command):
    done = node_command("status", "--home", node.home)
    assert done.returncode == 0, done.stderr
    assert node.url in done.stdout
    for words in ("Elastic's code", "ours", "absent", "Security, users"):
        assert words in done.stdout
    as_json = json.loads(node_command("status", "--home", node.home, "--output", "json").stdout)
    assert as_json["running"] is True
    assert {row["whose"] for row in as_json["support"]} == {"elastic", "ours", "absent"}


def test_a_second_start_is_one_message_and_exit_code_1(node, node_command):
    done = node_command("start", "--home", node.home)
    assert done.returncode == 1
    assert f"Error: A node already runs in {node.home}: {node.url}" in done.stderr
    assert "Next step: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_logs_prints_the_end_of_the_log(node, node_command):
    done = node_command("logs", "--home", node.home, "-n", "3")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert "started {node-1}" in node_command("logs", "--home", node.home, "-n", "500").stdout


def test_where_no_node_ran_every_command_says_so(tmp_path, node_command):
    assert "No node runs there" in node_command("stop", "--home", tmp_path).stderr
    status = node_command("status", "--home", tmp_path)
    assert status.returncode == 1
    assert "model-logs node start" in status.stderr
    logs = node_command("logs", "--home", tmp_path)
    assert logs.returncode == 1
    assert "no node was started in that folder" in logs.stderr
