"""Every command of both command lines, with arguments that it takes, and a way to run it under odd conditions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from model_logs.cli import elk_bootstrap, model_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Nobody listens there.
NOWHERE = "http://127.0.0.1:1"
# What a command is given beside its required arguments, so that it neither starts something nor goes on for ever.
QUIET = {
    "elk-bootstrap init": ["--output", "-"],
    "elk-bootstrap verify": ["--file", "x.log", "--wait", "0"],
    "model-logs demo": ["--requests", "1"],
    "model-logs node start": ["--host", "192.0.2.1"],
    "model-logs ship": ["--once", "--max-wait", "0", "--state", "state"],
    "model-logs pipeline test": ["nosuchvector"],
    "model-logs alerts watch": ["--once"],
}
# Values of required parameters, by the name of their type or of themselves.
VALUES = {"role": "writer", "integer": "1", "paths": "*.log"}


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str
    shown: str

    def check(self) -> Outcome:
        """Assert what holds for every command under every condition."""
        assert "Traceback" not in self.err + self.shown + self.out, self
        assert "Exception ignored" not in self.err, self
        assert self.code in {0, 1, 2, 3, 4}, self
        return self


@dataclass(frozen=True)
class Leaf:
    """A command that does something."""

    name: str
    command: click.Command

    @property
    def words(self) -> list[str]:
        """The command line with what the command requires, and a cluster where nobody answers."""
        words = self.name.split()
        for each in self.command.params:
            if not each.required or f"--{each.name}" in QUIET.get(self.name, ()):
                continue
            value = VALUES.get(each.type.name) or VALUES.get(str(each.name)) or "x"
            words += [value] if isinstance(each, click.Argument) else [each.opts[0], value]
        if self.has("--url"):
            words += ["--url", NOWHERE]
        return words + QUIET.get(self.name, [])

    def has(self, option: str) -> bool:
        return any(option in each.opts for each in self.command.params)

    @property
    def json(self) -> bool:
        """Whether it takes --output json."""
        return any("--output" in each.opts and isinstance(each.type, click.Choice) for each in self.command.params)

    def __str__(self) -> str:
        return self.name


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            loaded = command.get_command(context, child)
            assert loaded is not None, f"{name} {child} cannot be loaded"
            yield from _walk(f"{name} {child}", loaded)


EVERYTHING = [*_walk("elk-bootstrap", elk_bootstrap), *_walk("model-logs", model_logs)]
GROUPS = [(name, command) for name, command in EVERYTHING if isinstance(command, click.Group)]
LEAVES = [Leaf(name, command) for name, command in EVERYTHING if not isinstance(command, click.Group)]


@pytest.fixture(scope="session")
def driver() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("driver.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout

        def ask(case: dict[str, Any]) -> dict[str, Any]:
            process.stdin.write(json.dumps(case) + "\n")
            process.stdin.flush()
            return dict(json.loads(process.stdout.readline()))

        yield ask
        process.stdin.close()


@pytest.fixture
def command(driver: Callable[[dict[str, Any]], dict[str, Any]], tmp_path: Path) -> Callable[..., Outcome]:
    """Run words in an empty folder; `special` says what a descriptor is: a path, None for closed, or a kind."""

    def run(*words: str, special: dict[int, str | None] | None = None, **variables: str) -> Outcome:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODEL_LOGS_", "ELASTIC"))}
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        homes = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "MODEL_LOGS_NODE_HOME": str(tmp_path / "n")}
        case = {
            "words": list(words),
            "folder": str(folder),
            "env": kept | homes | variables,
            "special": {str(number): how for number, how in (special or {}).items()},
        }
        return Outcome(**driver(case))

    return run
