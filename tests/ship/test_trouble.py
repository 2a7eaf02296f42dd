"""What a cluster, a network or a disk does to a shipper: it waits, says so, and loses nothing."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
import time
from pathlib import Path

import orjson
import pytest

from model_logs import install
from model_logs.errors import ClusterError, ShipError

PREDICTION = "logs-model.prediction-production"


@pytest.fixture
def following(ship):
    """Start a shipper that follows; it is stopped at the end."""
    running = []

    def start(**settings):
        shipper = ship.shipper(once=False, max_wait=None, **settings)
        thread = threading.Thread(target=shipper.run)
        thread.start()
        running.append((shipper, thread))
        return shipper

    yield start
    for shipper, thread in running:
        shipper.stop()
        thread.join()


@pytest.fixture
def customised(ship, applied):
    """Change the prediction template as a user would, and make its production stream anew."""
    name = "logs-model.prediction@custom"

    def change(template):
        applied.cluster.put_component_template(name=name, template=template)
        applied.indices.delete_data_stream(name=PREDICTION)
        applied.indices.create_data_stream(name=PREDICTION)

    yield change
    applied.indices.delete_data_stream(name="logs-model.prediction-*")
    applied.cluster.delete_component_template(name=name)


def wait(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("index.blocks.write", "FORBIDDEN/8/index write (api)"),
        ("index.blocks.read_only_allow_delete", "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark"),
    ],
    ids=["write block", "flood stage"],
)
def test_a_blocked_index_is_waited_for_while_other_streams_go_on(  # noqa: PLR0917 - pytest passes by name
    ship, applied, found, writer, following, block, reason
):
    """Elasticsearch puts such events into the failure store and answers 201: that is not where they belong."""
    applied.indices.put_settings(index=PREDICTION, settings={block: True})
    try:
        data = writer.lines(50) + writer.lines(50, environment="staging")
        (ship.logs / "a.log").write_bytes(data)
        shipper = following()
        wait(lambda: "cannot take events" in ship.talk)
        assert reason in ship.talk
        wait(lambda: found(data.splitlines()[50:])[0] == 50)
        assert shipper.totals.bytes == 0, "nothing is acknowledged before all of the batch is"
        assert found(data.splitlines()[:50])[0] == 0
    finally:
        applied.indices.put_settings(index=PREDICTION, settings={block: None})
    wait(lambda: shipper.totals.created == 100)
    assert shipper.totals.retries >= 50
    assert shipper.totals.refused == 0
    assert "takes events again" in ship.talk
    assert found(data.splitlines()) == (100, 100)


def test_with_once_a_blocked_index_ends_the_run_with_the_reason_and_the_next_run_goes_on(
    ship, applied, found, writer
):
    data = writer.lines(20)
    (ship.logs / "a.log").write_bytes(data)
    applied.indices.put_settings(index=PREDICTION, settings={"index.blocks.write": True})
    try:
        with pytest.raises(ShipError, match="cluster_block_exception") as error:
            ship.once(max_wait=0.3)
    finally:
        applied.indices.put_settings(index=PREDICTION, settings={"index.blocks.write": None})
    assert "goes on from there" in error.value.next_step
    assert ship.once().created == 20
    assert found(data.splitlines()) == (20, 20)


def test_a_stream_that_may_not_be_read_for_a_while_is_waited_for_and_a_repeat_doubles_nothing(
    ship, applied, found, writer
):
    lines = writer.lines(20)
    (ship.logs / "a.log").write_bytes(lines)
    ship.once()
    applied.indices.rollover(alias=PREDICTION)
    applied.indices.put_settings(index=PREDICTION, settings={"index.blocks.read": True})
    try:
        with pytest.raises(ShipError, match="cluster_block_exception"):
            ship.once(from_start=True, max_wait=0.3)
    finally:
        applied.indices.put_settings(index=PREDICTION, settings={"index.blocks.read": None})
    assert "may not read" not in ship.talk
    assert ship.once(from_start=True).known == 20
    assert found(lines.splitlines()) == (20, 20)


def test_a_cluster_that_answers_429_to_whole_requests_is_waited_for(ship, applied, found, writer, following):
    data = writer.lines(500)
    (ship.logs / "a.log").write_bytes(data)
    limit = "network.breaker.inflight_requests.limit"
    applied.cluster.put_settings(transient={limit: "50kb"})
    try:
        shipper = following()
        wait(lambda: "cannot take events" in ship.talk)
        assert "429" in ship.talk
        assert shipper.totals.created == 0
    finally:
        applied.cluster.put_settings(transient={limit: None})
    wait(lambda: shipper.totals.created == 500)
    assert found(data.splitlines()) == (500, 500)


@pytest.mark.parametrize("trouble", ["cut", "reset", "refusals"])
def test_a_connection_that_breaks_loses_nothing_and_doubles_nothing(ship, proxy, found, writer, trouble):
    data = writer.lines(1000)
    (ship.logs / "a.log").write_bytes(data)
    setattr(proxy, trouble, 4)
    totals = ship.once(batch_events=100, through=proxy)
    assert getattr(proxy, trouble) == 0
    assert totals.created + totals.known == 1000
    assert totals.retries >= 3, "the fourth may break off the question whether the cluster answers others"
    assert found(data.splitlines()) == (1000, 1000)


def test_an_answer_that_was_cut_and_a_rollover_before_the_repeat_double_nothing(ship, proxy, applied, found, writer):
    data = writer.lines(300)
    (ship.logs / "a.log").write_bytes(data)
    proxy.cut = 1
    shipper = ship.shipper(senders=1, through=proxy)
    shipper._patience.wait = lambda attempt, reason: applied.indices.rollover(alias=PREDICTION)
    totals = shipper.run()
    assert (totals.created, totals.known) == (0, 300)
    assert found(data.splitlines()) == (300, 300)


def test_a_request_that_is_too_large_is_cut_and_an_event_that_is_too_large_becomes_a_dead_letter(
    ship, proxy, found, writer
):
    small = writer.lines(200)
    large = writer.line(message="x" * 40_000)
    (ship.logs / "a.log").write_bytes(small + large)
    proxy.largest = 20_000
    totals = ship.once(through=proxy)
    assert (totals.created, totals.dead_letters) == (200, 1)
    assert not totals.ok
    (letter,) = letters(ship)
    assert letter["status"] == 413
    assert letter["id"] == orjson.loads(large)["event"]["id"]
    assert found(small.splitlines()) == (200, 200)


def test_something_else_than_elasticsearch_is_refused_and_nothing_is_lost(ship, proxy, writer):
    data = writer.lines(10)
    (ship.logs / "a.log").write_bytes(data)
    proxy.refusals, proxy.status, proxy.body = 10**6, 302, b"<html>Please log in</html>"
    with pytest.raises(ShipError, match="302: <html>Please log in") as error:
        ship.once(through=proxy)
    assert "Nothing is lost" in str(error.value)
    proxy.status, proxy.body = 401, b'{"error":{"type":"security_exception","reason":"missing credentials"}}'
    with pytest.raises(ShipError, match="401: security_exception: missing credentials") as error:
        ship.once(through=proxy)
    assert "--api-key" in error.value.next_step
    assert ship.once().created == 10


def letters(ship):
    return [orjson.loads(line) for line in (ship.state / "dead-letters.ndjson").read_bytes().splitlines()]


def test_a_stretch_of_refused_events_ends_no_doubt_about_those_behind_it(ship, applied, writer, found, customised):
    """None of them is in the stream, which says nothing of the next ones."""
    customised(
        {
            "mappings": {
                "properties": {"labels": {"properties": {"unforeseen": {"type": "long", "ignore_malformed": False}}}}
            }
        }
    )
    first, second = writer.lines(100), writer.lines(100)
    (ship.logs / "a.log").write_bytes(first + writer.lines(200, labels={"unforeseen": "no number"}) + second)
    assert ship.once(batch_events=100).refused == 200
    applied.indices.rollover(alias=PREDICTION)
    ship.state = ship.state.with_name("another-state")
    totals = ship.once(batch_events=100)
    assert (totals.created, totals.known, totals.refused) == (0, 200, 200)
    assert found((first + second).splitlines()) == (200, 200)


def test_what_lands_in_the_failure_store_is_counted_as_refused(ship, applied, writer, customised):
    customised(
        {
            "mappings": {
                "properties": {"labels": {"properties": {"unforeseen": {"type": "long", "ignore_malformed": False}}}}
            }
        }
    )
    (ship.logs / "a.log").write_bytes(writer.lines(3) + writer.line(labels={"unforeseen": "no number"}))
    totals = ship.once()
    assert (totals.created, totals.refused, totals.dead_letters) == (3, 1, 0)
    assert not totals.ok
    assert any("are in the failure store" in sentence for sentence in totals.sentences())
    applied.indices.refresh(index=PREDICTION)
    assert applied.count(index=f"{PREDICTION}::failures")["count"] == 1


def test_what_is_refused_outright_is_kept_with_the_reason_and_can_be_sent_again(ship, found, writer, customised):
    customised(
        {
            "mappings": {
                "properties": {"labels": {"properties": {"unforeseen": {"type": "long", "ignore_malformed": False}}}}
            },
            "data_stream_options": {"failure_store": {"enabled": False}},
        }
    )
    bad = writer.line(labels={"unforeseen": "no number"})
    (ship.logs / "a.log").write_bytes(writer.lines(3) + bad)
    totals = ship.once()
    assert (totals.created, totals.refused, totals.dead_letters) == (3, 0, 1)
    assert not totals.ok
    assert "refused outright" in ship.talk
    path = ship.state / "dead-letters.ndjson"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    (letter,) = letters(ship)
    assert letter["stream"] == PREDICTION
    assert letter["status"] == 400
    assert "document_parsing_exception" in letter["reason"]
    assert letter["id"] == letter["event"]["event"]["id"] == orjson.loads(bad)["event"]["id"]
    assert ship.once().read == 0, "a dead letter is accounted for: the next run goes on behind it"

    customised({})
    again = ship.logs / "again.log"
    again.write_bytes(orjson.dumps(letter["event"]) + b"\n")
    assert ship.once().created == 1
    assert found([bad]) == (1, 1)


def test_dead_letters_that_cannot_be_written_end_the_run_before_their_events(ship, writer, customised):
    customised(
        {
            "mappings": {
                "properties": {"labels": {"properties": {"unforeseen": {"type": "long", "ignore_malformed": False}}}}
            },
            "data_stream_options": {"failure_store": {"enabled": False}},
        }
    )
    (ship.logs / "a.log").write_bytes(writer.line(labels={"unforeseen": "no number"}))
    with pytest.raises(ShipError, match="Refused events cannot be written to /dev/full: No space left") as error:
        ship.once(dead_letters=Path("/dev/full"))
    assert "--dead-letters" in error.value.next_step
    totals = ship.once()
    assert totals.dead_letters == 1, "it was read again"


def test_credentials_that_may_not_write_end_the_run(ship, writer):
    from model_logs.parse import Document
    from model_logs.ship.sending.answers import Verdict
    from model_logs.ship.sending.bulk import _stop_for

    document = Document("a", PREDICTION, b"{}", unparsed=False)
    with pytest.raises(ClusterError, match=r"does not let us write to logs-model\.prediction-production") as error:
        _stop_for(Verdict(403, kind="security_exception", reason="action is unauthorized"), document)
    assert "Nothing is lost" in str(error.value)


def test_a_full_disk_for_the_checkpoint_does_not_stop_the_shipping_and_ends_in_an_error(
    ship, found, writer, tmp_path
):
    full = tmp_path / "full"
    full.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(full)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        ship.state = full
        data = writer.lines(2000)
        log = ship.logs / "a.log"
        log.write_bytes(data[: data.index(b"\n", len(data) // 2) + 1])
        first = ship.once().created
        checkpoint = next(full.glob("checkpoint-*.json")).read_bytes()
        (full / "filler").write_bytes(b"x" * (os.statvfs(full).f_bavail * os.statvfs(full).f_bsize))
        log.write_bytes(data)
        shipper = ship.shipper(batch_events=100)
        with pytest.raises(ShipError, match=r"checkpoint .* cannot be written: No space left on device"):
            shipper.run()
        assert shipper.totals.checkpoint_failures
        assert shipper.totals.created == 2000 - first
        assert "Shipping goes on" in ship.talk
        assert next(full.glob("checkpoint-*.json")).read_bytes() == checkpoint
        (full / "filler").unlink()
        again = ship.once()
        assert (again.created, again.known) == (0, 2000 - first)
        assert found(data.splitlines()) == (2000, 2000)
    finally:
        subprocess.run(["umount", str(full)], check=True)


@pytest.mark.long
@pytest.mark.node
def test_a_node_that_stops_and_comes_back_has_everything_once(offline, writer, memory, found_at):
    from elasticsearch import Elasticsearch

    from model_logs.node import start_node

    with start_node(memory / "stops", stop_with_parent=True) as node:
        url, port = node.url, int(node.url.rpartition(":")[2])
        with Elasticsearch(url) as client:
            install.install(client)
        offline.url = url
        log = offline.logs / "a.log"
        data = writer.lines(500)
        log.write_bytes(data)
        shipper = offline.shipper(once=False, max_wait=None)
        thread = threading.Thread(target=shipper.run)
        thread.start()
        try:
            wait(lambda: shipper.totals.created == 500)
            node.stop()
            more = writer.lines(500)
            with log.open("ab") as file:
                file.write(more)
            wait(lambda: "cannot take events" in offline.talk)
            with start_node(memory / "stops", port=port, stop_with_parent=True) as again:
                assert again.url == url
                wait(lambda: shipper.totals.created == 1000, 60)
                assert "takes events again" in offline.talk
                assert found_at(url, (data + more).splitlines()) == (1000, 1000)
        finally:
            shipper.stop()
            thread.join()


@pytest.mark.long
@pytest.mark.node
def test_single_events_that_are_rejected_inside_an_answer_are_sent_again_alone(offline, writer, memory, found_at):
    """One write thread and a queue of one: Elasticsearch rejects the parts of a request that find no place."""
    from elasticsearch import Elasticsearch

    from model_logs.node import start_node

    narrow = {"node.processors": 1, "thread_pool.write.queue_size": 1}
    with start_node(memory / "narrow", settings=narrow, stop_with_parent=True) as node:
        with Elasticsearch(node.url) as client:
            install.install(client)
        offline.url = node.url
        data = b"".join(
            writer.lines(100, environment=environment)
            for _ in range(6)
            for environment in ("production", "staging", "development")
        )
        (offline.logs / "a.log").write_bytes(data)
        totals = offline.once(batch_events=300, senders=8)
        assert "es_rejected_execution_exception" in offline.talk
        assert totals.retries > 0
        assert totals.created + totals.known == 1_800, offline.talk
        assert found_at(node.url, data.splitlines()) == (1_800, 1_800)
