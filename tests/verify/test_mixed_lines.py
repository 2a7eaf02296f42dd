"""Nothing is lost and nothing doubled, whatever stands in the file: `benchmarks/mixed_lines.py`, in small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_logs.cluster import Connection
from model_logs.ship import Settings, Shipper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

ROOT = Path(__file__).parents[2]
LINES = 5_000
STREAM = "logs-model.prediction-development"


@pytest.mark.usefixtures("applied")
def test_each_line_is_one_document_in_its_stream_and_a_second_run_adds_none(es_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.mixed_lines", "--url", es_url, "--lines", str(LINES), "--seed", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    figures = json.loads(done.stdout)
    assert figures["documents"] + figures["unparsed"] + figures["refused"] == LINES
    assert (figures["not_as_expected"], figures["secrets_left"], figures["added_once_more"]) == ({}, 0, 0)
    assert figures["once_more"] == {"created": 0, "known": LINES, "refused": 0}
    assert min(figures["documents"], figures["unparsed"]) > LINES / 10


@pytest.fixture
def refusing(applied: Elasticsearch) -> Iterator[Elasticsearch]:
    """A stream whose owner mapped a field so that events with it do not fit."""
    applied.indices.delete_data_stream(name=STREAM)
    mapping = {"mappings": {"properties": {"trace": {"type": "long"}}}}
    applied.cluster.put_component_template(name="logs-model.prediction@custom", template=mapping)
    applied.indices.create_data_stream(name=STREAM)
    yield applied
    applied.indices.delete_data_stream(name=STREAM)
    applied.cluster.delete_component_template(name="logs-model.prediction@custom")


def test_what_the_cluster_refuses_is_counted_and_kept_under_its_id(
    refusing: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    line = '{"@timestamp":"2026-01-15T10:30:00Z","event":{"id":"w-%d"},"event_type":"own"%s}\n'
    log.write_text("".join(line % (n, "" if n % 3 else ',"trace":{"id":"t"}') for n in range(30)) + "no event\n")

    def ship(state: str) -> tuple[int, int, int, int]:
        settings = Settings((str(log),), tmp_path / state, once=True)
        totals = Shipper(Connection(es_url), settings, say=lambda _: None, show_progress=False).run()
        return totals.created, totals.unparsed, totals.refused, totals.known

    def documents() -> tuple[int, set[str]]:
        refusing.indices.refresh(index="logs-model.*,logs-model.*::failures")
        hits = refusing.search(index=f"{STREAM}::failures", size=100, source_includes=["document.id"])["hits"]["hits"]
        return refusing.count(index="logs-model.*")["count"], {hit["_source"]["document"]["id"] for hit in hits}

    assert ship("first") == (21, 1, 10, 0)
    first = documents()
    assert first == (21, {f"w-{n}" for n in range(0, 30, 3)})
    # Refused once more: the failure store keeps another copy under the same id, no stream has a document more.
    assert ship("second") == (0, 1, 10, 21)
    assert documents() == first
