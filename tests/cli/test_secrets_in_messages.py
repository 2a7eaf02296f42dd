"""No message shows what proves who asks, whatever it was made of; a file for secrets is for its owner alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from model_logs.cluster import Connection, bare
from model_logs.errors import ConfigurationError


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:p/w@host:9200", "http://host:9200"),
        ("http://user:p?w#x@host:9200", "http://host:9200"),
        ("http://user:p@w@host:9200", "http://host:9200"),
        ("http://user:p://w@host", "http://host"),
        ("user:p/w@host:9200", "host:9200"),
        ("user:p://w@host:9200", "host:9200"),
        ("https://token@host", "https://host"),
        ("https://host:9200/a@b", "https://host:9200/a@b"),
        ("https://[::1]:9200/a@b", "https://[::1]:9200/a@b"),
        ("https://host:9200", "https://host:9200"),
    ],
)
def test_a_url_is_shown_without_its_user_whatever_the_password_holds(url, shown):
    assert bare(url) == shown


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\n\n"])
def test_a_key_that_ends_in_a_line_break_is_used_without_it(end):
    found = Connection(api_key=f"S3cr3tK3y{end}", username=None)
    assert found.api_key == "S3cr3tK3y"
    assert Connection(username=f"elastic{end}", password=" p w\n").password == " p w"


@pytest.mark.parametrize("name", ["api_key", "username", "password"])
def test_a_secret_with_a_line_break_inside_is_refused_and_not_shown(name):
    with pytest.raises(ConfigurationError) as raised:
        Connection(**{name: "S3cr3t\nK3y"})  # type: ignore[arg-type]
    assert "S3cr3t" not in str(raised.value)
    assert "K3y" not in str(raised.value)


_MAIN = "from model_logs.cli import elk_bootstrap; elk_bootstrap()"


def run(*words, **environment):
    return subprocess.run(
        [sys.executable, "-c", _MAIN, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize("url", ["http://elastic:S3/cr3t@127.0.0.1:9", "elastic:S3/cr3t@127.0.0.1:9"])
def test_a_command_never_shows_the_password_of_a_url(url):
    done = run("status", MODEL_LOGS_ELASTICSEARCH_URL=url, ELASTICSEARCH_URL=url)
    assert done.returncode != 0
    assert "cr3t" not in done.stdout + done.stderr


def test_a_configuration_file_is_for_its_owner_alone(tmp_path):
    file = tmp_path / "model-logs.yml"
    for words in ((), ("--force",)):
        assert run("init", "--output", str(file), *words).returncode == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        # One that was open to others before is so no longer.
        file.chmod(0o644)
