"""Doubts about the data of a window: what a gate must know before it believes the counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.cluster import translated
from model_logs.errors import InconclusiveError
from model_logs.gate.blocks import AGAINST, CANDIDATE
from model_logs.gate.verdict import Doubt
from model_logs.printing import printable
from model_logs.times import iso, rounded_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from model_logs.gate.blocks import Arms, Table
    from model_logs.gate.question import Question, Window

__all__ = ["about_approval", "about_arms", "about_flow", "about_loss"]

# A share of the window that may lie before the first or behind the last event, or within one silence.
_MOST_SILENCE = 0.1
# In ten spans of the usual length between two events a steady service is not silent.
_RARE = 20
# So few events may have come late, or from the future: one replayed file is no delay of the path.
_TOLERATED = 0.001
# A clock that is wrong shifts all events of its writer alike; a path that is slow shifts them unlike.
_SHIFTED = timedelta(seconds=60)
# How far beyond the window later events are looked for.
_BEYOND = timedelta(hours=1)
_LEAST = timedelta(milliseconds=1)
_MOST_FAILURES = 10_000


def about_arms(question: Question, window: Window, arms: Arms) -> Iterator[Doubt]:
    """Yield a doubt for each version or variant that did not predict in the window."""
    wanted = [(question.version, question.variant)]
    if question.paired:
        wanted.append((question.other_version, question.against_variant))
    for version, variant in wanted:
        if not arms.predictions(version, variant):
            which = f"version {version}" + (f" ({variant})" if variant else "")
            others = arms.others()
            there = f"; there are predictions of {others}" if others else "; nor did any other"
            text = f"{question.model} has no prediction of {which} in {question.environment} from {window}{there}"
            yield Doubt("never predicted", text)


def about_flow(table: Table, window: Window, *, paired: bool) -> Iterator[Doubt]:
    """Yield doubts that the counts themselves show: silence, events without an arrival, events from the future.

    Args:
        table: The counts.
        window: What they are of.
        paired: Whether the other arm is judged too.
    """
    for arm in (CANDIDATE, AGAINST) if paired else (CANDIDATE,):
        whose = "" if arm == CANDIDATE else " of the other arm"
        events = table.column("predictions", arm)
        total = sum(events)
        if not total:
            continue
        yield from _silence(events, window, whose)
        unstamped, ahead = (table.total(name, arm) for name in ("unstamped", "ahead"))
        if unstamped > _TOLERATED * total:
            text = f"{unstamped:,} of {total:,} events{whose} do not say when they arrived (event.ingested)"
            yield Doubt("ingest lag", text)
        if ahead > _TOLERATED * total:
            least = -min(table.extreme("least_lag_ms", arm)) / 1000
            text = f"{ahead:,} of {total:,} events{whose} are dated up to {rounded_span(least)} after their arrival"
            yield Doubt("clock skew", f"{text}: a clock is ahead")


def _silence(events: list[int], window: Window, whose: str) -> Iterator[Doubt]:
    """Yield a doubt where a service that answers steadily was silent for long: it stopped, or its events did."""
    total, blocks = sum(events), len(events)
    longest, begin, at, run = 0, 0, 0, 0
    for at, count in enumerate([*events, 1]):
        if count:
            if run > longest:
                longest, begin = run, at - run
            run = 0
        else:
            run += 1
    expected = total * longest / (blocks - longest) if longest < blocks else 0
    if longest > _MOST_SILENCE * blocks or (longest > 1 and expected > _RARE):
        where = window.start + begin * window.block
        until = where + longest * window.block
        text = (
            f"there is no prediction{whose} from {iso(where, 'seconds')} to {iso(until, 'seconds')},"
            f" {longest} of {blocks} blocks: the load stopped, or events are missing"
        )
        yield Doubt("silence", text, round(expected))


def about_loss(client: Elasticsearch, question: Question, window: Window, now: datetime) -> Iterator[Doubt]:
    """Yield doubts about events that were written and are not among the counts: gaps, refused and unparsed ones.

    Raises:
        QueryError: An answer is not whole.
        ClusterError: The cluster cannot be asked.
    """
    writers = _writers(client, question, window, now)
    yield from _lag(writers, window, now)
    yield from _clocks(writers)
    yield from _gaps(client, question, window, frozenset(row["writer"] for row in writers if row["writer"]))
    refused = _refused(client, question, window, now)
    if refused:
        text = f"{refused:,} documents of {question.environment} were refused and stand in the failure store"
        yield Doubt("failed documents", text, refused)
    unparsed = _unparsed(client, question, window)
    if unparsed:
        text = f"{unparsed:,} events of {question.model} could not be understood (unparsed)"
        yield Doubt("failed documents", text, unparsed)


def about_approval(client: Elasticsearch, question: Question, until: datetime) -> Iterator[Doubt]:
    """Yield a doubt where no approval that counts stands for the version.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    from model_logs.lineage.approvals import approval_of

    verdict, claims = approval_of(client, question.model, question.version, until=until)
    if verdict is not None and verdict["event_type"] == "approved":
        return
    said = "it was rejected" if verdict is not None else "nobody approved it"
    if claims:
        said += f"; {len(claims):,} unattested claims count for nothing"
    yield Doubt("not approved", f"version {question.version} of {question.model} is not approved: {said}")


def _writers(client: Elasticsearch, question: Question, window: Window, now: datetime) -> list[dict[str, Any]]:
    answer = query.run(
        client,
        assets.path("dashboards/gate/writers.esql"),
        start=window.start,
        end=max(min(now, window.end + _BEYOND), window.end + _LEAST),
        params={
            "model": question.model,
            "environment": question.environment,
            "window_end": iso(window.end),
            "late_ms": int((now - window.end) / timedelta(milliseconds=1)),
        },
        timeout=question.timeout,
    )
    return answer.records()


def _lag(writers: list[dict[str, Any]], window: Window, now: datetime) -> Iterator[Doubt]:
    """Yield a doubt where events took longer than the time since the window, and nothing later has come."""
    behind = [row for row in writers if row["late"] and (row["writer"] is None or row["newest"] < window.end)]
    late, total = sum(row["late"] for row in behind), sum(row["events"] for row in writers)
    if late > _TOLERATED * total:
        worst = max(row["most_lag_ms"] for row in behind) / 1000
        age = rounded_span((now - window.end).total_seconds())
        text = (
            f"{late:,} of {total:,} events took up to {rounded_span(worst)} to arrive, the window ended {age} ago,"
            f" and nothing later has come of {len(behind):,} writers: others may still be on their way"
        )
        yield Doubt("ingest lag", text)


def _clocks(writers: list[dict[str, Any]]) -> Iterator[Doubt]:
    """Yield a doubt for writers whose every event arrived late by about the same time."""
    behind = []
    for row in writers:
        least, most = (timedelta(milliseconds=row[name] or 0) for name in ("least_lag_ms", "most_lag_ms"))
        if least > _SHIFTED and most - least < least / 2:
            behind.append((row["writer"], least))
    if behind:
        writer, least = max(behind, key=lambda each: each[1])
        text = (
            f"every event of {len(behind):,} writers arrived more than {rounded_span(_SHIFTED.total_seconds())}"
            f" late and equally so, those of {printable(writer)} by {rounded_span(least.total_seconds())}: a clock is"
            " behind, or the path is slow"
        )
        yield Doubt("clock skew", text)


def _gaps(client: Elasticsearch, question: Question, window: Window, writers: frozenset[str]) -> Iterator[Doubt]:
    from model_logs.audit import audit_writers

    if not writers:
        return
    try:
        found = audit_writers(
            client, window.start, window.end, environment=question.environment, timeout=question.timeout
        )
    except InconclusiveError:
        return
    ours = [each for each in found.writers if each.writer in writers]
    lost = sum(each.lost for each in ours)
    if lost:
        most = max(ours, key=lambda each: each.lost)
        span = f"--from {iso(window.start, 'seconds')} --to {iso(window.end, 'seconds')}"
        text = (
            f"{lost:,} events of the writers of {question.model} are lost, most of them of {printable(most.writer)}"
            f" (`model-logs audit {span}` names them)"
        )
        yield Doubt("gaps", text, lost)


def _refused(client: Elasticsearch, question: Question, window: Window, now: datetime) -> int:
    """Count the documents in the failure store that may be predictions of the model in the window.

    They are dated when they failed, and their own fields cannot be searched: so they are read, up to a bound.
    """
    with translated("reading the failure store"):
        found = client.search(
            index=f"logs-model.prediction-{question.environment}::failures",
            size=_MOST_FAILURES,
            query={"range": {"@timestamp": {"gte": iso(window.start), "lte": iso(now)}}},
            source_includes=["document.source"],
            ignore_unavailable=True,
            allow_no_indices=True,
            track_total_hits=False,
        )
    hits = found["hits"]["hits"]
    return sum(_may_be_of(hit["_source"].get("document", {}).get("source"), question, window) for hit in hits)


def _may_be_of(source: object, question: Question, window: Window) -> bool:
    if not isinstance(source, dict):
        return True
    if source.get("model_name") not in {None, question.model}:
        return False
    try:
        inside = window.start <= datetime.fromisoformat(str(source.get("@timestamp"))) < window.end
    except (ValueError, TypeError):
        return True
    return inside


def _unparsed(client: Elasticsearch, question: Question, window: Window) -> int:
    with translated("counting unparsed events"):
        found = client.count(
            index=f"logs-model.unparsed-{question.environment}",
            query={
                "bool": {
                    "filter": [
                        {"term": {"model_name": question.model}},
                        {"range": {"@timestamp": {"gte": iso(window.start), "lt": iso(window.end)}}},
                    ]
                }
            },
            ignore_unavailable=True,
            allow_no_indices=True,
        )
    return int(found["count"])
