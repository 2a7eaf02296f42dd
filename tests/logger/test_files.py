"""What happens to the file under the writer: renames, torn tails, full disks, closed descriptors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

GOOD = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}


def next_second(written):
    """Let the writer look at its file at the next event, as it does each second."""
    written.log._writer._clock = (-1, b"")
    written.log._writer.stamp = (0, 0, *written.log._writer.stamp[2:])


def test_after_a_rename_the_new_file_gets_the_events_under_the_same_descriptor(written, tmp_path, read):
    written.log.prediction(**GOOD)
    descriptor = written.log._writer._file.fd
    written.path.rename(tmp_path / "events.log.1")
    written.log.prediction(**GOOD)
    next_second(written)
    written.log.prediction(**GOOD)
    assert [e["event"]["sequence"] for e in read(tmp_path / "events.log.1")] == [1, 2]
    assert [e["event"]["sequence"] for e in written.events] == [3]
    assert written.log._writer._file.fd == descriptor
    assert written.log.stats()["reopened"] == 1


def test_a_file_that_was_deleted_is_made_again(written):
    written.log.prediction(**GOOD)
    written.path.unlink()
    next_second(written)
    written.log.prediction(**GOOD)
    assert written.event["event"]["sequence"] == 2


def test_a_new_file_that_cannot_be_opened_leaves_the_events_in_the_old_one(written, tmp_path, read, capfd):
    written.log.prediction(**GOOD)
    moved = tmp_path / "moved.log"
    written.path.rename(moved)
    written.path.mkdir()
    next_second(written)
    written.log.prediction(**GOOD)
    assert len(read(moved)) == 2
    assert written.log.stats()["open_failed"] == 1
    assert "Events go to the renamed file" in capfd.readouterr().err
    written.path.rmdir()
    written.log._writer._file._failed_at = -10.0
    next_second(written)
    written.log.prediction(**GOOD)
    assert written.event["event"]["sequence"] == 3


def test_a_named_pipe_that_nobody_reads_in_the_place_of_the_file_keeps_nobody_waiting(written, tmp_path, read):
    written.log.prediction(**GOOD)
    moved = tmp_path / "moved.log"
    written.path.rename(moved)
    os.mkfifo(written.path)
    next_second(written)
    written.log.prediction(**GOOD)
    assert len(read(moved)) == 2
    assert written.log.stats()["open_failed"] == 1


def test_a_torn_last_line_of_a_killed_process_is_ended_first(tmp_path, python, read):
    path = tmp_path / "torn.log"
    path.write_bytes(b'{"@timestamp":"2026-')
    python("from model_logs import logger\nlogger.configure(path='torn.log')\nlogger.registered(model_name='m')")
    torn, *whole = path.read_bytes().splitlines()
    assert torn == b'{"@timestamp":"2026-'
    assert len(whole) == 2


def test_a_whole_last_line_is_left_alone(written, tmp_path):
    written.log.prediction(**GOOD)
    written.log.configure(path=tmp_path / "other.log")
    written.log.configure(path=written.path)
    written.log.prediction(**GOOD)
    assert written.path.read_bytes().count(b"\n") == 2


def test_a_file_that_may_only_be_appended_to_is_written(written, tmp_path):
    path = tmp_path / "append-only.log"
    path.write_bytes(b"x\n")
    path.chmod(0o200)
    written.log.configure(path=path)
    written.log.prediction(**GOOD)
    assert path.read_bytes().count(b'"predict"') == 1


def test_a_descriptor_that_somebody_closed_is_opened_again(written):
    written.log.prediction(**GOOD)
    os.close(written.log._writer._file.fd)
    written.log.prediction(**GOOD)
    assert [e["event"]["sequence"] for e in written.events] == [1, 2]
    assert written.log.stats()["dropped"] == {}


def test_a_descriptor_that_became_somebody_elses_is_left_to_them(written, tmp_path):
    written.log.prediction(**GOOD)
    number = written.log._writer._file.fd
    os.close(number)
    other = os.open(tmp_path / "database", os.O_RDWR | os.O_CREAT)
    os.dup2(other, number)
    next_second(written)
    written.log.prediction(**GOOD)
    assert (tmp_path / "database").read_bytes() == b""
    assert [e["event"]["sequence"] for e in written.events] == [1, 2]
    os.close(number)
    if other != number:
        os.close(other)


def test_a_full_device_without_memory_to_wait_in_is_counted_said_once_and_raises_nothing(written, capfd):
    written.log.configure(path="/dev/full", hold_events=0)
    for _ in range(50):
        written.log.prediction(**GOOD)
        written.log.registered(model_name="m")
    stats = written.log.stats()
    assert (stats["dropped"], stats["written"], stats["sequence"]) == ({"ENOSPC": 100}, 0, 100)
    assert capfd.readouterr().err.count("cannot write to /dev/full: No space left on device") == 1


LIMITED = """
import os, resource, sys
from model_logs import logger
logger.configure(path="limited.log")
logger.prediction(model_name="fraud", request_id="first", latency_ms=12.5)
size = os.path.getsize("limited.log")
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
for n in range(10):
    logger.prediction(model_name="fraud", request_id=f"held{n}", latency_ms=12.5)
stats = logger.stats()
assert (stats["dropped"], stats["held"], stats["written"]) == ({}, 10, 1), stats
assert stats["short_write"] == 1, stats
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for n in range(5):
    logger.prediction(model_name="fraud", request_id=f"after{n}", latency_ms=12.5)
stats = logger.stats()
assert (stats["written"], stats["held"], stats["written_later"]) == (16, 0, 10), stats
"""


def test_a_file_at_its_limit_gets_all_events_in_order_when_there_is_room(python, tmp_path):
    done = python(LIMITED)
    assert done.stderr.count(b"limited.log: File too large") == 1
    lines = [line for line in (tmp_path / "limited.log").read_bytes().splitlines() if line]
    whole = [line for line in lines if line.endswith(b"}")]
    # One line was begun and not finished; it stands alone, and every other one is whole.
    assert len(lines) - len(whole) == 1
    assert [line.count(b'{"@timestamp"') for line in lines] == [1] * len(lines)
    asked = [json.loads(line).get("request_id") for line in whole]
    assert asked == ["first", *(f"held{n}" for n in range(10)), *(f"after{n}" for n in range(5)), None]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 kB."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_that_is_freed_loses_nothing_and_keeps_the_order(written, small_disk):
    path = small_disk / "events.log"
    written.log.configure(path=path)
    while not written.log.stats()["held"]:
        written.log.prediction(**GOOD)
    for _ in range(20):
        written.log.prediction(**GOOD)
    filled = path.read_bytes()
    os.truncate(path, 0)
    for _ in range(20):
        written.log.prediction(**GOOD)
    stats = written.log.stats()
    whole = [line for line in (filled + path.read_bytes()).splitlines() if line.endswith(b"}") and line[:1] == b"{"]
    assert (stats["dropped"], stats["held"], stats["written_later"]) == ({}, 0, 21)
    assert [json.loads(line)["event"]["sequence"] for line in whole] == list(range(1, stats["sequence"] + 1))


def test_a_disk_that_is_read_only_for_a_while_loses_nothing(written, small_disk, read):
    path = small_disk / "events.log"
    written.log.configure(path=path)
    written.log.prediction(**GOOD)
    # With a descriptor open for writing the kernel refuses to make it read-only; a new file is refused after it.
    os.close(written.log._writer._file.fd)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for _ in range(3):
        written.log.prediction(**GOOD)
    assert (written.log.stats()["held"], written.log.stats()["dropped"]) == (3, {})
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    written.log._writer._file._failed_at = -10.0
    written.log.prediction(**GOOD)
    assert [event["event"]["sequence"] for event in read(path)] == [1, 2, 3, 4, 5]


def test_lines_of_70_kilobytes_are_whole(written):
    for _ in range(20):
        written.log.registered(model_name="m", message="é" * 35_000)
    assert [len(e["message"]) for e in written.events] == [35_000] * 20


def test_a_line_of_more_than_a_megabyte_is_cut(written):
    written.log.prediction(**GOOD, labels={f"l{n}": "\x01" * 8000 for n in range(64)})
    line = written.path.read_bytes()
    assert 200_000 < len(line) <= 1 << 20
    assert written.event["tags"] == ["truncated"]
    assert written.event["request_id"] == "r1"


def test_the_same_names_stay_on_the_files_that_a_fork_inherits(written, tmp_path):
    written.log.prediction(**GOOD)
    child = os.fork()
    if child == 0:
        written.log.prediction(**GOOD)
        os._exit(0)
    os.waitpid(child, 0)
    written.log.prediction(**GOOD)
    writers = [event["process"]["entity_id"] for event in written.events]
    assert writers[0] == writers[2] != writers[1]
    assert [event["event"]["sequence"] for event in written.events] == [1, 1, 2]
    assert Path(written.path).stat().st_nlink == 1
