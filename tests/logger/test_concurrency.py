"""Many processes and threads, one file, renamed again and again: no torn line, no gap, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict

import pytest

WRITE = """
import os, sys, threading, time
from model_logs import logger

path, threads, events = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
logger.configure(path=path, service="load")

def work():
    n = 0
    # At full speed it would be over before the second rename, which is seen once a second.
    while n < events or not os.path.exists("stop"):
        n += 1
        if n % 50:
            logger.prediction(model_name="fraud", request_id=f"r{n}", latency_ms=n / 7, prediction_label="spam")
        else:
            logger.prediction(model_name="fraud", request_id=f"r{n}", latency_ms=n / 7, message="x" * (n % 9000))
        if n % 1000 == 0:
            time.sleep(0.5)

running = [threading.Thread(target=work) for _ in range(threads)]
for thread in running:
    thread.start()
for thread in running:
    thread.join()
assert logger.stats()["dropped"] == {}, logger.stats()
"""
PROCESSES, THREADS, EVENTS, RENAMES = 8, 4, 10_000, 10


@pytest.mark.slow
def test_eight_processes_of_four_threads_and_ten_renames_lose_nothing(tmp_path):
    path = tmp_path / "events.log"
    arguments = [sys.executable, "-c", WRITE, str(path), str(THREADS), str(EVENTS)]
    processes = [subprocess.Popen(arguments, cwd=tmp_path) for _ in range(PROCESSES)]
    for number in range(RENAMES):
        while not path.exists() or not path.stat().st_size:
            assert all(process.poll() is None for process in processes)
            time.sleep(0.02)
        path.rename(f"{path}.{number}")
    (tmp_path / "stop").touch()
    assert [process.wait(60) for process in processes] == [0] * PROCESSES
    sequences, closed = defaultdict(list), {}
    for file in tmp_path.glob("events.log*"):
        content = file.read_bytes()
        assert content.endswith(b"\n")
        for line in content.splitlines():
            if not line:
                # A file is opened while another process is in the middle of a long line: see FileSink.
                continue
            event = json.loads(line)
            sequences[event["process"]["entity_id"]].append(event["event"]["sequence"])
            if event["event_type"] == "writer_closed":
                closed[event["process"]["entity_id"]] = event["event"]["sequence"]
    assert len(sequences) == PROCESSES
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in sequences.values())
    assert closed == {writer: len(numbers) for writer, numbers in sequences.items()}
    assert min(closed.values()) > THREADS * EVENTS


SIGNALLED = """
import signal, sys
from model_logs import logger

logger.configure(path=sys.argv[1])
handled = 0

def handle(*_):
    global handled
    handled += 1
    logger.prediction(model_name="fraud", request_id=f"s{handled}", latency_ms=1.0)
    signal.setitimer(signal.ITIMER_REAL, 0.0001)  # the next one: wherever in the logger it may be by then

signal.signal(signal.SIGALRM, handle)
handle()
for number in range(150_000):
    logger.prediction(model_name="fraud", request_id=f"m{number}", latency_ms=1.0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
print(handled)
"""


@pytest.mark.slow
def test_a_signal_handler_that_logs_in_the_middle_of_the_logger_skips_and_doubles_no_number(tmp_path):
    path = tmp_path / "events.log"
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    handled = int(done.stdout)
    assert handled > 100
    numbers = [json.loads(line)["event"]["sequence"] for line in path.read_bytes().splitlines()]
    assert sorted(numbers) == list(range(1, 150_000 + handled + 2))  # and `writer_closed`
