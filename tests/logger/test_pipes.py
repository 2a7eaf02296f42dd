"""Standard output as a pipe, a socket, a file or nothing; whoever reads it may be slow, gone, or not there yet."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
import threading

import pytest

STREAM_LIMIT = 4096


def lines_of(data: bytes) -> list[dict]:
    return [json.loads(line) for line in data.splitlines() if line]


def test_a_long_line_is_cut_marked_and_keeps_what_its_type_needs(python):
    code = """
    from model_logs import logger
    many = {f"l{n}": "x" * 500 for n in range(60)}
    logger.prediction(model_name="fraud", request_id="r1", latency_ms=12.5, message="m" * 10_000, labels={"a": "b"})
    logger.prediction(model_name="fraud", request_id="r2", latency_ms=12.5, labels=many)
    logger.prediction(model_name="fraud", request_id="r3", latency_ms=12.5, message="\\x01" * 900, tags=["own"])
    logger.prediction(model_name="f" * 9000, request_id="r" * 9000, latency_ms=1.0, prediction_label="\\u00e9" * 9000)
    assert logger.stats()["truncated"] >= 4, logger.stats()
    """
    done = python(code)
    assert all(len(line) <= STREAM_LIMIT for line in done.stdout.splitlines(keepends=True))
    *events, closed = lines_of(done.stdout)
    assert all("truncated" in event["tags"] for event in events)
    assert [event["event"]["sequence"] for event in events] == [1, 2, 3, 4]
    assert [event["request_id"][:2] for event in events] == ["r1", "r2", "r3", "rr"]
    assert all(event["latency_ms"] and event["model_name"] for event in events)
    assert events[0]["message"].endswith("…")
    assert len(events[0]["message"]) > 3000
    assert events[0]["labels"] == {"a": "b"}
    assert events[2]["tags"] == ["own", "truncated"]
    assert closed["event_type"] == "writer_closed"


def test_a_line_that_just_fits_is_not_cut(python):
    code = """
    from model_logs import logger
    for n in range(3200, 4200):
        logger.prediction(model_name="fraud", request_id="r", latency_ms=12.5, message="m" * n)
    """
    *lines, _ = python(code).stdout.splitlines(keepends=True)
    cut = [b"truncated" in line for line in lines]
    assert cut == sorted(cut)
    assert max(map(len, lines)) <= STREAM_LIMIT
    assert max(len(line) for line, marked in zip(lines, cut, strict=True) if not marked) > STREAM_LIMIT - 300


BUSY = """
import atexit, sys
from model_logs import logger
def tell():
    sys.stderr.write(repr(logger.stats()["dropped"]))
atexit.register(tell)  # before the logger's own, and so after it
for n in range(int(sys.argv[1])):
    logger.prediction(model_name="fraud", request_id="x" * int(sys.argv[2]), latency_ms=1.0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("size", [10, 3400, 8000])
def test_eight_processes_share_a_pipe_without_a_torn_line(size):
    reader, writer = os.pipe()
    processes = [
        subprocess.Popen([sys.executable, "-c", BUSY, "500", str(size)], stdout=writer, stderr=subprocess.PIPE)
        for _ in range(8)
    ]
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        events = lines_of(stream.read())
    # On a busy machine the reader may be late; what is still waiting at the end is counted.
    dropped = [eval(process.communicate()[1].splitlines()[-1]) for process in processes]
    assert len({event["event"]["id"] for event in events}) == len(events)
    assert len(events) + sum(sum(reasons.values()) for reasons in dropped) == 8 * 501


def test_who_never_reads_is_waited_for_once_and_what_waited_at_the_end_is_counted():
    reader, writer = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", BUSY, "2000", "500"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"nobody has read standard output for 50 ms. Up to 10000 events wait in memory" in said
    assert b"events that waited for standard output (not_read) are lost: the process ends" in said
    with os.fdopen(reader, "rb") as stream:
        # The event that closes the writer is short, and may find room.
        events = [event for event in lines_of(stream.read()) if event["event_type"] == "predict"]
    dropped = eval(said.splitlines()[-1])
    assert list(dropped) == ["not_read"]
    # The closing event waited and is lost as well.
    assert len(events) + dropped["not_read"] == 2001
    assert [event["event"]["sequence"] for event in events] == list(range(1, len(events) + 1))


def test_who_reads_slowly_gets_everything_that_is_not_counted_as_dropped():
    code = BUSY.replace("int(sys.argv[1])", "400")
    process = subprocess.Popen(
        [sys.executable, "-c", code, "400", "2000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    pause, found = threading.Event(), []
    while chunk := process.stdout.read1(65536):
        found.append(chunk)
        pause.wait(0.02)
    said = process.stderr.read()
    process.wait()
    dropped = eval(said.splitlines()[-1])
    assert len(lines_of(b"".join(found))) + sum(dropped.values()) >= 401
    process.stdout.close()
    process.stderr.close()


def test_a_reader_that_is_gone_is_counted_and_raises_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([sys.executable, "-c", BUSY, "20", "10"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said.splitlines()[-1] == b"{'EPIPE': 21}"
    assert said.count(b"cannot write to standard output: Broken pipe") == 1


def test_the_shared_descriptor_stays_blocking(python):
    code = """
    import fcntl, os
    from model_logs import logger
    logger.registered(model_name="m")
    assert not fcntl.fcntl(1, fcntl.F_GETFL) & os.O_NONBLOCK
    print("and print still works")
    """
    assert b"and print still works" in python(code).stdout


def test_standard_output_may_be_a_socket():
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, "100", "10"], stdout=theirs.fileno(), stderr=subprocess.PIPE
    )
    theirs.close()
    with ours.makefile("rb") as stream:
        assert len(lines_of(stream.read())) == 101
    assert process.communicate()[1] == b"{}"
    ours.close()


def test_a_socket_that_nobody_reads_is_not_waited_for():
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, "5000", "500"], stdout=theirs.fileno(), stderr=subprocess.PIPE
    )
    theirs.close()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"not_read" in said.splitlines()[-1]
    ours.close()


def test_standard_output_may_be_a_file(tmp_path):
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", BUSY, "100", "9000"], stdout=out, stderr=subprocess.PIPE, check=True)
    lines = (tmp_path / "out").read_bytes().splitlines(keepends=True)
    assert len(lines) == 101
    assert max(map(len, lines)) <= STREAM_LIMIT


def test_without_standard_output_events_are_counted(tmp_path):
    code = BUSY + "\nopen('other', 'w').close()\n"
    command = f'exec "{sys.executable}" -c "$CODE" 5 5 >&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=os.environ | {"CODE": code}, cwd=tmp_path, stderr=subprocess.PIPE, check=True
    )
    assert done.stderr.splitlines()[-1] == b"{'EBADF': 6}"


def test_standard_output_is_followed_when_a_daemon_redirects_it(python, tmp_path):
    code = """
    import os
    from model_logs import logger
    logger.registered(model_name="first")
    os.dup2(os.open("later", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    logger._writer._clock = (-1, b"")
    logger._writer.stamp = (0, 0, *logger._writer.stamp[2:])
    logger.registered(model_name="second")
    """
    done = python(code)
    assert [event["model_name"] for event in lines_of(done.stdout)] == ["first"]
    assert lines_of((tmp_path / "later").read_bytes())[0]["model_name"] == "second"


def test_a_named_pipe_is_taken_once_somebody_reads_it(written, tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    written.log.configure(path=path)
    written.log.registered(model_name="m")
    assert (written.log.stats()["dropped"], written.log.stats()["held"]) == ({}, 1)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    written.log.registered(model_name="m")
    lines = [line for line in os.read(reader, 65536).splitlines() if line]
    assert [json.loads(line)["event"]["sequence"] for line in lines] == [1, 2]
    os.close(reader)
    os.close(written.log._writer._sink.fd)


def test_standard_error_that_nobody_reads_holds_nobody_up(python, tmp_path):
    (tmp_path / "file").write_text("")
    reader, writer = os.pipe()
    code = """
    import os
    from model_logs import logger
    os.set_blocking(2, False)
    try:
        while True:
            os.write(2, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(2, True)
    logger.configure(path="file/x.log")
    logger.registered(model_name="m")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], stderr=writer, cwd=tmp_path, timeout=60, check=True)
    os.close(reader)
    os.close(writer)
