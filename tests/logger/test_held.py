"""Events that could not be written wait in memory: in order, bounded, counted, and never in a forked child."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from model_logs._logger.writing.held import Held

GOOD = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}


class Refusing:
    """Stands for the system's `write` on one sink: refuses while it is told to, else writes."""

    def __init__(self, sink):
        self.error = None
        self.calls = 0
        sink.write_now = self
        sink.write = self
        sink.plain_write = lambda: self

    def __call__(self, fd, data):
        self.calls += 1
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        return os.write(fd, data)


@pytest.fixture
def disk(written):
    written.log.registered(model_name="m")
    found = Refusing(written.log._writer._sink)
    written.log._writer.stamp = (0, 0, *written.log._writer.stamp[2:])
    return found


def numbers(written):
    return [event["event"]["sequence"] for event in written.events]


@pytest.mark.parametrize("error", [28, 122, 27, 30, 5])  # ENOSPC, EDQUOT, EFBIG, EROFS, EIO
def test_whatever_refuses_a_line_the_line_waits_and_is_written_first_with_its_number(written, disk, error):
    disk.error = error
    for _ in range(5):
        written.log.prediction(**GOOD)
        written.log.registered(model_name="m", message="long" * 1000)
    stats = written.log.stats()
    assert (stats["held"], stats["written"], stats["dropped"]) == (10, 1, {})
    disk.error = None
    written.log.prediction(**GOOD)
    stats = written.log.stats()
    assert (stats["held"], stats["written_later"], stats["written"], stats["dropped"]) == (0, 10, 12, {})
    assert numbers(written) == list(range(1, 13))


def test_what_waits_is_written_at_a_clean_end_and_the_end_after_it(written, disk):
    disk.error = 28
    for _ in range(3):
        written.log.prediction(**GOOD)
    disk.error = None
    written.log.close()
    assert numbers(written) == [1, 2, 3, 4, 5]
    assert written.events[-1]["event_type"] == "writer_closed"


def test_another_path_takes_what_waits(written, disk, tmp_path, read):
    disk.error = 28
    written.log.prediction(**GOOD)
    written.log._writer._sink.write_now = os.write
    written.log.configure(path=tmp_path / "elsewhere.log")
    assert [event["event"]["sequence"] for event in read(tmp_path / "elsewhere.log")] == [2]


@pytest.mark.parametrize(
    ("settings", "held"),
    [({"hold_events": 3}, 3), ({"hold_bytes": 800}, 2), ({"hold_events": 0}, 0), ({"hold_bytes": 0}, 0)],
)
def test_memory_is_bounded_and_what_finds_no_room_is_counted_and_said(written, disk, capfd, settings, held):
    written.log.configure(**settings)
    disk.error = 28
    for _ in range(10):
        written.log.prediction(**GOOD)
    stats = written.log.stats()
    assert (stats["held"], stats["dropped"]) == (held, {"ENOSPC": 10 - held})
    assert "dropped and counted in logger.stats()" in capfd.readouterr().err
    disk.error = None
    written.log.prediction(**GOOD)
    assert len(written.events) == 1 + held + 1
    assert written.log.stats()["written"] == 1 + held + 1


def test_settings_come_from_the_environment_too_and_nonsense_is_said(python):
    code = """
    from model_logs import logger
    logger.configure(path="/dev/full")
    for _ in range(5):
        logger.registered(model_name="m")
    print(logger.stats()["held"], logger.stats()["dropped"])
    """
    assert python(code, env={"MODEL_LOGS_HOLD_EVENTS": "2"}).stdout == b"2 {'ENOSPC': 3}\n"
    done = python(code, env={"MODEL_LOGS_HOLD_EVENTS": "many"})
    assert done.stdout == b"5 {}\n"
    assert b"hold_events is 'many', and must be a number from 0 on" in done.stderr


def test_a_forked_child_begins_with_nothing_held(written, disk):
    disk.error = 28
    written.log.prediction(**GOOD)
    child = os.fork()
    if child == 0:
        disk.error = None
        written.log.prediction(**GOOD)
        os._exit(written.log.stats()["held"])
    assert os.waitpid(child, 0)[1] == 0
    disk.error = None
    written.log.prediction(**GOOD)
    assert numbers(written) == [1, 1, 2, 3]


def test_threads_lose_nothing_and_each_ones_events_stay_in_order(written, disk):
    def work(name):
        for n in range(400):
            written.log.prediction(model_name=name, request_id=str(n), latency_ms=1.0)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        disk.error = 28
        threads[0].join(0.005)
        disk.error = None
        threads[0].join(0.005)
    for thread in threads:
        thread.join()
    disk.error = None
    written.log.close()
    events = [event for event in written.events if event["event_type"] == "predict"]
    assert len({event["event"]["id"] for event in events}) == len(events) == 1600
    for n in range(4):
        assert [e["request_id"] for e in events if e["model_name"] == f"t{n}"] == [str(n) for n in range(400)]


def test_a_signal_handler_that_logs_while_lines_are_written_later_doubles_and_loses_nothing(written, disk):
    def handler(*_):
        written.log.prediction(model_name="m", request_id="signal", latency_ms=1.0)

    before = signal.signal(signal.SIGALRM, handler)
    disk.error = 28
    for _ in range(50):
        written.log.registered(model_name="m", message="x" * 30_000)
    disk.error = None
    times = iter(range(3))

    def interrupted(fd, data):
        if next(times, None) is not None:
            signal.raise_signal(signal.SIGALRM)
        return disk(fd, data)

    written.log._writer._sink.write_now = interrupted
    try:
        written.log.prediction(**GOOD)
    finally:
        signal.signal(signal.SIGALRM, before)
    written.log._writer._sink.write_now = disk
    written.log.close()
    found = numbers(written)
    assert sorted(found) == list(range(1, len(found) + 1))
    assert any(event.get("request_id") == "signal" for event in written.events)


def test_a_batch_of_which_a_part_was_written_goes_on_with_the_first_line_that_was_not_whole(written, disk):
    disk.error = 28
    for _ in range(6):
        written.log.prediction(**GOOD)
    disk.error = None
    length = len(written.path.read_bytes())

    def short(fd, data):
        written.log._writer._sink.write_now = disk
        return os.write(fd, data[: int(len(data) * 0.6)])

    written.log._writer._sink.write_now = short
    written.log.prediction(**GOOD)
    written.log.prediction(**GOOD)
    lines = [line for line in written.path.read_bytes()[length:].splitlines() if line]
    whole = [json.loads(line)["event"]["sequence"] for line in lines if line.endswith(b"}")]
    assert whole == list(range(2, 10))
    assert len(lines) == len(whole) + 1


def test_what_still_waits_at_the_end_of_the_process_is_counted_and_said(python):
    code = """
    import atexit, sys
    from model_logs import logger
    atexit.register(lambda: print(logger.stats()["dropped"], logger.stats()["held"]))
    logger.configure(path="/dev/full")
    for _ in range(7):
        logger.registered(model_name="m")
    """
    done = python(code)
    assert done.stdout == b"{'ENOSPC': 8} 0\n"
    assert b"8 events that waited for /dev/full (ENOSPC) are lost: the process ends" in done.stderr


def test_a_pipe_that_is_read_again_gets_everything_in_order(written, tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    written.log.configure(path=path)
    for n in range(1000):
        written.log.prediction(model_name="m", request_id=str(n), latency_ms=1.0)
    assert written.log.stats()["held"] > 500
    received = bytearray()
    for n in range(1000, 3000):
        if not written.log.stats()["held"]:
            break
        received += os.read(reader, 1 << 20)
        written.log.prediction(model_name="m", request_id=str(n), latency_ms=1.0)
    received += os.read(reader, 1 << 20)
    asked = [int(json.loads(line)["request_id"]) for line in received.splitlines() if line]
    assert asked == list(range(len(asked)))
    assert len(asked) > 1000
    os.close(reader)
    os.close(written.log._writer._sink.fd)


def test_lines_are_taken_in_pieces_of_at_least_one_line():
    held = Held()
    for line in (b"a" * 10, b"b" * 10, b"c" * 30):
        assert held.add(line, "ENOSPC")
    assert held.oldest(5) == [b"a" * 10]
    assert held.oldest(25) == [b"a" * 10, b"b" * 10]
    held.release(held.oldest(25))
    assert held.oldest(100) == [b"c" * 30]
    assert held.clear() == 1
    assert held.oldest(100) == []
