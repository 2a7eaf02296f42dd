"""Writers, rotation and kills at the same time: written equals found, and nothing is there twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import orjson
import pytest

# Each process writes from four threads through the logger itself.
WRITER = """
import sys, threading, time
from model_logs import logger

path, events = sys.argv[1], int(sys.argv[2])
logger.configure(path=path, service="fire", environment="production")

def write(thread):
    for n in range(events):
        logger.prediction(model_name="churn", request_id=f"{thread}-{n}", latency_ms=1.5, model_version="3")
        if n % 10 == 0:
            time.sleep(0.012)  # long enough for ten rotations: a writer looks for one each second

threads = [threading.Thread(target=write, args=(t,)) for t in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
logger.close()
"""


@pytest.mark.soak
@pytest.mark.timeout(900)  # 320,000 events: half a minute on a quiet machine
def test_eight_processes_of_four_threads_renamed_ten_times_and_shipped_meanwhile(ship, applied, found):
    log = ship.logs / "fire.log"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(log), "10000"]) for _ in range(8)]
    shipper = ship.command()
    rotations = 0
    while any(writer.poll() is None for writer in writers):
        time.sleep(0.05)
        if rotations < 10 and log.exists() and log.stat().st_size > 1_000_000:
            rotations += 1
            log.rename(ship.logs / f"fire.log.{rotations}")
    assert [writer.returncode for writer in writers] == [0] * 8
    assert rotations == 10
    shipper.send_signal(signal.SIGTERM)
    _, talk = shipper.communicate(timeout=60)
    assert shipper.returncode == 0, talk
    rest = ship.once()

    lines = [line for path in ship.logs.iterdir() for line in path.read_bytes().splitlines()]
    events = [orjson.loads(line) for line in lines]  # no torn line
    predictions = [event for event in events if event["event_type"] == "predict"]
    assert len(predictions) == 8 * 4 * 10_000
    sequences: dict[str, list[int]] = {}
    for event in events:
        sequences.setdefault(event["process"]["entity_id"], []).append(event["event"]["sequence"])
    assert len(sequences) == 8
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in sequences.values())
    assert rest.unparsed == 0
    assert found(lines) == (len(lines), len(lines))


@pytest.mark.long
@pytest.mark.parametrize("kills", [8, pytest.param(20, marks=pytest.mark.soak)])
def test_a_shipper_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(
    ship, applied, found, writer, kills
):
    log = ship.logs / "a.log"
    lines: list[bytes] = []
    interrupted = 0
    for kill in range(kills):
        part = writer.lines(1500)
        lines += part.splitlines()
        with log.open("ab") as file:
            file.write(part)
        before = stamp(ship)
        shipper = ship.command("--batch-events", "100")
        if kill % 5 == 4:
            log.rename(ship.logs / f"a.log.{kill}")
        if kill in {7, 13}:
            applied.indices.rollover(alias="logs-model.prediction-production")
        # Each run writes the checkpoint at its first acknowledgement, or before it sends from a new file.
        while stamp(ship) == before:
            assert shipper.poll() is None, shipper.communicate()
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.15))
        shipper.send_signal(signal.SIGKILL)
        shipper.communicate()
        assert shipper.returncode == -signal.SIGKILL
        interrupted += acknowledged(ship) < sum(path.stat().st_size for path in ship.logs.iterdir())
    assert interrupted >= kills // 2, "the kills came while it worked"
    assert found(lines)[0] > 0
    ship.once()
    assert found(lines) == (len(lines), len(lines))


def stamp(ship):
    """When the checkpoint of a shipper was last written."""
    return [checkpoint.stat().st_mtime_ns for checkpoint in ship.state.glob("checkpoint-*.json")]


def acknowledged(ship):
    """How many bytes the checkpoint of a shipper calls acknowledged."""
    return sum(
        entry["offset"]
        for checkpoint in ship.state.glob("checkpoint-*.json")
        for entry in orjson.loads(checkpoint.read_bytes())["files"]
    )


def test_the_command_tells_its_totals_and_ends_with_a_code(ship, writer):
    (ship.logs / "a.log").write_bytes(writer.lines(10) + b"garbage\n")
    done = ship.command("--once", "--output", "json")
    out, talk = done.communicate(timeout=60)
    assert done.returncode == 0, talk
    summary = orjson.loads(out)
    assert (summary["created"], summary["unparsed"], summary["lag_bytes"]) == (11, 1, 0)
    assert "11 events stored" in talk
    assert "1 lines were not understood" in talk


def test_more_files_than_a_shell_lets_a_process_open_are_shipped(ship, writer):
    for number in range(80):
        (ship.logs / f"{number}.log").write_bytes(writer.line())
    command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "ship", "--once"]
    command += [str(ship.logs / "*.log"), "--url", ship.url, "--state", str(ship.state), "--output", "json"]
    few = ["bash", "-c", 'ulimit -Sn 64; exec "$@"', "bash"]
    done = subprocess.run([*few, *command], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)["created"] == 80


def test_the_command_ends_with_1_when_no_file_matches_and_says_what_to_do(ship):
    done = ship.command("--once")
    out, talk = done.communicate(timeout=60)
    assert (done.returncode, out) == (1, "")
    assert "No file matches" in talk
    assert "Next step: Check the path; quote a pattern" in talk
    assert "Traceback" not in talk


def test_the_command_refuses_a_second_shipper_on_the_same_state(ship, writer):
    (ship.logs / "a.log").write_bytes(writer.lines(1))
    first = ship.command()
    deadline = time.monotonic() + 30
    while not (ship.state / "lock").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    second = ship.command("--once")
    _, talk = second.communicate(timeout=60)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert second.returncode == 1
    assert f"Another shipper (process {first.pid})" in talk


def test_a_second_signal_is_harmless_and_the_end_comes_although_the_cluster_is_away(offline, writer):
    (offline.logs / "a.log").write_bytes(writer.lines(1))
    shipper = offline.command()
    assert "does not answer" in shipper.stderr.readline()
    shipper.send_signal(signal.SIGTERM)
    shipper.send_signal(signal.SIGTERM)
    _, talk = shipper.communicate(timeout=60)
    assert "Traceback" not in talk
    assert shipper.returncode == 0
    assert [path.name for path in offline.state.iterdir()] == ["lock"]
