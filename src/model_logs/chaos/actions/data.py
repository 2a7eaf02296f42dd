"""Faults of data: features that drift, vanish or are corrupted, a held pipeline, a broken or wrong model.

Files are replaced in one step and put back afterwards, also when somebody else wrote them meanwhile.
"""

from __future__ import annotations

import csv
import glob
import json
import os
import random
import shutil
import sqlite3
import statistics
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.chaos.faults import fault, wait
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "corrupt_file",
    "corrupt_values",
    "drop_columns",
    "hold",
    "lock_table",
    "remove_file",
    "rename_columns",
    "replace_value",
    "shift_columns",
    "shift_load",
    "shift_table",
]

Rows = list[dict[str, str]]


def shift_columns(file: str, columns: list[str], deviations: float, for_s: float) -> dict[str, Any]:
    """Shift numeric columns of a CSV file by so many of their standard deviations.

    Args:
        file: With a header line.
        columns: Their names.
        deviations: 2 shifts by two standard deviations.
        for_s: How long, in seconds.
    """

    def change(rows: Rows) -> None:
        for column in columns:
            values = [float(row[column]) for row in rows]
            by = deviations * statistics.pstdev(values)
            for row, value in zip(rows, values, strict=True):
                row[column] = repr(value + by)

    return _change(file, columns, change, for_s, {"shifted": columns, "deviations": deviations})


def corrupt_values(file: str, columns: list[str], share: float, for_s: float) -> dict[str, Any]:
    """Replace a share of a CSV file's values by what is no number.

    Args:
        file: With a header line.
        columns: Their names.
        share: Of the rows: 0.1.
        for_s: How long, in seconds.
    """

    def change(rows: Rows) -> None:
        chance = random.Random(7)  # noqa: S311 - the same rows each time
        for row in rows:
            for column in columns:
                if chance.random() < share:
                    row[column] = chance.choice(["", "NaN", "n/a", "1e999", "\ufffd\ufffd"])

    return _change(file, columns, change, for_s, {"corrupted": columns, "share": share})


def drop_columns(file: str, columns: list[str], for_s: float) -> dict[str, Any]:
    """Remove columns from a CSV file: what a schema that changed unannounced looks like."""

    def change(rows: Rows) -> None:
        for row in rows:
            for column in columns:
                del row[column]

    return _change(file, columns, change, for_s, {"dropped": columns})


def rename_columns(file: str, columns: dict[str, str], for_s: float) -> dict[str, Any]:
    """Rename columns of a CSV file: from → to."""

    def change(rows: Rows) -> None:
        for row in rows:
            for old, new in columns.items():
                row[new] = row.pop(old)

    return _change(file, list(columns), change, for_s, {"renamed": columns})


def shift_table(file: str, table: str, columns: list[str], deviations: float, for_s: float) -> dict[str, Any]:
    """Shift numeric columns of a table of SQLite by so many of their standard deviations.

    Whoever fills the table should stand still meanwhile (`hold`), or the old values are back too soon.

    Args:
        file: The database.
        table: Its table.
        columns: Their names.
        deviations: 2 shifts by two standard deviations.
        for_s: How long, in seconds.
    """
    for name in (table, *columns):
        if not name.isidentifier():
            raise ConfigurationError(f"{name!r} is no name of a table or column.", next_step="Write plain names.")
    with _replaced(file, f"{table} in {file} is shifted") as draft:
        shifted = {}
        with closing(sqlite3.connect(draft)) as connection, connection:
            for column in columns:
                found = connection.execute(f"SELECT {column} FROM {table}")  # noqa: S608 - identifiers
                values = [value for (value,) in found if value is not None]
                by = deviations * statistics.pstdev(values) if values else 0.0
                connection.execute(f"UPDATE {table} SET {column} = {column} + ?", (by,))  # noqa: S608 - identifiers
                shifted[column] = by
        if not any(shifted.values()):
            raise ConfigurationError(
                f"{table} in {file} has nothing to shift.", next_step="Let the feature job run first."
            )
        draft.replace(file)
        wait(for_s)
    return {"shifted": shifted, "for_s": for_s}


def hold(marker: str, for_s: float) -> dict[str, Any]:
    """Let a job stand still that looks for a file before each round.

    Args:
        marker: The file; it is removed afterwards.
        for_s: How long, in seconds.
    """
    place = Path(marker)
    if place.exists():
        raise ConfigurationError(
            f"{marker} is there already.", next_step="Somebody paused the job: let it go on first."
        )
    with fault(f"{marker} lets a job stand still", "restore_file", path=str(place.absolute()), copy=None):
        place.touch()
        wait(for_s)
    return {"held": marker, "for_s": for_s}


def corrupt_file(file: str, for_s: float) -> dict[str, Any]:
    """Overwrite the middle of files, such as a model's: what a torn copy looks like.

    Args:
        file: A path, or a pattern: `models/fraud/*/model.skops`.
        for_s: How long, in seconds.
    """
    found = sorted(glob.glob(file))  # noqa: PTH207 - a pattern may be absolute
    if not found:
        raise ConfigurationError(f"{file} is no file.", next_step="Name the file that the target reads.")
    with ExitStack() as all_of_them:
        for each in found:
            draft = all_of_them.enter_context(_replaced(each, f"{each} is corrupted"))
            content = bytearray(draft.read_bytes())
            middle, size = len(content) // 4, max(1, len(content) // 2)
            content[middle : middle + size] = b"\0" * size
            draft.write_bytes(bytes(content[: middle + size]))
            draft.replace(each)
        wait(for_s)
    return {"corrupted": found, "for_s": for_s}


def lock_table(file: str, for_s: float) -> dict[str, Any]:
    """Hold the lock of a database of SQLite: nobody else can read or write it.

    Args:
        file: The database.
        for_s: How long, in seconds.
    """
    if not Path(file).is_file():
        raise ConfigurationError(f"{file} is no file.", next_step="Name the database that the target reads.")
    # The lock ends with this process, so there is nothing to undo.
    with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        wait(for_s)
        connection.execute("ROLLBACK")
    return {"locked": file, "for_s": for_s}


def shift_load(fields: list[str], deviations: float, for_s: float) -> dict[str, Any]:
    """Shift numbers in the bodies of the load by so many of their standard deviations: callers that changed.

    Args:
        fields: Their names.
        deviations: 2 shifts by two standard deviations.
        for_s: How long, in seconds.
    """
    folder = os.environ.get("MODEL_LOGS_CHAOS_LOAD")
    if not folder:
        raise ConfigurationError("No load is on.", next_step="Run the experiment by `model-logs chaos run`.")
    file = Path(folder) / "shift.json"
    with fault(f"the load is shifted: {', '.join(fields)}", "restore_file", path=str(file), copy=None):
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(dict.fromkeys(fields, deviations)), encoding="utf-8")
        draft.replace(file)
        wait(for_s)
    return {"shifted": fields, "deviations": deviations, "for_s": for_s}


def remove_file(file: str, for_s: float) -> dict[str, Any]:
    """Remove a file: a source, a store or an artifact that is gone."""
    with _replaced(file, f"{file} is removed") as draft:
        draft.unlink()
        Path(file).unlink()
        wait(for_s)
    return {"removed": file, "for_s": for_s}


def replace_value(file: str, key: str, value: Any, for_s: float) -> dict[str, Any]:
    """Set one key of a JSON file: a version that is not there, a model of another kind.

    Args:
        file: With a JSON object.
        key: At its top.
        value: The new value.
        for_s: How long, in seconds.
    """
    with _replaced(file, f"{key} in {file} is {value!r}") as draft:
        content = json.loads(draft.read_bytes())
        before, content[key] = content.get(key), value
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(file)
        wait(for_s)
    return {"key": key, "before": before, "value": value, "for_s": for_s}


def _change(
    file: str, columns: list[str], change: Callable[[Rows], None], for_s: float, done: dict[str, Any]
) -> dict[str, Any]:
    with _replaced(file, f"{file} is changed: {', '.join(done)}") as draft:
        with draft.open(newline="", encoding="utf-8") as stream:
            rows: Rows = list(csv.DictReader(stream))
        if not rows or (missing := [column for column in columns if column not in rows[0]]):
            raise ConfigurationError(
                f"{file} has no rows, or not the columns {', '.join(columns)}.",
                next_step=f"It has {', '.join(rows[0]) if rows else 'none'}.",
            )
        del missing
        change(rows)
        with draft.open("w", newline="", encoding="utf-8") as stream:
            lines = csv.DictWriter(stream, list(rows[0]))
            lines.writeheader()
            lines.writerows(rows)
        draft.replace(file)
        wait(for_s)
    return {**done, "rows": len(rows), "for_s": for_s}


@contextmanager
def _replaced(file: str, what: str) -> Iterator[Path]:
    """Keep a copy of a file and give a draft to change; the file is put back at the end."""
    place = Path(file).absolute()
    if not place.is_file():
        raise ConfigurationError(f"{file} is no file.", next_step="Name the file that the target reads.")
    copy, draft = (place.with_name(f".{place.name}.{end}") for end in ("before-chaos", "draft"))
    shutil.copy2(place, copy)
    try:
        with fault(what, "restore_file", path=str(place), copy=str(copy)):
            shutil.copy2(place, draft)
            yield draft
    finally:
        draft.unlink(missing_ok=True)
