"""Several URLs of one cluster: each is asked when another does not answer, and a bad one is named."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from model_logs import cluster
from model_logs.cli import elk_bootstrap, model_logs
from model_logs.cluster import Connection
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch


@pytest.fixture
def dead() -> str:
    """A URL where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_urls_are_taken_apart_and_completed() -> None:
    given = Connection("https://me:p%40ss@a.example/es, http://[::1] ,https://c.example:1")
    checked = cluster.checked(given)
    assert checked.urls == ("https://a.example:443/es", "http://[::1]:9200", "https://c.example:1")
    assert (checked.username, checked.password) == ("me", "p@ss")
    assert "p%40ss" not in given.shown
    assert cluster.checked(checked) == checked
    assert cluster.checked(Connection("http://a:1 http://b:2")).urls == ("http://a:1", "http://b:2"), (
        "as Logstash has it"
    )


@pytest.mark.parametrize(
    "url",
    [
        *("http://u:99999#secret@es.example", "http://u:se/secret@es.example", "http://u:secret/@es.example:1"),
        "u:secret@es.example",
    ],
)
def test_a_password_with_the_signs_of_a_url_is_shown_by_no_refusal(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cluster.checked(Connection(url))
    assert "secret" not in str(caught.value)
    assert "write the signs / ? # @ of the password as %2F" in caught.value.next_step


@pytest.mark.parametrize("url", ["http://u:12345/secret@es.example", "http://u:1?secret@es.example"])
def test_what_may_be_a_password_before_a_slash_is_shown_by_no_message(url: str) -> None:
    # By the rules of URLs it is a path below a host and a port, and is asked for as one.
    assert cluster.checked(Connection(url)).shown == "http://…@es.example"


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("", "''"),
        ("es.example:9200", "es.example:9200"),
        ("http://a:1,b:2", "a:1,b:2"),
        ("http://a:1,ftp://b:2", "ftp://b:2"),
        ("http://a:1,http://", "'http://'"),
        ("http://a:port", "a:port"),
        ("http://a:70000", "a:70000"),
        ("https://u:secret@a:1,https://v:secret@b:2", "different users"),
    ],
)
def test_a_bad_url_is_named_without_its_password(url: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cluster.connect(Connection(url))
    assert named in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize("first", [True, False])
def test_a_command_asks_the_next_one_when_one_is_down(es_url: str, dead: str, first: bool) -> None:
    urls = f"{dead},{es_url}" if first else f"{es_url},{dead}"
    for _ in range(3):
        done = CliRunner().invoke(elk_bootstrap, ["status", "--url", urls])
        assert done.exit_code == 0, done.output
        assert "Elasticsearch " in done.output


def test_the_shipper_asks_the_next_one_when_one_is_down(
    applied: Elasticsearch, es_url: str, dead: str, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    event = (
        '{"@timestamp":"2026-01-15T10:30:00.000Z","event":{"id":"urls-1"},"event_type":"predict","status":"success"}'
    )
    log.write_text(f"{event}\n", encoding="utf-8")
    arguments = ["ship", str(log), "--once", "--state", str(tmp_path / "state"), "--url", f"{dead},{es_url}"]
    done = CliRunner().invoke(model_logs, arguments)
    assert done.exit_code == 0, done.output
    applied.indices.refresh(index="logs-model.*")
    assert applied.count(index="logs-model.*", query={"ids": {"values": ["urls-1"]}})["count"] == 1
