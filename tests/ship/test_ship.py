"""From files into the data streams of a real cluster: each event once, whatever is sent again."""

from __future__ import annotations

import threading
import time

import orjson
import pytest

from model_logs.errors import ClusterError, ConfigurationError, ShipError


def search(es, stream, **query):
    es.indices.refresh(index=stream, ignore_unavailable=True)
    hits = es.search(index=stream, size=1000, ignore_unavailable=True, **query)["hits"]["hits"]
    return [hit["_source"] for hit in hits]


def test_each_event_goes_to_its_stream_with_its_own_id_and_the_time_of_handling(ship, applied, writer):
    lines = [
        writer.line(),
        writer.line(event_type="transitioned", stage="production"),
        writer.line(environment="staging"),
        b"no pattern knows this line\n",
    ]
    (ship.logs / "a.log").write_bytes(b"".join(lines))
    totals = ship.once()
    assert (totals.read, totals.created, totals.unparsed, totals.known) == (4, 4, 1, 0)
    assert totals.ok
    applied.indices.refresh(index="logs-model.*")
    for line, stream in zip(
        lines, ["prediction-production", "lifecycle-production", "prediction-staging"], strict=False
    ):
        event = orjson.loads(line)
        stored = applied.search(index=f"logs-model.{stream}")["hits"]["hits"]
        assert [hit["_id"] for hit in stored] == [event["event"]["id"]]
        assert stored[0]["_source"]["event"]["ingested"] >= event["@timestamp"]
    assert [d["event"]["original"] for d in search(applied, "logs-model.unparsed-development")] == [
        "no pattern knows this line"
    ]


def test_a_second_run_goes_on_where_the_first_ended(ship, found, writer):
    log = ship.logs / "a.log"
    first = writer.lines(100)
    log.write_bytes(first)
    assert ship.once().created == 100
    assert ship.once().read == 0
    more = writer.lines(10)
    with log.open("ab") as file:
        file.write(more)
    totals = ship.once()
    assert (totals.read, totals.created) == (10, 10)
    assert found((first + more).splitlines()) == (110, 110)


def test_a_replay_of_everything_adds_nothing(ship, found, writer):
    data = writer.lines(3000) + b"a text line\n" * 5
    (ship.logs / "a.log").write_bytes(data)
    assert ship.once(batch_events=500).created == 3005
    again = ship.once(batch_events=700, from_start=True)
    assert (again.created, again.known, again.unparsed) == (0, 3005, 5)
    assert found(data.splitlines()[:3000]) == (3000, 3005)


def test_a_copy_of_a_file_adds_nothing_not_even_its_text_lines(ship, found, writer):
    data = writer.lines(5) + b"text\n" * 3
    (ship.logs / "a.log").write_bytes(data)
    ship.once()
    (ship.logs / "a.log.1").write_bytes(data)
    totals = ship.once()
    assert (totals.created, totals.known) == (0, 8)


def test_a_rollover_in_the_middle_of_a_replay_doubles_nothing(ship, applied, found, writer):
    data = writer.lines(4000)
    (ship.logs / "a.log").write_bytes(data)
    ship.once()
    shipper = ship.shipper(batch_events=100, senders=1, from_start=True)
    replay = threading.Thread(target=shipper.run)
    replay.start()
    while replay.is_alive() and not shipper.totals.known:
        time.sleep(0.005)
    applied.indices.rollover(alias="logs-model.prediction-production")
    in_the_middle = replay.is_alive()
    replay.join()
    assert in_the_middle
    assert (shipper.totals.created, shipper.totals.known) == (0, 4000)
    assert found(data.splitlines()) == (4000, 4000)


def test_a_rollover_before_a_replay_with_a_lost_state_doubles_nothing(ship, applied, found, writer, tmp_path):
    data = writer.lines(500)
    log = ship.logs / "a.log"
    log.write_bytes(data)
    ship.once()
    applied.indices.rollover(alias="logs-model.prediction-production")
    more = writer.lines(500)
    log.write_bytes(data + more)
    ship.state = tmp_path / "another-state"
    totals = ship.once(batch_events=100)
    assert (totals.created, totals.known) == (500, 500)
    assert found((data + more).splitlines()) == (1000, 1000)


def test_only_the_stretch_behind_a_checkpoint_is_in_doubt_after_a_crash(ship, applied, found, writer):
    """The batch that holds the end of that stretch is looked up, too."""
    first, second = writer.lines(400), writer.lines(400)
    log = ship.logs / "a.log"
    log.write_bytes(first)
    ship.once()
    applied.indices.rollover(alias="logs-model.prediction-production")
    (checkpoint,) = ship.state.glob("checkpoint-*.json")
    document = orjson.loads(checkpoint.read_bytes())
    line_100 = len(b"".join(first.splitlines(keepends=True)[:100]))
    document["files"][0] |= {
        "offset": line_100,
        "reserved": len(first),
        "length": min(line_100, 1024),
        "tail_length": 0,
    }
    checkpoint.write_bytes(orjson.dumps(document))
    log.write_bytes(first + second)
    totals = ship.once(batch_events=350)
    assert (totals.created, totals.known) == (400, 300)
    assert found((first + second).splitlines()) == (800, 800)


def test_a_damaged_checkpoint_means_a_replay_that_adds_nothing(ship, found, writer):
    data = writer.lines(50)
    (ship.logs / "a.log").write_bytes(data)
    ship.once()
    (checkpoint,) = ship.state.glob("checkpoint-*.json")
    checkpoint.write_bytes(b"garbage")
    totals = ship.once()
    assert (totals.created, totals.known) == (0, 50)
    assert "is damaged" in ship.talk
    assert found(data.splitlines()) == (50, 50)


def test_an_event_whose_value_does_not_fit_becomes_unparsed_with_its_own_id(ship, applied, writer):
    line = writer.line(latency_ms="fast")
    (ship.logs / "a.log").write_bytes(line)
    totals = ship.once()
    assert (totals.created, totals.unparsed, totals.refused) == (1, 1, 0)
    again = ship.once(from_start=True)
    assert (again.created, again.known) == (0, 1)
    (stored,) = search(applied, "logs-model.unparsed-production")
    event = orjson.loads(line)
    assert stored["event"]["id"] == event["event"]["id"]
    assert stored["event_type"] == "unparsed"
    assert "latency_ms" in stored["reason"]
    assert orjson.loads(stored["event"]["original"]) == event


def test_an_environment_that_nobody_allowed_makes_no_stream(ship, applied, writer):
    before = {s["name"] for s in applied.indices.get_data_stream(name="logs-model.*")["data_streams"]}
    (ship.logs / "a.log").write_bytes(writer.line(environment="invented"))
    assert ship.once().created == 1
    after = {s["name"] for s in applied.indices.get_data_stream(name="logs-model.*")["data_streams"]}
    assert after == before
    assert [d["labels"]["environment"] for d in search(applied, "logs-model.prediction-unknown")] == ["invented"]


def test_lines_of_many_files_and_rotations_are_all_there(ship, found, writer):
    data = [writer.lines(200) for _ in range(30)]
    for n, part in enumerate(data):
        (ship.logs / f"{n % 7}.log.{n}").write_bytes(part)
    totals = ship.once(batch_events=333)
    assert (totals.files, totals.created) == (30, 6000)
    assert found(b"".join(data).splitlines()) == (6000, 6000)


def test_a_partial_last_line_is_left_and_reported_and_comes_with_the_next_run(ship, writer):
    log = ship.logs / "a.log"
    last = writer.line()
    log.write_bytes(writer.lines(3) + last[:-20])
    totals = ship.once()
    assert (totals.created, totals.partial, totals.lag_bytes) == (3, len(last) - 20, 0)
    assert totals.ok
    assert any("lines that have not ended yet" in sentence for sentence in totals.sentences())
    with log.open("ab") as file:
        file.write(last[-20:])
    assert ship.once().created == 1


def test_a_file_that_is_truncated_under_the_shipper_is_reported_and_its_copy_adds_nothing(ship, found, writer):
    log = ship.logs / "a.log"
    first = writer.lines(2000)
    log.write_bytes(first)
    shipper = ship.shipper(once=False)
    run = threading.Thread(target=shipper.run)
    run.start()
    wait(lambda: shipper.totals.created == 2000)
    (ship.logs / "a.log.1").write_bytes(first)
    second = writer.lines(100)
    log.write_bytes(second)
    wait(lambda: shipper.totals.created == 2100 and shipper.totals.known == 2000)
    shipper.stop()
    run.join()
    assert shipper.totals.truncated == 1
    assert not shipper.totals.ok
    assert "nobody can know" in " ".join(shipper.totals.sentences())
    assert "truncated" in ship.talk
    assert found((first + second).splitlines()) == (2100, 2100)


def test_following_ends_cleanly_and_the_next_run_sends_nothing_again(ship, found, writer):
    log = ship.logs / "a.log"
    log.write_bytes(b"")
    shipper = ship.shipper(once=False, batch_events=50)
    run = threading.Thread(target=shipper.run)
    run.start()
    data = b""
    for _ in range(40):
        part = writer.lines(25)
        data += part
        with log.open("ab") as file:
            file.write(part)
        time.sleep(0.01)
    wait(lambda: shipper.totals.created == 1000)
    shipper.stop()
    run.join()
    assert shipper.totals.lag_bytes == 0
    again = ship.once()
    assert again.read == 0
    assert found(data.splitlines()) == (1000, 1000)


def test_no_file_is_an_error_with_once_and_a_message_otherwise(ship, writer):
    with pytest.raises(ShipError, match=r"No file matches .*logs/\*\.log\*\.") as error:
        ship.once()
    assert "quote a pattern" in error.value.next_step
    shipper = ship.shipper(once=False)
    run = threading.Thread(target=shipper.run)
    run.start()
    wait(lambda: "Waiting for one" in ship.talk)
    (ship.logs / "late.log").write_bytes(writer.lines(7))
    wait(lambda: shipper.totals.created == 7)
    shipper.stop()
    run.join()


def test_without_templates_nothing_is_sent_and_nothing_is_lost(ship, clean_es, writer):
    (ship.logs / "a.log").write_bytes(writer.lines(5))
    with pytest.raises(ShipError, match="has no index template of model-logs") as error:
        ship.once()
    assert "elk-bootstrap apply" in error.value.next_step
    from model_logs import install

    install.install(clean_es)
    assert ship.once().created == 5


def test_a_stream_that_is_missing_ends_the_run_before_its_events_and_nothing_is_lost(ship, applied, writer):
    (ship.logs / "a.log").write_bytes(writer.lines(5, environment="special"))
    with pytest.raises(ClusterError, match=r"no template for logs-model\.prediction-special") as error:
        ship.once(environments=("production", "special"))
    assert "elk-bootstrap apply" in error.value.next_step
    assert "Nothing is lost" in str(error.value)
    applied.indices.create_data_stream(name="logs-model.prediction-special")
    assert ship.once(environments=("production", "special")).created == 5


@pytest.fixture
def without_text(monkeypatch):
    """As if the extra `text` were not installed."""
    monkeypatch.setattr("model_logs.parse.text.lines.importlib.util.find_spec", lambda name: None)


@pytest.mark.parametrize("text", [b"2026-01-15 10:30:00 INFO predict model=churn\n", b"no pattern knows this\n"])
def test_without_the_extra_a_text_line_ends_the_run_before_it_and_nothing_passes_it(
    ship, writer, without_text, monkeypatch, text
):
    events = writer.lines(3)
    (ship.logs / "a.log").write_bytes(events + text)
    with pytest.raises(ShipError, match=r"a\.log holds text lines, here at byte [\d,]+.*'model-logs\[text\]'"):
        ship.once()
    monkeypatch.undo()
    totals = ship.once()
    assert totals.read == 4, "no checkpoint passed it"
    assert totals.created + totals.known == 4


def test_without_the_extra_json_lines_are_shipped(ship, writer, without_text):
    (ship.logs / "a.log").write_bytes(writer.lines(3) + b"\n" + b'{"no": "event"}\n')
    totals = ship.once()
    assert (totals.created, totals.unparsed) == (4, 1)


def test_a_run_with_an_end_that_is_interrupted_before_it_does_not_end_well_and_says_what_is_left(ship, writer):
    (ship.logs / "a.log").write_bytes(writer.lines(500))
    shipper = ship.shipper(batch_events=100)
    send = shipper._flush

    def stop_then_send():
        shipper.stop()
        send()

    shipper._flush = stop_then_send
    totals = shipper.run()
    assert totals.interrupted
    assert not totals.ok
    assert any("The run was interrupted before its end" in sentence for sentence in totals.sentences())
    assert totals.created < 500
    rest = ship.once()
    assert rest.ok
    assert totals.created + rest.created + rest.known >= 500


def test_an_interrupted_wait_for_the_cluster_does_not_end_well(offline):
    (offline.logs / "a.log").write_bytes(b"x\n")
    shipper = offline.shipper(max_wait=60.0)
    shipper._patience.wait = lambda attempt, reason: shipper.stop()
    totals = shipper.run()
    assert not totals.ok
    assert "nothing was shipped" in totals.sentences()[-1]


def test_a_url_that_is_none_is_refused(offline):
    offline.url = "nonsense"
    (offline.logs / "a.log").write_bytes(b"x\n")
    with pytest.raises(ConfigurationError, match="no URL of a cluster"):
        offline.once()


def test_a_cluster_that_is_not_there_is_waited_for_and_then_an_error(offline):
    (offline.logs / "a.log").write_bytes(b"x\n")
    with pytest.raises(ShipError, match="taken no events") as error:
        offline.once(max_wait=0.3)
    assert "does not answer" in str(error.value)
    assert "Nothing is lost" in str(error.value)
    assert "Waiting; nothing is lost" in offline.talk


def wait(condition, seconds=30.0):
    """Wait for something that another thread does; fail when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
