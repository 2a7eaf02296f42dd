"""Where a command gets its settings from: the option, else the environment, else the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner, Result

from model_logs import environments, settings
from model_logs.cli.options import cluster_options, environments_option
from model_logs.errors import ConfigurationError, ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@click.command()
@environments_option
@cluster_options
def show(connection: Any, environments: tuple[str, ...]) -> None:
    click.echo(f"{connection.url} {connection.api_key} {connection.username} {connection.timeout}")
    click.echo(",".join(environments))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.delenv("MODEL_LOGS_CONFIG", raising=False)
    for name in (name for each in settings.SETTINGS for name in each.asked):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(show, arguments)


def write(text: str) -> None:
    with open(settings.DEFAULT_NAME, "w", encoding="utf-8") as file:  # noqa: PTH123  # in the folder of the moment
        file.write(text)


def test_without_anything_the_defaults_stand(run: Callable[..., Result]) -> None:
    assert run().output.splitlines() == [
        "http://127.0.0.1:9200 None None 30.0",
        "development,staging,production",
    ]


def test_the_option_wins_over_the_environment_which_wins_over_the_file(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("elasticsearch: {url: 'http://file:1', timeout: 5}\nevents: {environments: [file]}\n")
    assert run().output == "http://file:1 None None 5\nfile\n"
    monkeypatch.setenv("MODEL_LOGS_URL", "http://variable:1")
    monkeypatch.setenv("MODEL_LOGS_ENVIRONMENTS", "variable")
    assert run().output == "http://variable:1 None None 5\nvariable\n"
    assert run("--url", "http://option:1", "--environments", "option").output.startswith("http://option:1 ")
    assert run("--environments", "option").output.endswith("\noption\n")


def test_credentials_nearer_to_the_command_replace_those_of_the_file_altogether(run: Callable[..., Result]) -> None:
    write("elasticsearch: {api_key: from-file}\n")
    assert run("--username", "me").output.startswith("http://127.0.0.1:9200 None me ")


def test_a_user_on_the_command_line_replaces_a_key_of_the_environment(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_LOGS_API_KEY", "of-the-environment")
    assert run("--username", "me").output.startswith("http://127.0.0.1:9200 None me ")
    monkeypatch.setenv("MODEL_LOGS_USERNAME", "them")
    assert run("--api-key", "typed").output.startswith("http://127.0.0.1:9200 typed None ")
    assert run().output.startswith("http://127.0.0.1:9200 of-the-environment them "), "refused when it connects"


def test_secrets_in_the_file_come_from_the_environment(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("elasticsearch: {api_key: '${ES_KEY}', url: '${ES_URL:http://default:1}'}\n")
    monkeypatch.setenv("ES_KEY", "secret")
    assert run().output.startswith("http://default:1 secret ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("elasticsearch: {urls: x}", "line 1: elasticsearch holds urls, which is not known: did you mean url?"),
        ("elastic: {url: x}", "the file holds elastic, which is not known: did you mean elasticsearch?"),
        ("- a\n- b", "the file is a list, and must be names with values"),
        ("elasticsearch: {url: [", "no YAML"),
        ("elasticsearch: {url: '${NOT_SET_ANYWHERE}'}", "NOT_SET_ANYWHERE"),
        ("elasticsearch: {url: [http://a:1, '${NOT_SET_ANYWHERE}']}", "NOT_SET_ANYWHERE"),
        ("elasticsearch: {timeout: soon}", "timeout is 'soon': write a number above 0"),
        ("elasticsearch: {api_key: [a, b]}", "api_key is a list, and must be text"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(run: Callable[..., Result], text: str, message: str) -> None:
    write(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        settings.load_settings()
    assert caught.value.next_step
    assert isinstance(run().exception, ModelLogsError)


def test_several_urls_are_a_list_in_the_file_or_have_commas_between(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("elasticsearch: {url: ['http://a:1', 'http://b:2']}\n")
    assert run().output.startswith("http://a:1,http://b:2 ")
    monkeypatch.setenv("ELASTICSEARCH_HOSTS", "http://c:1,http://d:2")
    assert run().output.startswith("http://c:1,http://d:2 "), "the variable that Logstash and Filebeat read"
    monkeypatch.setenv("MODEL_LOGS_URL", "http://e:1")
    assert run().output.startswith("http://e:1 ")


def test_a_number_may_come_from_the_environment(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATIENCE", "7")
    write("elasticsearch: {timeout: '${PATIENCE}', api_key: null}\n")
    assert run().output.startswith("http://127.0.0.1:9200 None None 7\n")


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_LOGS_CONFIG", str(tmp_path / "none.yml"))
    with pytest.raises(ConfigurationError, match=r"none\.yml does not exist"):
        settings.load_settings()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ("development", "staging", "production")),
        ("", ("development", "staging", "production")),
        ("Prod-EU, dev ,dev", ("prod_eu", "dev")),
        (["qa", "Unknown"], ("qa",)),
        ("unknown", ("development", "staging", "production")),
    ],
)
def test_environments_are_canonical_and_stand_once(given: Any, expected: tuple[str, ...]) -> None:
    assert environments.allowed(given) == expected


@pytest.mark.parametrize("name", ["a b", "a/b", "*", "_x", "x" * 101, "é", "a,b\nc"])
def test_an_environment_that_no_stream_can_be_named_after_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be an environment"):
        environments.allowed([name])
