"""`run`: from an ES|QL text to a typed `Answer`, or to a `QueryError` that says what to do."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs.cluster import reason_of, translated
from model_logs.errors import QueryError
from model_logs.files.reading import read_text
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from elasticsearch import ApiError, Elasticsearch

__all__ = ["MAX_LIMIT", "Answer", "Column", "limit_of", "run"]

# What an Elasticsearch of default settings gives at most; a higher LIMIT would be lowered in silence.
MAX_LIMIT = 10_000

_NOISE = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:.|\n)*?\*/')
_LIMIT = re.compile(r"\|\s*LIMIT\s+(\d+)\s*", re.IGNORECASE)
_DENIED = {401, 403}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name and its ES|QL type (keyword, long, double, date, …)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query.

    Attributes:
        columns: In the order of the query.
        rows: One tuple a row; dates are aware datetimes in UTC, an absent value is None, several values are a list.
        limit: The query's LIMIT.
        start: Begin of the time range, included.
        end: End of the time range, excluded.
        warnings: What the server remarked, such as an evaluation that failed and became null.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    limit: int
    start: datetime
    end: datetime
    warnings: tuple[str, ...] = ()

    @property
    def limit_reached(self) -> bool:
        """There may be more rows than these; only ever true where a top N was allowed."""
        return len(self.rows) >= self.limit

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]

    def values(self, name: str) -> list[Any]:
        """Return one column from top to bottom.

        Raises:
            QueryError: There is no such column.
        """
        self.require([name])
        index = self.names().index(name)
        return [row[index] for row in self.rows]

    def records(self) -> list[dict[str, Any]]:
        """Return each row as name → value."""
        names = self.names()
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def require(self, names: Sequence[str], what: str = "The query") -> None:
        """Refuse an answer that lacks a column.

        Raises:
            QueryError: A name is not among the columns; `what` says whose query it was.
        """
        missing = sorted(set(names) - set(self.names()))
        if missing:
            raise QueryError(
                f"{what} gives no column {', '.join(missing)}; it gives {', '.join(self.names())}.",
                next_step="Correct the names in the dashboard file, or the KEEP and STATS of the query.",
            )


def limit_of(query: str) -> int:
    """Return the LIMIT that a query ends with.

    Raises:
        QueryError: It has none, more than one, one that is not its last command, or one above `MAX_LIMIT`.
    """
    bare = _bare(query)
    found = list(_LIMIT.finditer(bare))
    if len(found) != 1 or bare[found[0].end() :].strip() or not 0 < int(found[0][1]) <= MAX_LIMIT:
        raise QueryError(
            f"A query must end with one LIMIT of 1 to {MAX_LIMIT:,}: {_shown(query)}",
            next_step="Add `| LIMIT 1000` as its last command, so that a cut answer can be recognised.",
        )
    return int(found[0][1])


def run(
    client: Elasticsearch,
    esql_or_path: str | Path,
    *,
    start: datetime,
    end: datetime,
    params: Mapping[str, object] | None = None,
    filters: Mapping[str, Sequence[str]] | None = None,
    allow_top_n: bool = False,
    timeout: float = 30.0,
) -> Answer:
    """Run one query.

    Args:
        client: Of the cluster that holds the events.
        esql_or_path: The text of the query, or the file that holds it.
        start: Begin of the time range, included; passed as ?_tstart.
        end: End of the time range, excluded; passed as ?_tend.
        params: Further named parameters of the query, without the question mark.
        filters: Field → the values that count, such as `{"model_name": ["churn"]}`. They go beside the query, as the
            filters and controls of a Kibana dashboard do, so the text stays the same with and without them.
        allow_top_n: The query means to show the first rows only: reaching the LIMIT is no error.
        timeout: Seconds until the question is given up.

    Raises:
        QueryError: The query is wrong, took too long, was answered in part, or reached its LIMIT.
        ClusterError: The cluster cannot be reached or denies the right to ask.
    """
    query = esql_or_path if isinstance(esql_or_path, str) else read_text(esql_or_path)
    limit = limit_of(query)
    begin, finish = _milliseconds(start), _milliseconds(end)
    if begin >= finish:
        raise QueryError(
            f"The time range is empty: {iso(begin)} to {iso(finish)}.",
            next_step="Give a begin before the end.",
        )
    named: dict[str, object] = {"_tstart": iso(begin), "_tend": iso(finish), **(params or {})}
    # Only what the query mentions may be sent along, or Elasticsearch refuses it.
    used = [{name: value} for name, value in named.items() if re.search(rf"\?{re.escape(name)}\b", _bare(query))]
    body, remarks = _ask(client, query, used, _filter(filters or {}), timeout)
    if body.get("is_partial"):
        raise QueryError(
            f"Only a part of the shards answered: {_shown(query)}",
            next_step="Look at the shards of the streams (`elk-bootstrap status`), then ask again.",
        )
    columns = tuple(Column(column["name"], column["type"]) for column in body["columns"])
    answer = Answer(columns, _typed(columns, body["values"]), limit, begin, finish, remarks)
    if answer.limit_reached and not allow_top_n:
        raise QueryError(
            f"The answer reached its LIMIT of {limit:,} rows, so it may be cut: {_shown(query)}",
            next_step="Ask for a shorter time, for one model (--model), or for one environment (--environment).",
        )
    return answer


def _ask(
    client: Elasticsearch,
    query: str,
    params: list[dict[str, object]],
    dsl_filter: dict[str, Any] | None,
    timeout: float,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    from elasticsearch import ApiError, ConnectionTimeout, ElasticsearchWarning

    # Without a retry: a question that was too heavy once is too heavy twice.
    patient = client.options(request_timeout=timeout, max_retries=0, retry_on_timeout=False)
    with translated("asking an ES|QL query"), warnings.catch_warnings():
        # They are in the answer; as Python warnings they would be printed in the middle of a table.
        warnings.simplefilter("ignore", ElasticsearchWarning)
        try:
            response = patient.esql.query(query=query, params=params, filter=dsl_filter, allow_partial_results=False)
        except ConnectionTimeout as error:
            raise QueryError(
                f"The query got no answer within {timeout:g} s: {_shown(query)}",
                next_step="Ask for a shorter time range, or allow more seconds (--timeout).",
            ) from error
        except ApiError as error:
            if error.status_code in _DENIED:
                raise
            raise _refused(error, query) from error
    header = response.meta.headers.get("warning") or ""
    return dict(response.body), tuple(re.findall(r'"((?:\\.|[^"\\])*)"', header))


def _refused(error: ApiError, query: str) -> QueryError:
    reason = reason_of(error)
    if "Unknown index" in reason:
        step = "Run `elk-bootstrap apply`, which creates the streams and the lookup indices."
    elif "Unknown column" in reason:
        step = (
            "Correct the name in the query; the names are in docs/reference/events.md. After an upgrade,"
            " `elk-bootstrap apply` installs new fields."
        )
    elif "circuit_breaking" in reason or error.status_code == 429:  # noqa: PLR2004  # HTTP: too many requests
        step = "The cluster has no memory for it: ask for a shorter time range or for one model."
    else:
        step = "Read the reason; `model-logs report --debug` shows the query."
    return QueryError(
        f"Elasticsearch refused the query, {error.status_code}: {reason}\n{_shown(query)}", next_step=step
    )


def _filter(filters: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    terms = [{"terms": {field: list(values)}} for field, values in filters.items() if values]
    return {"bool": {"filter": terms}} if terms else None


def _typed(columns: tuple[Column, ...], rows: list[list[Any]]) -> list[tuple[Any, ...]]:
    dates = [index for index, column in enumerate(columns) if column.type in {"date", "date_nanos"}]
    if not dates:
        return [tuple(row) for row in rows]
    for row in rows:
        for index in dates:
            row[index] = _moment(row[index])
    return [tuple(row) for row in rows]


def _moment(value: object) -> object:
    if isinstance(value, list):
        return [_moment(one) for one in value]
    return None if value is None else datetime.fromisoformat(str(value)).astimezone(UTC)


def _milliseconds(moment: datetime) -> datetime:
    """Return the moment in UTC, cut to the precision that Elasticsearch keeps; a naive one is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


def _bare(query: str) -> str:
    """Return the query without comments and without what stands in quotes."""
    return _NOISE.sub(lambda match: '""' if match[0].startswith('"') else " ", query)


def _shown(query: str) -> str:
    """Return the query in one line, without its comments, short enough for a message."""
    line = " ".join(re.sub(r"^\s*//.*$", "", query, flags=re.MULTILINE).split())
    return line if len(line) <= 160 else f"{line[:159]}…"  # noqa: PLR2004  # two lines of a terminal
