"""Samples of a model's features, from the cluster or from a file, column by column.

Rows are not kept: of each feature its numbers, its texts with how often each came, and in how many rows it stood.
"""

from __future__ import annotations

import csv
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from model_logs import contract
from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.features import features
from model_logs.cluster import translated
from model_logs.errors import ConfigurationError
from model_logs.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from elasticsearch import Elasticsearch

__all__ = ["MOST_ROWS", "Column", "Sample", "read_file", "read_window"]

MOST_ROWS = 100_000
# A file may have more columns than a model has features; past these nobody reads the answer.
_MOST_NAMES = 1_000
_PAGE = 5_000
_KEEP_ALIVE = "2m"
# The same rows of an unchanged window each time.
_SEED = 7


@dataclass(slots=True)
class Column:
    """The values of one feature.

    Attributes:
        numbers: Those that are numbers.
        texts: Those that are texts, with how often each came.
    """

    numbers: array[float] = field(default_factory=lambda: array("d"))
    texts: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """The number of rows with a value."""
        return len(self.numbers) + self.texts.total()

    @property
    def kind(self) -> str:
        """The type of most values: `number` or `text`."""
        return "number" if 2 * len(self.numbers) >= self.count else "text"


@dataclass(slots=True)
class Sample:
    """A sample of a model's features.

    Attributes:
        about: Where it is from, for people.
        rows: How many predictions or rows it holds.
        columns: Feature → its values.
    """

    about: str
    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """Add one row, of numbers and texts."""
        self.rows += 1
        for name, value in row.items():
            column = self.columns.get(name)
            if column is None:
                if len(self.columns) >= _MOST_NAMES:
                    continue
                column = self.columns[name] = Column()
            if isinstance(value, str):
                column.texts[value] += 1
            elif isinstance(value, int | float):
                column.numbers.append(value)


def read_window(
    client: Elasticsearch,
    model: str,
    environment: str,
    *,
    start: datetime,
    end: datetime,
    version: str | None = None,
    most: int = MOST_ROWS,
) -> Sample:
    """Return the features that were logged in a stretch of time; of more than `most` rows a random choice.

    Shadow traffic, which reaches nobody, is left out.

    Args:
        client: The cluster.
        model: The model.
        environment: Where it runs.
        start: Begin, included.
        end: End, excluded.
        version: The version; None for all.
        most: How many rows are read at most.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    stream = contract.load_contract().streams["prediction"].in_environment(environment)
    wanted: list[dict[str, Any]] = [
        {"term": {"event_type": "predict"}},
        {"term": {"features_sampled": True}},
        {"term": {"model_name": model}},
        {"range": {"@timestamp": {"gte": start.isoformat(), "lt": end.isoformat()}}},
    ]
    if version is not None:
        wanted.append({"term": {"model_version": version}})
    chosen = {"bool": {"filter": wanted, "must_not": [{"term": {"variant": "shadow"}}]}}
    of_version = f"version {version} of {model}" if version is not None else model
    sample = Sample(f"{of_version} in {environment}, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC")
    for row in _rows(client, stream, chosen, most):
        sample.add(row)
    return sample


def _rows(client: Elasticsearch, stream: str, chosen: dict[str, Any], most: int) -> Iterator[dict[str, Any]]:
    """Return features from one view of the stream, in a random order that is the same each time."""
    # Filters score nothing, so that the random score has to stand in the place of theirs.
    chance = {"random_score": {"seed": _SEED, "field": "_seq_no"}, "boost_mode": "replace"}
    random = {"function_score": {"query": chosen, **chance}}
    with translated(f"reading features from {stream}"):
        view = client.open_point_in_time(index=stream, keep_alive=_KEEP_ALIVE, allow_partial_search_results=False)[
            "id"
        ]
        try:
            after: list[Any] | None = None
            left = most
            while left > 0:
                answer = client.search(
                    pit={"id": view, "keep_alive": _KEEP_ALIVE},
                    size=min(_PAGE, left),
                    query=random,
                    sort=[{"_score": "desc"}, {"_shard_doc": "asc"}],
                    search_after=after,
                    source_includes=["features"],
                    track_total_hits=False,
                    allow_partial_search_results=False,
                )
                view = answer.get("pit_id", view)
                hits = answer["hits"]["hits"]
                yield from (_plain(hit["_source"].get("features")) for hit in hits)
                left -= len(hits)
                if not hits:
                    return
                after = hits[-1]["sort"]
        finally:
            client.close_point_in_time(id=view)


def _plain(stored: Any) -> dict[str, Any]:
    return stored if isinstance(stored, dict) else {}


def read_file(path: Path, *, most: int = MOST_ROWS) -> Sample:
    """Return the rows of a file as the logger would have written them: `.csv`, `.ndjson` or `.parquet`.

    A row of a file of newline-delimited JSON is an object of features, or an event that has them as `features`.

    Args:
        path: The file.
        most: How many rows are taken at most, from the file's begin.

    Raises:
        ConfigurationError: The file is of another kind, or cannot be read.
    """
    readers = {".csv": _csv, ".ndjson": _ndjson, ".jsonl": _ndjson, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ConfigurationError(
            f"{path} is of no known kind.", next_step=f"Give a file that ends in {', '.join(readers)}."
        )
    sample = Sample(str(path))
    try:
        for row in reader(path):
            if sample.rows >= most:
                break
            sample.add(features(_named(row), Adjustments(redact)))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.", next_step="Check its name.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.", next_step="Save it as UTF-8.") from error
    if reader is _csv:
        for column in sample.columns.values():
            _read_numbers(column)
    return sample


def _named(row: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, value) for name, value in row.items() if value is not None)


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, restkey=""):
            yield {name: value for name, value in row.items() if value not in (None, "")}


def _read_numbers(column: Column) -> None:
    """Make numbers of a CSV file's texts, where all of a column are; `True` and `False` as the logger has them."""
    if {text.lower() for text in column.texts} <= {"true", "false"}:
        lower: Counter[str] = Counter()
        for text, times in column.texts.items():
            lower[text.lower()] += times
        column.texts = lower
        return
    try:
        found = {text: float(text) for text in column.texts}
    except ValueError:
        return
    for text, times in column.texts.items():
        if found[text] * 0.0 == 0.0:
            column.numbers.extend([found[text]] * times)
    column.texts.clear()


def _ndjson(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise ConfigurationError(
                    f"Line {number} of {path} is no JSON: {error}.", next_step="Write one object a line."
                ) from error
            if not isinstance(row, dict):
                raise ConfigurationError(
                    f"Line {number} of {path} is no JSON object.", next_step="Write one object a line."
                )
            inner = row.get("features")
            yield inner if isinstance(inner, dict) else row


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except ArrowException as error:
        raise ConfigurationError(
            f"{path} cannot be read as Parquet: {error}.", next_step="Check the file."
        ) from error
