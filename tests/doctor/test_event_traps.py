"""Traps that show in the documents; each is set by indexing such a document on the real node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from model_logs.doctor import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    Look = Callable[..., Any]
    Event = Callable[..., dict[str, Any]]
    Store = Callable[..., None]

STREAM = "logs-model.prediction-production"
UNPARSED = "logs-model.unparsed-production"


def test_a_document_that_does_not_fit_is_found_in_the_failure_store(look: Look, store: Store, event: Event) -> None:
    store(event(latency_ms="fast"), event(latency_ms=1.5))
    (finding,) = look("failures")
    assert (finding.severity, finding.where) == (Severity.PROBLEM, f"{STREAM}::failures")
    assert finding.seen.startswith("1 documents, 1 of them within 24.0 h; the newest of 20")
    assert "document_parsing_exception" in finding.seen
    assert "latency_ms" in finding.seen


def test_a_failure_of_long_ago_is_a_warning(look: Look, store: Store, event: Event) -> None:
    from datetime import timedelta

    store(event(latency_ms="fast"))
    (finding,) = look("failures", since=timedelta(0))
    assert finding.severity is Severity.WARNING
    assert "0 of them" in finding.seen


def test_a_value_that_cannot_be_searched_is_told_and_a_label_is_not(look: Look, store: Store, event: Event) -> None:
    store(event(reason="x" * 9_000, labels={"note": "y" * 2_000}))
    (finding,) = look("ignored")
    assert (finding.severity, finding.where) == (Severity.WARNING, "reason")
    assert "in 1 documents" in finding.seen
    store(event(labels={"note": "y" * 2_000}))
    assert len(look("ignored")) == 1


def test_labels_alone_are_no_finding(look: Look, store: Store, event: Event) -> None:
    store(event(labels={"note": "y" * 2_000}))
    assert [finding.severity for finding in look("ignored")] == [Severity.OK]


def test_a_mapping_without_room_is_told_with_the_names_that_cannot_be_searched_until_the_next_index(
    look: Look, applied: Elasticsearch, store: Store, event: Event
) -> None:
    (finding,) = look("fields-full")
    assert finding.severity is Severity.OK
    has = int(finding.seen.split("the fullest ")[1].split(" of 500 in")[0])
    try:
        store(event(labels={f"user_{number}": "x" for number in range(450 - has)}))
        (finding,) = look("fields-full")
        assert (finding.severity, finding.where) == (Severity.WARNING, STREAM)
        assert "has 450 of 500 fields" in finding.seen
        many = {f"user_{number}": "x" for number in range(1_000)}
        store(
            event(labels=many, service={"name": "noisy"}), event(metrics={"of_mine": 0.5}, service={"name": "poor"})
        )
        (finding,) = look("fields-full")
        assert (finding.severity, finding.where) == (Severity.PROBLEM, STREAM)
        assert "has 500 of 500 fields" in finding.seen
        assert "names are stored and not searchable: " in finding.seen
        assert finding.seen.endswith("; written by noisy, poor")
        assert f"POST {STREAM}/_rollover" in finding.remedy
        mine = applied.search(index=STREAM, query={"exists": {"field": "metrics.of_mine"}})
        assert mine["hits"]["total"]["value"] == 0, "the limit is what the check takes it for"
        assert [each.severity for each in look("ignored")] == [Severity.OK]
        applied.indices.rollover(alias=STREAM)
        store(event(metrics={"of_mine": 0.5}))
        assert [each.severity for each in look("fields-full")] == [Severity.OK], "the remedy is true"
        mine = applied.search(index=STREAM, query={"exists": {"field": "metrics.of_mine"}})
        assert mine["hits"]["total"]["value"] == 1
    finally:
        applied.indices.delete_data_stream(name=STREAM)


@pytest.mark.parametrize(
    ("lines", "severity"), [(0, Severity.OK), (1, Severity.OK), (5, Severity.WARNING), (20, Severity.PROBLEM)]
)
def test_a_share_of_lines_that_nobody_understands_is_weighed(
    look: Look, applied: Elasticsearch, event: Event, lines: int, severity: Severity
) -> None:
    documents = [(STREAM, event())] * 100
    documents += [(UNPARSED, event(event_type="unparsed", reason="no pattern knows it"))] * lines
    operations = [part for stream, body in documents for part in ({"create": {"_index": stream}}, body)]
    assert not applied.bulk(operations=operations, refresh=True)["errors"]
    (finding,) = look("unparsed")
    assert finding.severity is severity
    assert f"{lines} of {100 + lines} events are unparsed" in finding.seen
    assert severity is Severity.OK or f"no pattern knows it ({lines})" in finding.seen


def test_an_environment_that_nobody_listed_is_named(look: Look, store: Store, event: Event) -> None:
    stray = event(environment="unknown", labels={"environment": "prod-eu"})
    store(event(), stray, stream="logs-model.prediction-unknown")
    (finding,) = look("unknown-environment")
    assert finding.severity is Severity.WARNING
    assert "'prod-eu' (1)" in finding.seen
    assert "MODEL_LOGS_ENVIRONMENTS=production,NAME" in finding.remedy


@pytest.mark.parametrize(("lag", "severity"), [(300, Severity.WARNING), (7_200, Severity.PROBLEM)])
def test_a_host_whose_events_come_late_is_named(
    look: Look, store: Store, event: Event, lag: int, severity: Severity
) -> None:
    store(*(event(host="late-1", lag=lag) for _ in range(3)), event(host="prompt-1"))
    (finding,) = look("ingest-lag")
    assert (finding.severity, finding.where) == (severity, "late-1")
    assert "of 3 events" in finding.seen


@pytest.mark.parametrize(("ahead", "severity"), [(20, Severity.WARNING), (3_600, Severity.PROBLEM)])
def test_a_host_whose_events_come_from_the_future_is_named(
    look: Look, store: Store, event: Event, ahead: int, severity: Severity
) -> None:
    store(event(host="fast-1", lag=-ahead), event(host="fast-1"), event(host="right-1"))
    (finding,) = look("future-events")
    assert (finding.severity, finding.where) == (severity, "fast-1")
    assert "1 of 2 events" in finding.seen


@pytest.mark.parametrize("trap", ["unparsed", "ingest-lag", "future-events"])
def test_without_events_there_is_nothing_to_judge_by_and_it_says_so(
    look: Look, applied: Elasticsearch, trap: str
) -> None:
    (finding,) = look(trap)
    assert (finding.severity, finding.failed) == (Severity.SKIPPED, False)
    assert "within 24.0 h" in finding.seen
