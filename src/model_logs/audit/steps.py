"""The steps of an audit: find writers, look beyond the edges, select those with gaps, and name the missing numbers.

A window cuts a writer's sequence. So a writer is judged between its lowest and its highest number in the window, and
up to its neighbours outside: a gap across an edge is seen from both sides. Time plays no further part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.audit.erased import erased_ranges
from model_logs.audit.failures import Failures, read_failures
from model_logs.audit.records import Audit, Range, WriterAudit, joined, numbers_within, ranges_of, ranges_without
from model_logs.audit.unattested import unattested_decisions
from model_logs.cluster import translated
from model_logs.errors import ClusterError, InconclusiveError
from model_logs.printing import printable
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elasticsearch import Elasticsearch

__all__ = ["SETTLE", "audit_writers"]

# An event younger than this may still be on its way.
SETTLE = timedelta(seconds=30)

_PAGE = 2_000  # the LIMIT of writers.esql
_NUMBERS_AT_ONCE = 500_000  # so many groups a query may make in the cluster; the part of parts.esql
_BLOCK = 1_000  # the block of blocks.esql
_BLOCKS_AT_ONCE = 9  # so many blocks fit below the LIMIT of numbers.esql
_MOST_RANGES = 1_000


@dataclass
class _Asker:
    """Asks the queries of `dashboards/audit` about one window."""

    client: Elasticsearch
    start: datetime
    end: datetime
    late_ms: int
    timeout: float
    _texts: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, name: str, *, filters: dict[str, Sequence[Any]] | None = None, top: bool = False, **params: object
    ) -> list[dict[str, Any]]:
        if name not in self._texts:
            self._texts[name] = assets.path(f"dashboards/audit/{name}.esql").read_text(encoding="utf-8")
        answer = query.run(
            self.client,
            self._texts[name],
            start=self.start,
            end=self.end,
            params={"late_ms": self.late_ms, **params},
            filters=filters,
            allow_top_n=top,
            timeout=self.timeout,
        )
        return answer.records()


def audit_writers(
    client: Elasticsearch,
    start: datetime,
    end: datetime,
    *,
    environment: str | None = None,
    late: timedelta = timedelta(minutes=1),
    settled: datetime | None = None,
    timeout: float = 120.0,
) -> Audit:
    """Judge every writer of a window by its numbers.

    Args:
        client: Of the cluster that holds the events.
        start: Begin of the window, included.
        end: End of the window, excluded.
        environment: Only writers that wrote for it in the window.
        late: An event that was handled later than this after it happened is late.
        settled: What is younger may be on its way and is not called lost; default: half a minute ago.
        timeout: Seconds for one query.

    Raises:
        InconclusiveError: No event of the window carries a number.
        QueryError: A query was answered in part, or took too long.
        ClusterError: The cluster cannot be asked.
    """
    settled = settled or datetime.now(UTC) - SETTLE
    ask = _Asker(client, start, end, int(late / timedelta(milliseconds=1)), timeout)
    _refresh(client)
    failures = read_failures(client, start, end)
    writers = _writers(ask, environment)
    if environment is None:
        for name, failed in failures.items():
            if failed.inside and name not in writers:
                writers[name] = WriterAudit(name, low=min(failed.inside), high=max(failed.inside))
    found = Audit(start, end, [writers[name] for name in sorted(writers)])
    found.unnumbered = ask("unnumbered", filters=_environment(environment))[0]["events"]
    found.unattested = unattested_decisions(client, start, end, environment=environment)
    if not found.writers:
        raise InconclusiveError(
            f"No event between {iso(start, 'seconds')} and {iso(end, 'seconds')}"
            f"{f' of the environment {printable(environment)}' if environment else ''} carries a writer's number"
            f" ({found.unnumbered:,} events without one).",
            next_step="Give a longer window (--since), or check that the shipper runs"
            f"{' and that the environment is spelled so' if environment else ''}.",
        )
    for writer in found.writers:
        inside = failures.get(writer.writer, Failures()).inside
        writer.low, writer.high = min(inside | {writer.low}), max(inside | {writer.high})
    _find_edges(ask, found.writers, failures, settled, trimmed=_trimmed(client))
    suspects = [*_suspects(ask, found.writers, failures)]
    erased = erased_ranges(client, (suspect.writer for suspect in suspects))
    for suspect in suspects:
        _inspect(ask, suspect, failures.get(suspect.writer, Failures()), erased.get(suspect.writer, []))
    for writer in found.writers:
        if writer.late:
            rows = ask("late", filters=_one(writer), top=True)
            writer.late_ranges = ranges_of([row["number"] for row in rows])[:_MOST_RANGES]
    return found


def _refresh(client: Elasticsearch) -> None:
    """Refresh the streams, where the key allows it: a stream that nobody searches is refreshed seldom."""
    from elasticsearch import AuthorizationException

    with translated("refreshing the streams"):
        try:
            for target in ("logs-model.*", "logs-model.*::failures"):
                client.indices.refresh(index=target, ignore_unavailable=True, allow_no_indices=True)
        except AuthorizationException:
            return


def _one(writer: WriterAudit) -> dict[str, Sequence[Any]]:
    return {"process.entity_id": [writer.writer]}


def _environment(environment: str | None) -> dict[str, Sequence[Any]] | None:
    return {"environment": [environment]} if environment else None


def _writers(ask: _Asker, environment: str | None) -> dict[str, WriterAudit]:
    writers: dict[str, WriterAudit] = {}
    after = ""
    while True:
        rows = ask("writers", filters=_environment(environment), top=True, after=after)
        for row in rows:
            writers[row["writer"]] = WriterAudit(
                writer=row["writer"],
                service=row["service"],
                host=row["host"],
                first=row["begins"],
                last=row["ends"],
                low=row["low"],
                high=row["high"],
                events=row["events"],
                late=row["late"] or 0,
                worst_lag_s=max(0, row["worst_lag_ms"] or 0) / 1000,
            )
        if len(rows) < _PAGE:
            return writers
        after = rows[-1]["writer"]


def _trimmed(client: Elasticsearch) -> bool:
    """Whether older indices of a stream were deleted, and the first numbers of a writer perhaps with them."""
    try:
        with translated("looking at the data streams"):
            streams = client.indices.get_data_stream(name="logs-model.*")["data_streams"]
    except ClusterError:
        return True  # what we may not see may be gone
    return any(int(stream["indices"][0]["index_name"].rpartition("-")[2]) > 1 for stream in streams)


def _find_edges(
    ask: _Asker, writers: list[WriterAudit], failures: dict[str, Failures], settled: datetime, *, trimmed: bool
) -> None:
    """Widen each writer's range to its neighbouring events outside the window, and tell how it ended."""
    for begin in range(0, len(writers), 1_000):
        page = writers[begin : begin + 1_000]
        rows = ask("edges", filters={"process.entity_id": [writer.writer for writer in page]})
        edges = {row["writer"]: row for row in rows}
        for writer in page:
            edge = edges.get(writer.writer, {"previous": None, "next": None, "next_at": None, "closed": None})
            failed = failures.get(writer.writer, Failures()).copies
            before = [n for n in (edge["previous"], *failed) if n is not None and n < writer.low]
            low, high = writer.low, writer.high
            if before:
                low = max(before) + 1
            elif trimmed and low > 1:
                writer.head = "unknown"
            else:
                low = 1
            if edge["closed"] is not None and edge["closed"] >= high:
                writer.tail = "closed"
            elif edge["next"] is not None:
                writer.tail = "continues"
            if edge["next"] is not None and edge["next"] > high and edge["next_at"] <= settled:
                high = edge["next"] - 1
            writer.judged = (min(low, writer.low), high)


def _suspects(ask: _Asker, writers: list[WriterAudit], failures: dict[str, Failures]) -> Iterator[WriterAudit]:
    """Yield the writers with a missing or doubled number."""
    for pack in _packs(writers):
        low, high = min(w.judged[0] for w in pack), max(w.judged[1] for w in pack)
        if high - low >= _NUMBERS_AT_ONCE:
            yield from pack
            continue
        rows = ask("complete", filters={"process.entity_id": [writer.writer for writer in pack]}, low=low, high=high)
        complete = {
            row["writer"]: (row["low"], row["high"])
            for row in rows
            if not row["doubled"] and row["present"] == row["high"] - row["low"] + 1
        }
        for writer in pack:
            there = complete.get(writer.writer)
            whole = there is not None and there[0] <= writer.judged[0] and there[1] >= writer.judged[1]
            if not whole or writer.writer in failures:
                yield writer


def _packs(writers: list[WriterAudit]) -> Iterator[list[WriterAudit]]:
    """Put writers together, as many as one query may count."""
    pack: list[WriterAudit] = []
    size = 0
    # By their numbers: a pack is asked about from its lowest to its highest.
    for writer in sorted(writers, key=lambda w: w.judged):
        spread = writer.judged[1] - (pack[0] if pack else writer).judged[0] + 1
        if pack and (len(pack) + 1) * max(spread, size) > _NUMBERS_AT_ONCE:
            yield pack
            pack, size = [], 0
            spread = writer.judged[1] - writer.judged[0] + 1
        pack.append(writer)
        size = max(size, spread)
    if pack:
        yield pack


def _inspect(ask: _Asker, writer: WriterAudit, failures: Failures, erased: list[Range]) -> None:
    """Find out which numbers of one writer are lost, doubled, failed or erased."""
    low, high = writer.judged
    gone = _gone(ask, writer, failures, erased)
    missing: list[Range] = []
    writer.lost += high - low + 1
    seen = low - 1
    for begin, end in _parts(ask, writer):
        if begin > seen + 1:
            missing.append((seen + 1, begin - 1))
        seen = end
        rows = ask("blocks", filters=_one(writer), low=begin, high=end)
        writer.lost -= sum(row["present"] for row in rows)
        writer.doubled += sum(row["doubled"] for row in rows)
        if any(row["doubled"] for row in rows) and len(writer.doubled_ranges) < _MOST_RANGES:
            doubled = ask("doubled", filters=_one(writer), low=begin, high=end, top=True)
            writer.doubled_ranges += ranges_of([row["number"] for row in doubled])
        if len(missing) < _MOST_RANGES:
            missing += _missing(ask, writer, (begin, end), {row["block"]: row["present"] for row in rows}, gone)
    if seen < high:
        missing.append((seen + 1, high))
    inside = sorted(number for number in failures.copies if low <= number <= high)
    stored = _stored(ask, writer, inside)
    only_failed = [number for number in inside if number not in stored]
    writer.failed = len(only_failed)
    writer.failed_ranges = ranges_of(only_failed)[:_MOST_RANGES]
    writer.lost -= len(only_failed)
    twice = [number for number in only_failed if failures.copies[number] > 1]
    writer.doubled += len(twice)
    writer.doubled_ranges = sorted(writer.doubled_ranges + ranges_of(twice))[:_MOST_RANGES]
    writer.erased = len(gone)
    writer.erased_ranges = ranges_of(gone)[:_MOST_RANGES]
    writer.lost -= len(gone)
    known = sorted({*only_failed, *gone})
    lost = [part for a, b in missing for part in ranges_without(a, b, numbers_within(known, a, b))]
    writer.lost_ranges = joined(lost)[:_MOST_RANGES]


def _gone(ask: _Asker, writer: WriterAudit, failures: Failures, erased: list[Range]) -> list[int]:
    """Return the judged numbers that were erased, sorted; an erasure that was interrupted may have named more."""
    low, high = writer.judged
    said = [n for a, b in erased for n in range(max(a, low), min(b, high) + 1) if n not in failures.copies]
    stored = _stored(ask, writer, said)
    return [number for number in said if number not in stored]


def _parts(ask: _Asker, writer: WriterAudit) -> Iterator[Range]:
    """Yield the ranges of a writer's numbers that hold any, in order, each as large as one query may count."""
    low, high = writer.judged
    if high - low < _NUMBERS_AT_ONCE:
        yield low, high
        return
    for row in ask("parts", filters=_one(writer), low=low, high=high):
        begin = row["part"] * _NUMBERS_AT_ONCE
        yield max(low, begin), min(high, begin + _NUMBERS_AT_ONCE - 1)


def _stored(ask: _Asker, writer: WriterAudit, numbers: list[int]) -> set[int]:
    """Return which of the numbers a stream holds."""
    stored: set[int] = set()
    for begin in range(0, len(numbers), _BLOCKS_AT_ONCE * _BLOCK):
        part = numbers[begin : begin + _BLOCKS_AT_ONCE * _BLOCK]
        filters: dict[str, Sequence[Any]] = {**_one(writer), "event.sequence": part}
        stored.update(row["number"] for row in ask("numbers", filters=filters, low=part[0], high=part[-1]))
    return stored


def _missing(ask: _Asker, writer: WriterAudit, span: Range, present: dict[int, int], gone: list[int]) -> list[Range]:
    """Return the numbers of a range that are neither in a stream nor erased; whole blocks are not asked for."""
    low, high = span
    missing: list[Range] = []
    partial: list[Range] = []
    for block in range(low // _BLOCK, high // _BLOCK + 1):
        begin, end = max(low, block * _BLOCK), min(high, block * _BLOCK + _BLOCK - 1)
        there = present.get(block, 0) + len(numbers_within(gone, begin, end))
        if there == 0:
            missing.append((begin, end))
        elif there < end - begin + 1:
            partial.append((begin, end))
    for begin, end in _neighbours(partial):
        rows = ask("numbers", filters=_one(writer), low=begin, high=end)
        known = {row["number"] for row in rows} | {*numbers_within(gone, begin, end)}
        missing += ranges_without(begin, end, sorted(known))
        if len(missing) >= _MOST_RANGES:
            break
    return joined(sorted(missing))


def _neighbours(blocks: list[Range]) -> Iterator[Range]:
    """Put blocks that follow each other together, as many as one query may list."""
    together: Range | None = None
    for begin, end in blocks:
        if together and begin == together[1] + 1 and end - together[0] < _BLOCKS_AT_ONCE * _BLOCK:
            together = (together[0], end)
            continue
        if together:
            yield together
        together = (begin, end)
    if together:
        yield together
