"""The click groups of both command lines, and the one place where a command ends: with its result or one error.

A group loads a command when it is asked for, guesses what a mistyped name meant, and turns each of our errors, each
wrong use and each missing extra into one message and an exit code. What is none of these is a mistake of ours and
shows its traceback.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from model_logs import extras
from model_logs.cli import output
from model_logs.errors import ModelLogsError, meant
from model_logs.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Group", "LazyGroup"]

_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
_ABORTED = 1
_UNWRITABLE = 1
# Name of a command → the other command line, which has it.
_ELSEWHERE = {
    "elk-bootstrap": ("demo", "node", "ship", "pipeline", "report", "audit", "baseline", "alerts"),
    "model-logs": (
        "init",
        "plan",
        "apply",
        "status",
        "verify",
        "doctor",
        "remove",
        "render",
        "keys",
        "lint",
        "assets",
    ),
}


class Group(click.Group):
    """A group of commands that guesses what a wrong name meant, and through which every error leaves.

    Args:
        context_settings: As click has them; `-h` is added.
    """

    def __init__(self, *args: Any, context_settings: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, context_settings=_SETTINGS | (context_settings or {}), **kwargs)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, or say which ones a wrong name may have meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"{_no_command(args[0])} {self._guess(ctx, args[0])}".strip(), ctx) from error

    def _guess(self, ctx: click.Context, name: str) -> str:
        known = self.list_commands(ctx)
        other = next((line for line, names in _ELSEWHERE.items() if name in names and ctx.parent is None), None)
        if other:
            right = "model-logs" if other == "elk-bootstrap" else "elk-bootstrap"
            return f"Did you mean `{right} {name}`?"
        return meant(name, known)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and end with the result's exit code or with one error."""
        run: Any = super().main
        if not standalone_mode:
            return run(args, prog_name, complete_var, standalone_mode=False, **extra)
        _mend_streams()
        color = False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
        words = list(sys.argv[1:] if args is None else args)
        output.json_was_shown(reset=True)
        code: object = 0
        try:
            code = run(args, prog_name, complete_var, standalone_mode=False, **{"color": color, **extra})
        except SystemExit as left:
            code = left.code
        except Exception as error:  # noqa: BLE001  # it is raised again unless it is one for people
            _end(error, json=_wants_json(self, words), debug="--debug" in words, color=color)
        return _exit(code if isinstance(code, int) else 0, color)


class LazyGroup(Group):
    """A group that imports a command's module when the command is asked for.

    Args:
        commands_at: Name of a command → (module below `model_logs.cli`, attribute, one-line help).
    """

    def __init__(self, *args: Any, commands_at: dict[str, tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they are declared: the order in which a user needs them."""
        del ctx
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None when there is none of that name."""
        del ctx
        if cmd_name not in self.commands_at:
            return None
        module, attribute, _ = self.commands_at[cmd_name]
        command = getattr(importlib.import_module(f"model_logs.cli.{module}"), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"model_logs.cli.{module}.{attribute} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in self.commands_at.items()])


def _no_command(name: str) -> str:
    return f"There is no command {name!r}."


def _end(error: Exception, *, json: bool, debug: bool, color: bool | None) -> NoReturn:
    """Show the error in one message and exit, or raise it again when it is a mistake of ours."""
    if isinstance(error, click.exceptions.Abort):
        kind, what, next_step, code = "Aborted", "Aborted.", "", _ABORTED
    elif isinstance(error, click.ClickException):
        kind, what, next_step, code = "UsageError", error.format_message(), "", error.exit_code
    elif isinstance(error, ModelLogsError):
        kind, what, next_step, code = type(error).__name__, error.what, error.next_step, error.exit_code
    elif isinstance(error, ModuleNotFoundError) and (missing := extras.missing(error)) is not None:
        kind, what, next_step, code = type(missing).__name__, missing.what, missing.next_step, missing.exit_code
    elif isinstance(error, OSError) and _of_output(error):
        _leave(error, color)
    else:
        if json:
            # Without its text, which may hold anything: the traceback tells it.
            what = f"An error in model-logs: {type(error).__name__}."
            output.show_error_json("InternalError", what, "Report it with the traceback on standard error.", 1)
        raise error
    # What a server said or a user wrote may repeat a password.
    what, next_step = redact(what), redact(next_step)
    if json:
        with contextlib.suppress(OSError):
            output.show_error_json(kind, what, next_step, code)
    if debug and not isinstance(error, click.ClickException | click.exceptions.Abort):
        raise error
    # Where nobody reads standard error, the exit code still says it.
    with contextlib.suppress(OSError):
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n", err=True)
        output.show_error(what, next_step, color=color)
    _exit(code, color)


def _wants_json(group: click.Group, words: Sequence[str]) -> bool:
    """Return whether the command that the words name was asked for JSON, even where they cannot be understood."""
    command: click.Command | None = group
    context = click.Context(group)
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            command = command.get_command(context, word)
    has = [each for each in getattr(command, "params", ()) if "--output" in each.opts]
    if not has or not isinstance(has[0].type, click.Choice):
        return False
    said = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            break
        if word == "--output":
            said = following
        elif word.startswith("--output="):
            said = word.partition("=")[2]
    return said == "json"


def _mend_streams() -> None:
    """Give each standard stream that is closed the null device, and let none fail over a character.

    Where descriptor 2 is closed, the next file that is opened gets its number, and messages go into that file.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            try:
                os.fstat(number)
            except OSError:
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # until the process ends
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _of_output(error: OSError) -> bool:
    """Return whether an error was raised while text was written to a standard stream."""
    if error.errno == errno.EPIPE:
        return True
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    module = frame.tb_frame.f_globals.get("__name__", "") if frame else ""
    return str(module).partition(".")[0] in {"click", "rich"}


def _exit(code: int, color: bool | None) -> NoReturn:
    """Exit after a flush of the output: the interpreter's own last flush would print a traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _leave(error, color)
    with contextlib.suppress(OSError):
        sys.stderr.flush()
        sys.exit(code)
    _discard()
    sys.exit(code)


def _leave(error: OSError, color: bool | None) -> NoReturn:
    """Exit when the output cannot be written: quietly for a closed pipe, else with the reason."""
    if error.errno != errno.EPIPE:
        with contextlib.suppress(OSError):
            what = f"The result cannot be written: {error.strerror}."
            output.show_error(what, "Look at where standard output goes.", color=color)
    _discard()
    sys.exit(_UNWRITABLE)


def _discard() -> None:
    """Discard buffered output: its flush would fail once more at the interpreter's end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue  # a stream of a test's
