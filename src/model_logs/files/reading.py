"""The one way in which files are read that somebody wrote by hand: YAML, JSON and text, with bounds.

A user's file may be a folder, a pipe that nobody writes into, a device without an end, or megabytes of brackets; it
may say a key twice, and mean one of the two. Each ends here in one error that names the file, the line and the next
step. A message shows no line of the file: such lines hold passwords. Log files are not read here, nor the answers of
servers.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

from model_logs.errors import AssetError, ModelLogsError
from model_logs.printing import printable

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.files.schemas import Mistake

__all__ = ["inside", "mistakes_in", "read_json", "read_text", "read_yaml", "wrong"]

# The largest file of our own has 30 KB; a list of thousands of thresholds still fits.
MOST_BYTES = 1024 * 1024
# JSON is what programs of ours note; a checkpoint of thousands of files has megabytes.
MOST_JSON_BYTES = 256 * 1024 * 1024
_CORRECT = "Correct the file."
# Of one file, in one message.
_MOST_MISTAKES = 5
_WHAT_ELSE = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def read_text(
    file: Path,
    *,
    most: int = MOST_BYTES,
    lenient: bool = False,
    error: type[ModelLogsError] = AssetError,
    next_step: str = _CORRECT,
) -> str:
    """Return the text of a regular file in UTF-8, with or without a byte-order mark.

    Args:
        file: Its path.
        most: The number of bytes that it may have.
        lenient: Put U+FFFD where the bytes are no UTF-8, for files that other programs understand otherwise.
        error: What is raised.
        next_step: What the error says to do.

    Raises:
        ModelLogsError: It is missing, no regular file, too large, no UTF-8, or may not be read.
    """
    shown = printable(file)
    try:
        # Without O_NONBLOCK the open itself waits for whoever writes into a pipe.
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as missing:
        raise error(f"{shown} does not exist.", next_step=next_step) from missing
    except (OSError, ValueError) as refused:
        raise error(f"{shown} cannot be read: {_why(refused)}.", next_step=next_step) from refused
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            what = next((name for is_such, name in _WHAT_ELSE if is_such(mode)), "something else")
            raise error(f"{shown} is {what}, and a regular file is needed.", next_step=next_step)
        with open(descriptor, "rb", closefd=False) as opened:
            raw = opened.read(most + 1)
    except OSError as refused:
        raise error(f"{shown} cannot be read: {_why(refused)}.", next_step=next_step) from refused
    finally:
        os.close(descriptor)
    if len(raw) > most:
        raise error(f"{shown} has more than {most:,} bytes.", next_step=next_step)
    try:
        return raw.decode("utf-8-sig", "replace" if lenient else "strict")
    except UnicodeDecodeError as foreign:
        line = raw.count(b"\n", 0, foreign.start) + 1
        raise error(f"{shown} is not written in UTF-8 (line {line}).", next_step=next_step) from None


def read_yaml(file: Path, *, schema: str = "", error: type[ModelLogsError] = AssetError, next_step: str = "") -> Any:
    """Return the content of a YAML file; None for an empty one.

    Args:
        file: Its path.
        schema: The name of a schema of `schemas/` that it must fit; empty for files of other programs.
        error: What is raised.
        next_step: What the error says to do.

    Raises:
        ModelLogsError: It cannot be read, is no YAML, says a key twice, is nested too deeply, means too much, or does
            not fit the schema.
    """
    from model_logs.files import schemas

    if not next_step:
        next_step = schemas.next_step(schema) if schema else _CORRECT
    text = read_text(file, error=error, next_step=next_step)
    document = _parsed(file, text, error, next_step)
    if schema and (found := _located(schema, text, document)):
        raise _unfit(file, found, error, next_step)
    return document


def mistakes_in(file: Path, schema: str) -> list[tuple[int, Mistake]]:
    """Return the mistakes of a YAML file against a schema, each with its line.

    Raises:
        AssetError: It cannot be read, or is no YAML.
    """
    text = read_text(file)
    return _located(schema, text, _parsed(file, text, AssetError, _CORRECT))


def wrong(
    file: Path,
    place: tuple[str | int, ...],
    what: str,
    *,
    schema: str,
    error: type[ModelLogsError] = AssetError,
    next_step: str = "",
) -> ModelLogsError:
    """Return the error about something in a file that fits its schema and cannot be meant all the same.

    Args:
        file: Its path; it was read before.
        place: The keys and numbers that lead to it.
        what: What is wrong, as a sentence without its full stop.
        schema: The file's schema.
        error: The class of the error.
        next_step: What to do; to correct the file unless given.
    """
    from model_logs.files import schemas
    from model_logs.files.bounded_yaml import lines_of

    (line,) = lines_of(read_text(file, error=error), [place])
    step = next_step or schemas.next_step(schema)
    return error(f"{printable(file)}, line {line}: {what}.", next_step=step)


def _located(schema: str, text: str, document: Any) -> list[tuple[int, Mistake]]:
    from model_logs.files import schemas
    from model_logs.files.bounded_yaml import lines_of

    found = schemas.find_mistakes(schema, document)
    return list(zip(lines_of(text, [each.place for each in found]), found, strict=True)) if found else []


def _unfit(
    file: Path, found: list[tuple[int, Mistake]], error: type[ModelLogsError], next_step: str
) -> ModelLogsError:
    from model_logs.files import schemas

    (line, first), *others = found
    said = [f"{printable(file)}, line {line}: {first.what}."]
    said += [f"Line {line}: {other.what}." for line, other in others[: _MOST_MISTAKES - 1]]
    if len(found) > _MOST_MISTAKES:
        many = len(found) == schemas.MOST
        said.append(f"There are {'many' if many else len(found) - _MOST_MISTAKES} more.")
    meaning = f" {first.key}: {first.meaning}" if first.meaning else ""
    return error("\n".join(said), next_step=f"{next_step}{meaning}")


def _parsed(file: Path, text: str, error: type[ModelLogsError], next_step: str) -> Any:
    import yaml

    from model_logs.files.bounded_yaml import loaded

    shown = printable(file)
    # No `from`: the cause of PyYAML quotes the line.
    try:
        return loaded(text)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        problem = printable(", ".join(filter(None, (wrong.context, wrong.problem))))
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise error(f"{shown} is no YAML: {problem}{where}.", next_step=next_step) from None
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        raise error(
            f"{shown} is no YAML: a character that it may not hold (line {line}).", next_step=next_step
        ) from None
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
        # Of its constructors: `2026-13-45`, `!!int x`, `!!bool x`.
        raise error(f"{shown} is no YAML: it holds a value that cannot be.", next_step=next_step) from None


def read_json(file: Path, *, most: int = MOST_JSON_BYTES, error: type[ModelLogsError] = AssetError) -> Any:
    """Return the content of a JSON file.

    Raises:
        ModelLogsError: It cannot be read, is no JSON, or is nested too deeply.
    """
    text = read_text(file, most=most, error=error)
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno}, column {wrong.colno}"
        raise error(f"{printable(file)} is no JSON: {wrong.msg} ({where}).", next_step=_CORRECT) from None
    except (RecursionError, ValueError):
        raise error(f"{printable(file)} is no JSON: it is nested too deeply.", next_step=_CORRECT) from None


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file that another file names, which must lie in the folder, links followed.

    Raises:
        ValueError: It leads out of the folder, or can be no path; the message says so.
    """
    try:
        found = folder / name
        # An absolute name replaces the folder, `..` and a link leave it.
        within = found.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        within = False
    if not within:
        raise ValueError(f"{name!r} leads out of the folder {printable(folder)}")
    return found


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or "that can be no path"
