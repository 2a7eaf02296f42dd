"""Every command has help, an example of itself, and a page that uses it; the reference is made of them."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import click
import pytest

from model_logs import cli, generate
from model_logs.generate import commands

DOCS = Path(__file__).parents[2] / "docs"
TREE = {name: command for group in (cli.elk_bootstrap, cli.model_logs) for name, command in commands.tree(group)}
LEAVES = {name: command for name, command in TREE.items() if not isinstance(command, click.Group)}


def _examples(command: click.Command) -> list[str]:
    found = re.search(r"\x08\nExamples?:\n(.*?)(?:\n\n|\Z)", inspect.cleandoc(command.help or ""), re.DOTALL)
    return [line.strip() for line in found[1].replace("\\\n", " ").splitlines()] if found else []


def test_both_command_lines_have_commands() -> None:
    assert {name.split()[0] for name in LEAVES} == {"elk-bootstrap", "model-logs"}
    assert len(LEAVES) > 30


@pytest.mark.parametrize("name", TREE)
def test_a_command_says_what_it_does_in_a_sentence(name: str) -> None:
    first = (TREE[name].help or "").split("\n\n")[0]
    assert first.rstrip().endswith("."), first


@pytest.mark.parametrize("name", LEAVES)
def test_a_command_shows_examples_of_itself_with_options_that_it_has(name: str) -> None:
    command = LEAVES[name]
    own = [line for line in _examples(command) if name in line]
    assert own, f"{name} has no example"
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    for line in own:
        words = shlex.split(line.partition(name)[2].partition("|")[0].partition("#")[0])
        asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert asked <= options | {"--help", "-h"}, line


@pytest.mark.parametrize("name", LEAVES)
def test_an_option_says_what_it_is_for(name: str) -> None:
    silent = [each.opts for each in LEAVES[name].params if isinstance(each, click.Option) and not each.help]
    assert silent == []


@pytest.mark.parametrize("name", LEAVES)
def test_a_command_has_a_page_that_uses_it(name: str) -> None:
    program, top, *_ = name.split()
    page = DOCS / commands.PAGES[program][top]
    assert name in page.read_text(encoding="utf-8"), f"{page.name} does not mention {name}"


@pytest.mark.parametrize("name", LEAVES)
def test_the_reference_holds_every_command_with_every_option(name: str) -> None:
    text = commands.render_commands()[f"docs/reference/{name.split(maxsplit=1)[0]}.md"]
    (section,) = re.findall(rf"^#+ {re.escape(name)}\n(.*?)(?=^#+ (?:elk|model)|\Z)", text, re.MULTILINE | re.DOTALL)
    for option in LEAVES[name].params:
        if isinstance(option, click.Option):
            assert all(f"`{each}`" in section for each in option.opts)


def test_nothing_of_the_machine_that_wrote_it_stands_in_the_reference() -> None:
    for text in commands.render_commands().values():
        assert str(Path.home()) not in text
        assert "Sentinel" not in text


def test_the_generator_says_where_the_page_of_a_new_command_is_written_down(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(commands.PAGES["model-logs"], "ship")
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "model-logs ship has no page" in said
    assert 'Add "ship": "PAGE.md" to PAGES in src/model_logs/generate/commands.py' in said
