"""What a batch goes through between the parser and the cluster: bounds, order, what makes a request refused."""

from __future__ import annotations

import os
import threading

import orjson

from model_logs.cluster import Connection
from model_logs.parse import Document
from model_logs.ship.sending.bulk import Batch, Settler
from model_logs.ship.sending.dead_letters import DeadLetters
from model_logs.ship.sending.patience import Patience
from model_logs.ship.sending.sender_threads import Senders
from model_logs.ship.sending.wire import Wire

PREDICTION = "logs-model.prediction-production"


def document(id_, line):
    event = orjson.loads(line) | {"data_stream": {"type": "logs", "dataset": "model.prediction"}}
    entry = b'{"create":{"_index":"%b","_id":"%b"}}\n%b\n' % (PREDICTION.encode(), id_.encode(), orjson.dumps(event))
    return Document(id_, PREDICTION, entry)


def test_an_id_that_is_none_does_not_keep_the_others_of_its_request_out(ship, applied, writer, tmp_path):
    """Elasticsearch refuses the whole request for one, and would for ever."""
    letters = tmp_path / "letters.ndjson"
    settler = Settler(Wire(Connection(ship.url)), Patience(5.0, print), DeadLetters(letters), ship.said.append)
    batch = Batch(
        [document("w-1", writer.line()), document("x" * 600, writer.line()), document("w-2", writer.line())]
    )
    settler.settle(batch)
    assert (batch.created, batch.dead_letters) == (2, 1)
    assert "the id is no id" in ship.talk
    assert orjson.loads(letters.read_bytes())["id"] == "x" * 600
    applied.indices.refresh(index=PREDICTION)
    assert {hit["_id"] for hit in applied.search(index=PREDICTION)["hits"]["hits"]} == {"w-1", "w-2"}


def test_batches_wait_for_the_threads_up_to_a_bound_and_come_back_in_order():
    go = threading.Event()

    def wait(batch: Batch) -> None:
        go.wait()

    senders = Senders(2, wait)
    submitted = []
    while not senders.full:
        submitted.append(Batch())
        senders.submit(submitted[-1])
    assert len(submitted) == 5, "two under way, two next, one more"
    assert senders.settled(0.01) == []
    go.set()
    done = []
    while not senders.idle:
        done += senders.settled(1.0)
    senders.close()
    assert list(map(id, done)) == list(map(id, submitted))


def test_of_a_new_file_only_the_first_events_are_looked_up(ship, found, writer, monkeypatch):
    """The first answer tells whether the cluster has its events."""
    asked = []
    known = Wire.known

    def counted(wire: Wire, streams: list[str], ids: list[str]) -> set[str] | None:
        asked.append(len(ids))
        return known(wire, streams, ids)

    monkeypatch.setattr(Wire, "known", counted)
    data = writer.lines(20_000)
    (ship.logs / "a.log").write_bytes(data)
    assert ship.once().created == 20_000
    assert asked == [500]
    assert found(data.splitlines()) == (20_000, 20_000)


def test_a_file_whose_name_is_no_text_is_shipped(ship, applied, writer):
    (ship.logs / os.fsdecode(b"\xff.log")).write_bytes(writer.lines(200))
    assert ship.once().created == 200
    applied.indices.refresh(index=PREDICTION)
    (hit,) = applied.search(index=PREDICTION, size=1)["hits"]["hits"]
    assert hit["_source"]["log"]["file"]["path"].endswith("/\ufffd.log")


def test_events_that_stand_twice_already_are_all_recognised(ship, applied, writer):
    """As Logstash may have left them: two backing indices hold the same ids, so there are more hits than ids."""
    lines = [writer.line() for _ in range(300)]
    ids = [orjson.loads(line)["event"]["id"] for line in lines]
    wire = Wire(Connection(ship.url))
    for number in (200, 250, 300):
        wire.bulk(b"".join(document(id_, line).entry for id_, line in list(zip(ids, lines, strict=True))[:number]))
        applied.indices.rollover(alias=PREDICTION)
    assert wire.known([PREDICTION], ids) == set(ids)
