"""Every command of the tree under odd conditions: it ends with an exit code that it documents, and no traceback.

A new command is tried by itself; see `QUIET` in conftest.py for one that would go on for ever.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click
import pytest
from tests.cli.conftest import GROUPS, LEAVES, Leaf, Outcome

from model_logs.cli.times import Moment, Seconds, Span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Outcome]

every_command = pytest.mark.parametrize("leaf", LEAVES, ids=str)
every_json = pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.json], ids=str)
CLOSED = [{2: None}, {1: None}, {0: None}, {0: None, 1: None, 2: None}]
# Whatever its command does, these are no times.
NO_TIMES = ("", "abc", "-1", "nan", "inf", "-inf", "1e400", "99999999999999999999", "99999999w", "١٢", "0x10")
EACH = frozenset({"folder", "empty"})
UNREADABLE = (
    *sorted(EACH),
    *("missing", "pipe", "loop", "device", "no yaml", "deep", "list", "twice", "unknown", "nan"),
)
# These end before they look at the configuration.
DRY = frozenset({"model-logs alerts silence"})


@every_command
def test_without_a_cluster_it_ends_with_one_message(leaf: Leaf, command: Run) -> None:
    found = command(*leaf.words).check()
    if found.code:
        assert found.err or found.out, "a failure says something"


@every_json
def test_json_stands_on_standard_output_whatever_happens(leaf: Leaf, command: Run) -> None:
    found = command(*leaf.words, "--output", "json").check()
    document = json.loads(found.out)
    if isinstance(document, dict) and "error" in document:
        error = document["error"]
        assert error["exit_code"] == found.code
        assert error["message"] in found.err
    else:
        assert found.code != 2


@every_json
def test_a_wrong_option_is_json_too(leaf: Leaf, command: Run) -> None:
    found = command(*leaf.words, "--output", "json", "--nosuch").check()
    assert found.code == 2
    assert json.loads(found.out)["error"]["exit_code"] == 2


@pytest.mark.slow
@every_command
def test_a_closed_standard_stream_changes_no_exit_code(leaf: Leaf, command: Run) -> None:
    code = command(*leaf.words).code
    for closed in CLOSED:
        assert command(*leaf.words, special=closed).check().code == code


@pytest.mark.slow
@every_command
def test_a_reader_that_goes_away_is_no_traceback(leaf: Leaf, command: Run) -> None:
    command(*leaf.words, *(["--output", "json"] if leaf.json else []), special={1: "broken pipe"}).check()
    command(*leaf.name.split(), "--help", special={1: "broken pipe"}).check()
    command(*leaf.words, special={2: "broken pipe"}).check()


@every_command
def test_a_full_disk_behind_standard_output_is_said(leaf: Leaf, command: Run) -> None:
    found = command(*leaf.name.split(), "--help", special={1: "/dev/full"}).check()
    assert found.code == 1
    assert "No space left" in found.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leaf", "kind"),
    [(leaf, kind) for leaf in LEAVES for kind in UNREADABLE if kind in EACH or leaf.name == "elk-bootstrap status"],
    ids=str,
)
def test_an_unreadable_configuration_is_one_sentence(leaf: Leaf, kind: str, command: Run, tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    texts = {
        "empty": "",
        "no yaml": "elasticsearch: {url: [",
        "deep": "[" * 5_000,
        "list": "- a",
        "twice": "events: {}\nevents: {}",
        "unknown": "elasticsearch: {urls: x}",
        "nan": "elasticsearch: {timeout: .nan}",
    }
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind in texts:
        file.write_text(texts[kind])
    found = command(*leaf.words, MODEL_LOGS_CONFIG=str(file)).check()
    reads = leaf.has("--timeout") and leaf.name not in DRY
    if kind == "empty":
        assert found.code == command(*leaf.words).code
    elif reads:
        assert found.code == 2, found
        assert "config.yml" in found.err
        assert "Next step" in found.err


def _times() -> list[tuple[Leaf, str, bool]]:
    """Return each option of each command that is a time, and whether 0 is one."""
    return [
        (leaf, each.opts[0], isinstance(each.type, Seconds) and each.type.zero)
        for leaf in LEAVES
        for each in leaf.command.params
        if isinstance(each, click.Option) and isinstance(each.type, Seconds | Span | Moment)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("leaf", "option", "zero"), _times(), ids=str)
def test_what_is_no_time_is_refused_with_the_option_that_it_was_given_for(
    leaf: Leaf, option: str, zero: bool, command: Run
) -> None:
    for value in (*NO_TIMES, *(() if zero or "lookback" in option or "delay" in option else ("0",))):
        found = command(*leaf.words, f"{option}={value}").check()
        assert found.code == 2, (option, value, found)
        assert option in found.err


def test_a_time_out_of_the_environment_is_looked_at_too(command: Run) -> None:
    for value in ("0", "-1", "nan", "soon"):
        found = command("elk-bootstrap", "status", MODEL_LOGS_TIMEOUT=value).check()
        assert found.code == 2
        assert "--timeout" in found.err
    assert command("elk-bootstrap", "status", "--timeout", "2s", "--url", "http://127.0.0.1:1").check().code == 1


@pytest.mark.slow
@every_command
def test_a_narrow_terminal_and_no_colour(leaf: Leaf, command: Run) -> None:
    for columns in ("1", "x"):
        command(*leaf.words, COLUMNS=columns).check()
    found = command(*leaf.words, special={1: "terminal", 2: "terminal"}, NO_COLOR="1", TERM="xterm").check()
    assert "\x1b[3" not in found.shown
    assert "\x1b[1m" not in found.shown


@pytest.mark.parametrize("name", [*(name for name, _ in GROUPS), *map(str, LEAVES)])
def test_h_is_help(name: str, command: Run) -> None:
    short = command(*name.split(), "-h").check()
    assert short.code == 0
    assert short.out == command(*name.split(), "--help").out
    assert "-h, --help" in short.out


@pytest.mark.parametrize(("name", "group"), GROUPS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mistyped_command_is_guessed(name: str, group: click.Group, command: Run) -> None:
    for child in group.list_commands(click.Context(group)):
        found = command(*name.split(), f"{child[:-1]}{child[-1]}x").check()
        assert found.code == 2
        assert f"Did you mean {child}" in found.err, found


@every_command
def test_a_mistyped_option_is_guessed(leaf: Leaf, command: Run) -> None:
    for each in leaf.command.params:
        if isinstance(each, click.Option) and each.opts[0].startswith("--") and len(each.opts[0]) > 5:
            option = each.opts[0]
            found = command(*leaf.words, f"{option[:-1]}").check()
            assert found.code == 2
            assert option in found.err
            break


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("model-logs", "report", "model-overveiw", "--url", "http://127.0.0.1:1"), "model-overview"),
        (("elk-bootstrap", "render", "pipeline-helth", "--format", "ndjson"), "pipeline-health"),
        (("elk-bootstrap", "doctor", "--list", "--only", "ilm-of"), "ilm-off"),
        (("elk-bootstrap", "keys", "create", "writter", "--dry-run"), "writer"),
        (("elk-bootstrap", "keys", "roles", "writter", "--dry-run"), "writer"),
        (("elk-bootstrap", "keys", "create", "writer", "--streams", "predictions", "--dry-run"), "prediction"),
    ],
)
def test_an_unknown_name_is_exit_2_with_the_one_that_was_meant(
    words: tuple[str, ...], meant: str, command: Run
) -> None:
    found = command(*words).check()
    assert found.code == 2
    assert f"Did you mean {meant}" in found.err


def test_another_command_lines_command_is_named(command: Run) -> None:
    assert "`elk-bootstrap doctor`" in command("model-logs", "doctor").check().err
    assert "`model-logs audit`" in command("elk-bootstrap", "audit").check().err


def test_a_dry_run_of_keys_is_json(command: Run) -> None:
    for words in (["create", "writer"], ["roles", "--install"]):
        found = command("elk-bootstrap", "keys", *words, "--dry-run", "--output", "json").check()
        document = json.loads(found.out)
        assert document["dry_run"] is True
        assert {"method", "path", "body"} == set(document["requests"][0])
