"""Truths as they come from files: CSV, newline-delimited JSON and Parquet, one row each.

Columns: `request_id`, and `label` (or `actual_label`) or `value` (or `actual_value`); optional `time` (ISO 8601 or
seconds since 1970: when the truth was known) and `model_name`. A row that cannot be used is refused with its number.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime
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
_LONGEST_ID = 8191
_COLUMNS = "request_id, label or value; optional: time, model_name"


@dataclass(frozen=True, slots=True)
class Truth:
    """What a prediction should have been.

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
    try:
        for number, row in enumerate(reader(path), start=1):
            yield row if isinstance(row, Refused) else _truth(number, row, now)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.", next_step="Check its name.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no UTF-8.", next_step="Convert it: iconv -t utf-8.") from error


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        _require(rows.fieldnames or (), path)
        yield from rows


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
            yield row if isinstance(row, dict) else Refused(number, "no JSON object")


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise ConfigurationError(
            f"{path} is a Parquet file, which pyarrow reads, and that is not installed.",
            next_step="pip install 'model-logs[parquet]'",
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _require(names, path)
            wanted = [name for name in names if any(name in known for known in _NAMES.values())]
            for batch in file.iter_batches(columns=wanted):
                yield from batch.to_pylist()
    except ArrowInvalid as error:
        raise ConfigurationError(f"{path} is no Parquet file: {error}", next_step="Check the file.") from error


def _require(columns: Any, path: Path) -> None:
    found = set(columns)
    if found.isdisjoint(_NAMES["request_id"]) or found.isdisjoint({*_NAMES["label"], *_NAMES["value"]}):
        raise ConfigurationError(
            f"{path} has the columns {', '.join(map(str, columns)) or 'none'}.", next_step=f"It needs {_COLUMNS}."
        )


def _truth(number: int, row: Mapping[str, Any], now: datetime) -> Truth | Refused:
    given = {name: next((row[n] for n in names if _is_given(row.get(n))), None) for name, names in _NAMES.items()}
    request_id = "" if given["request_id"] is None else str(given["request_id"]).strip()
    if not 0 < len(request_id) <= _LONGEST_ID:
        return Refused(number, "no request_id")
    if given["label"] is None and given["value"] is None:
        return Refused(number, "neither a label nor a value")
    try:
        value = None if given["value"] is None else float(given["value"])
    except (TypeError, ValueError, OverflowError):
        return Refused(number, f"the value {str(given['value'])[:40]!r} is no number")
    if value is not None and not abs(value) < 3.4e38:  # noqa: PLR2004  # what the mapping's float holds; NaN too
        return Refused(number, f"the value {value} is no number that can be stored")
    try:
        at = now if given["time"] is None else _moment(given["time"])
    except (TypeError, ValueError, OverflowError):
        return Refused(number, f"the time {str(given['time'])[:40]!r} is neither ISO 8601 nor seconds since 1970")
    model = None if given["model"] is None else str(given["model"])
    return Truth(request_id, at, _label(given["label"]), value, model)


def _is_given(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))


def _label(value: Any) -> str | None:
    """Return a label as the logger writes it."""
    if value is None:
        return None
    return "true" if value is True else "false" if value is False else str(value)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, int | float):
        found = datetime.fromtimestamp(value, UTC)
    else:
        text = str(value).strip()
        try:
            found = datetime.fromtimestamp(float(text), UTC)
        except ValueError:
            found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
