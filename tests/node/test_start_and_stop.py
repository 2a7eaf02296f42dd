"""Starting and stopping a node, and every way in which that can go wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from model_logs.errors import NodeError
from model_logs.node import find_running_node, start_node
from model_logs.node.folders import Folder, cache_folder, default_node_folder


def _gone(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(60)
    return not psutil.pid_exists(pid)


def test_it_listens_on_loopback_only(node):
    listening = {
        c.laddr.ip for c in psutil.Process(node.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN
    }
    assert listening <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert listening


def test_it_is_found_by_its_folder(node):
    found = find_running_node(node.home)
    assert found is not None
    assert (found.url, found.pid, found.data) == (node.url, node.pid, node.home / "data")
    assert found.health()["status"] in {"green", "yellow"}


def test_a_second_start_in_the_same_folder_names_the_first(node):
    with pytest.raises(NodeError, match="already runs") as raised:
        start_node(node.home)
    assert node.url in str(raised.value)
    assert "--home" in raised.value.next_step
    assert find_running_node(node.home) is not None


def test_a_node_that_does_not_answer_is_an_error_that_names_its_log(node):
    unused = dataclasses.replace(node, url="http://127.0.0.1:1")
    with pytest.raises(NodeError, match="does not answer") as raised:
        unused.health()
    assert "node.log" in raised.value.next_step


def test_a_port_that_is_taken_is_said_so(node, tmp_path):
    port = int(node.url.rpartition(":")[2])
    with pytest.raises(NodeError, match=f"cannot listen on 127.0.0.1:{port}") as raised:
        start_node(tmp_path, port=port)
    assert "--port" in raised.value.next_step


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "elastic.example"])
def test_it_refuses_to_listen_for_others(tmp_path, host):
    with pytest.raises(NodeError, match="listens on this machine only"):
        start_node(tmp_path, host=host)


@pytest.mark.parametrize("name", ["network.host", "http.bind_host", "transport.publish_host", "http.host"])
def test_a_setting_cannot_make_it_listen_for_others(tmp_path, name):
    with pytest.raises(NodeError, match=name):
        start_node(tmp_path, settings={name: "0.0.0.0"})


@pytest.mark.parametrize("heap", ["", "512", "half", "-1g", "0m", "1g -version"])
def test_a_heap_that_is_no_size_is_refused(tmp_path, heap):
    with pytest.raises(NodeError, match="no size of a heap"):
        start_node(tmp_path, heap=heap)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NodeError, match="cannot be made") as raised:
        start_node(tmp_path / "file" / "node")
    assert "--home" in raised.value.next_step


@pytest.mark.node
def test_a_node_that_dies_at_start_shows_the_end_of_its_log_and_leaves_nothing_running(tmp_path):
    with pytest.raises(NodeError) as raised:
        start_node(tmp_path, settings={"no.such.setting": 1})
    assert "ended while it started (exit code 1)" in str(raised.value)
    assert "unknown setting [no.such.setting]" in str(raised.value)
    assert "\tat org." not in str(raised.value)
    assert str(tmp_path / "logs" / "node.log") in raised.value.next_step
    assert find_running_node(tmp_path) is None


def test_a_state_that_names_somebody_else_s_process_is_not_a_node_and_nothing_is_killed(tmp_path):
    folder = Folder(tmp_path)
    folder.create()
    me = psutil.Process()
    state = {"pid": me.pid, "started": me.create_time(), "url": "http://127.0.0.1:1", "version": "8", "java": ""}
    folder.state.write_text(json.dumps(state))
    assert find_running_node(tmp_path) is None  # the number fits, the start fits, the command line does not


def test_a_number_that_was_given_to_a_later_process_is_not_the_node(node, tmp_path):
    state = json.loads(Folder(node.home).state.read_text())
    folder = Folder(tmp_path)
    folder.create()
    folder.state.write_text(json.dumps(state | {"started": state["started"] - 3600}))
    assert find_running_node(tmp_path) is None


def test_a_state_that_cannot_be_read_is_said_so(tmp_path):
    (tmp_path / "node.json").write_text("{")
    with pytest.raises(NodeError, match=r"node\.json cannot be read") as raised:
        find_running_node(tmp_path)
    assert "delete the file" in raised.value.next_step


@pytest.mark.node
def test_after_a_crash_it_starts_again_with_every_acknowledged_document(tmp_path):
    with start_node(tmp_path, stop_with_parent=True) as first, Elasticsearch(first.url) as client:
        bulk(client, ({"_op_type": "create", "_index": "kept", "_id": n, "n": n} for n in range(500)))
        os.kill(first.pid, signal.SIGKILL)
        assert _gone(first.pid)
        assert find_running_node(tmp_path) is None
    with start_node(tmp_path, stop_with_parent=True) as second, Elasticsearch(second.url) as client:
        client.indices.refresh(index="kept")
        assert client.count(index="kept")["count"] == 500
        assert second.stop()
        assert _gone(second.pid)
    assert second.stop()  # once more does no harm


@pytest.mark.node
def test_it_ends_with_the_process_that_asked_for_that_even_when_that_is_killed(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from model_logs.node import start_node\n"
        f"print(start_node(Path({str(tmp_path)!r}), stop_with_parent=True).pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert find_running_node(tmp_path) is not None
        parent.kill()
    assert _gone(pid)
    assert find_running_node(tmp_path) is None


def test_the_folders_follow_the_variables(monkeypatch, tmp_path):
    for name in ("MODEL_LOGS_CACHE", "MODEL_LOGS_NODE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == tmp_path / ".cache/model-logs/node"
    assert default_node_folder() == tmp_path / ".local/share/model-logs/node"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == tmp_path / "Library/Caches/model-logs/node"
    assert default_node_folder() == tmp_path / "Library/Application Support/model-logs/node"
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert cache_folder().as_posix() == "/xdg/model-logs/node"
    assert default_node_folder() == tmp_path / "Library/Application Support/model-logs/node"
    monkeypatch.setenv("MODEL_LOGS_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("MODEL_LOGS_NODE_HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "mine" / "node"
    assert default_node_folder() == tmp_path / "home"
