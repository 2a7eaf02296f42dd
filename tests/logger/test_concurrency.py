"""Many processes and threads, one file, renamed again and again: no torn line, no gap, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict

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
