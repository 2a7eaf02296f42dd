"""Truths as they come from files: CSV, newline-delimited JSON and Parquet, one row each.

Columns: `request_id`, and `label` (or `actual_label`) or `value` (or `actual_value`); optional `time` (ISO 8601, or
seconds, milliseconds, micro- or nanoseconds since 1970: when the truth was known) and `model_name`. Their case, and
blanks around them, do not matter. A row that cannot be used is refused with its number, and the others go on.
"""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Refused", "Truth", "read"]

_NAMES = {
    "request_id": ("request_id", "http.request.id", "id"),
    "label": ("label", "actual_label"),
    "value": ("value", "actual_value"),
    "time": ("time", "@timestamp", "timestamp", "outcome_at"),
    "model": ("model_name", "model"),
}
# The logger cuts a longer id and ends it with a sign; a truth gets the same, so that the two meet.
_LONGEST_ID = 8191
_CUT = "…"
# What spreadsheets write where a comma separates decimals.
_SEPARATORS = ",;\t|"
# A number of seconds is below the first in any year before 5138, and so on.
_UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))
_COMPACT_DAY = 8  # digits: 20261130
_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "request_id, label or value; optional: time, model_name"


@dataclass(frozen=True, slots=True)
class Truth:
    """The true result of one prediction.

    Attributes:
        request_id: The request that asked for it.
        at: When the truth was known, UTC.
        label: The actual class, or None.
        value: The actual value, or None.
        model: The model, where one request asked several; None for all of them.
    """

    request_id: str
    at: datetime
    label: str | None = None
    value: float | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be used.

    Attributes:
        row: Its number, 1 for the first row of data.
        reason: Why.
    """

    row: int
    reason: str


def read(path: Path, *, now: datetime) -> Iterator[Truth | Refused]:
    """Return the truths of a file, row by row; the file is never held in memory as a whole.

    Args:
        path: A `.csv`, `.ndjson` (`.jsonl`, `.json`) or `.parquet` file.
        now: The time of a truth whose row has none.

    Raises:
        ConfigurationError: The file is of another kind, cannot be read, or lacks a column.
    """
    readers = {".csv": _csv, ".ndjson": _ndjson, ".jsonl": _ndjson, ".json": _ndjson, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ConfigurationError(
            f"{path} is of no known kind.", next_step=f"Give a file that ends in {', '.join(readers)}."
        )
    if path.exists() and not path.is_file():
        raise ConfigurationError(
            f"{path} is no regular file, so its end is unknown.", next_step="Write the data to a file first."
        )
    try:
        for number, row in enumerate(reader(path), start=1):
            yield row if isinstance(row, Refused) else _truth(number, row, now)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.", next_step="Check its name.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no UTF-8.", next_step="Convert it: iconv -t utf-8.") from error


def _csv(path: Path) -> Iterator[Mapping[str, Any] | Refused]:
    csv.field_size_limit(sys.maxsize)  # a long cell is a long label, and no reason to read no further
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(1 << 20)
        separator = max(_SEPARATORS, key=first.count)
        file.seek(0)
        # Strict: a quote that is never closed would make one label of all the rows behind it.
        rows = csv.reader(file, delimiter=separator, strict=True)
        done = 0
        try:
            names = _require(next(rows, []), path)
            for row in rows:
                if row:
                    yield dict(zip(names, row, strict=False))
                    done += 1
        except csv.Error as error:
            yield Refused(done + 1, f"no CSV from line {rows.line_num} on ({error}); what follows was not read")


def _ndjson(path: Path) -> Iterator[Mapping[str, Any] | Refused]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                yield Refused(number, f"no JSON: {error}")
                continue
            if isinstance(row, dict):
                yield {_name(name): value for name, value in row.items()}
            elif isinstance(row, list):
                yield Refused(number, "a list and no JSON object; one object a line is read (jq -c '.[]' FILE)")
            else:
                yield Refused(number, "no JSON object")


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet, types
    except ImportError as error:
        raise ConfigurationError(
            f"{path} is a Parquet file, which pyarrow reads, and that is not installed.",
            next_step="pip install 'model-logs[parquet]'",
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _require(names, path)
            wanted = [name for name in names if any(_name(name) in known for known in _NAMES.values())]
            for batch in file.iter_batches(columns=wanted):
                columns = {}
                for name, column in zip(batch.schema.names, batch.columns, strict=True):
                    if types.is_timestamp(column.type):
                        # As whole numbers: Python's times know no nanoseconds, and no year above 9999.
                        parts = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[column.type.unit]
                        values = [_Since1970(each, parts) for each in column.cast("int64").to_pylist()]
                    else:
                        values = column.to_pylist()
                    columns[_name(name)] = values
                yield from (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    except (ArrowException, OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be read as Parquet: {error}", next_step="Check the file; rows that were read before stay."
        ) from error


@dataclass(frozen=True, slots=True)
class _Since1970:
    """A time of a Parquet file: how many parts of a second since 1970; None where it is missing."""

    count: int | None
    parts: int


def _name(column: object) -> str:
    """Return the name of a column as it is compared."""
    return str(column).strip().lower()


def _require(columns: Any, path: Path) -> list[str]:
    """Return the names of the columns as they are compared.

    Raises:
        ConfigurationError: One that is needed is not there.
    """
    names = [_name(column) for column in columns]
    found = set(names)
    if found.isdisjoint(_NAMES["request_id"]) or found.isdisjoint({*_NAMES["label"], *_NAMES["value"]}):
        raise ConfigurationError(
            f"{path} has the columns {', '.join(map(str, columns)) or 'none'}.", next_step=f"It needs {_COLUMNS}."
        )
    return names


def _truth(number: int, row: Mapping[str, Any], now: datetime) -> Truth | Refused:
    given = {name: next((row[n] for n in names if _is_given(row.get(n))), None) for name, names in _NAMES.items()}
    if given["label"] is None and given["value"] is None and given["request_id"] is not None:
        return Refused(number, "neither a label nor a value")
    try:
        request_id = _id(given["request_id"])
        label = _text("label", given["label"])
        value = _value(given["value"])
        at = now if given["time"] is None else _moment(given["time"], now)
        model = _text("model_name", given["model"])
    except _UnusableError as error:
        return Refused(number, str(error))
    return Truth(request_id, at, label, value, model)


class _UnusableError(Exception):
    """A cell that cannot be used; the message is the reason."""


def _is_given(value: Any) -> bool:
    if isinstance(value, _Since1970):
        return value.count is not None
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))


def _shown(value: Any) -> str:
    return repr(str(value)[:40])


def _id(value: Any) -> str:
    """Return the id of a request as the logger writes it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)  # a column of whole numbers in which one is missing becomes one of floats
    if isinstance(value, bool):
        raise _UnusableError(f"the request_id {value} is no id")
    found = (_text("request_id", value) or "").strip()
    if not found:
        raise _UnusableError("no request_id")
    return found if len(found) <= _LONGEST_ID else found[: _LONGEST_ID - 1] + _CUT


def _text(name: str, value: Any) -> str | None:
    """Return a label or a name as the logger writes it."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, dict | list | tuple | set):
        raise _UnusableError(f"the {name} {_shown(value)} is no single value")
    if value is None:
        return None
    text = "true" if value is True else "false" if value is False else str(value)
    return text if len(text) <= _LONGEST_ID else text[: _LONGEST_ID - 1] + _CUT


def _value(given: Any) -> float | None:
    if given is None:
        return None
    try:
        value = float(given)
    except (TypeError, ValueError, OverflowError):
        raise _UnusableError(f"the value {_shown(given)} is no number") from None
    if not abs(value) < 3.4e38:  # noqa: PLR2004  # what the mapping's float holds; NaN too
        raise _UnusableError(f"the value {value} is no number that can be stored")
    return value


def _moment(given: Any, now: datetime) -> datetime:
    """Return when a truth was known: its rank among the truths of a prediction, so it cannot be before 1970."""
    try:
        found = _read_moment(given)
    except (TypeError, ValueError, OverflowError, OSError):
        shown = given.count if isinstance(given, _Since1970) else given
        raise _UnusableError(f"the time {_shown(shown)} is neither ISO 8601 nor seconds since 1970") from None
    if found < _EPOCH:
        raise _UnusableError(f"the time {_shown(given)} is before 1970")
    if found > now + _AHEAD:
        raise _UnusableError(f"the time {_shown(given)} is in the future; no later outcome could replace it")
    return found


def _read_moment(given: Any) -> datetime:
    if isinstance(given, _Since1970):
        return _EPOCH + timedelta(microseconds=(given.count or 0) * 1_000_000 // given.parts)
    if isinstance(given, bool):
        raise TypeError(given)
    if isinstance(given, date) and not isinstance(given, datetime):
        given = given.isoformat()
    if isinstance(given, datetime):
        found = given
    elif isinstance(given, int | float):
        found = _since_1970(given)
    else:
        text = str(given).strip()
        number = None if text.isdigit() and len(text) == _COMPACT_DAY else _number(text)
        found = datetime.fromisoformat(text) if number is None else _since_1970(number)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _since_1970(count: float) -> datetime:
    for below, parts in _UNITS:
        if abs(count) < below:
            return datetime.fromtimestamp(count / parts, UTC)
    raise ValueError(count)
