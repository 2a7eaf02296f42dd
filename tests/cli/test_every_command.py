"""Every command of both command lines: it loads, it explains itself, and its errors are for people."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from model_logs.cli import LazyGroup, elk_bootstrap, model_logs

ENTRY_POINTS = {"elk-bootstrap": elk_bootstrap, "model-logs": model_logs}


def _walk(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    found = [(name, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            loaded = command.get_command(context, child)
            assert loaded is not None, f"{name} {child} cannot be loaded"
            found += _walk(f"{name} {child}", loaded)
    return found


COMMANDS = [found for name, command in ENTRY_POINTS.items() for found in _walk(name, command)]
LEAVES = [(name, command) for name, command in COMMANDS if not isinstance(command, click.Group)]


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_help_has_a_sentence_an_example_and_a_text_for_each_option(name: str, command: click.Command) -> None:
    help_text = CliRunner().invoke(command, ["--help"], prog_name=name).output
    assert command.help
    assert "Example" in help_text, f"{name} --help shows no example"
    assert "\\b" not in help_text, f"{name} --help: write the docstring without r, click wants the backspace itself"
    example = " ".join(help_text.split("Example", 1)[1].split())
    assert f"{name} " in f"{example} "
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_can_show_a_traceback(name: str, command: click.Command) -> None:
    assert "--debug" in {option for parameter in command.params for option in parameter.opts}, name


@pytest.mark.parametrize("group", [c for _, c in COMMANDS if isinstance(c, LazyGroup)], ids=lambda c: c.name)
def test_the_list_of_commands_matches_their_own_help(group: LazyGroup) -> None:
    for child, (_, _, text) in group.commands_at.items():
        loaded = group.get_command(click.Context(group), child)
        assert loaded is not None
        assert text.endswith(".")
        assert len(text) <= 80, f"{child}: keep the one-line help short"


@pytest.mark.slow
def test_an_error_of_ours_is_one_message_with_the_next_step_and_no_traceback() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from model_logs.cli import elk_bootstrap; elk_bootstrap()",
            "status",
            "--url",
            "nonsense",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Next step:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
