"""Each panel of pipeline health against an independent computation in plain Python, over 50,000 random events."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from tests.support.events import moment
from tests.support.six_hours import LAG, NUMBER, in_buckets

from model_logs import assets, query
from model_logs.parse import Origin, Parser

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from tests.support.six_hours import Day


def test_each_event_counts_with_the_time_that_it_took_to_arrive(events: Day) -> None:
    rows = events.ask("ingest-lag")
    assert {row[column] for row in rows for column in ("p50_s", "p95_s", "highest_s")} == {LAG.total_seconds()}
    expected = in_buckets(_with_environment(events), 300, "environment")
    found = {(row["time"].timestamp(), row["environment"]): row["events"] for row in rows}
    assert found == {key: len(here) for key, here in expected.items()}
    assert sum(found.values()) == NUMBER


def test_every_event_counts_for_its_source(events: Day) -> None:
    width = (events.end - events.start).total_seconds() / 60
    expected = Counter(
        (int((moment(event) - events.start).total_seconds() // width), _source(event))
        for event in events.all_ + events.broken
    )
    rows = events.ask("volume-by-source")
    found = {
        (round((row["time"] - events.start).total_seconds() / width), row["source"]): row["events"] for row in rows
    }
    assert found == dict(expected)
    for row in rows:
        assert row["per_minute"] == pytest.approx(row["events"] / (width / 60), abs=1e-6)


def test_a_writer_lacks_the_numbers_between_its_first_and_its_last(events: Day) -> None:
    numbers = defaultdict(set)
    for event in events.all_ + events.broken:
        if "process" in event:
            numbers[event["process"]["entity_id"]].add(event["event"]["sequence"])
    missing = {writer: max(seen) - min(seen) + 1 - len(seen) for writer, seen in numbers.items()}
    assert any(missing.values())
    rows = {row["writer"]: row for row in events.ask("sequence-gaps") if row["writer"]}
    assert {writer: row["missing"] for writer, row in rows.items()} == {w: n for w, n in missing.items() if n}
    assert {writer: row["events"] for writer, row in rows.items()} == {w: len(numbers[w]) for w in rows}


def test_what_was_not_understood_is_counted_over_time_and_by_reason(events: Day) -> None:
    # Six hours in at most 50 buckets are buckets of ten minutes.
    expected = Counter(moment(event).timestamp() // 600 * 600 for event in events.broken)
    rows = events.ask("failed-documents")
    assert {row["time"].timestamp(): row["events"] for row in rows} == dict(expected)
    assert {row["kind"] for row in rows} == {"not understood"}
    parser, origin = Parser(), Origin("tests/events.log", 1, 1, "0", 0)
    by_reason = defaultdict(list)
    for event in events.broken:
        document = orjson.loads(parser.parse(orjson.dumps(event), origin, ingested=event["@timestamp"]).body)
        by_reason[document["reason"]].append(moment(event))
    found = {row["why"]: (row["source"], row["events"], row["latest"]) for row in events.ask("failure-reasons")}
    assert found == {why: ("tests/events.log", len(times), max(times)) for why, times in by_reason.items()}
    assert len(found) > 1


def test_a_document_that_a_mapping_refuses_is_counted_as_refused(applied: Elasticsearch) -> None:
    stream = "logs-model.prediction-production"
    document = {"@timestamp": "2026-05-03T06:00:00Z", "event_type": "predict", "latency_ms": "fast"}
    answer = applied.index(index=stream, document=document, refresh=True)
    assert answer["failure_store"] == "used"
    # The failure store says when it arrived, not when it happened.
    file = assets.path("dashboards/queries/failed-documents.esql")
    now = datetime.now(UTC)
    rows = query.run(applied, file, start=now - timedelta(hours=1), end=now + timedelta(minutes=1)).records()
    assert [(row["kind"], row["events"]) for row in rows] == [("refused", 1)]


def test_a_tier_is_as_full_as_its_fullest_node(events: Day) -> None:
    samples = defaultdict(list)
    for document in events.disks:
        roles = document["node"]["roles"]
        for role in ["data"] if "data" in roles else roles:
            if role.startswith("data"):
                samples[moment(document).timestamp() // 300 * 300, role].append(document["disk"])
    rows = {(row["time"].timestamp(), row["tier"]): row for row in events.ask("storage-by-tier")}
    assert set(rows) == set(samples)
    for key, disks in samples.items():
        assert rows[key]["fullest_pct"] == max(disk["used_pct"] for disk in disks)
        assert rows[key]["mean_pct"] == pytest.approx(fmean(disk["used_pct"] for disk in disks), abs=1e-6)
        assert rows[key]["least_free_bytes"] == min(disk["available_bytes"] for disk in disks)


def _with_environment(events: Day) -> list[dict[str, Any]]:
    return [{"environment": "development", **event} for event in events.all_ + events.broken]


def _source(event: dict[str, Any]) -> str:
    """Return the service, or the file that the parser was told of."""
    return str(event.get("service", {}).get("name") or "tests/events.log")
