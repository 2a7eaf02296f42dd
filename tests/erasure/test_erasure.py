"""After an erasure a search over every index finds nothing, and the audit calls what is missing erased, not lost."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from model_logs import contract
from model_logs.audit import audit_writers
from model_logs.cli import model_logs
from model_logs.erasure import Request, Selection, erase, look, put_back
from model_logs.parse import Origin, Parser
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WRITER = "0123456789abcdef01234567"
STREAM = "logs-model.prediction-production"
ID = "req-jane-0815"
OTHER = "req-joe-4711"
OUTCOMES = "model-logs-outcomes-production-2026.11"


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def event(number: int, event_type: str = "predict", **fields: Any) -> dict[str, Any]:
    return {
        "@timestamp": iso(NOON + timedelta(seconds=number)),
        "event": {"id": f"{WRITER}-{number}", "sequence": number},
        "process": {"entity_id": WRITER},
        "event_type": event_type,
        "status": "success",
        "environment": "production",
        "model_name": "credit",
        **({"latency_ms": 5.0} if event_type == "predict" else {}),
        **fields,
    }


class Cluster:
    """Puts lines into the streams as `ship` does, and looks at all that is in the cluster."""

    def __init__(self, es: Elasticsearch) -> None:
        self.es = es

    def ship(self, *lines: dict[str, Any] | str) -> None:
        parser = Parser(default_environment="production")
        operations: list[dict[str, Any]] = []
        for number, line in enumerate(lines):
            text = line if isinstance(line, str) else json.dumps(line)
            document = parser.parse(text.encode(), Origin("a.log", 1, 2, text[:9], number), ingested=iso(NOON))
            operations += [
                {"create": {"_index": document.data_stream, "_id": document.id}},
                json.loads(document.body),
            ]
        assert not self.es.bulk(operations=operations)["errors"]

    def refuse(self, document: dict[str, Any]) -> None:
        answer = self.es.create(index=STREAM, id=f"refused-{document['event']['sequence']}", document=document)
        assert answer["failure_store"] == "used"

    def close(self) -> str:
        """Roll over, and make the old index read-only, as the cold phase does; return its name."""
        old = self.backing()[-1]
        self.es.indices.rollover(alias=STREAM)
        self.es.indices.put_settings(index=old, settings={"index.blocks.write": True})
        return old

    def backing(self) -> list[str]:
        (stream,) = self.es.indices.get_data_stream(name=STREAM)["data_streams"]
        return [each["index_name"] for each in stream["indices"]]

    def is_closed(self, index: str) -> bool:
        said = self.es.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
        return said.get("index.blocks.write") == "true"

    def everything(self) -> str:
        """All documents of all indices, as one text."""
        found = {}
        for index in ("*,.ds-*", "logs-model.*::failures"):
            self.es.indices.refresh(index=index, expand_wildcards="all", ignore_unavailable=True)
            hits = self.es.search(index=index, size=10_000, expand_wildcards="all")["hits"]["hits"]
            found |= {(hit["_index"], hit["_id"]): json.dumps(hit) for hit in hits}
        return "\n".join(found.values())


@pytest.fixture
def cluster(applied: Elasticsearch) -> Iterator[Cluster]:
    yield Cluster(applied)
    applied.indices.delete(index=[OUTCOMES, "model-logs-state"], ignore_unavailable=True)


def plant(cluster: Cluster) -> str:
    """Put the same request into every place where one can be; return the read-only index."""
    cluster.ship(event(1, request_id=ID), event(2, request_id=OTHER))
    closed = cluster.close()
    cluster.ship(
        event(3, request_id=ID, features={"income": 1.5, "reference": ID}, features_sampled=True),
        event(4, request_id=OTHER, labels={"parent": ID}),
        event(5, "outcome", request_id=ID, actual_label="yes"),
        event(6, "log", message=f"request {ID}: answered"),
        event(7, "log", message=f"request {ID}6 is another one"),
        event(8, request_id=ID, latency_ms="soon"),
        f"2026-11-23T12:00:00Z something odd about {ID}, and no pattern",
        f"2026-11-23T12:00:00Z something odd about {OTHER}, and no pattern",
        event(9, request_id=OTHER, trace={"id": ID}),
    )
    cluster.refuse(event(10, request_id=ID, latency_ms={"no": "number"}))
    cluster.refuse(event(11, request_id=OTHER, latency_ms={"no": "number"}))
    cluster.ship(event(12, request_id=OTHER))
    row = {"@timestamp": iso(NOON), "environment": "production", "model_name": "credit"}
    for each in (ID, OTHER):
        cluster.es.index(index=OUTCOMES, document={**row, "request_id": each, "prediction_id": f"p-{each}"})
    return closed


def erased(es_url: str, tmp_path: Path, *arguments: str, ids: str = f"{ID}\n") -> Any:
    file = tmp_path / "ids.txt"
    file.write_text(ids)
    command = [
        "erase",
        "--request-ids",
        str(file),
        "--reason",
        "ticket 12",
        "--by",
        "ann",
        "--url",
        es_url,
        *arguments,
    ]
    return CliRunner().invoke(model_logs, command)


def audited(cluster: Cluster) -> dict[str, Any]:
    found = audit_writers(cluster.es, NOON - timedelta(days=1), NOON + timedelta(days=1))
    (writer,) = [each for each in found.writers if each.writer == WRITER]
    return {name: getattr(writer, name) for name in ("lost", "lost_ranges", "erased", "erased_ranges", "failed")}


def test_a_search_over_every_index_finds_nothing_and_the_audit_says_erased(
    cluster: Cluster, es_url: str, tmp_path: Path
) -> None:
    closed = plant(cluster)
    planned = erased(es_url, tmp_path, "--dry-run", "--output", "json")
    assert planned.exit_code == 0, planned.output
    told = json.loads(planned.stdout)
    assert told["places"] == {
        STREAM: {"events": 6, "refused": 1},
        "logs-model.unparsed-production": {"unparsed": 2},
        "model-logs-outcomes-production": {"outcomes": 1},
    }
    assert told["read_only"] == [closed]
    assert cluster.everything().count(f'"{ID}"') > 3

    done = erased(es_url, tmp_path, "--yes")
    assert done.exit_code == 0, done.output
    assert "10 documents were erased." in done.output
    assert f"{closed} is read-only again." in done.output
    everything = cluster.everything()
    assert ID not in everything.replace(f"{ID}6", "")
    # The neighbours stay: two requests that are others, the other's copies, and an id that only begins alike.
    assert everything.count(f'"request_id": "{OTHER}"') == 4
    assert f"{ID}6" in everything
    assert cluster.is_closed(closed)
    assert audited(cluster) == {
        "lost": 0,
        "lost_ranges": [],
        "erased": 8,
        "erased_ranges": [(1, 1), (3, 6), (8, 10)],
        "failed": 1,
    }


def test_it_leaves_events_with_who_why_and_the_numbers(cluster: Cluster, es_url: str, tmp_path: Path) -> None:
    plant(cluster)
    assert erased(es_url, tmp_path, "--yes").exit_code == 0
    cluster.es.indices.refresh(index="logs-model.lifecycle-production")
    hits = cluster.es.search(index="logs-model.lifecycle-production", size=100)["hits"]["hits"]
    events = [hit["_source"] for hit in hits]
    assert {each["event_type"] for each in events} == {"erased"}
    assert {(each["user"]["name"], each["reason"], each["attested"]) for each in events} == {
        ("ann", "ticket 12", True)
    }
    assert sum(each["erasure"]["documents"] for each in events) == 10
    assert len({each["erasure"]["id"] for each in events}) == 1
    fields = contract.load_contract().carried_by("erased")
    assert {"erasure.ranges", "erasure.place", "reason"} <= {field.name for field in fields}


def test_a_second_run_finds_nothing(cluster: Cluster, es_url: str, tmp_path: Path) -> None:
    plant(cluster)
    assert erased(es_url, tmp_path, "--yes").exit_code == 0
    again = erased(es_url, tmp_path, "--yes")
    assert (again.exit_code, again.stdout) == (0, "Nothing to erase.\n")


def test_a_lost_event_stays_lost_beside_erased_ones(cluster: Cluster, es_url: str, tmp_path: Path) -> None:
    cluster.ship(*(event(n, request_id=ID if n % 3 else OTHER) for n in range(1, 2_400) if n not in {10, 11, 1_500}))
    assert erased(es_url, tmp_path, "--yes").exit_code == 0
    found = audited(cluster)
    assert (found["lost"], found["lost_ranges"]) == (3, [(10, 11), (1_500, 1_500)])
    assert found["erased"] == sum(n % 3 != 0 for n in range(1, 2_398) if n not in {10, 11, 1_500})
    said = CliRunner().invoke(model_logs, ["audit", "--from", "2026-11-23", "--to", "2026-11-24", "--url", es_url])
    assert said.exit_code == 3
    assert "erased on request: not lost" in said.output


def test_whoever_loses_events_cannot_call_them_erased(cluster: Cluster) -> None:
    cluster.ship(*(event(n, request_id=OTHER) for n in (1, 2, 5)))
    claim = json.dumps({WRITER: [[3, 4]]})
    cluster.ship(event(6, "erased", erasure={"id": "e", "ranges": claim}, attested=True))
    assert audited(cluster)["lost_ranges"] == [(3, 4)]


def test_a_model_is_erased_before_a_moment_with_truths_that_name_no_model(cluster: Cluster, es_url: str) -> None:
    cluster.ship(
        event(1, request_id="a"),
        event(2, request_id="b", model_name="fraud"),
        event(3, "outcome", request_id="a", actual_label="yes", model_name=None),
        event(4, "outcome", request_id="b", actual_label="yes", model_name=None),
        event(5, "predict", request_id="c", latency_ms="soon"),
        '2026-11-23T12:00:00Z odd {"model_name": "credit"}',
        '2026-11-23T12:00:00Z odd {"model_name": "credit-2"}',
        event(6, "approved", model_version="1"),
        event(600, request_id="d"),
    )
    cluster.es.indices.refresh(index="logs-model.*")
    selection = Selection(model="credit", before=NOON + timedelta(seconds=60))
    assert look(cluster.es, selection).documents == 4
    command = ["--model", "credit", "--before", iso(NOON + timedelta(seconds=60)), "--reason", "contract ended"]
    done = CliRunner().invoke(model_logs, ["erase", *command, "--yes", "--url", es_url])
    assert done.exit_code == 0, done.output
    left = cluster.everything()
    for stays in ('"b"', '"d"', "credit-2", '"approved"'):
        assert stays in left
    for gone in ('"request_id": "a"', '"request_id": "c"'):
        assert gone not in left
    assert audited(cluster)["lost"] == 593


def test_an_interrupted_run_closes_what_it_opened_and_goes_on(cluster: Cluster, es_url: str, tmp_path: Path) -> None:
    closed = plant(cluster)

    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    request = Request(Selection(request_ids=frozenset({ID})), "ann", "ticket 12")
    with pytest.raises(KeyboardInterrupt):
        erase(cluster.es, request, told=lambda _: None, progress=interrupt)
    assert cluster.is_closed(closed)
    assert put_back(cluster.es, lambda _: None) == 0
    done = erased(es_url, tmp_path, "--yes")
    assert "9 documents were erased." in done.output
    assert audited(cluster)["lost"] == 0


KILLED = """
import os, signal, sys
from elasticsearch import Elasticsearch
from model_logs.erasure import Request, Selection, erase
def told(text):
    if "lifted" in text:
        print("open", flush=True)
def progress(done):
    os.kill(os.getpid(), signal.SIGKILL)
with Elasticsearch(sys.argv[1]) as es:
    request = Request(Selection(request_ids=frozenset({sys.argv[2]})), "ann", "ticket 12")
    erase(es, request, told=told, progress=progress)
"""


def test_what_a_killed_run_left_open_is_closed_by_the_next(cluster: Cluster, es_url: str, tmp_path: Path) -> None:
    closed = plant(cluster)
    killed = subprocess.run([sys.executable, "-c", KILLED, es_url, ID], capture_output=True, text=True, check=False)
    assert (killed.returncode, killed.stdout) == (-9, "open\n"), killed.stderr
    assert not cluster.is_closed(closed)
    done = erased(es_url, tmp_path, "--yes")
    assert "was left open by an interrupted erasure; it is read-only again" in done.output
    assert cluster.is_closed(closed)
    assert ID not in cluster.everything().replace(f"{ID}6", "")
    assert audited(cluster)["lost"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "this is no terminal"),
        (["--model", "credit"], "Give either"),
        (["--yes", "--reason", f"for {ID}"], "names one of the requests"),
        (["--yes", "--reason", " "], "Give --reason"),
    ],
)
def test_what_cannot_be_asked_for_erases_nothing(
    cluster: Cluster, es_url: str, tmp_path: Path, arguments: list[str], words: str
) -> None:
    cluster.ship(event(1, request_id=ID))
    cluster.es.indices.refresh(index="logs-model.*")
    refused = erased(es_url, tmp_path, *arguments)
    assert refused.exit_code in {1, 2}
    assert words in refused.output
    assert ID in cluster.everything()


@pytest.mark.parametrize(
    ("ids", "text", "meant"),
    [
        ({"abcdef"}, "see abcdef.", True),
        ({"abcdef"}, "see xabcdef", False),
        ({"abcdef"}, "see abcdef7", False),
        ({"7"}, "latency=7", False),
        ({"7"}, "request_id=7, latency", True),
        ({"7"}, '{"request_id": "7"}', True),
        ({"7"}, '{"request_id": "71"}', False),
        ({"/orders/17?x=1"}, "GET /orders/17?x=1 200", True),
        ({"a-b:c_d"}, 'x="a-b:c_d"', True),
        ({"ключ-12"}, "ключ-12", True),
    ],
)
def test_an_id_is_found_in_a_text_where_nothing_touches_it(ids: set[str], text: str, meant: bool) -> None:
    source = {"event": {"original": text}}
    assert Selection(request_ids=frozenset(ids)).fits(source) is meant


def test_a_short_id_counts_by_its_field_alone() -> None:
    selection = Selection(request_ids=frozenset({"7"}))
    assert selection.fits({"document": {"source": {"request_id": 7, "latency_ms": {}}}})
    assert not selection.fits({"document": {"source": {"model_version": "7", "latency_ms": 7}}})
