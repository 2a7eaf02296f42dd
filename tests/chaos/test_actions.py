"""Actions on real targets: each fault is seen by something else than the tool, and is gone afterwards."""

from __future__ import annotations

import csv
import http.client
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from tests.chaos.conftest import toxiproxy
from tests.examples.conftest import free_port, until

from model_logs.chaos import faults
from model_logs.chaos.actions import data, machine, network, requests, rollback, service
from model_logs.errors import ConfigurationError, ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.chaos.conftest import Target

pytestmark = pytest.mark.slow

CGROUP = pytest.mark.skipif(
    os.geteuid() != 0
    or not (os.access("/sys/fs/cgroup/memory", os.W_OK) or os.access("/sys/fs/cgroup/cgroup.procs", os.W_OK)),
    reason="needs root and a control group that we may write to",
)


@contextmanager
def during(act: Callable[[], Any]) -> Iterator[dict[str, Any]]:
    """Run an action beside a block; its result, or its error, is in the dictionary afterwards."""
    found: dict[str, Any] = {}

    def run() -> None:
        try:
            found["result"] = act()
        except ModelLogsError as error:
            found["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield found
    finally:
        thread.join()
    assert "error" not in found, found["error"]
    assert not faults.unfinished()


def answers(url: str, timeout: float = 0.5) -> bool:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        connection.request("POST", f"/{path}", b"{}")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def program(
    folder: Path, code: str, *, env: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run Python code as a process with a file of its id."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    pid_file = folder / "program.pid"
    pid_file.write_text(f"{process.pid}\n")
    try:
        yield process, pid_file
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_a_paused_process_says_nothing_and_goes_on(target: Target) -> None:
    with during(lambda: service.pause(str(target.pid_file), 1.5)):
        until(lambda: psutil.Process(target.process.pid).status() == psutil.STATUS_STOPPED, "it runs on", within=10)
        assert not answers(target.url)
    assert until(lambda: answers(target.url), "it does not go on", within=10)


def test_a_process_is_kept_down_however_often_it_is_started(tmp_path: Path) -> None:
    pid_file, ended = tmp_path / "service.pid", threading.Event()
    born: list[int] = []

    def supervise() -> None:
        while not ended.is_set():
            process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            born.append(process.pid)
            pid_file.write_text(str(process.pid))
            while process.poll() is None and not ended.is_set():
                time.sleep(0.02)
            process.kill()
            process.wait()

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    until(pid_file.exists, "no process")
    try:
        killed = service.keep_down(str(pid_file), 1.5)["killed"]
        assert len(killed) > 1
        assert set(killed) <= set(born)
        until(lambda: len(born) > len(killed) and psutil.pid_exists(born[-1]), "it does not come back", within=20)
    finally:
        ended.set()
        supervisor.join()


@CGROUP
def test_a_process_without_memory_is_killed_by_the_kernel(tmp_path: Path) -> None:
    grow = "while True:\n    held.append(bytearray(b'x' * 4_000_000))\n    time.sleep(0.01)\n"
    hog = f"import time\nheld = []\ntime.sleep(1)\n{grow}"
    with program(tmp_path, hog) as (process, pid_file):
        result = service.limit_memory(str(pid_file), 40, 4)
        assert process.wait(10) == -signal.SIGKILL
    assert result["killed_by_kernel"] >= 1
    assert not list(Path("/sys/fs/cgroup").glob("**/model-logs-chaos-*"))


@CGROUP
def test_a_process_with_a_tenth_of_a_cpu_does_a_tenth_of_the_work(tmp_path: Path) -> None:
    with program(tmp_path, "while True: pass") as (process, pid_file):
        found = psutil.Process(process.pid)

        def used() -> float:
            times = found.cpu_times()
            return float(times.user + times.system)

        with during(lambda: service.limit_cpu(str(pid_file), 0.1, 3)) as acted:
            time.sleep(0.5)
            before, at = used(), time.monotonic()
            time.sleep(2)
            share = (used() - before) / (time.monotonic() - at)
        assert share < 0.2
        assert acted["result"]["throttled"] > 5
    assert not list(Path("/sys/fs/cgroup").glob("**/model-logs-chaos-*"))


@CGROUP
def test_a_process_with_a_slow_disk_writes_slowly(tmp_path: Path) -> None:
    if os.major(tmp_path.stat().st_dev) == 0:
        pytest.skip("the folder of tests is on no block device")
    code = (
        "import os, mmap, sys, time\n"
        f"fd = os.open({str(tmp_path / 'written')!r}, os.O_CREAT | os.O_WRONLY | os.O_DIRECT)\n"
        "block = mmap.mmap(-1, 65536)\n"
        "while True:\n    os.pwrite(fd, block, 0)\n    sys.stdout.buffer.write(b'x'); sys.stdout.flush()\n"
    )
    with program(tmp_path, code) as (process, pid_file):
        counted = [0]

        def count() -> None:
            assert process.stdout
            while chunk := os.read(process.stdout.fileno(), 65536):
                counted[0] += len(chunk)

        threading.Thread(target=count, daemon=True).start()
        until(lambda: counted[0] > 5, "it does not write", within=30)
        with during(lambda: service.limit_disk(str(pid_file), 131_072, str(tmp_path), 4)):
            time.sleep(1)
            before = counted[0]
            time.sleep(2.5)
            slow = counted[0] - before
        assert slow <= 10, "128 kB a second are two blocks a second"
        process.kill()


@pytest.mark.skipif(shutil.which("stress-ng") is None, reason="needs stress-ng")
def test_cpus_are_busy_and_the_program_is_gone_afterwards() -> None:
    with during(lambda: machine.load_cpu(1, 2)):
        until(lambda: _named("stress-ng"), "no stress-ng runs", within=10)
    assert not _named("stress-ng")


def _named(name: str) -> list[psutil.Process]:
    mine = psutil.Process().children(recursive=True)
    return [each for each in mine if name in each.name() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small file system")
def test_a_full_disk_takes_nothing_until_it_is_over(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    try:
        with during(lambda: machine.fill_disk(str(folder), 2)) as acted:
            until(lambda: shutil.disk_usage(folder).free == 0, "it is not full", within=10)
            with pytest.raises(OSError, match="No space left"):
                (folder / "mine").write_bytes(b"x" * 100_000)
        assert acted["result"]["filled"] > 1_500_000
        (folder / "mine").write_bytes(b"x" * 100_000)
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_large_file_system_is_not_filled(tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free <= 1 << 30:
        pytest.skip("the folder of tests has less than 1 GiB free")
    with pytest.raises(ConfigurationError, match="MiB free"):
        machine.fill_disk(str(tmp_path), 1)
    assert not list(tmp_path.iterdir())


def test_a_clock_is_wrong_for_a_while(tmp_path: Path) -> None:
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not libraries:
        pytest.skip("needs libfaketime")
    offset, said = tmp_path / "offset", tmp_path / "said"
    offset.write_text("+0\n")
    say = f"pathlib.Path({str(said)!r}).write_text(repr(time.time()))"
    code = f"import time, pathlib\nwhile True:\n    {say}; time.sleep(0.05)"
    env = {"LD_PRELOAD": str(libraries[0]), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1"}
    with program(tmp_path, code, env=env):

        def off() -> float:
            return float(said.read_text() or "nan") - time.time() if said.exists() else float("nan")

        until(lambda: abs(off()) < 10, "it has no clock", within=20)
        with during(lambda: machine.shift_clock(str(offset), 300, 2)):
            until(lambda: 290 < off() < 310, "its clock is right", within=10)
        until(lambda: abs(off()) < 10, "its clock stays wrong", within=10)


def _csv(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    file = tmp_path / "payments.csv"
    file.write_text("card,hours_ago\n" + "".join(f"card-{n},{n / 2}\n" for n in range(50)))
    return file


def test_columns_are_shifted_by_deviations_and_put_back(payments: Path) -> None:
    before = payments.read_bytes()
    values = [float(row["hours_ago"]) for row in _csv(payments)]
    with during(lambda: data.shift_columns(str(payments), ["hours_ago"], 2, 1)):
        time.sleep(0.4)
        shifted = [float(row["hours_ago"]) for row in _csv(payments)]
    assert statistics.mean(shifted) == pytest.approx(statistics.mean(values) + 2 * statistics.pstdev(values))
    assert payments.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda file: data.drop_columns(file, ["hours_ago"], 1), lambda rows: list(rows[0]) == ["card"]),
        (lambda file: data.rename_columns(file, {"hours_ago": "age_h"}, 1), lambda rows: "age_h" in rows[0]),
        (
            lambda file: data.corrupt_values(file, ["hours_ago"], 0.5, 1),
            lambda rows: any(row["hours_ago"] in {"n/a", "NaN", ""} for row in rows),
        ),
    ],
    ids=["dropped", "renamed", "corrupted"],
)
def test_a_table_is_changed_and_put_back(
    payments: Path, change: Callable[[str], Any], seen: Callable[[Any], bool]
) -> None:
    before = payments.read_bytes()
    with during(lambda: change(str(payments))):
        until(lambda: seen(_csv(payments)), "it is as it was", within=5)
    assert payments.read_bytes() == before
    assert [each.name for each in payments.parent.iterdir() if each.suffix != ""] == ["payments.csv"]


def test_a_table_of_sqlite_is_shifted_and_put_back(tmp_path: Path) -> None:
    file = tmp_path / "features.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE features (card TEXT, recency REAL)")
        connection.executemany("INSERT INTO features VALUES (?, ?)", [(f"c{n}", float(n)) for n in range(10)])
    connection.close()

    def mean() -> float:
        found = sqlite3.connect(file)
        try:
            return float(found.execute("SELECT AVG(recency) FROM features").fetchone()[0])
        finally:
            found.close()

    before = mean()
    with during(lambda: data.shift_table(str(file), "features", ["recency"], 2, 1)):
        until(lambda: mean() > before + 5, "it is not shifted", within=5)
    assert mean() == before
    with pytest.raises(ConfigurationError, match="no name of a table"):
        data.shift_table(str(file), "features; DROP TABLE features", ["recency"], 2, 1)


def test_a_locked_database_answers_nobody(tmp_path: Path) -> None:
    file = tmp_path / "features.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE features (card TEXT)")
    connection.close()

    def locked() -> bool:
        found = sqlite3.connect(file, timeout=0.05)
        try:
            found.execute("SELECT * FROM features").fetchall()
        except sqlite3.OperationalError:
            return True
        else:
            return False
        finally:
            found.close()

    with during(lambda: data.lock_table(str(file), 1.5)):
        until(locked, "it answers", within=5)
    assert not locked()


def test_files_are_removed_corrupted_and_changed_and_put_back(tmp_path: Path) -> None:
    model, champion = tmp_path / "model.skops", tmp_path / "champion.json"
    model.write_bytes(os.urandom(1000))
    champion.write_text('{"version": "1"}')
    before = model.read_bytes()
    with during(lambda: data.corrupt_file(str(tmp_path / "*.skops"), 0.8)):
        until(lambda: model.read_bytes() != before, "it is whole", within=5)
    assert model.read_bytes() == before
    with during(lambda: data.remove_file(str(model), 0.8)):
        until(lambda: not model.exists(), "it is there", within=5)
    assert model.read_bytes() == before
    with during(lambda: data.replace_value(str(champion), "version", "999", 0.8)):
        until(lambda: json.loads(champion.read_bytes())["version"] == "999", "it is as it was", within=5)
    assert json.loads(champion.read_bytes()) == {"version": "1"}


def test_requests_that_no_client_should_send_are_answered_by_4xx(target: Target) -> None:
    told = requests.send_malformed(target.url, {"card": "card-1", "amount": 1.0}, rounds=1)
    assert told["empty"] == told["nested"] == told["list"] == {"400": 1}
    assert sum(told["not json"].values()) == 1
    assert requests.send_oversized(target.url, mb=2)["oversized"] == {"400": 1}
    with pytest.raises(ConfigurationError, match="does not answer"):
        requests.send_malformed("http://127.0.0.1:9/api/predict", {"card": "x"})


@pytest.fixture(scope="module")
def toxiproxy_api() -> Iterator[str]:
    with toxiproxy() as api:
        yield api


@pytest.mark.go
def test_the_network_is_slow_silent_reset_and_gone_for_a_while(
    toxiproxy_api: str, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_logs.chaos.tools.toxiproxy import Toxiproxy

    monkeypatch.setenv("TOXIPROXY_URL", toxiproxy_api)
    port = free_port()
    upstream = target.url.removeprefix("http://").partition("/")[0]
    Toxiproxy(toxiproxy_api).create("service", listen=f"127.0.0.1:{port}", upstream=upstream)
    url = f"http://127.0.0.1:{port}/api/predict"
    assert answers(url, 5)
    try:
        for act in (
            lambda: network.delay("service", 3000, 1.5),
            lambda: network.silence("service", 1.5),
            lambda: network.reset("service", 1.5),
            lambda: network.cut("service", 1.5),
            lambda: network.limit_bandwidth("service", 0, 1.5),
        ):
            with during(act):
                until(lambda: not answers(url), "it answers as ever", within=5)
            assert until(lambda: answers(url, 5), "it does not come back", within=10)
        assert Toxiproxy(toxiproxy_api).proxies()["service"]["toxics"] == []
        with pytest.raises(ConfigurationError, match="no proxy 'registry'; it has service"):
            network.delay("registry", 100, 1)
    finally:
        Toxiproxy(toxiproxy_api).remove("service")


def test_what_is_missing_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone.pid"
    gone.write_text("999999999\n")
    monkeypatch.setenv("TOXIPROXY_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    for act, said in (
        (lambda: service.pause(str(tmp_path / "none.pid"), 1), "holds no process id"),
        (lambda: service.pause(str(gone), 1), "does not run"),
        (lambda: network.cut("mlflow", 1), "does not answer"),
        (lambda: machine.load_cpu(1, 1), "stress-ng is not installed"),
        (lambda: machine.shift_clock(str(tmp_path / "none"), 1, 1), "no process reads"),
        (lambda: data.remove_file(str(tmp_path / "none"), 1), "is no file"),
        (lambda: data.shift_load(["amount"], 2, 1), "No load is on"),
    ):
        with pytest.raises(ModelLogsError, match=said) as raised:
            act()
        assert raised.value.next_step
        assert not faults.unfinished()


def test_a_rollback_undoes_what_an_action_left_on(target: Target) -> None:
    process = psutil.Process(target.process.pid)
    faults._write(
        "the service is stopped", "continue_process", {"pid": process.pid, "started": process.create_time()}
    )
    process.send_signal(signal.SIGSTOP)
    assert not answers(target.url)
    assert rollback.undo() == {"undone": ["the service is stopped"]}
    assert answers(target.url, 5)
    assert rollback.undo() == {"undone": []}


def test_another_process_with_the_same_id_is_left_alone(target: Target) -> None:
    faults._write("another one is stopped", "kill_process", {"pid": target.process.pid, "started": 1.0})
    rollback.undo()
    assert target.process.poll() is None
    assert answers(target.url, 5)
