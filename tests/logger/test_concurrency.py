"""Many processes and threads, one file, renamed again and again: no torn line, no gap, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict

WRITE = """
import sys, threading
from model_logs import logger

path, threads, events = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
logger.configure(path=path, service="load")

def work():
    for n in range(events):
        if n % 50:
            logger.prediction(model_name="fraud", request_id=f"r{n}", latency_ms=n / 7, prediction_label="spam")
        else:
            logger.prediction(model_name="fraud", request_id=f"r{n}", latency_ms=n / 7, message="x" * (n % 9000))

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
    processes = [subprocess.Popen(arguments) for _ in range(PROCESSES)]
    renamed = 0
    while any(process.poll() is None for process in processes):
        time.sleep(0.15)
        if path.exists() and path.stat().st_size and renamed < RENAMES:
            renamed += 1
            path.rename(f"{path}.{renamed}")
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert renamed >= RENAMES // 2
    sequences = defaultdict(list)
    closed = {}
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert content.endswith(b"\n")
        for line in content.splitlines():
            event = json.loads(line)
            sequences[event["process"]["entity_id"]].append(event["event"]["sequence"])
            if event["event_type"] == "writer_closed":
                closed[event["process"]["entity_id"]] = event["event"]["sequence"]
    last = THREADS * EVENTS + 1
    assert len(sequences) == PROCESSES
    assert all(sorted(numbers) == list(range(1, last + 1)) for numbers in sequences.values())
    assert closed == dict.fromkeys(sequences, last)
