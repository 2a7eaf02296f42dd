"""The receiver against strangers: odd requests, slow connections, full disks and signals, over real sockets."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registries.conftest import SECRET, alias_set, signed

from model_logs.errors import ConfigurationError
from model_logs.registries import sources
from model_logs.web import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = str(Path(sys.executable).parent / "model-logs")


@contextlib.contextmanager
def listening_at(receiver) -> Iterator[str]:
    """Serve a receiver at a free port of loopback."""
    with listening.listen("127.0.0.1", 0) as listener:
        server = listening.server(receiver.app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as stream:
        yield stream


def until_closed(stream: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while more := stream.recv(65_536):
            found += more
    return found


def trickle(stream: socket.socket) -> None:
    """Send a byte now and then, until the other side has closed."""
    with stream, contextlib.suppress(OSError):
        while True:
            stream.sendall(b"x")
            time.sleep(0.02)


HEAD = b"POST /mlflow HTTP/1.1\r\nHost: r\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST",
        HEAD + b"X-Slow: ",
        HEAD + b"Content-Length: 500\r\n\r\n{",
        b"GET /health HTTP/1.1\r\nHost: r\r\n\r\nPOST /mlf",
        b"GET /nosuch HTTP/1.1\r\nHost: r\r\nContent-Length: 500\r\n\r\n",
    ],
)
@pytest.mark.parametrize("trickles", [False, True])
def test_a_connection_that_brings_no_whole_request_is_closed_and_others_are_served(ear, monkeypatch, sent, trickles):
    monkeypatch.setattr(listening, "_HEAD_S", 0.3)
    monkeypatch.setattr("model_logs.web.messages._BODY_S", 0.3)
    receiver = ear()
    with listening_at(receiver) as url, connected(url) as stream:
        stream.sendall(sent)
        headers, raw = signed(alias_set(1))
        assert httpx.post(f"{url}/mlflow", content=raw, headers=headers).json() == {"events": 1}
        sender = threading.Thread(target=lambda: trickle(stream.dup()) if trickles else None)
        sender.start()
        until_closed(stream)
        sender.join()


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 20_000 + b"\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: \xb2\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
        b"POST /mlflow\r\n\r\n",
        b"\r\n" * 50_000,
    ],
)
def test_what_is_no_http_is_refused_writes_nothing_and_says_nothing(ear, monkeypatch, sent, capfd):
    monkeypatch.setattr(listening, "_HEAD_S", 0.3)
    monkeypatch.setattr("model_logs.web.messages._BODY_S", 0.3)
    receiver = ear()
    with listening_at(receiver) as url:
        with connected(url) as stream:
            with contextlib.suppress(OSError):
                stream.sendall(sent)
            answer = until_closed(stream)
        assert b" 200 " not in answer
        assert httpx.get(f"{url}/health").json()["status"] == "ok"
    assert [each["event_type"] for each in receiver.events] == []
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("length", [True, False])
def test_a_delivery_that_is_too_large_reads_its_answer(ear, length):
    receiver = ear()
    headers, raw = signed(alias_set(1, name="x" * (3 << 20)))
    parts = (raw[at : at + 65_536] for at in range(0, len(raw), 65_536))
    with listening_at(receiver) as url:
        answer = httpx.post(f"{url}/mlflow", content=raw if length else parts, headers=headers)
    assert answer.status_code == 413
    assert receiver.app.counts["mlflow", "too_large"] == 1


def test_a_url_with_many_names_is_malformed_and_no_fault_of_ours(ear):
    receiver = ear("azure-ml")
    assert receiver.post("/azure-ml?" + "&".join(f"a{n}=1" for n in range(50)), b"[]").status_code == 400
    assert receiver.app.counts["azure-ml", "malformed"] == 1


def test_many_refusals_are_counted_one_by_one_and_said_once_a_second(ear):
    receiver = ear()
    for _ in range(50):
        receiver.deliver(alias_set(1), secret=b"another-secret-0123456789")
    assert receiver.app.counts["mlflow", "unproved"] == 50
    assert len(receiver.said) < 50
    receiver.app._refused["mlflow"] = (-1e9, 7)
    receiver.deliver(alias_set(1), secret=b"another-secret-0123456789")
    assert "7 others were refused" in receiver.said[-1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)
EXAMPLES = [
    (name, example["body"])
    for name in sources.known()
    for example in sources.load(name).examples
    if example["events"]
]


def spoiled(body, at, value):
    """Return a delivery with one of its values replaced."""
    places = [(body, key) for key in (body if isinstance(body, dict) else range(len(body)))] if body else []
    for holder, key in places:
        if isinstance(holder[key], (dict, list)):
            inner = holder[key]
            places += [(inner, each) for each in (inner if isinstance(inner, dict) else range(len(inner)))]
    if places:
        holder, key = places[at % len(places)]
        holder[key] = value
    return body


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EXAMPLES), st.integers(0, 99), JSON)
def test_any_value_in_any_place_of_a_proved_delivery_is_an_event_or_unparsed(tmp_path_factory, ear, case, at, value):
    name, body = case
    receiver = ear(name, path=tmp_path_factory.getbasetemp() / f"{os.urandom(6).hex()}.log")
    delivery = spoiled(orjson.loads(orjson.dumps(body)), at, value)
    # Behind the proof, which every source has in its own way.
    receiver.app._taken[name].source.proof.__class__.check, kept = (
        lambda *_: None,
        type(receiver.app._taken[name].source.proof).check,
    )
    try:
        answer = receiver.post(f"/{name}", orjson.dumps(delivery))
    finally:
        type(receiver.app._taken[name].source.proof).check = kept
    assert answer.status_code == 200, answer.text
    assert receiver.app.counts[name, "failed"] == 0
    assert all(each["event"]["id"] for each in receiver.events)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"entity": ' + b'{"a": ' * 500 + b"1" + b"}" * 500 + b"}",
        b'{"entity": ' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"entity": "a", "entity": "b", "action": "set", "action": "deleted"}',
        b'{"\\u0000": "\\u0000", "": ""}',
        b'{"timestamp": 1e308, "entity": 1e-400, "data": 123456789012345678901234567890}',
        orjson.dumps({"entity": "model_version_alias", "action": "created", "data": {"name": ["a"], "alias": {}}}),
        orjson.dumps({str(n): n for n in range(50_000)}),
    ],
)
def test_odd_json_is_kept_or_refused_and_never_a_fault(ear, raw):
    receiver = ear()
    assert receiver.deliver(raw).status_code in {200, 400}
    assert receiver.app.counts["mlflow", "failed"] == 0


def test_a_fault_of_ours_is_counted_and_its_words_are_not_told(ear, monkeypatch):
    receiver = ear()

    def fails(*_):
        raise ValueError("PLANTED")

    monkeypatch.setattr(receiver.app, "_write", fails)
    answer = receiver.deliver(alias_set(1))
    assert (answer.status_code, receiver.app.counts["mlflow", "failed"]) == (500, 1)
    assert "ValueError" in receiver.said[0]
    assert "PLANTED" not in answer.text + receiver.said[0]


def test_deliveries_at_the_same_time_stand_once_each(ear):
    receiver = ear()
    twins, others = signed(alias_set(1)), [signed(alias_set(n)) for n in range(2, 34)]
    with listening_at(receiver) as url, httpx.Client(base_url=url, timeout=60) as client:

        def send(delivery):
            return client.post("/mlflow", content=delivery[1], headers=delivery[0]).json()["events"]

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            written = list(pool.map(send, [twins] * 32 + others))
    assert sum(written) == 33
    events = [each for each in receiver.events if each["event_type"] == "alias_set"]
    assert sorted(int(each["model_version"]) for each in events) == list(range(1, 34))
    assert [each["event"]["sequence"] for each in events] == list(range(1, 34))


def test_a_full_disk_is_answered_503_and_what_is_sent_again_stands_once_and_whole(ear, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(full)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        ballast = full / "ballast"
        receiver = ear("generic", "mlflow", path=full / "registry.log")
        receiver.deliver(alias_set(1))
        ballast.write_bytes(b"x" * (56 << 10))
        statuses, refused = [], []
        for version in range(2, 40):
            headers, raw = signed(alias_set(version))
            statuses.append(receiver.post("/mlflow", raw, headers).status_code)
            if statuses[-1] == 503:
                refused.append((headers, raw))
        assert set(statuses) == {200, 503}
        ballast.unlink()
        for headers, raw in refused:
            assert receiver.post("/mlflow", raw, headers).json() == {"events": 1}
        lines = [json.loads(line) for line in (full / "registry.log").read_bytes().splitlines() if _whole(line)]
        assert sorted(int(each["model_version"]) for each in lines) == list(range(1, 40))
        assert [each["event"]["sequence"] for each in lines] == list(range(1, 40))
    finally:
        subprocess.run(["umount", "-l", str(full)], check=False)


def _whole(line: bytes) -> bool:
    """Return whether a line is an event: of one that was refused, half may stand there."""
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True


def test_several_changes_of_one_delivery_are_written_together_or_from_where_the_disk_refused(ear, monkeypatch):
    receiver = ear("azure-ml")
    kind = "Microsoft.MachineLearningServices.ModelRegistered"
    body = json.dumps(
        [{"id": str(n), "eventType": kind, "data": {"modelName": "m", "modelVersion": n}} for n in range(1, 6)]
    )
    synced, fsync = [], os.fsync

    def counted(fd):
        synced.append(fd)
        fsync(fd)

    monkeypatch.setattr("os.fsync", counted)
    put, lines = receiver.journal._sink.put, []

    def three(batch, **_):
        lines.append(batch)
        return OSError(28, "No space left on device") if len(lines) > 3 else put(batch)

    key = {"X-Model-Logs-Key": SECRET.decode()}
    receiver.journal._sink.put = three
    assert receiver.post("/azure-ml", body, key).status_code == 503
    assert len(receiver.events) == 3
    receiver.journal._sink.put = put
    assert receiver.post("/azure-ml", body, key).json() == {"events": 2}
    assert len(synced) == 2
    assert [each["model_version"] for each in receiver.events] == ["1", "2", "3", "4", "5"]
    assert [each["event"]["sequence"] for each in receiver.events] == [1, 2, 3, 4, 5]
    assert receiver.app.counts["azure-ml", "event"] == 5


@pytest.mark.slow
def test_what_was_answered_before_and_after_sigterm_stands_in_the_file(tmp_path):
    path = tmp_path / "registry.log"
    command = [OURS, "registry", "receive", "--source", "mlflow", "--path", str(path), "--port", "0"]
    variables = {**os.environ, "MODEL_LOGS_REGISTRY_SECRET_MLFLOW": SECRET.decode()}
    process = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)
    said = process.stderr.readline()
    url = said.split(" at ")[1].rstrip(".\n")
    taken, stop = [], threading.Event()

    def deliver(first: int) -> None:
        with httpx.Client(timeout=30) as client:
            for version in range(first, first + 10_000):
                headers, raw = signed(alias_set(version))
                try:
                    answer = client.post(url, content=raw, headers=headers)
                except httpx.HTTPError:
                    if stop.is_set():
                        return
                    continue
                if answer.status_code == 200:
                    taken.append(str(version))

    threads = [threading.Thread(target=deliver, args=[10_000 * n]) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    while len(taken) < 40:
        time.sleep(0.01)
    stop.set()
    process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    rest = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) in {0, -signal.SIGTERM}, rest
    events = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert {each.get("model_version") for each in events} >= set(taken)
    assert events[-1]["event_type"] == "writer_closed"
    assert "Traceback" not in rest


def test_an_address_that_is_taken_is_an_error_for_people():
    with (
        listening.listen("127.0.0.1", 0) as listener,
        pytest.raises(ConfigurationError, match="cannot be listened at: Address already in use"),
    ):
        listening.listen("127.0.0.1", listener.getsockname()[1])
